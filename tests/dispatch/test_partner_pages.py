"""Partners on the office's pages: their accounts without a secret, orders by a button, and what they carry."""

from collections.abc import Iterator

import pytest

from dispatch.errors import Conflict
from dispatch.services import assignment, booking, day_routes, links, partner_accounts, returns, set_up
from dispatch.services.loading import Loaded, load
from dispatch.services.verify import verify
from dispatch.store.audit import Actor
from dispatch.store.models import Assignment, Batch, PartnerAccount, Route
from dispatch.store.states import Holder, move
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import a_day, all_is_well, held, open_cases, rows, states

PHONE = "081234567890"
LALAMOVE = {
    "base_url": "https://rest.sandbox.lalamove.com",
    "api_key": "pk_kunci_rahasia",
    "api_secret": "sk_rahasia_sekali",
    "sender_phone": PHONE,
}
MITRA = Actor(kind="partner", id="lalamove")


def account(runtime, name="lalamove") -> PartnerAccount:
    return next(one for one in rows(runtime, PartnerAccount) if one.partner == name)


def shared(runtime, name="lalamove"):
    with runtime.db.reading() as session:
        return partner_accounts.shared_with(session, runtime.keys, OFFICE, name)


def with_account(runtime) -> None:
    with runtime.db.transaction() as session:
        more = {"api_secret": "sk", "sender_phone": PHONE}
        partner_accounts.set_account(
            session, runtime.keys, OFFICE, "lalamove", base_url=LALAMOVE["base_url"], api_key="pk", more=more
        )


@pytest.fixture
def carried(app, runtime) -> Iterator[object]:
    """A day whose one route Lalamove has taken away."""
    with_account(runtime)
    day = a_day(runtime, on_route=((3,), (2,)))
    with runtime.db.transaction() as session:
        offer = booking.book_route(session, OFFICE, day.route_id, "lalamove", by=SARI)
        move(session, offer, "sending", by=MITRA)
        booking.accepted(session, offer, "LM-1")
        route = session.get_one(Route, day.route_id)
        taken = frozenset(batch.id for batch in assignment.batches_of_route(session, route))
        counted = Loaded(source="partner:lalamove", event_id="load", taken=taken, missing=frozenset(), device_at=None)
        load(session, route, counted, by=MITRA)
    return day


def test_an_account_is_set_up_and_no_secret_is_shown_again(runtime, sign_in):
    admin = sign_in("admin")

    saved = admin.post("/setup/partners/lalamove", data=LALAMOVE)
    form, listed = admin.get("/setup/partners/lalamove").text, admin.get("/setup/partners").text
    history = admin.get("/setup/history").text

    assert saved.status_code == 303 or "/callbacks/" in saved.text
    assert shared(runtime).more == {"api_secret": "sk_rahasia_sekali", "sender_phone": PHONE}
    assert PHONE in form
    assert "dapat dipesan" in listed
    for text in (saved.text, form, listed, history):
        assert "rahasia_sekali" not in text
        assert "pk_kunci" not in text
    with runtime.db.reading() as session:
        (made,) = set_up.history(session, OFFICE, kind="partner")
        assert made.changes["secrets_sealed"] == [None, None]
        assert verify(session, runtime.files) == []


def test_an_empty_secret_stays_unless_the_address_changes(runtime, sign_in):
    admin = sign_in("admin")
    admin.post("/setup/partners/lalamove", data=LALAMOVE)

    kept = admin.post("/setup/partners/lalamove", data=LALAMOVE | {"api_key": "", "api_secret": "", "services": "CAR"})
    live = {"base_url": "https://rest.lalamove.com", "api_key": "", "api_secret": ""}
    moved = admin.post("/setup/partners/lalamove", data=LALAMOVE | live)

    assert (kept.status_code, moved.status_code) == (303, 422)
    assert shared(runtime).api_key == "pk_kunci_rahasia"
    assert shared(runtime).more["services"] == "CAR"
    assert shared(runtime).base_url == "https://rest.sandbox.lalamove.com"
    assert moved.text.count("ajib diisi") == 2


