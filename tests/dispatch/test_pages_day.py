"""A dispatcher's day through the pages: import, check, seal, plan, approve, share, hand over, count in."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from dispatch.data import sample_day
from dispatch.jobs import perform_due
from dispatch.services import links
from dispatch.services.loading import Loaded, load
from dispatch.services.verify import verify
from dispatch.store.db import new_id
from dispatch.store.models import (
    Batch,
    Courier,
    Document,
    ExceptionCase,
    Import,
    ImportRow,
    Link,
    Plan,
    Recipient,
    Route,
    Shipment,
    Village,
)
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, finished, villages
from tests.dispatch.stories import a_day

PAGE = {"Accept": "text/html"}


@pytest.fixture
def sari(sign_in):
    return sign_in("dispatcher")


def hand_in(client, body: bytes, name: str = "harian.csv", **form):
    return client.post("/imports", data={"file": (io.BytesIO(body), name), **form}, headers=PAGE)


def a_file(rows: int = 6) -> bytes:
    """The first rows of the sample day, in which nothing is wrong."""
    good = [row for row in sample_day.sample_rows() if row.wrong is None and not row.to_review]
    return sample_day.sample_csv(good[:rows])


def unclear_row() -> bytes:
    return sample_day.sample_csv([next(row for row in sample_day.sample_rows() if row.to_review)])


def reload(runtime, model, row_id):
    with runtime.db.reading() as session:
        return session.get(model, row_id)


def count(runtime, model, *where) -> int:
    with runtime.db.reading() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where))


def numbers(page: str) -> list[int]:
    """The numbers on the count cards."""
    return [int(text.replace(".", "")) for text in re.findall(r"<b>([\d.]+)</b><span>", page)]


def lit(page: str) -> str:
    """The step of the day that is lit."""
    return re.search(r'aria-current="step"><span class="n">\d</span> (\w+)', page)[1]


def test_a_file_is_handed_in_read_and_reported(sari, runtime):
    taken = hand_in(sari, sample_day.FILE.read_bytes())
    assert taken.status_code == 303
    assert 'data-live="' in sari.get(taken.location).text
    assert "X-Finished" not in sari.get(f"{taken.location}/live").headers

    perform_due(runtime)

    assert sari.get(f"{taken.location}/live").headers["X-Finished"] == "1"
    report = sari.get(taken.location).text
    found = reload(runtime, Import, taken.location.rsplit("/", 1)[1])
    assert numbers(report) == [found.accepted, found.known, found.review, found.refused]
    assert f"Jumlah {found.total} baris" in report
    with runtime.db.reading() as session:
        refused = session.scalars(select(ImportRow).where(ImportRow.outcome == "refused")).all()
    assert len(refused) == 12
    assert all(row.reason in report and f'class="number">{row.row_no}</th>' in report for row in refused)
    lines = list(csv.reader(io.StringIO(sari.get(f"/api/v1{taken.location}/rows.csv?state=refused").text)))
    assert len(lines) == 13


def test_the_same_file_again_leads_to_its_first_report(sari, runtime):
    first = hand_in(sari, a_file())
    again = hand_in(sari, a_file(), name="lagi.csv")

    assert again.location == first.location
    assert "sudah pernah dikirim" in sari.get(again.location).text


def test_a_rehearsal_takes_nothing_in(sari, runtime):
    report = hand_in(sari, a_file(), dry_run="1").location
    perform_due(runtime)

    assert "percobaan" in sari.get(report).text
    assert count(runtime, Document) == 0


@pytest.mark.parametrize("body", [b"", None])
def test_nothing_chosen_is_said_on_the_form(sari, body):
    data = {} if body is None else {"file": (io.BytesIO(body), "kosong.csv")}

    back = sari.post("/imports", data=data, headers=PAGE)

    assert back.location == "/imports"
    assert "Pilih berkas yang berisi." in sari.get("/imports").text


def test_a_file_that_is_no_table_is_explained(sari, runtime):
    report = hand_in(sari, b"\x00\x01\x02 not a table", name="foto.xlsx").location
    perform_due(runtime)

    assert "Berkas tidak dapat dibaca." in sari.get(report).text


def test_a_person_chooses_the_village_and_the_row_becomes_a_document(sari, runtime):
    hand_in(sari, unclear_row())
    perform_due(runtime)
    page = sari.get("/reviews").text
    row_id, code = re.search(
        r'/reviews/([0-9a-z]{16})/village".*?name="village_code" value="([\d.]+)"', page, re.S
    ).groups()

    chosen = sari.post(f"/reviews/{row_id}/village", data={"village_code": code}, headers=PAGE)

    assert chosen.location == "/reviews"
    assert "Semua alamat sudah jelas." in sari.get("/reviews").text
    with runtime.db.reading() as session:
        assert session.scalars(select(Document.village_code)).all() == [code]


def test_a_person_refuses_the_row_with_a_reason(sari, runtime):
    hand_in(sari, unclear_row())
    perform_due(runtime)
    with runtime.db.reading() as session:
        row_id = session.scalars(select(ImportRow.id)).one()

    silent = sari.post(f"/reviews/{row_id}/refuse", data={"reason": " "}, headers=PAGE)
    assert "Isi alasan" in sari.get(silent.location).text
    sari.post(f"/reviews/{row_id}/refuse", data={"reason": "bukan wilayah kantor ini"}, headers=PAGE)

    assert reload(runtime, ImportRow, row_id).outcome == "refused"
    late = sari.post(f"/reviews/{row_id}/refuse", data={"reason": "sekali lagi"}, headers=PAGE)
    assert "sudah berubah" in sari.get(late.location).text


def test_the_day_moves_from_step_to_step(sari, runtime):
    assert lit(sari.get("/").text) == "Impor"
    with runtime.db.transaction() as session:
        finished(session, villages(session)[0], 9, urgent=True)
        finished(session, villages(session)[1], 2)
    page = sari.get("/").text
    assert lit(page) == "Batch"
    assert numbers(page)[:2] == [9, 2]
    assert "kurang 6, atau Jumat" in page

    sealed = sari.post("/batches/seal", headers=PAGE)
    assert "1 batch disegel, 9 dokumen." in sari.get(sealed.location).text
    assert lit(sari.get("/").text) == "Rencana"

    form = sari.get("/plans/new").text
    couriers = re.findall(r'name="courier" value="(\w+)" checked', form)
    day = re.search(r'type="date" required value="([\d-]+)"', form)[1]
    assert (len(couriers), day) == (6, "2026-11-24")
    asked = sari.post(
        "/plans", data={"service_date": day, "courier": couriers, "with_post": "1", "seconds": "1"}, headers=PAGE
    )
    assert lit(sari.get("/").text) == "Rencana"
    assert "Hentikan dan pakai hasil ini" in sari.get(asked.location).text
    perform_due(runtime)
    assert lit(sari.get("/").text) == "Setujui"
    assert sari.get(f"{asked.location}/live").headers["X-Finished"] == "1"

    seen = sari.get(asked.location).text
    version = re.search(r'name="version" value="(\d+)"', seen)[1]
    sari.post(f"{asked.location}/approve", data={"version": version}, headers=PAGE)
    assert lit(sari.get("/").text) == "Cetak"
    assert "Cetak semua" in sari.get(f"{asked.location}/papers").text


def test_every_document_is_in_exactly_one_card(sari, runtime):
    a_day(runtime, on_route=((3,), (2,)), by_post=(4,))
    with runtime.db.transaction() as session:
        finished(session, villages(session)[20], 7)
        finished(session, villages(session)[21], 8)

    page = sari.get("/").text

    assert sum(numbers(page)) == 24
    assert "Jumlah 24 dokumen." in page


def test_a_plan_that_was_changed_meanwhile_is_not_approved(sari, runtime):
    with runtime.db.transaction() as session:
        finished(session, villages(session)[0], 9)
    sari.post("/batches/seal")
    form = sari.get("/plans/new").text
    couriers = re.findall(r'name="courier" value="(\w+)"', form)
    where = sari.post(
        "/plans", data={"service_date": "2026-11-24", "courier": couriers, "seconds": "1"}, headers=PAGE
    ).location
    version = re.search(r'name="version" value="(\d+)"', sari.get(where).text)[1]
    perform_due(runtime)

    sari.post(f"{where}/approve", data={"version": version}, headers=PAGE)

    assert reload(runtime, Plan, where.rsplit("/", 1)[1]).state == "solved"
    assert "sudah berubah" in sari.get(where).text


def test_hitung_ulang_gives_the_batches_to_a_new_plan(sari, runtime):
    with runtime.db.transaction() as session:
        finished(session, villages(session)[0], 9)
    sari.post("/batches/seal")
    couriers = re.findall(r'name="courier" value="(\w+)"', sari.get("/plans/new").text)
    where = sari.post(
        "/plans", data={"service_date": "2026-11-24", "courier": couriers, "seconds": "1"}, headers=PAGE
    ).location
    perform_due(runtime)
    version = re.search(r'name="version" value="(\d+)"', sari.get(where).text)[1]

    again = sari.post(f"{where}/again", data={"version": version}, headers=PAGE).location

    old, new = (reload(runtime, Plan, path.rsplit("/", 1)[1]) for path in (where, again))
    assert (old.state, new.state, new.replaces_id) == ("discarded", "requested", old.id)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"service_date": "besok"}, "Pilih tanggal layanan."),
        ({"service_date": "2026-11-22"}, "sudah lewat"),
        ({"seconds": "0"}, "Lama mencari antara 1 dan 300 detik."),
        ({"seconds": "satu"}, "Lama mencari antara 1 dan 300 detik."),
        ({"courier": []}, "Pilih paling sedikit satu kurir."),
        ({"courier": ["0" * 16]}, "kurir tidak dikenal"),
        ({}, "belum ada batch yang siap"),
    ],
)
def test_a_plan_asked_for_wrongly_is_explained(sari, runtime, change, said):
    with runtime.db.transaction() as session:
        couriers = session.scalars(select(Courier.id).where(Courier.office == OFFICE)).all()
        if change:
            finished(session, villages(session)[0], 9)
    sari.post("/batches/seal")
    data = {"service_date": "2026-11-24", "courier": couriers, "seconds": "1"} | change

    back = sari.post("/plans", data=data, headers=PAGE)

    assert back.location == "/plans/new"
    assert said.lower() in sari.get("/plans/new").text.lower()
    assert count(runtime, Plan) == 0


def test_a_courier_s_link_is_shown_once_and_opens(sari, runtime):
    day = a_day(runtime)

    shown = sari.post(f"/routes/{day.route_id}/link", headers=PAGE)

    token = re.search(r"/c/([\w-]+)", shown.text)[1]
    assert "https://wa.me/62812" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert token not in sari.get(f"/routes/{day.route_id}").text
    with runtime.db.transaction() as session:
        assert links.bind(session, links.COURIER, token, place="10.0.0.1", device=None)
    assert "dibuka di HP kurir" in sari.get(f"/routes/{day.route_id}").text
    sari.post(f"/routes/{day.route_id}/revoke", headers=PAGE)
    assert count(runtime, Link, Link.revoked_at.is_(None)) == 0


def test_a_village_s_link_is_shown_once_and_opens(sari, runtime):
    day = a_day(runtime)

    shown = sari.post(f"/batches/{day.batch_ids[0]}/village-link", headers=PAGE)

    token = re.search(r"/v/([\w-]+)", shown.text)[1]
    with runtime.db.transaction() as session:
        assert links.bind(session, links.VILLAGE, token, place="10.0.0.1", device=None)


def test_the_counter_takes_all_shipments_of_a_plan_at_once(sari, runtime):
    day = a_day(runtime, by_post=(4, 3))

    done = sari.post(f"/plans/{day.plan_id}/counter", data={"clerk": "Pak Budi"}, headers=PAGE)

    assert "2 batch diserahkan ke loket Pos." in sari.get(done.location).text
    assert count(runtime, Shipment, Shipment.state == "handed_to_partner") == 2
    with runtime.db.reading() as session:
        assert verify(session, runtime.files) == []


def test_what_the_courier_brings_back_is_counted_in(sari, runtime):
    day = a_day(runtime, on_route=((3,), (2,)))
    with runtime.db.transaction() as session:
        counted = Loaded(source="link:x", event_id=new_id(), taken=frozenset(day.batch_ids), missing=frozenset())
        load(session, session.get_one(Route, day.route_id), counted, by=SARI)
    page = sari.get(f"/routes/{day.route_id}").text
    assert "Kurir masih membawa 5 dokumen" in page

    done = sari.post(f"/routes/{day.route_id}/return", data={"codes": ""}, headers=PAGE)

    assert "5 dokumen diterima kembali" in sari.get(done.location).text
    assert count(runtime, Document, Document.holder_kind == "courier") == 0


def test_a_route_is_taken_back_before_it_leaves(sari, runtime):
    day = a_day(runtime)

    sari.post(f"/routes/{day.route_id}/cancel", data={"why": "motor rusak"}, headers=PAGE)

    assert reload(runtime, Route, day.route_id).state == "cancelled"
    assert count(runtime, Batch, Batch.state == "sealed") == 2


def test_a_case_is_closed_with_a_decision(sari, runtime):
    with runtime.db.transaction() as session:
        case = ExceptionCase(
            office=OFFICE, kind="short_count", subject_kind="batch", subject_id="0" * 16, detail="Batch kurang 2.",
            opened_at=runtime.clock.now(),
        )  # fmt: skip
        session.add(case)
        session.flush()
        case_id = case.id
    assert "kejadian perlu keputusan" in sari.get("/").text

    sari.post(f"/cases/{case_id}/close", data={"decision": "sudah ditemukan di kantor"}, headers=PAGE)

    assert reload(runtime, ExceptionCase, case_id).decision == "sudah ditemukan di kantor"
    assert "Tidak ada yang menunggu Anda." in sari.get("/").text


def test_a_document_is_found_and_tells_its_story(sari, runtime):
    hand_in(sari, a_file(rows=3))
    perform_due(runtime)
    with runtime.db.reading() as session:
        document, name = session.execute(
            select(Document, Recipient.name).join(Recipient, Recipient.id == Document.recipient_id)
        ).first()
        village = session.get(Village, (OFFICE, document.village_code)).name

    for asked in (document.code.lower(), document.request_number, name.split()[0].lower(), village):
        assert document.code in sari.get("/documents", query_string={"q": asked}).text
    assert "Tidak ditemukan." in sari.get("/documents?q=tidak-ada-ini").text
    page = sari.get(f"/documents/{document.id}").text
    assert name in page
    assert re.search(r"\*{12}\d{4}", page)
    assert not re.search(r"\b\d{16}\b", page)


def test_nobody_searches_by_a_whole_nik(sari, runtime):
    page = sari.get("/documents?q=3505014107900001").text

    assert "NIK lengkap tidak dipakai" in page
    assert "3505014107900001" not in page


def test_signs_of_a_search_are_only_signs(sari, runtime):
    hand_in(sari, a_file(rows=3))
    perform_due(runtime)

    assert "Tidak ditemukan." in sari.get("/documents", query_string={"q": "%"}).text
    assert "Tidak ditemukan." in sari.get("/documents", query_string={"q": "_"}).text


def test_another_office_s_rows_do_not_exist(sign_in, runtime):
    day = a_day(runtime, office=OTHER_OFFICE)
    with runtime.db.reading() as session:
        document_id = session.scalars(select(Document.id)).first()
    sari = sign_in("dispatcher", OFFICE)

    for path in (f"/plans/{day.plan_id}", f"/plans/{day.plan_id}/papers", f"/routes/{day.route_id}",
                 f"/batches/{day.batch_ids[0]}", f"/documents/{document_id}"):  # fmt: skip
        assert sari.get(path, headers=PAGE).status_code == 404
    assert sari.post(f"/routes/{day.route_id}/link", headers=PAGE).status_code == 404
    assert sum(numbers(sari.get("/").text)) == 0


def test_a_viewer_looks_and_finds_no_button(sign_in, runtime):
    day = a_day(runtime, by_post=(2,))
    with runtime.db.transaction() as session:
        finished(session, villages(session)[30], 9)
    viewer = sign_in("viewer")

    for path in ("/", "/imports", "/batches", f"/plans/{day.plan_id}", f"/routes/{day.route_id}", "/cases"):
        forms = re.findall(r'<form[^>]*method="post" action="([^"]+)"', viewer.get(path).text)
        assert forms == ["/language", "/logout"], path


def test_an_admin_sees_the_set_up_and_no_document(sign_in, runtime):
    a_day(runtime)
    page = sign_in("admin").get("/").text

    assert "248" in page
    assert "Siti" not in page
    assert 'href="/documents"' not in page


def test_a_late_courier_is_called_late_on_the_first_page(sari, runtime, clock):
    day = a_day(runtime)
    with runtime.db.transaction() as session:
        counted = Loaded(source="link:x", event_id=new_id(), taken=frozenset(day.batch_ids), missing=frozenset())
        load(session, session.get_one(Route, day.route_id), counted, by=SARI)
    clock.advance(timedelta(minutes=25))
    assert "terlambat" not in sari.get("/").text

    clock.advance(timedelta(minutes=25))  # the first stop was expected twenty minutes ago

    page = sari.get("/").text
    assert "kurir terlambat" in page
    assert "20 m terlambat" in page
    assert "20 m terlambat" in sari.get("/routes/live").text
