"""What this group adds to the schema."""

from api.content.adaptations import AdaptationMutation
from api.content.calendar import CalendarMutation, CalendarQuery
from api.content.categories import CategoryMutation, CategoryQuery
from api.content.posts import PostMutation, PostQuery
from api.content.review_desk import ReviewDeskMutation, ReviewDeskQuery
from api.content.seeding import SeedingMutation, SeedingQuery
from api.kernel.operations import fields_of

QUERIES = (
    *fields_of(CategoryQuery),
    *fields_of(PostQuery),
    *fields_of(SeedingQuery),
    *fields_of(ReviewDeskQuery),
    *fields_of(CalendarQuery),
)
MUTATIONS = (
    *fields_of(CategoryMutation),
    *fields_of(PostMutation),
    *fields_of(SeedingMutation),
    *fields_of(AdaptationMutation),
    *fields_of(ReviewDeskMutation),
    *fields_of(CalendarMutation),
)
