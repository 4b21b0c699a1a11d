"""Finding posts by any part of a Chinese sentence."""
