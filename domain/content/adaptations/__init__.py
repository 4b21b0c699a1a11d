"""Stores' own versions of a post."""
