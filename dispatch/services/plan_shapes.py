"""What a plan looks like to people and programs: the one shape for the API, the pages and the map.

Nothing of a citizen is in it. Seconds after local midnight, metres, rupiah. What a page may
say in another language is not validated: it would forget how it was made.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, SkipValidation

from dispatch.store.models.common import Json


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True, frozen=True)


class ProgressPoint(_View):
    """The best cost the search knew after so many seconds."""

    seconds: float
    cost: int
    stops: int


class Totals(_View):
    """What a plan costs and where its documents go. Rupiah are None while no answer is there."""

    cost: int | None
    ojek: int | None
    post: int | None
    waiting: int | None
    all_post: int | None  # if every batch went by post
    batches: int
    documents: int
    documents_on_routes: int
    documents_by_post: int
    documents_waiting: int
    documents_unassigned: int


class DepotView(_View):
    """Where routes start."""

    id: str
    name: str
    lat: float
    lon: float


class BatchView(_View):
    """A batch on a stop."""

    id: str
    code: str
    destination: str
    documents: int


class StopView(_View):
    """One visit."""

    id: str
    position: int
    state: str
    place: str  # "Kantor Desa …", "Rumah di Desa …": no person in it
    village_code: str
    village: str
    district: str
    lat: float
    lon: float
    arrival_s: int
    departure_s: int
    metres: int
    adds: int | None  # rupiah that the visit adds to its route
    post: int | None  # what it would cost by post instead; None: not wanted
    waiting: int | None  # what waiting another day would cost; None: not allowed
    pin: str  # what a new search keeps: "route", "position" or nothing
    windows: list[tuple[int, int]]  # when service may start
    documents: int
    batches: list[BatchView]


class RouteView(_View):
    """One courier's way."""

    id: str
    number: int
    state: str
    version: int
    courier_id: str
    courier: str
    depot_id: str
    leaves_s: int
    returns_s: int
    metres: int
    documents: int
    fare: int
    line: str  # its way on real roads, a polyline of six decimals; empty where travel was estimated
    stops: list[StopView]


class LeftOut(_View):
    """A batch on no route: what becomes of it, at what price, and why."""

    batch_id: str
    code: str
    village_code: str
    village: str
    district: str
    lat: float
    lon: float
    documents: int
    rupiah: int | None
    reason: Json | None
    shipment_id: str | None
    can_be_visited: bool  # False: its office is closed that day
    advice: SkipValidation[str]  # the smallest change that lets it in, empty where none was found


class ViolationView(_View):
    """A limit that an edited plan exceeds. `is_allowed`: the office's rules let it be approved all the same."""

    code: str
    sentence: SkipValidation[str]
    route: int | None
    stop_id: str | None
    is_allowed: bool


class PlanSummary(_View):
    """A plan in one line."""

    id: str
    state: str
    version: int
    service_date: date
    requested_at: datetime
    seconds_allowed: int
    with_post: bool
    look_ahead: int
    stop_early: bool
    failure: str
    travel_source: str
    totals: Totals


class PlanView(PlanSummary):
    """A whole plan. `undecided` holds the batches while no answer is there.

    `progress` is the search's best cost over time, moved on about once a second; `seconds_left` what it may still take,
    None when nothing is searched for the plan any more."""

    progress: list[ProgressPoint]
    seconds_left: int | None
    is_editable: bool
    edits: int  # those that count
    violations: list[ViolationView]
    depots: list[DepotView]
    courier_ids: list[str]
    routes: list[RouteView]
    post: list[LeftOut]
    waiting: list[LeftOut]
    unassigned: list[LeftOut]
    undecided: list[LeftOut]
