"""The content bank in the schema."""
