"""Where people can go: the one list behind the menus. Nobody is shown a place that the access table keeps from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dispatch.access import TABLE
from dispatch.said import say

DAY, CUSTODY, MONTH, OFFICE = say("Hari ini"), say("Dokumen"), say("Bulan ini"), say("Kantor")
GROUPS = (DAY, CUSTODY, MONTH, OFFICE)


@dataclass(frozen=True, slots=True)
class Place:
    """One page of a menu. `key` is what its pages pass as `place`; `word` is translated where it is shown."""

    key: str
    endpoint: str
    word: str
    group: str


PLACES = (
    Place("today", "web.today", "Hari ini", DAY),
    Place("imports", "web.imports", "Impor", DAY),
    Place("batches", "web.batches", "Batch", DAY),
    Place("plans", "web.plans", "Rencana", DAY),
    Place("routes", "web.routes", "Rute", DAY),
    Place("desks", "web.desks", "Di desa", DAY),
    Place("cases", "web.cases", "Perlu diperiksa", DAY),
    Place("documents", "web.documents", "Semua dokumen", CUSTODY),
    Place("messages", "web.messages", "Pesan", CUSTODY),
    Place("returns", "web.returned", "Kembali", CUSTODY),
    Place("complaints", "web.complaints_page", "Laporan warga", CUSTODY),
    Place("held", "web.held", "Ditahan", CUSTODY),
    Place("reports", "web.month_report", "Laporan", MONTH),
    Place("outreach", "web.outreaches", "Jemput bola", MONTH),
    Place("maps", "web.maps", "Peta desa", MONTH),
    Place("budgets", "web.budget_page", "Anggaran", MONTH),
    Place("services", "web.services_page", "BAST jasa", MONTH),
    Place("costs", "web.cost_page", "Biaya", MONTH),
    Place("ladder", "web.ladder_page", "Cadangan pengantar", OFFICE),
    Place("tariffs", "web.tariff_page", "Tarif", OFFICE),
    Place("capacity", "web.capacity", "Kapasitas", MONTH),
    Place("promises", "web.promises_moved", "Janji", MONTH),
    Place("backlog", "web.backlog", "Tunggakan", MONTH),
    Place("calendar", "web.calendar_month", "Kalender", OFFICE),
    Place("looks", "web.looks_page", "Siapa melihat apa", OFFICE),
    Place("webhooks", "web.webhooks_page", "Webhook", OFFICE),
    Place("message_settings", "web.message_settings_page", "Pengaturan pesan", OFFICE),
    Place("couriers", "web.couriers", "Kurir", OFFICE),
    Place("partners", "web.partners", "Mitra", OFFICE),
    Place("depots", "web.depots", "Titik cetak", OFFICE),
    Place("rules", "web.rules", "Aturan kerja", OFFICE),
    Place("policies", "web.policies", "Aturan serah terima", OFFICE),
    Place("papers", "web.paper_settings_page", "Kop dan nomor surat", OFFICE),
    Place("users", "web.users", "Pengguna", OFFICE),
    Place("clients", "web.clients", "Program dan kunci", OFFICE),
    Place("set_up_history", "web.set_up_history", "Riwayat pengaturan", OFFICE),
)


def places_for(role: str) -> list[tuple[str, list[Place]]]:
    """The groups and their places that this role may open, in their order."""
    seen: Iterable[Place] = sorted(
        (place for place in PLACES if role in TABLE[place.endpoint].roles), key=lambda place: GROUPS.index(place.group)
    )
    return [(group, list(places)) for group, places in groupby(seen, key=lambda place: place.group)]
