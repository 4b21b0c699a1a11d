"""Draws every picture of the demo brand with Pillow alone."""
