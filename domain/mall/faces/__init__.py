"""Storefronts: the brand's, the region's and the store's layers, and the page they make."""
