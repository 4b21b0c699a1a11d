"""The one catalogue: products, their prices in time, their files, and finding them."""
