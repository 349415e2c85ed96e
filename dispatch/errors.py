"""Every way Antar says no.

AntarError
├── BadRequest            400  the request itself cannot be read
├── NotAuthenticated      401  nobody known is asking
├── NotAllowed            403  known, but not for this
├── NotFound              404  does not exist, or is not yours: the same answer
├── WrongMethod           405  the address exists, but not for this verb
├── Conflict              409  the thing is no longer in the state this needs
│   ├── KeyReused         409  one Idempotency-Key, two different requests
│   └── OverBudget        409  no line of the budget has enough left
├── Gone                  410  a link that has ended, shown only to the phone it was bound to
├── Stale                 412  somebody else changed it first
├── TooLarge              413
├── Invalid               422  readable, but a field breaks a rule
├── PreconditionMissing   428  an edit without the version it was based on
├── TooMany               429  slow down
└── Unavailable           503  try again shortly

The class docstring is the English title of the problem (RFC 9457); `sentence` is what a page says in Indonesian.
`detail` names the thing and the rule; it never carries personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from dispatch.said import say


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field and the rule it breaks; `reason` is an Indonesian sentence a clerk can act on."""

    field: str
    reason: str


class AntarError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "error"
    sentence: ClassVar[str] = say("Terjadi kesalahan di sistem. Coba lagi; bila tetap gagal, hubungi admin.")

    def __init__(
        self, detail: str = "", *, fields: Sequence[FieldError] = (), retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail or self.sentence)
        self.detail = detail
        self.fields = tuple(fields)
        self.retry_after_s = retry_after_s

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring, without its full stop."""
        return (cls.__doc__ or "").strip().splitlines()[0].rstrip(".")


class BadRequest(AntarError):
    """The request cannot be read."""

    status = 400
    slug = "bad-request"
    sentence = say("Permintaan tidak dapat dibaca.")


class NotAuthenticated(AntarError):
    """Sign in first."""

    status = 401
    slug = "not-authenticated"
    sentence = say("Silakan masuk dahulu.")


class NotAllowed(AntarError):
    """This is not yours to do."""

    status = 403
    slug = "not-allowed"
    sentence = say("Anda tidak berwenang melakukan ini.")


class NotFound(AntarError):
    """There is no such thing."""

    status = 404
    slug = "not-found"
    sentence = say("Tidak ditemukan.")


class WrongMethod(AntarError):
    """This address does not take that method."""

    status = 405
    slug = "wrong-method"
    sentence = say("Alamat ini tidak menerima permintaan seperti itu.")


class Conflict(AntarError):
    """It is no longer in the state this needs."""

    status = 409
    slug = "conflict"
    sentence = say("Keadaannya sudah berubah. Muat ulang halaman lalu coba lagi.")


class KeyReused(Conflict):
    """This Idempotency-Key was used for a different request."""

    slug = "idempotency-key-reused"
    sentence = say("Kunci permintaan ini sudah dipakai untuk permintaan lain.")


class OverBudget(Conflict):
    """No line of the budget has enough left."""

    slug = "over-budget"
    sentence = say("Anggaran tidak cukup.")


class Gone(AntarError):
    """This link has ended."""

    status = 410
    slug = "gone"
    sentence = say("Tautan ini sudah berakhir. Hubungi kantor bila masih diperlukan.")


class Stale(AntarError):
    """Somebody else changed it first."""

    status = 412
    slug = "stale"
    sentence = say("Orang lain baru saja mengubahnya. Lihat perubahannya, lalu ulangi.")


class TooLarge(AntarError):
    """The request is larger than allowed."""

    status = 413
    slug = "too-large"
    sentence = say("Ukurannya melebihi batas.")


class Invalid(AntarError):
    """A field breaks a rule."""

    status = 422
    slug = "invalid"
    sentence = say("Ada isian yang belum benar.")


class PreconditionMissing(AntarError):
    """Say which version the edit is based on (If-Match)."""

    status = 428
    slug = "precondition-missing"
    sentence = say("Muat ulang halaman sebelum mengubah.")


class TooMany(AntarError):
    """Too many tries."""

    status = 429
    slug = "too-many"
    sentence = say("Terlalu banyak percobaan. Tunggu sebentar.")


class Unavailable(AntarError):
    """Not possible at this moment; try again shortly."""

    status = 503
    slug = "unavailable"
    sentence = say("Sistem sedang sibuk. Coba lagi sebentar.")
