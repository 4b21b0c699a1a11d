"""Regions, owners and stores: where they stand, when they are open, which one a consumer enters."""
