"""What is kept of a consumer, and how a visitor becomes a member."""
