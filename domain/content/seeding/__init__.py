"""The seeding zone: buyers' shows, likes, saves and reports."""
