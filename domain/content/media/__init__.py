"""Assets: uploading, checking, cropping, and keeping them."""
