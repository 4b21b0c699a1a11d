"""Storefronts resolved from layers: the brand's, the region's, the store's."""
