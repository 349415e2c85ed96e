"""How numbers, days and states are written for people: Indonesian, short, always the same. Used as Jinja filters."""

from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dispatch.services.kinds import BY_CODE
from dispatch.web.blueprint import web

DAYS = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
NOTHING = "–"

# machine → state → (the word people use, the class that colours it)
STATES: dict[str, dict[str, tuple[str, str]]] = {
    "document": {
        "ready": ("siap", "is-waiting"),
        "batched": ("dalam batch", "is-waiting"),
        "out": ("di jalan", "is-moving"),
        "at_village": ("di desa", "is-moving"),
        "returning": ("dalam perjalanan kembali", "is-problem"),
        "returned": ("kembali di kantor", "is-problem"),
        "held": ("ditahan", "is-held"),
        "delivered": ("diterima warga", "is-done"),
        "withdrawn": ("ditarik", "is-plain"),
        "self_printed": ("dicetak sendiri", "is-plain"),
        "lost": ("hilang", "is-problem"),
    },
    "batch": {
        "open": ("terbuka", "is-waiting"),
        "sealed": ("disegel", "is-waiting"),
        "planned": ("dalam rencana", "is-moving"),
        "out": ("di jalan", "is-moving"),
        "handed_over": ("diserahkan", "is-done"),
        "closed": ("selesai", "is-done"),
        "dissolved": ("dibubarkan", "is-plain"),
    },
    "plan": {
        "requested": ("mencari rute", "is-moving"),
        "solved": ("siap disetujui", "is-waiting"),
        "approved": ("disetujui", "is-moving"),
        "closed": ("selesai", "is-done"),
        "failed": ("gagal", "is-problem"),
        "discarded": ("dibuang", "is-plain"),
    },
    "route": {
        "planned": ("belum berangkat", "is-waiting"),
        "under_way": ("di jalan", "is-moving"),
        "completed": ("selesai", "is-done"),
        "cancelled": ("dibatalkan", "is-plain"),
    },
    "stop": {
        "pending": ("belum", "is-plain"),
        "arrived": ("tiba", "is-moving"),
        "done": ("diserahkan", "is-done"),
        "failed": ("gagal", "is-problem"),
        "skipped": ("dilewati", "is-held"),
    },
    "shipment": {
        "planned": ("belum diserahkan", "is-waiting"),
        "handed_to_partner": ("di loket Pos", "is-moving"),
        "in_transit": ("dikirim Pos", "is-moving"),
        "delivered": ("sampai", "is-done"),
        "returned": ("kembali", "is-problem"),
        "lost": ("hilang", "is-problem"),
        "cancelled": ("dibatalkan", "is-plain"),
    },
}


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", ".")


@web.app_template_filter("rupiah")
def rupiah(value: int | None) -> str:
    """1482000 → "Rp 1.482.000"."""
    if value is None:
        return NOTHING
    return f"−Rp {_grouped(-value)}" if value < 0 else f"Rp {_grouped(value)}"


@web.app_template_filter("count")
def count(value: int | None) -> str:
    """1482 → "1.482"."""
    return NOTHING if value is None else _grouped(value)


@web.app_template_filter("km")
def km(metres: int | None) -> str:
    """3240 → "3,2 km"; from 100 km on without a decimal."""
    if metres is None:
        return NOTHING
    kilometres = metres / 1000
    return f"{_grouped(round(kilometres))} km" if kilometres >= 99.95 else f"{kilometres:.1f} km".replace(".", ",")


@web.app_template_filter("duration")
def duration(seconds: int | None) -> str:
    """7800 → "2 j 10 m"; under a minute in seconds."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds} d"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} j {minutes} m" if hours and minutes else f"{hours} j" if hours else f"{minutes} m"


@web.app_template_filter("hour")
def hour(seconds: int | None) -> str:
    """Seconds after local midnight: 29700 → "08.15"."""
    if seconds is None:
        return NOTHING
    minutes = round(seconds / 60)
    return f"{minutes // 60:02d}.{minutes % 60:02d}"


@web.app_template_filter("clock")
def clock(instant: datetime | None, zone: str) -> str:
    """An instant as the office's time of day: "08.15"."""
    return NOTHING if instant is None else f"{instant.astimezone(ZoneInfo(zone)):%H.%M}"


@web.app_template_filter("day")
def day(value: date | None) -> str:
    """A local date: "Sel 24 Nov"."""
    return NOTHING if value is None else f"{DAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"


@web.app_template_filter("moment")
def moment(instant: datetime | None, zone: str) -> str:
    """An instant with its day: "Sel 24 Nov 08.15"."""
    return NOTHING if instant is None else f"{day(instant.astimezone(ZoneInfo(zone)).date())} {clock(instant, zone)}"


@web.app_template_filter("percent")
def percent(share: float | None) -> str:
    """0.031 → "3,1 %"."""
    return NOTHING if share is None else f"{share * 100:.1f} %".replace(".", ",")


@web.app_template_filter("state_word")
def state_word(state: str, machine: str) -> str:
    """The word for a state, as people say it."""
    return STATES[machine].get(state, (state, ""))[0]


@web.app_template_filter("state_class")
def state_class(state: str, machine: str) -> str:
    """The class that gives a state its colour."""
    return STATES[machine].get(state, ("", "is-plain"))[1]


@web.app_template_filter("kind")
def kind_name(code: str) -> str:
    """ "ktp_el" → "KTP-el"."""
    return BY_CODE[code].name if code in BY_CODE else code


@web.app_template_filter("short_office")
def short_office(name: str) -> str:
    """ "Kabupaten Blitar" → "Kab. Blitar"."""
    return name.replace("Kabupaten ", "Kab. ", 1)


def local_path(text: str) -> str:
    """A path on this very site to go back to, or "/" when the text could lead anywhere else."""
    parts = urlsplit(text)
    is_plain = text.isprintable() and "\\" not in text and text.startswith("/") and not text.startswith("//")
    return text if is_plain and not parts.scheme and not parts.netloc else "/"
