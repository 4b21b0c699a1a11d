"""What this group adds to the schema."""

from api.guiding import coin_rewards, coins, contests, group_sales, task_templates, tasks, today

QUERIES = (
    *coins.QUERIES,
    *coin_rewards.QUERIES,
    *task_templates.QUERIES,
    *tasks.QUERIES,
    *today.QUERIES,
    *contests.QUERIES,
    *group_sales.QUERIES,
)
MUTATIONS = (
    *coins.MUTATIONS,
    *coin_rewards.MUTATIONS,
    *task_templates.MUTATIONS,
    *tasks.MUTATIONS,
    *contests.MUTATIONS,
)
