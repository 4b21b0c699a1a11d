"""The pages that the service itself serves: the desk for the brand's people, the reference mall."""
