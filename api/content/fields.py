"""What this group adds to the schema."""

from api.content import adaptations, calendar, categories, posts, review_desk, seeding

QUERIES = (
    *categories.QUERIES,
    *posts.QUERIES,
    *seeding.QUERIES,
    *review_desk.QUERIES,
    *calendar.QUERIES,
)
MUTATIONS = (
    *categories.MUTATIONS,
    *posts.MUTATIONS,
    *seeding.MUTATIONS,
    *adaptations.MUTATIONS,
    *review_desk.MUTATIONS,
    *calendar.MUTATIONS,
)
