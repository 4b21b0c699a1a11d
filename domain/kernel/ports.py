"""What a group's use cases are handed to work with."""


class Ports:
    """The ports of one group, a frozen dataclass of them; a use case takes it first.

    A resolver names the bundle that it hands on by this type, and nothing else reaches it.
    """

    __slots__ = ()
