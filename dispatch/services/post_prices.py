"""What the post takes for one batch: by service, kind of destination, weight and distance."""

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.store.models import Tariff

ENVELOPE_GRAMS = 20
DESTINATIONS = ("", "desk", "home")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostRule:
    """One price: near the depot, beyond, and something for each document.

    `destination` empty: desks and homes alike; `up_to_grams` 0: of any weight."""

    service: str
    destination: str = ""
    up_to_grams: int = 0
    near: int
    far: int
    per_document: int

    def fits(self, service: str, destination: str, grams: int) -> bool:
        return (
            self.service == service
            and self.destination in ("", destination)
            and (self.up_to_grams == 0 or grams <= self.up_to_grams)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPrices:
    """The post's prices of one tariff: the first of `rules` that fits a batch counts, else the plain ones."""

    near: int
    far: int
    near_metres: int
    per_document: int
    rules: tuple[PostRule, ...] = ()
    service: str = ""
    urgent_service: str = ""
    grams_per_document: int = 10
    outside: int = 20_000

    def of(self, documents: int, metres: int | None, *, is_home: bool = False, is_urgent: bool = False) -> int:
        """Rupiah for one batch to a place so many metres from its depot; None: to another regency."""
        if metres is None:
            return self.outside + self.per_document * documents
        service = self.urgent_service if is_urgent else self.service
        grams = ENVELOPE_GRAMS + self.grams_per_document * documents
        price = next(
            (rule for rule in self.rules if rule.fits(service, "home" if is_home else "desk", grams)),
            PostRule(service=service, near=self.near, far=self.far, per_document=self.per_document),
        )
        return (price.near if metres <= self.near_metres else price.far) + price.per_document * documents


def rules_of(tariff: Tariff) -> Sequence[PostRule]:
    """The rules of a tariff as values."""
    return tuple(PostRule(**given) for given in tariff.post_rules)


def prices_of(tariff: Tariff) -> PostPrices:
    """What the post takes by this tariff."""
    return PostPrices(
        near=tariff.post_near,
        far=tariff.post_far,
        near_metres=tariff.post_near_metres,
        per_document=tariff.post_per_document,
        outside=tariff.post_outside,
        rules=tuple(rules_of(tariff)),
        service=tariff.post_service,
        urgent_service=tariff.post_urgent_service,
        grams_per_document=tariff.grams_per_document,
    )
