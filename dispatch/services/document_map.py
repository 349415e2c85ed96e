"""Where a document was, on a small map: its print point, its village, and the places its proofs name."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.services.desks import desk_name
from dispatch.services.plan_map import CREDIT
from dispatch.services.reasons import REASONS
from dispatch.store.models import Depot, Document, Proof, Village
from maps.boundaries import outline
from maps.layers import Area, Layer, MapPage, Marker


def document_map(session: Session, document: Document, proofs: Sequence[Proof], zone: ZoneInfo) -> MapPage:
    """The map's content; nothing of the citizen is on it but the document's code."""
    village = session.get_one(Village, (document.office, document.village_code))
    depot = session.get_one(Depot, document.depot_id)
    layers, land = [], outline(village.code)
    district = outline(village.district_code)
    if district is not None:
        name = village.district
        layers.append(Layer(name=f"Kecamatan {name}", areas=(Area(geometry=district["geometry"], title=name),)))
    if land is not None:
        area = Area(geometry=land["geometry"], title=village.name, fill="#b9d6e6", border="strong", label=village.name)
        layers.append(Layer(name=desk_name(village), areas=(area,)))
    places = (
        Marker(lat=depot.lat, lon=depot.lon, label="", title=depot.name, kind="depot"),
        Marker(lat=village.lat, lon=village.lon, label="", title=f"Kantor {desk_name(village)}", kind="waiting"),
    )
    layers.append(Layer(name="Kantor", markers=places))
    told = tuple(
        Marker(
            lat=proof.lat,
            lon=proof.lon,
            label=str(number),
            title=_words(proof),
            lines=(f"{(proof.device_at or proof.received_at).astimezone(zone):%d/%m/%Y %H.%M}", _accuracy(proof)),
        )
        for number, proof in enumerate(proofs, start=1)
        if proof.lat is not None and proof.lon is not None
    )
    if told:
        layers.append(Layer(name="Bukti", markers=told))
    return MapPage(title=document.code, layers=tuple(layers), credit=CREDIT if land or district else "")


def _words(proof: Proof) -> str:
    if proof.kind == "delivered":
        return "diserahkan"
    return REASONS[proof.reason].words if proof.reason in REASONS else "tiba"


def _accuracy(proof: Proof) -> str:
    return "" if proof.accuracy_m is None else f"teliti sampai {round(proof.accuracy_m)} m"
