"""Payment, routing, the stores' queue, returns and refunds, and the news of all that."""
