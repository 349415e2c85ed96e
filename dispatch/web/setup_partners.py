"""Set-up pages for the courier companies the office may order from: their accounts, and one that was frozen."""

from flask import Response, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import partner_accounts, partner_watch, set_up
from dispatch.services import set_up_partners as services
from dispatch.services.partner_setups import SETUPS, carrier_name
from dispatch.store.models import PartnerAccount
from dispatch.web.blueprint import web
from dispatch.web.page import Done, acts, page, shows
from dispatch.web.setup_forms import Wrong, filled, submit, text
from dispatch.words import _, say

# what each field of a company's account is called, and what belongs in it
LABELS = {
    "sender_phone": (say("Nomor HP kantor"), say("Diberikan kepada kurir bila meja desa tidak punya nomor.")),
    "origin": (say("Nomor kecamatan/kelurahan kantor"), say("Menurut KiriminAja, misalnya 5484/61010.")),
    "prefix": (say("Awalan nomor pesanan"), say("Paling panjang 3 huruf.")),
    "couriers": (say("Layanan yang dipakai"), say("Dipisah koma, misalnya posindonesia, jne atau grab, gojek.")),
    "grams_per_document": (say("Berat satu dokumen (gram)"), say("Kosong: 15.")),
    "item_value": (say("Nilai paket (rupiah)"), say("Kosong: 1000.")),
    "timezone": (say("Zona waktu"), say("WIB, WITA atau WIT.")),
    "api_secret": (say("Rahasia API"), say("Yang menyertai kunci API.")),
    "services": (say("Jenis layanan"), say("Kosong: MOTORCYCLE.")),
    "vehicles": (say("Kendaraan"), say("motorbike atau car; kosong: motorbike.")),
    "header_name": (say("Nama header rahasia"), say("Kosong: x-antar-secret.")),
    "asks_proof": (say("Minta bukti serah terima"), say("Tulis yes bila ya; mitra memungut biaya.")),
    "client_id": (say("Client ID"), say("Yang menyertai kunci API.")),
}


@web.get("/setup/partners")
@shows
def partners(session: Session) -> Response:
    """Every company that can be ordered from, and how the office's account with it stands."""
    office = current_office()
    accounts = {
        account.partner: account
        for account in session.scalars(select(PartnerAccount).where(PartnerAccount.office == office))
    }
    rows = sorted(SETUPS.items(), key=lambda one: (one[0] not in accounts, one[1].name))
    return page(session, "setup/partners.html", place="partners", rows=rows, accounts=accounts)


@web.get("/setup/partners/<partner>")
@shows
def partner(session: Session, partner: str) -> Response:
    """The account's form, its secrets empty, and what was changed about it."""
    return _form(session, partner, {})


@web.post("/setup/partners/<partner>")
def change_partner(partner: str) -> BaseResponse:
    """Keep or replace the account."""
    setup = services.setup_of(partner)

    def act(session: Session) -> Done | Response:
        terms = services.PartnerTerms(
            base_url=text("base_url", _("alamat"), most=200, needed=False),
            api_key=text(services.KEY, _("kunci API"), most=400, needed=False),
            callback_secret=text(services.CALLBACK, _("rahasia"), most=200, needed=False),
            more={need.name: text(need.name, _(LABELS[need.name][0]), most=200, needed=False) for need in setup.needs},
        )
        saved = services.save(session, runtime().keys, current_office(), partner, terms, by=current_actor())
        if not saved.is_new:
            return Done(url_for("web.partners"), _("%(name)s disimpan.", name=_(setup.name)))
        return page(
            session,
            "setup/partner_saved.html",
            place="partners",
            name=_(setup.name),
            address=runtime().settings.public_url + saved.path,
            secret=saved.secret,
            is_secret=setup.callbacks == "path",
            regions=partner == "kiriminaja",
        )

    return submit(act, lambda session, wrong: _form(session, partner, wrong))


@web.post("/setup/partners/<partner>/thaw")
@acts(back="web.partners")
def thaw_partner(session: Session, partner: str) -> Done:
    """Somebody has looked: the partner counts again, and what it said meanwhile too."""
    office = current_office()
    partner_accounts.thaw(session, office, partner, by=current_actor())
    waiting = partner_watch.rouse(session, office, partner)
    name = _(carrier_name(partner))
    return Done(url_for("web.partners"), _("%(name)s dipakai lagi; %(n)s kabar menunggu dibaca.", name=name, n=waiting))


def _form(session: Session, partner: str, wrong: Wrong) -> Response:
    office, setup = current_office(), services.setup_of(partner)
    account = session.scalar(
        select(PartnerAccount).where(PartnerAccount.office == office, PartnerAccount.partner == partner)
    )
    values = filled(services.open_fields(session, runtime().keys, office, partner))
    hidden = dict.fromkeys((services.KEY, services.CALLBACK, *(need.name for need in setup.needs if need.secret)), "")
    return page(
        session,
        "setup/partner.html",
        place="partners",
        partner=partner,
        setup=setup,
        account=account,
        values={**values, **hidden},
        wrong=wrong,
        labels=LABELS,
        past=set_up.history(session, office, subject_id=account.id) if account else [],
    )
