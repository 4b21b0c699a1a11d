"""What the library of the schema knows of an input, and the one below it does not."""

from graphql import GraphQLInputObjectType


def is_one_of(kind: GraphQLInputObjectType) -> bool:
    """Whether exactly one of an input's fields is to be given."""
    return kind.extensions["strawberry-definition"].is_one_of
