"""What a client sees of an error that is no userError."""

import logging
from typing import Any

from graphql import GraphQLError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from api.kernel.limits import LONGEST_MESSAGE
from domain.kernel.refusals import Refusal

logger = logging.getLogger(__name__)

INTERNAL = "Something went wrong on our side; the request id helps us find it."
_CLIENT_S_OWN = GraphQLError | CannotGetOperationTypeError | InvalidOperationTypeError | None


def formatted(error: GraphQLError, *, request_id: str) -> dict[str, Any]:
    """Format an error for the client: a refusal or a client's mistake as it is, a bug masked."""
    original = error.original_error
    shown = error.formatted
    extensions: dict[str, Any] = {"code": "BAD_REQUEST", "requestId": request_id}
    if isinstance(original, Refusal):
        extensions["code"] = original.code.value
    elif isinstance(original, _CLIENT_S_OWN):
        extensions["code"] = (error.extensions or {}).get("code", "BAD_REQUEST")
    else:
        logger.error("bug in a resolver", exc_info=original, extra={"request_id": request_id})
        extensions["code"] = "INTERNAL"
        shown["message"] = INTERNAL
    message = shown["message"]
    if len(message) > LONGEST_MESSAGE:
        shown["message"] = f"{message[:LONGEST_MESSAGE]}…"
    return {**shown, "extensions": extensions}
