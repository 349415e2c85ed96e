"""Where the road engine of the extra `roads` is: OSRM's own programs and profiles, as the package brings them.

Nothing of the package is imported: its programs are started, and this works (and says so) without the extra, too.
"""

from importlib import metadata, util
from pathlib import Path

from routing.travel.errors import BuildFailed


def program(name: str) -> Path:
    """One of OSRM's programs, for example "osrm-routed". BuildFailed when the extra is not installed."""
    return _package() / "bin" / name


def profiles() -> Path:
    """The folder of OSRM's own Lua profiles."""
    return _package() / "share" / "profiles"


def version() -> str:
    """The engine's version."""
    _package()
    return metadata.version("osrm-bindings")


def _package() -> Path:
    spec = util.find_spec("osrm")
    if spec is None or spec.origin is None:
        raise BuildFailed("real roads need the extra `roads`: pip install antar[roads]")
    return Path(spec.origin).parent
