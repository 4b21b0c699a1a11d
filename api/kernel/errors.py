"""What a client sees of an error that is no userError."""

import logging
from typing import Any

from graphql import GraphQLError

from domain.kernel.refusals import Refusal

logger = logging.getLogger(__name__)


def formatted(error: GraphQLError, *, request_id: str) -> dict[str, Any]:
    """Format an error for the client: a refusal or a client's mistake as it is, a bug masked."""
    original = error.original_error
    shown = error.formatted
    extensions: dict[str, Any] = {"requestId": request_id}
    if isinstance(original, Refusal):
        extensions["code"] = original.code.value
    elif original is None or isinstance(original, GraphQLError):
        extensions["code"] = "BAD_REQUEST"
    else:
        logger.error("bug in a resolver", exc_info=original, extra={"request_id": request_id})
        extensions["code"] = "INTERNAL"
        shown["message"] = "Something went wrong on our side; the request id helps us find it."
    return {**shown, "extensions": extensions}
