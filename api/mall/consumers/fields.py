"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.mall.consumers.consumers import ConsumerMutation, ConsumerQuery

QUERIES = (*fields_of(ConsumerQuery),)
MUTATIONS = (*fields_of(ConsumerMutation),)