@pytest.mark.parametrize(
    ("partner", "form", "field"),
    [
        ("lalamove", LALAMOVE | {"sender_phone": ""}, "sender_phone"),
        ("lalamove", LALAMOVE | {"sender_phone": "0342-801234"}, "sender_phone"),
        ("lalamove", LALAMOVE | {"base_url": "https://elsewhere.example"}, "base_url"),
        ("kiriminaja", LALAMOVE | {"base_url": "https://tdev.kiriminaja.com", "origin": "Blitar"}, "origin"),
        ("borzo", LALAMOVE | {"base_url": "https://robot-id.borzodelivery.com"}, "callback_secret"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(runtime, sign_in, partner, form, field):
    answer = sign_in("admin").post(f"/setup/partners/{partner}", data=form)

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert list(rows(runtime, PartnerAccount)) == []


def test_a_secret_that_was_made_here_is_shown_once(runtime, sign_in):
    admin = sign_in("admin")
    form = LALAMOVE | {"base_url": "https://kilat-api.gojekapi.com", "client_id": "dukcapil"}

    first = admin.post("/setup/partners/gosend", data=form)
    made = shared(runtime, "gosend").secrets[0]
    again = admin.post("/setup/partners/gosend", data=form)

    assert made in first.text
    assert f"/callbacks/{OFFICE}/gosend" in first.text
    assert again.status_code == 303
    assert shared(runtime, "gosend").secrets == (made,)
    assert made not in admin.get("/setup/partners/gosend").text


def test_a_frozen_partner_is_used_again_when_somebody_has_looked(runtime, sign_in):
    with_account(runtime)
    with runtime.db.transaction() as session:
        partner_accounts.freeze(session, OFFICE, "lalamove")
    supervisor = sign_in("supervisor")

    assert "dibekukan" in supervisor.get("/setup/partners").text
    supervisor.post("/setup/partners/lalamove/thaw")

    assert account(runtime).frozen_at is None
    with runtime.db.reading() as session:
        assert set_up.history(session, OFFICE, kind="partner")[0].changes["frozen_at"][1] is None
    assert sign_in("dispatcher").get("/setup/partners").status_code == 403


def test_a_route_is_ordered_by_a_button_and_its_courier_gets_no_link(app, runtime, sign_in):
    with_account(runtime)
    day = a_day(runtime, on_route=((3,), (2,)))
    dispatcher = sign_in("dispatcher")

    before = dispatcher.get(f"/routes/{day.route_id}").text
    answer = dispatcher.post(f"/routes/{day.route_id}/booking", data={"partner": "lalamove"})
    after = dispatcher.get(f"/routes/{day.route_id}").text

    assert "Pesan mitra untuk rute ini" in before
    assert answer.status_code == 303
    assert next(a for a in rows(runtime, Assignment) if a.partner == "lalamove").state == "intent"
    assert "Rute ini dibawa Lalamove" in after
    assert "Pesan mitra untuk rute ini" not in after
    assert "Buat tautan" not in after
    with runtime.db.transaction() as session, pytest.raises(Conflict):
        links.issue_courier_link(session, session.get_one(Route, day.route_id), by=SARI)
    with runtime.db.transaction() as session, pytest.raises(Conflict):
        day_routes.take_off(session, runtime.files, OFFICE, day.stop_ids[0], why="banjir", by=SARI)
    assert "Buat 1 tautan kurir" not in dispatcher.get("/").text


def test_a_parcel_is_ordered_on_the_page_of_its_batch(app, runtime, sign_in):
    with_account(runtime)
    day = a_day(runtime, on_route=(), by_post=(2,))
    dispatcher = sign_in("dispatcher")

    batch_id = next(iter(rows(runtime, Batch))).id
    page = dispatcher.get(f"/batches/{batch_id}").text
    answer = dispatcher.post(f"/shipments/{day.shipment_ids[0]}/booking", data={"partner": "lalamove"})

    assert "Dibawa Pos" in page
    assert "Pesan mitra" in page
    assert answer.location.endswith(f"/batches/{batch_id}")
    assert "sedang dipesan" in dispatcher.get(answer.location).text


def test_what_a_partner_carries_is_seen_and_counted_in(carried, runtime, sign_in):
    dispatcher = sign_in("dispatcher")

    route, routes = dispatcher.get(f"/routes/{carried.route_id}").text, dispatcher.get("/routes").text
    waiting, counting = dispatcher.get("/returns").text, dispatcher.get("/returns/partner/lalamove").text
    with runtime.db.reading() as session:
        documents = [one.code for one in returns.carried_by(session, OFFICE, Holder("partner", "lalamove"))]

    assert "Lalamove masih membawa 5 dokumen" in route
    assert "Lalamove" in routes
    assert "Lalamove" in waiting
    assert len(documents) == 5
    assert all(code in counting for code in documents)
    assert set(held(runtime, carried.batch_ids[0])) == {("out", "partner")}

    dispatcher.post("/returns/partner/lalamove", data={"code": documents[:4], "is_all": "yes"})

    with runtime.db.reading() as session:
        left = returns.carried_by(session, OFFICE, Holder("partner", "lalamove"))
    assert [one.code for one in left] == documents[4:]
    assert open_cases(runtime) == ["return_short"]
    dispatcher.post("/returns/partner/lalamove", data={"code": documents[4:]})
    assert states(runtime, Route, carried.route_id) == ["completed"]
    assert all_is_well(runtime)


def test_another_offices_partner_is_nobody(runtime, sign_in):
    admin = sign_in("admin")

    assert OFFICE != OTHER_OFFICE
    assert admin.get("/setup/partners/nobody").status_code == 404
    assert sign_in("dispatcher").get("/returns/partner/nobody").status_code == 404
