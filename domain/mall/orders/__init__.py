"""Carts, quotes and orders until they are paid, and who is credited for them."""
