"""Why a batch is on no route, in a dispatcher's words, with the change that would help."""

from datetime import date

from dispatch.said import say
from dispatch.services.calendar import short_date, weekday_name
from dispatch.store.models.common import Json
from routing.model import Cause, Change, Reason

_BEGINNINGS = {"post": "Lewat Pos", "wait": "Menunggu hari kerja berikutnya", "unassigned": "Tidak terlayani"}


def reason_json(reason: Reason, outcome: str) -> Json:
    """The reason as it is kept and shown: cause, numbers, the change that admits the stop, and one sentence."""
    change = reason.change
    return {
        "cause": reason.cause.value,
        "amount": reason.amount,
        "vehicle_id": reason.vehicle_id,
        "change": None
        if change is None
        else {"field": change.field, "value": change.value, "vehicle_id": change.vehicle_id},
        "sentence": f"{_BEGINNINGS[outcome]}: {_why(reason)}.{_advice(change)}",
    }


def closed_json(day: date, outcome: str) -> Json:
    """The reason of every batch on a day when village offices do not receive."""
    why = f"kantor desa tutup pada hari {weekday_name(day)}"
    return {
        "cause": "closed",
        "amount": None,
        "vehicle_id": None,
        "change": None,
        "sentence": f"{_BEGINNINGS[outcome]}: {why}.",
    }


def outside_json(outcome: str) -> Json:
    """The reason of a batch for an address in another regency."""
    return {
        "cause": "outside",
        "amount": None,
        "vehicle_id": None,
        "change": None,
        "sentence": f"{_BEGINNINGS[outcome]}: alamatnya di luar daerah, hanya lewat Pos.",
    }


def by_hand_json(outcome: str) -> Json:
    """The reason of a batch that a person took off its route."""
    return {
        "cause": "by_hand",
        "amount": None,
        "vehicle_id": None,
        "change": None,
        "sentence": f"{_BEGINNINGS[outcome]}: dikeluarkan dari rute oleh petugas.",
    }


def later_json(day: date) -> Json:
    """The reason of a batch that waits because a plan over several days brings it on a later one."""
    return {
        "cause": "later",
        "amount": None,
        "vehicle_id": None,
        "change": None,
        "sentence": f"Menunggu: direncanakan {short_date(day)}.",
    }


def rupiah(amount: int) -> str:
    """ "Rp 1.482.000"."""
    return "Rp " + f"{amount:,}".replace(",", ".")


def _why(reason: Reason) -> str:
    amount = reason.amount or 0
    match reason.cause:
        case Cause.UNREACHABLE:
            return "tidak ada jalan ke desa ini"
        case Cause.KIND:
            return "tidak ada kurir yang berangkat dari tempat dokumen ini"
        case Cause.CAPACITY:
            return f"tas kurir kurang untuk {amount} dokumen"
        case Cause.WINDOW:
            return f"kurir baru tiba {_minutes(amount)} setelah kantor desa tutup"
        case Cause.SHIFT:
            return f"kurir akan kembali {_minutes(amount)} setelah jam kerjanya selesai"
        case Cause.DISTANCE:
            return f"rute kurir akan {_km(amount)} lebih jauh dari batasnya"
        case Cause.STOPS:
            return f"rute kurir sudah penuh, lebih {amount} tujuan"
        case Cause.NO_VEHICLE_FREE:
            return "semua kurir sudah terpakai untuk tujuan lain"
        case Cause.DEARER:
            return f"diantar kurir {rupiah(amount)} lebih mahal"
        case Cause.FITS:
            return f"sebenarnya masih muat dan {rupiah(amount)} lebih hemat, hitung ulang rencana ini"
        case Cause.PINNED:
            return "terkunci pada rute yang tidak punya tempat lagi"


def advice_words(change: Change) -> str:
    """What a change allows, in a few words: "boleh kembali sampai 15.40"."""
    match change.field:
        case "capacity":
            return say("tas memuat %(n)s dokumen", n=change.value)
        case "shift_end":
            return say("boleh kembali sampai %(time)s", time=_time(change.value))
        case "window_end":
            return say("kantor desa menerima sampai %(time)s", time=_time(change.value))
        case "max_metres":
            return say("boleh menempuh %(way)s", way=_km(change.value))
        case "max_stops":
            return say("boleh %(n)s tujuan", n=change.value)
        case "vehicles":
            return say("%(n)s kurir lagi", n=change.value)
        case "kinds":
            return say("jenis kendaraan lain boleh ke sana")
        case "not_with":
            return say("kurir yang dikecualikan boleh ke sana")
        case "price":
            return say("diantar bila meninggalkannya seharga %(price)s", price=rupiah(change.value))


def _advice(change: Change | None) -> str:
    match change:
        case Change(field="capacity", value=value):
            return f" Bisa diantar bila tasnya memuat {value} dokumen."
        case Change(field="shift_end", value=value):
            return f" Bisa diantar bila kurir boleh kembali sampai {_time(value)}."
        case Change(field="window_end", value=value):
            return f" Bisa diantar bila kantor desa menerima sampai {_time(value)}."
        case Change(field="max_metres", value=value):
            return f" Bisa diantar bila batas jaraknya {_km(value)}."
        case Change(field="max_stops", value=value):
            return f" Bisa diantar bila batasnya {value} tujuan."
        case Change(field="vehicles", value=value):
            return f" Bisa diantar dengan {value} kurir lagi."
        case Change(field="kinds"):
            return " Bisa diantar bila jenis kendaraan lain boleh ke sana."
        case Change(field="not_with"):
            return " Bisa diantar bila kurir yang dikecualikan boleh ke sana."
    # the price at which a visit would pay is no decision of a dispatcher
    return ""


def _minutes(seconds: int) -> str:
    return f"{-(-seconds // 60)} menit"


def _km(metres: int) -> str:
    return f"{metres / 1000:.1f} km".replace(".", ",")


def _time(seconds: int) -> str:
    # rounded up, so that the advice is enough
    hours, minutes = divmod(-(-seconds // 60), 60)
    return f"{hours:02}.{minutes:02}"
