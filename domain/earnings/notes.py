"""What people say of money: why it is so, or by which reference it has left."""

from domain.kernel.lines import read_line

LONGEST_NOTE = 200


def read_note(text: str, field: str) -> str:
    """A reason or a reference as it is kept, or Invalid by its field."""
    return read_line(text, most=LONGEST_NOTE, least=1, field=[field])
