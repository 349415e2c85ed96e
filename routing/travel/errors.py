"""What can go wrong with roads.

TravelError
├── BuildFailed        a dataset could not be made
├── ServerUnreachable  no road server answers at the address
└── ServerRefused      a road server answered, but not with roads
"""


class TravelError(Exception):
    """Travel over real roads is not to be had; the message says why in one line."""


class BuildFailed(TravelError):
    """A dataset could not be made from this extract and area."""


class ServerUnreachable(TravelError):
    """No road server answers at this address."""


class ServerRefused(TravelError):
    """The road server answered, but not with what was asked. `code` is its own word for it."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code
