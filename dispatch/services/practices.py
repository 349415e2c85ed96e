"""The shipped practices: how real offices hand documents over, as terms that an office can take over by name."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from dispatch.errors import NotFound
from dispatch.services.kinds import BY_CODE
from dispatch.services.policies import PROOFS, Need, Terms
from dispatch.store.models.common import Json

FILE = Path(__file__).parent.parent / "data" / "release_policies.toml"
_USUAL: Mapping[str, Need] = MappingProxyType(
    {"photo": "optional", "signature": "optional", "code": "off", "scan": "off"}
)
_TERMS = frozenset(f.name for f in fields(Terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """How one office does it. `title` and `about` are for people; `kinds`: the terms of kinds that differ."""

    name: str
    title: str
    about: str
    terms: Terms
    kinds: Mapping[str, Terms]

    def for_kind(self, kind: str) -> Terms:
        """The terms for a kind of document."""
        return self.kinds.get(kind, self.terms)


@lru_cache(maxsize=1)
def practices() -> Mapping[str, Practice]:
    """All shipped practices by name, in the order of the file."""
    return MappingProxyType({given["name"]: _practice(given) for given in _read()["practice"]})


def practice_named(name: str) -> Practice:
    """One shipped practice."""
    found = practices().get(name)
    if found is None:
        raise NotFound(f"there is no practice {name}; there are {', '.join(practices())}")
    return found


def default_for(office: str) -> Practice:
    """The practice an office starts with."""
    default = _read()["default"]
    return practice_named(default.get(office, default[""]))


@lru_cache(maxsize=1)
def _read() -> Json:
    return tomllib.loads(FILE.read_text("utf-8"))


def _practice(given: Json) -> Practice:
    own = {name: value for name, value in given.items() if name in _TERMS}
    terms = _terms({"swap_old_card": False, **own})
    unknown = set(given) - _TERMS - {"name", "title", "about", "kind"} | set(given.get("kind", {})) - set(BY_CODE)
    if unknown:
        raise ValueError(f"{FILE.name}: {given['name']} says {sorted(unknown)}, which nobody knows")
    kinds = {kind: _changed(terms, more) for kind, more in given.get("kind", {}).items()}
    return Practice(name=given["name"], title=given["title"], about=given["about"], terms=terms, kinds=kinds)


def _terms(given: Json) -> Terms:
    return Terms(**{**given, "receivers": frozenset(given["receivers"]), "proofs": _proofs(_USUAL, given)})


def _changed(terms: Terms, more: Json) -> Terms:
    change = {**more, "proofs": _proofs(terms.proofs, more)}
    if "receivers" in more:
        change["receivers"] = frozenset(more["receivers"])
    return replace(terms, **change)


def _proofs(usual: Mapping[str, Need], given: Json) -> dict[str, Need]:
    return {kind: given.get("proofs", {}).get(kind, usual[kind]) for kind in PROOFS}
