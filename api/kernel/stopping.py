"""Whether this process is about to stop, so that nobody sends it more."""


class Stopping:
    """From `begin` on the process says that it is not ready, and keeps no connection open."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Say so from now on."""
        self.begun = True
