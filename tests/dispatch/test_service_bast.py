"""The month's statement of a courier and of a partner: numbered, sealed, with its proofs, to the rupiah."""

import csv
import io
from datetime import date

from pypdf import PdfReader
from sqlalchemy import select

from dispatch.services import commitments, loading, service_bast, tariffs
from dispatch.services.assignment import live_assignment
from dispatch.services.delivery import Report, record
from dispatch.services.tariffs import Prices
from dispatch.store.db import new_id, now
from dispatch.store.models import Courier, Proof, Shipment
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import all_is_well, under_way

PAGE = {"Accept": "text/html"}
NOVEMBER = date(2026, 11, 1)


def a_month(app, runtime):
    """One route finished by its rider, rounded up by Rp 5,000, and a shipment that the post brought for Rp 500 more."""
    with runtime.db.transaction() as session:
        tariffs.decide(session, OFFICE, Prices(rounding=15_000), valid_from=TUESDAY, reason="", by=SARI)
    day, phone = under_way(app, runtime, by_post=(2,))
    for stop_id in day.stop_ids:
        assert phone.confirm(stop_id).status_code == 200
    with runtime.db.transaction() as session:
        loading.hand_to_counter(session, OFFICE, day.shipment_ids, clerk="Petugas", by=SARI)
        shipment = session.get_one(Shipment, day.shipment_ids[0])
        commitments.reprice(session, live_assignment(session, shipment), 9_500, by=SARI)
        said = Report(
            source="user:sari", event_id=new_id(), kind="delivered", received_by="Bu Lurah", relation="Sekretaris desa",
            device_at=now(session),
        )  # fmt: skip
        record(session, shipment, said, by=SARI)
    return day


def test_everybody_who_finished_something_has_a_statement(app, runtime):
    a_month(app, runtime)

    with runtime.db.reading() as session:
        found = service_bast.providers(session, OFFICE, NOVEMBER)
        rider = session.scalars(select(Courier).where(Courier.id == found[0].courier_id)).one()
        paper = service_bast.statement(session, OFFICE, NOVEMBER, "ojek_link", rider.id)
        post = service_bast.statement(session, OFFICE, NOVEMBER, "post_counter")
        proofs = set(session.scalars(select(Proof.id).where(Proof.kind == "delivered")))

    assert [(one.partner, one.orders, one.rupiah) for one in found] == [
        ("ojek_link", 1, 105_000), ("post_counter", 1, 9_500),
    ]  # fmt: skip
    (line,) = paper.lines
    assert (line.agreed, line.rounding, line.difference, line.charged) == (100_000, 5_000, 0, 105_000)
    assert (line.documents, line.delivered, line.returned) == (5, 5, 0)
    assert (post.lines[0].agreed, post.lines[0].difference, post.total) == (9_000, 500, 9_500)
    assert {code for one in (*paper.lines, *post.lines) for code, _ in one.proofs} == proofs


def test_the_paper_is_numbered_sealed_and_checked_by_its_code(app, runtime, sign_in):
    a_month(app, runtime)
    clerk = sign_in("dispatcher")
    provider = clerk.get("/api/v1/services?month=2026-11").json["items"][0]
    asked = {"month": "2026-11", "partner": provider["partner"], "courier_id": provider["courier_id"]}

    made = clerk.post("/api/v1/services/bast", json=asked)
    again = clerk.post("/api/v1/services/bast", json=asked)

    assert made.status_code == 201, made.text
    assert made.json["label"] == "470/001/BAST-JASA/2026"
    assert (again.json["label"], again.json["revision"]) == (made.json["label"], 1)
    address = f"/api/v1/services/2026-11/{provider['partner']}/bast.pdf?courier_id={provider['courier_id']}"
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(clerk.get(address).data)).pages)
    for words in ("JASA PENGANTARAN", "105.000", "seratus lima ribu rupiah", "DAFTAR BUKTI (2)", provider["name"]):
        assert words in text
    assert "Bu Sari" not in text  # who received is nobody's business on a bill
    checked = clerk.get(made.json["verify_url"].removeprefix("http://localhost"), headers=PAGE).text
    assert "serah terima jasa pengantaran" in checked
    assert all_is_well(runtime)


def test_the_treasurer_gets_a_table(app, runtime, sign_in):
    a_month(app, runtime)
    clerk = sign_in("viewer")

    body = clerk.get("/api/v1/services/2026-11/post_counter/orders.csv").data.decode("utf-8-sig")

    (row,) = csv.DictReader(io.StringIO(body))
    assert (row["ongkos"], row["selisih"], row["dibayar"], row["sampai"]) == ("9000", "500", "9500", "2")
    assert clerk.get("/api/v1/services/2026-10/post_counter/orders.csv").status_code == 404
    assert clerk.get("/api/v1/services/2026-1/post_counter/orders.csv").status_code == 422


def test_the_page_numbers_and_lists_them(app, runtime, sign_in):
    a_month(app, runtime)
    clerk = sign_in("dispatcher")
    assert "Rp 105.000" in clerk.get("/services?month=2026-11", headers=PAGE).text

    answer = clerk.post("/services", data={"month": "2026-11", "partner": "post_counter"}, headers=PAGE)

    assert answer.location.endswith("/api/v1/services/2026-11/post_counter/bast.pdf")
    assert clerk.get(answer.location).status_code == 200
    assert "470/001/BAST-JASA/2026" in clerk.get("/services?month=2026-11", headers=PAGE).text
    assert "jasa November 2026" in clerk.get("/papers", headers=PAGE).text
    assert "Belum ada pesanan" in clerk.get("/services?month=2026-10", headers=PAGE).text
