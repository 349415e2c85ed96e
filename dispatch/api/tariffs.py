"""Tariffs: what is in force on a day, every one there ever was, and deciding a new one."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Shape
from dispatch.auth import current_actor, current_office
from dispatch.services import bands, calendar, tariffs
from dispatch.services.offices import tariff_on
from dispatch.services.post_prices import PostRule
from dispatch.store.models import Tariff

Word = Annotated[str, Field(max_length=20)]


class TariffQuery(BaseModel):
    """Which day's tariff (2026-11-24), by default today's."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = Field(None, alias="date")


class PostRuleForm(Form):
    """One price of the post. `destination`: desk, home or empty (both); `up_to_grams` 0: any weight."""

    service: Word
    destination: Word = ""
    up_to_grams: Int = 0
    near: Int
    far: Int
    per_document: Int


class PricesForm(Form):
    """Whole rupiah, metres, grams; the platform fee in hundredths of a per cent. What is left away is the shipped
    value.

    The base fare covers the first `base_metres`. `minimum` and `rounding` are what the courier charges beyond the exact
    fare. `hired_*` is what an own courier would cost, to compare with."""

    base_fare: Int = 10_000
    base_metres: Int = 4_000
    per_km: Int = 2_500
    per_stop: Int = 0
    per_hour: Int = 0
    platform_fee_bp: Int = 0
    return_paid: bool = True
    minimum: Int = 0
    rounding: Int = 0
    post_near: Int = 7_000
    post_far: Int = 9_000
    post_near_metres: Int = 12_000
    post_per_document: Int = 400
    post_rules: Annotated[list[PostRuleForm], Field(max_length=50)] = Field(default_factory=list)
    post_service: Word = "reguler"
    post_urgent_service: Word = "reguler"
    grams_per_document: Int = 10
    waiting_per_document: Int = 150
    hired_month: Int = 2_450_000
    hired_days: Int = 22
    hired_per_km: Int = 500

    def prices(self) -> tariffs.Prices:
        said = self.model_dump(exclude={"post_rules"})
        rules = tuple(PostRule(**rule.model_dump()) for rule in self.post_rules)
        return tariffs.Prices(**said, post_rules=rules)


class NewTariff(Form):
    """Prices from a day on (today at the earliest, and by default). `reason` is needed outside the decree's band."""

    prices: PricesForm
    valid_from: Annotated[date, Field(strict=False)] | None = None
    reason: Annotated[str, Field(max_length=300)] = ""


class PricesOut(Shape):
    """What a tariff says, as in the form."""

    base_fare: int
    base_metres: int
    per_km: int
    per_stop: int
    per_hour: int
    platform_fee_bp: int
    return_paid: bool
    minimum: int
    rounding: int
    post_near: int
    post_far: int
    post_near_metres: int
    post_per_document: int
    post_rules: list[dict[str, str | int]]
    post_service: str
    post_urgent_service: str
    grams_per_document: int
    waiting_per_document: int
    hired_month: int
    hired_days: int
    hired_per_km: int


class TariffOut(PricesOut):
    """One tariff: from when, why, by whom. `beyond_band`: what lies outside the decree in force on its first day."""

    id: str
    valid_from: date
    revision: int
    reason: str
    decided_by: str
    decided_at: datetime | None
    beyond_band: list[str]


class BandOut(Shape):
    """The reference prices of a decree for the office's zone: [lowest, highest] rupiah."""

    decree: str
    zone: str
    valid_from: date
    base_metres: int
    per_km: tuple[int, int]
    first: tuple[int, int]


class Tariffs(Shape):
    """What holds on the day, its band, and every tariff (the latest first)."""

    date: date
    in_force: TariffOut
    band: BandOut | None
    history: list[TariffOut]


@api.get("/tariffs")
@api.input(TariffQuery, location="query")
@api.output(Tariffs)
@reads
def list_tariffs(session: Session, query_data: TariffQuery) -> Tariffs:
    """What carrying costs on a day, the reference band, and the whole history."""
    office = current_office()
    day = query_data.day or calendar.today(session, calendar.calendar_of(session, office))
    band = bands.band_on(office, day)
    return Tariffs(
        date=day,
        in_force=_out(tariff_on(session, office, day)),
        band=None if band is None else BandOut.model_validate(band),
        history=[_out(row) for row in tariffs.history(session, office)],
    )


@api.post("/tariffs")
@api.input(NewTariff)
@api.output(TariffOut, status_code=201)
@changes
def decide_tariff(session: Session, json_data: NewTariff) -> Answer:
    """Decide new prices from a day on. What was in force before stays as it is."""
    office = current_office()
    row = tariffs.decide(
        session,
        office,
        json_data.prices.prices(),
        valid_from=json_data.valid_from or calendar.today(session, calendar.calendar_of(session, office)),
        reason=json_data.reason.strip(),
        by=current_actor(),
    )
    return Answer(_out(row), status=201)


def _out(row: Tariff) -> TariffOut:
    said = {name: getattr(row, name) for name in TariffOut.model_fields if name != "beyond_band"}
    beyond = tariffs.beyond_band(row.office, tariffs.prices_in(row), row.valid_from)
    return TariffOut.model_validate({**said, "beyond_band": list(beyond)})
