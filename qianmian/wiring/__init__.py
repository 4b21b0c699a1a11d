"""How each group is put together: its bundles of ports, and its work by the clock."""
