"""What this group adds to the schema."""

from api.guiding import coin_rewards, coins

QUERIES = (*coins.QUERIES, *coin_rewards.QUERIES)
MUTATIONS = (*coins.MUTATIONS, *coin_rewards.MUTATIONS)
