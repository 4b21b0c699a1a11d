"""What this group adds to the schema."""

from api.guiding import (
    coin_rewards,
    coins,
    contests,
    figures,
    group_sales,
    link_sales,
    sale_reports,
    talking,
    task_templates,
    tasks,
    today,
)

QUERIES = (
    *coins.QUERIES,
    *coin_rewards.QUERIES,
    *task_templates.QUERIES,
    *tasks.QUERIES,
    *today.QUERIES,
    *contests.QUERIES,
    *group_sales.QUERIES,
    *link_sales.QUERIES,
    *sale_reports.QUERIES,
    *talking.QUERIES,
    *figures.QUERIES,
)
SUBSCRIPTIONS = contests.SUBSCRIPTIONS
MUTATIONS = (
    *coins.MUTATIONS,
    *coin_rewards.MUTATIONS,
    *task_templates.MUTATIONS,
    *tasks.MUTATIONS,
    *contests.MUTATIONS,
    *sale_reports.MUTATIONS,
    *talking.MUTATIONS,
)
