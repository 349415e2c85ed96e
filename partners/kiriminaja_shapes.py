"""What KiriminAja answers and posts, as far as it is read."""

from typing import Annotated, Literal

from pydantic import Field

from partners.base import Proof
from partners.shapes import Amount, Id, Text, Told


class StatusIn(Told):
    """Whether it worked."""

    status: bool


class ErrorIn(Told):
    """Why it did not."""

    status: bool
    text: Text = ""
    code: int = 0


class PriceIn(Told):
    """The price of one service."""

    service: Id
    service_type: Id
    cost: Amount


class PricesIn(Told):
    """What each service costs."""

    results: list[PriceIn]


class SlotIn(Told):
    """A time at which parcels are fetched."""

    clock: Id
    expired: int
    libur: bool = False


class SlotsIn(Told):
    """When parcels are fetched."""

    schedules: list[SlotIn]


class DetailIn(Told):
    """One order of a pick-up."""

    order_id: Id
    kj_order_id: Id
    awb: Id | None = None


class PickupIn(Told):
    """A pick-up that was ordered."""

    pickup_number: Id
    details: list[DetailIn]


class ImagesIn(Told):
    """What is shown of a delivery."""

    camera_img: Text | None = None
    signature_img: Text | None = None
    pop_img: Text | None = None


class HistoryIn(Told):
    """One step of an order."""

    created_at: Id
    status: Text = ""
    status_code: int
    driver: Text = ""
    receiver: Text = ""

    @property
    def code(self) -> str:
        """As `CODES` has it."""
        return str(self.status_code)


class TrackedIn(Told):
    """One order in a tracking answer, parcel or instant."""

    order_id: Id
    kj_order_id: Id | None = None
    awb: Id | None = None
    cost: Amount | None = None
    live_track_url: Text | None = None
    images: ImagesIn = ImagesIn()
    histories: Annotated[list[HistoryIn], Field(max_length=1_000)] = Field(default_factory=list)

    def proof(self, receiver: str) -> Proof | None:
        """What is shown of the delivery, if anything is."""
        photos = tuple(url for url in (self.images.camera_img, self.images.pop_img) if url)
        if not (receiver.strip() or photos or self.images.signature_img):
            return None
        return Proof(received_by=receiver, photo_urls=photos, signature_url=self.images.signature_img)


class TrackingIn(Told):
    """How a parcel stands."""

    details: TrackedIn


class CancelIn(Told):
    """Whether an order is called off at once."""

    pending: bool = False


class CallbackItem(Told):
    """What a callback says of one order."""

    order_id: Id
    awb: Id | None = None
    date: Id | None = None
    shipped_at: Id | None = None
    finished_at: Id | None = None
    returned_at: Id | None = None
    rejected_at: Id | None = None
    reason: Text = ""


class CallbackIn(Told):
    """What is posted to our address: a hint, nothing more."""

    method: Literal[
        "processed_packages",
        "shipped_packages",
        "canceled_packages",
        "finished_packages",
        "returned_packages",
        "return_finished_packages",
    ]
    data: Annotated[list[CallbackItem], Field(max_length=500)]


class RegionIn(Told):
    """A kecamatan by their number."""

    id: int
    label: Text


class RegionsIn(Told):
    """What was found for a name."""

    datas: list[RegionIn]
