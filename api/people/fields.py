"""What this group adds to the schema."""

from api.kernel.operations import fields_of
from api.people.people import PeopleMutation, PeopleQuery
from api.people.records import RecordsQuery

QUERIES = (
    *fields_of(PeopleQuery),
    *fields_of(RecordsQuery),
)
MUTATIONS = (*fields_of(PeopleMutation),)
