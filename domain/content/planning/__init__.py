"""The brand's calendar and its campaigns."""
