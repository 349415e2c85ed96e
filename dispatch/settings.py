"""Settings are read from ANTAR_* once, when a process starts; every mistake is reported in one message."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from maps.render import Tiles

DEFAULT_HOME = Path("var")
MOST_PLAN_SECONDS = 300


class SettingsError(Exception):
    """The environment does not make sense; the message lists every mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process needs to know about where it runs. `home` holds database, files and keys of a single machine."""

    home: Path = DEFAULT_HOME
    database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)
    public_url: str = "http://127.0.0.1:8080"
    files: Path = Path()
    key_file: Path = Path()
    clock_shift: timedelta = timedelta()
    lease_s: int = 30
    sweep_every_s: int = 10
    plan_seconds: int = 0  # for every plan that names none; 0: by its size
    workers: int = 2
    trusted_proxies: int = 0
    undo_s: int = 60
    webhooks_on_loopback: bool = False  # for tests and a first try; never where strangers write addresses down
    roads: Path = Path()
    roads_url: str = field(default="", repr=False)
    roads_served: Mapping[str, str] = field(default_factory=dict)
    tiles: Tiles | None = None
    """A tile server below the maps; without one the shipped boundaries are the whole ground, and nobody is asked."""

    def __post_init__(self) -> None:
        fill: dict[str, object] = {}
        if not self.database_url:
            fill["database_url"] = f"sqlite:///{self.home / 'antar.db'}"
        if self.files == Path():
            fill["files"] = self.home / "files"
        if self.key_file == Path():
            fill["key_file"] = self.home / "keys.json"
        if self.roads == Path():
            fill["roads"] = self.home / "roads"
        for name, value in fill.items():
            object.__setattr__(self, name, value)

    @property
    def https(self) -> bool:
        """Whether people reach us over TLS: cookies are then Secure and carry the __Host- prefix."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read ANTAR_*; unknown names are mistakes too, because a typo would otherwise be silently ignored."""
        env = os.environ if env is None else env
        given = {k.removeprefix("ANTAR_").lower(): v for k, v in env.items() if k.startswith("ANTAR_")}
        values: dict[str, object] = {}
        mistakes: list[str] = []
        for name, text in sorted(given.items()):
            if name.startswith("test_") or name == "fault":
                continue  # read by the test suite and by fault injection, not by the application's set-up
            reader = _READERS.get(name)
            if reader is None:
                mistakes.append(f"ANTAR_{name.upper()} is not a setting of Antar")
                continue
            try:
                target, value = reader(text)
                values[target] = value
            except ValueError as error:
                mistakes.append(f"ANTAR_{name.upper()}: {error}")
        tiles_url, credit = values.pop("tiles_url", ""), values.pop("tiles_credit", "")
        if tiles_url and not credit:
            mistakes.append("ANTAR_TILES_CREDIT: say whose map it is, as the tile server's licence asks")
        elif tiles_url:
            try:
                values["tiles"] = Tiles(url=str(tiles_url), credit=str(credit))
            except ValueError as error:
                mistakes.append(f"ANTAR_TILES_URL: {error}")
        if mistakes:
            raise SettingsError("The settings cannot be used:\n  " + "\n  ".join(mistakes))
        return cls(**values)  # type: ignore[arg-type]


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ValueError("must be a whole number of at least 1")
    return int(text)


def _plan_seconds(text: str) -> int:
    if _positive(text) > MOST_PLAN_SECONDS:
        raise ValueError(f"must be at most {MOST_PLAN_SECONDS}")
    return int(text)


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must start with sqlite:/// or postgresql+psycopg://")
    return text


def _redis(text: str) -> str:
    if not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must start with redis://, rediss:// or unix://")
    return text


def _public(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise ValueError("must be http(s)://host[:port] without a path")
    return text.rstrip("/")


def _shift(text: str) -> timedelta:
    try:
        return timedelta(seconds=int(text))
    except ValueError:
        raise ValueError("must be whole seconds") from None


def _count(text: str) -> int:
    if not text.isdigit():
        raise ValueError("must be a whole number")
    return int(text)


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"


def _road_server(text: str) -> str:
    parts = urlsplit(text.removeprefix("osrm+").removeprefix("valhalla+"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an OSRM server's http(s)://host[:port], or valhalla+http(s)://host[:port]")
    return text.rstrip("/")


def _roads_served(text: str) -> Mapping[str, str]:
    """ "dataset=address dataset=address", as `antar serve` tells its children."""
    pairs = [pair.partition("=") for pair in text.split()]
    if not all(dataset and address for dataset, _, address in pairs):
        raise ValueError("must be pairs of dataset=address")
    return {dataset: address for dataset, _, address in pairs}


_READERS: dict[str, Callable[[str], tuple[str, object]]] = {
    "home": lambda t: ("home", Path(t)),
    "database_url": lambda t: ("database_url", _database(t)),
    "redis_url": lambda t: ("redis_url", _redis(t)),
    "public_url": lambda t: ("public_url", _public(t)),
    "files": lambda t: ("files", Path(t)),
    "key_file": lambda t: ("key_file", Path(t)),
    "clock_shift_s": lambda t: ("clock_shift", _shift(t)),
    "lease_s": lambda t: ("lease_s", _positive(t)),
    "sweep_every_s": lambda t: ("sweep_every_s", _positive(t)),
    "plan_seconds": lambda t: ("plan_seconds", _plan_seconds(t)),
    "workers": lambda t: ("workers", _positive(t)),
    "trusted_proxies": lambda t: ("trusted_proxies", _count(t)),
    "undo_s": lambda t: ("undo_s", _count(t)),
    "webhooks_on_loopback": lambda t: ("webhooks_on_loopback", _switch(t)),
    "roads": lambda t: ("roads", Path(t)),
    "roads_url": lambda t: ("roads_url", _road_server(t)),
    "tiles_url": lambda t: ("tiles_url", t),
    "tiles_credit": lambda t: ("tiles_credit", t),
    "roads_served": lambda t: ("roads_served", _roads_served(t)),
}
