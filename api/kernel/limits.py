"""How much one request may ask for; docs/api.md has them for clients."""

# Of a document, in the order in which they are looked at.
LONGEST_DOCUMENT = 65_536
MAX_TOKENS = 3_000
MAX_OPERATIONS = 20
MAX_FRAGMENTS = 50
MAX_DIRECTIVES = 100
LONGEST_NUMBER = 40
# Selections inside each other, through fragments: more than fields, less than Python's stack.
MAX_NESTING = 60
MAX_DEPTH = 14
MAX_FIELDS = 1_000
MAX_ALIASES = 30
MAX_COST = 20_000
MAX_REPEATS = 4_000
# Validation stops here; whoever makes more mistakes than this puts these right first.
MAX_FAULTS = 5

# Of JSON, in bodies, variables and messages.
MAX_JSON_DEPTH = 32
MAX_JSON_VALUES = 50_000

# Of a request.
MAX_BODY_BYTES = 1024 * 1024
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
MAX_QUERY_STRING = 16_384
MAX_SOCKET_MESSAGE = 1024 * 1024
# Of an answer.
LONGEST_MESSAGE = 400
MAX_ERRORS = 50

LARGEST_PAGE = 100
