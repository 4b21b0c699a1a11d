"""The mall in the schema."""
