"""How numbers, days and states are written for people: short, always the same, in their language. Jinja filters."""

from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dispatch.services import calendar
from dispatch.services.kinds import BY_CODE
from dispatch.web.blueprint import web
from dispatch.words import _, language, say

DAYS = {
    "id": ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
# grouping, decimal sign, the sign in times, hours and seconds in short, what stands before %
SIGNS = {"id": (".", ",", ".", "j", "d", " "), "en": (",", ".", ":", "h", "s", "")}
NOTHING = "–"

# machine → state → (the word people use, the class that colours it)
STATES: dict[str, dict[str, tuple[str, str]]] = {
    "document": {
        "waiting_blank": (say("menunggu blangko"), "is-held"),
        "printing": (say("sedang dicetak"), "is-waiting"),
        "ready": (say("siap"), "is-waiting"),
        "batched": (say("dalam batch"), "is-waiting"),
        "out": (say("di jalan"), "is-moving"),
        "at_village": (say("di desa"), "is-moving"),
        "returning": (say("dalam perjalanan kembali"), "is-problem"),
        "returned": (say("kembali di kantor"), "is-problem"),
        "held": (say("ditahan"), "is-held"),
        "delivered": (say("diterima warga"), "is-done"),
        "withdrawn": (say("ditarik"), "is-plain"),
        "self_printed": (say("dicetak sendiri"), "is-plain"),
        "lost": (say("hilang"), "is-problem"),
    },
    "batch": {
        "open": (say("terbuka"), "is-waiting"),
        "sealed": (say("disegel"), "is-waiting"),
        "planned": (say("dalam rencana"), "is-moving"),
        "out": (say("di jalan"), "is-moving"),
        "handed_over": (say("diserahkan"), "is-done"),
        "closed": (say("selesai"), "is-done"),
        "dissolved": (say("dibubarkan"), "is-plain"),
    },
    "plan": {
        "requested": (say("mencari rute"), "is-moving"),
        "solved": (say("siap disetujui"), "is-waiting"),
        "approved": (say("disetujui"), "is-moving"),
        "closed": (say("selesai"), "is-done"),
        "failed": (say("gagal"), "is-problem"),
        "discarded": (say("dibuang"), "is-plain"),
    },
    "route": {
        "planned": (say("belum berangkat"), "is-waiting"),
        "under_way": (say("di jalan"), "is-moving"),
        "completed": (say("selesai"), "is-done"),
        "cancelled": (say("dibatalkan"), "is-plain"),
    },
    "stop": {
        "pending": (say("belum"), "is-plain"),
        "arrived": (say("tiba"), "is-moving"),
        "done": (say("diserahkan"), "is-done"),
        "failed": (say("gagal"), "is-problem"),
        "skipped": (say("dilewati"), "is-held"),
    },
    "outreach": {
        "planned": ("menunggu desa", "is-waiting"),
        "confirmed": ("disetujui desa", "is-moving"),
        "under_way": ("berlangsung", "is-moving"),
        "completed": ("selesai", "is-done"),
        "cancelled": ("dibatalkan", "is-plain"),
    },
    "tour_plan": {
        "requested": ("menghitung", "is-moving"),
        "solved": ("siap dipilih", "is-waiting"),
        "accepted": ("dipakai", "is-done"),
        "failed": ("gagal", "is-problem"),
        "discarded": ("dibuang", "is-plain"),
    },
    "shipment": {
        "planned": (say("belum diserahkan"), "is-waiting"),
        "handed_to_partner": (say("sudah diserahkan"), "is-moving"),
        "in_transit": (say("dalam kiriman"), "is-moving"),
        "delivered": (say("sampai"), "is-done"),
        "returned": (say("kembali"), "is-problem"),
        "lost": (say("hilang"), "is-problem"),
        "cancelled": (say("dibatalkan"), "is-plain"),
    },
}


def _decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", SIGNS[language()][1])


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", SIGNS[language()][0])


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
    return f"{_grouped(round(kilometres))} km" if kilometres >= 99.95 else f"{_decimal(kilometres)} km"


@web.app_template_filter("duration")
def duration(seconds: int | None) -> str:
    """7800 → "2 j 10 m"; under a minute in seconds."""
    if seconds is None:
        return NOTHING
    _group, _point, _colon, hour_sign, second_sign, _gap = SIGNS[language()]
    if seconds < 60:
        return f"{seconds} {second_sign}"
    hours, minutes = divmod(round(seconds / 60), 60)
    in_hours = f"{hours} {hour_sign}"
    return f"{in_hours} {minutes} m" if hours and minutes else in_hours if hours else f"{minutes} m"


@web.app_template_filter("hour")
def hour(seconds: int | None) -> str:
    """Seconds after local midnight: 29700 → "08.15"."""
    if seconds is None:
        return NOTHING
    minutes = round(seconds / 60)
    return f"{minutes // 60:02d}{SIGNS[language()][2]}{minutes % 60:02d}"


@web.app_template_filter("clock")
def clock(instant: datetime | None, zone: str) -> str:
    """An instant as the office's time of day: "08.15"."""
    if instant is None:
        return NOTHING
    there = instant.astimezone(ZoneInfo(zone))
    return f"{there:%H}{SIGNS[language()][2]}{there:%M}"


@web.app_template_filter("day")
def day(value: date | None) -> str:
    """A local date: "Sel 24 Nov"."""
    if value is None:
        return NOTHING
    return f"{DAYS[language()][value.weekday()]} {value.day} {MONTHS[language()][value.month - 1]}"


def weekday(value: date) -> str:
    """ "Senin" … "Minggu"; "Monday" … "Sunday"."""
    return calendar.weekday_name(value) if language() == "id" else f"{value:%A}"


@web.app_template_filter("iso_day")
def iso_day(text: str) -> str:
    """A date as answers keep it, with its year: "Sel 24 Nov 2026"."""
    found = date.fromisoformat(text)
    return f"{day(found)} {found.year}"


@web.app_template_filter("moment")
def moment(instant: datetime | None, zone: str) -> str:
    """An instant with its day: "Sel 24 Nov 08.15"."""
    return NOTHING if instant is None else f"{day(instant.astimezone(ZoneInfo(zone)).date())} {clock(instant, zone)}"


@web.app_template_filter("percent")
def percent(share: float | None) -> str:
    """0.031 → "3,1 %"."""
    return NOTHING if share is None else f"{_decimal(share * 100)}{SIGNS[language()][5]}%"


@web.app_template_filter("state_word")
def state_word(state: str, machine: str) -> str:
    """The word for a state, as people say it."""
    return _(STATES[machine].get(state, (state, ""))[0])


@web.app_template_filter("state_class")
def state_class(state: str, machine: str) -> str:
    """The class that gives a state its colour."""
    return STATES[machine].get(state, ("", "is-plain"))[1]


@web.app_template_filter("kind")
def kind_name(code: str) -> str:
    """ "ktp_el" → "KTP-el"."""
    return _(BY_CODE[code].name) if code in BY_CODE else code


@web.app_template_filter("short_office")
def short_office(name: str) -> str:
    """ "Kabupaten Blitar" → "Kab. Blitar"."""
    return name.replace("Kabupaten ", "Kab. ", 1)


def local_path(text: str) -> str:
    """A path on this very site to go back to, or "/" when the text could lead anywhere else."""
    parts = urlsplit(text)
    is_plain = text.isprintable() and "\\" not in text and text.startswith("/") and not text.startswith("//")
    return text if is_plain and not parts.scheme and not parts.netloc else "/"
