"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.webhooks.webhooks import WebhooksMutation, WebhooksQuery

QUERIES = (*fields_of(WebhooksQuery),)
MUTATIONS = (*fields_of(WebhooksMutation),)
