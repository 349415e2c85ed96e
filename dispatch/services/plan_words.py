"""How a plan's stops, riders, changes and broken limits are called when people read of them. No citizen is in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.said import say
from dispatch.services.places import place_words
from dispatch.services.planning_reasons import advice_words
from dispatch.store.models import Batch, Courier, Plan, PlanBatch, Village
from dispatch.store.models.common import Json
from routing.jsonform import from_json
from routing.model import Cause, Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Names by id: the stops of the problem, and the couriers."""

    places: Mapping[str, str]
    riders: Mapping[str, str]

    def place(self, stop_id: str) -> str:
        """ "Kantor Desa Rejosari"."""
        return self.places.get(stop_id, "tujuan")

    def rider(self, vehicle_id: str | None) -> str:
        """The courier's name."""
        return self.riders.get(vehicle_id or "", "kurir")

    def change(self, change: Change) -> str:
        """What is allowed in this plan that the rules do not."""
        who = f" untuk {self.rider(change.vehicle_id)}" if change.vehicle_id else ""
        return f"{advice_words(change)}{who}"


def named(session: Session, plan: Plan) -> Named:
    """The names of everything in a plan."""
    first = {spot["batches"][0]["id"]: spot["stop_id"] for spot in plan.places or ()}
    rows = session.execute(
        select(Batch.id, Batch.destination, Village)
        .join(PlanBatch, PlanBatch.batch_id == Batch.id)
        .join(Village, (Village.office == Batch.office) & (Village.code == Batch.village_code))
        .where(PlanBatch.office == plan.office, PlanBatch.plan_id == plan.id)
    )
    places = {first[batch_id]: place_words(where, village) for batch_id, where, village in rows if batch_id in first}
    riders = session.execute(select(Courier.id, Courier.name).where(Courier.office == plan.office))
    return Named(places=places, riders=dict(riders.all()))


def advice_of(reason: Json | None) -> str:
    """What one click would do for a left-out batch; empty where nothing was found."""
    if reason is None:
        return ""
    if reason["cause"] == Cause.FITS:
        return say("antar juga")
    if reason["change"] is None:
        return ""
    change = from_json(Change, reason["change"])
    return say("antar juga") if change.field == "price" else advice_words(change)


def violation_words(violation: Json, words: Named) -> str:
    """A broken limit as a sentence a dispatcher can act on."""
    who, where = words.rider(violation["vehicle_id"]), words.place(violation["stop_id"] or "")
    found, expected = violation["found"], violation["expected"]
    match violation["code"]:
        case "outside_window":
            return say(
                "%(where)s: %(who)s baru dilayani pukul %(found)s, di luar jam terima",
                where=where,
                who=who,
                found=_clock(found),
            )
        case "returns_after_shift":
            return say(
                "%(who)s kembali pukul %(found)s, jam kerjanya sampai %(most)s",
                who=who,
                found=_clock(found),
                most=_clock(expected),
            )
        case "over_capacity":
            return say("%(who)s membawa %(found)s dokumen, tasnya memuat %(most)s", who=who, found=found, most=expected)
        case "too_many_stops":
            return say("%(who)s mengunjungi %(found)s tujuan, batasnya %(most)s", who=who, found=found, most=expected)
        case "too_far":
            return say("%(who)s menempuh %(found)s, batasnya %(most)s", who=who, found=_km(found), most=_km(expected))
        case "kind_not_allowed":
            return say("%(where)s: kendaraan %(who)s tidak boleh ke sana", where=where, who=who)
        case "vehicle_not_allowed":
            return say("%(where)s: %(who)s tidak boleh ke sana", where=where, who=who)
    return str(violation["code"])


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}.{seconds % 3600 // 60:02}"


def _km(metres: int) -> str:
    return f"{metres / 1000:.1f} km".replace(".", ",")
