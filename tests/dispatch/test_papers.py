"""Papers of a day: numbered, sealed, printed again, changed after the hand-over, checked by whoever holds one."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text

from dispatch.errors import Conflict, Invalid
from dispatch.jobs import perform_due
from dispatch.services import old_cards, paper_settings, papers, plan_papers
from dispatch.services.paper_numbers import checked_template, label_of
from dispatch.store.models import (
    Batch,
    Office,
    Paper,
    PaperBundle,
    PaperRevision,
    Recipient,
    Route,
    StoredFile,
    Village,
)
from dispatch.store.states import Holder
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI
from tests.dispatch.stories import a_day, all_is_well, documents_of, under_way, village_of, village_phone

NIK = "3505014107900001"
KK = "3505010101070007"
PAGE = {"Accept": "text/html"}


def read(body: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(body))


def words(body: bytes) -> str:
    """The text of all pages, in one line."""
    return " ".join(" ".join(page.extract_text() for page in read(body).pages).split())


def rows_of(runtime, model):
    with runtime.db.reading() as session:
        return list(session.scalars(select(model)))


def printed(client, batch_id: str) -> dict:
    """Print a batch's BAST as a program does."""
    answer = client.post(f"/api/v1/batches/{batch_id}/bast")
    assert answer.status_code == 201, answer.text
    return answer.json


def bast_pdf(client, batch_id: str) -> bytes:
    answer = client.get(f"/api/v1/batches/{batch_id}/bast.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf"), answer.text
    return answer.data


@pytest.fixture
def sari(sign_in):
    return sign_in("dispatcher")


def named(runtime, batch_id: str, name: str, registration: str = "") -> None:
    """The first person on a batch's list."""
    with runtime.db.transaction() as session:
        first = documents_of(runtime, batch_id)[0]
        session.get_one(Recipient, first.recipient_id).name = name
        if registration:
            session.merge(first).request_number = registration


def test_a_bast_says_who_hands_what_to_whom(app, runtime, sari):
    day = a_day(runtime, on_route=((3,),))
    named(runtime, day.batch_ids[0], "Siti Rahmawati")

    paper = printed(sari, day.batch_ids[0])
    body = bast_pdf(sari, day.batch_ids[0])
    said = words(body)

    assert paper["label"] == "470/001/BAST/2026"
    assert "Nomor: 470/001/BAST/2026" in said
    assert "Selasa tanggal dua puluh empat bulan November tahun dua ribu dua puluh enam" in said
    assert "PEMERINTAH KABUPATEN BLITAR" in said
    assert "PIHAK PERTAMA" in said
    assert "PIHAK KEDUA" in said
    assert "Mengetahui" in said
    assert "KTP-el 3 tiga" in said
    assert "Siti Rahmawati" in said
    assert all(document.code in said and document.request_number in said
               for document in documents_of(runtime, day.batch_ids[0]))  # fmt: skip
    assert "halaman 1/2" in said
    assert len(read(body).pages) == 2


def test_letters_are_in_the_file(runtime, sari):
    """An office prints on any machine: every typeface of the file is embedded."""
    day = a_day(runtime, on_route=((3,),))
    printed(sari, day.batch_ids[0])

    fonts = [
        font.get_object()
        for page in read(bast_pdf(sari, day.batch_ids[0])).pages
        for font in page["/Resources"]["/Font"].values()
    ]

    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object()
        assert "/FontFile2" in inner["/FontDescriptor"].get_object()
        assert "DejaVuSans" in font["/BaseFont"]


def test_a_long_list_repeats_its_heading_on_every_page(runtime, sari):
    day = a_day(runtime, on_route=((90,),))
    printed(sari, day.batch_ids[0])

    pages = [page.extract_text() for page in read(bast_pdf(sari, day.batch_ids[0])).pages]

    assert len(pages) >= 3
    listing = [page for page in pages[1:] if "KTP-el" in page]
    assert len(listing) >= 2
    assert all("Nomor registrasi" in page and "Atas nama" in page for page in listing)
    assert [f"halaman {n}/{len(pages)}" in page for n, page in enumerate(pages, start=1)] == [True] * len(pages)
    assert "90 (sembilan puluh) dokumen" in " ".join(pages)


def test_no_nik_and_no_family_card_number_is_ever_printed(app, runtime, sari):
    """Planted where they do not belong: in a name, in the number a document came with, in the receiver's name."""
    day, phone = under_way(app, runtime, on_route=((2, 3),), by_post=(1,))
    named(runtime, day.batch_ids[0], f"Siti {NIK}", KK)
    phone.confirm(day.stop_ids[0], received_by=f"Bu Sari {NIK}")
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    desk.count(day.batch_ids[0], received_by="Bu Sari 3505 0141 0790 0001")

    sari.post(f"/api/v1/plans/{day.plan_id}/papers")
    document = documents_of(runtime, day.batch_ids[0])[0]
    files = [
        sari.get(f"/api/v1/{path}").data
        for path in (
            f"plans/{day.plan_id}/papers.pdf", f"batches/{day.batch_ids[0]}/bast.pdf",
            f"batches/{day.batch_ids[0]}/receipts.pdf", f"batches/{day.batch_ids[0]}/label.pdf",
            f"routes/{day.route_id}/manifest.pdf", f"routes/{day.route_id}/labels.pdf",
            f"documents/{document.id}/proof.pdf",
        )
    ]  # fmt: skip
    digits = re.sub(r"[^0-9A-Za-z]", "", " ".join(words(body) for body in files))

    assert all(body.startswith(b"%PDF") for body in files)
    assert NIK not in digits
    assert KK not in digits
    assert "************0001" in words(files[1])  # what stands where the number was typed


def test_a_manifest_names_no_citizen(runtime, sari):
    day = a_day(runtime, on_route=((3, 2), (4,)))
    named(runtime, day.batch_ids[0], "Siti Rahmawati")

    said = words(sari.get(f"/api/v1/routes/{day.route_id}/manifest.pdf").data)

    assert "MANIFES RUTE 4" in said
    assert "9 dokumen dalam 3 batch, 2 tujuan" in said
    assert "08.30" in said
    assert "08.00–14.00" in said
    assert "Siti" not in said


def test_printing_again_gives_the_same_paper(runtime, sari, clock):
    day = a_day(runtime, on_route=((3,), (2,)))

    first = printed(sari, day.batch_ids[0])
    other = printed(sari, day.batch_ids[1])
    body = bast_pdf(sari, day.batch_ids[0])
    clock.advance(timedelta(minutes=20))
    again = printed(sari, day.batch_ids[0])

    assert (first["number"], other["number"]) == (1, 2)
    assert again == first | {"sha256": again["sha256"]}
    assert again["sha256"] == rows_of(runtime, StoredFile)[0].sha256
    assert bast_pdf(sari, day.batch_ids[0]) == body


def test_what_changes_after_the_hand_over_is_a_new_revision_that_says_so(app, runtime, sari, clock):
    """The village finds one missing: the number stays, the paper tells what it replaces and what was counted."""
    day, phone = under_way(app, runtime, on_route=((3,),))
    before = printed(sari, day.batch_ids[0])
    bast_pdf(sari, day.batch_ids[0])
    phone.confirm(day.stop_ids[0])
    clock.advance(timedelta(minutes=20))
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    missing = documents_of(runtime, day.batch_ids[0])[1]
    desk.count(day.batch_ids[0], {missing.id: "missing"})

    after = printed(sari, day.batch_ids[0])
    said = words(bast_pdf(sari, day.batch_ids[0]))

    assert (before["revision"], after["revision"]) == (1, 2)
    assert after["label"] == before["label"]
    assert after["after_handover"]
    assert (
        "Revisi 2. Menggantikan revisi 1 (24 November 2026 pukul 08.00); isinya berubah setelah serah terima." in said
    )
    assert "Hasil hitung oleh Pak Lurah" in said
    assert "2 ada, 1 tidak ada, 0 rusak, 0 lebih" in said
    assert all_is_well(runtime)


def test_a_paper_that_would_say_something_else_is_not_shown_as_the_old_one(runtime, sari):
    day = a_day(runtime, on_route=((3,),))
    printed(sari, day.batch_ids[0])
    named(runtime, day.batch_ids[0], "Nama Baru")

    assert sari.get(f"/api/v1/batches/{day.batch_ids[0]}/bast.pdf").status_code == 409
    assert printed(sari, day.batch_ids[0])["revision"] == 2


def test_what_was_never_printed_is_not_there_and_no_plan_no_paper(runtime, sari, sign_in):
    day = a_day(runtime, on_route=((3,),))
    printed(sari, day.batch_ids[0])

    elsewhere = sign_in("dispatcher", OTHER_OFFICE)
    assert sari.get(f"/api/v1/batches/{'0' * 16}/bast.pdf").status_code == 404
    assert elsewhere.get(f"/api/v1/batches/{day.batch_ids[0]}/bast.pdf").status_code == 404
    assert elsewhere.post(f"/api/v1/batches/{day.batch_ids[0]}/bast").status_code == 404
    assert elsewhere.get(f"/api/v1/routes/{day.route_id}/manifest.pdf").status_code == 404
    assert sari.post(f"/api/v1/routes/{day.route_id}/cancel", json={"reason": "hujan"}).status_code == 200
    assert sari.post(f"/api/v1/batches/{day.batch_ids[0]}/bast").status_code == 409


def test_numbers_have_no_gap_when_many_print_at_once(runtime):
    """Eight clerks, twelve batches each asked for twice: 1 to 12, each once."""
    day = a_day(runtime, on_route=tuple((1,) for _ in range(12)))
    ground = plan_papers.ground_of(runtime)

    def one(batch_id: str) -> None:
        runtime.db.transact(lambda session: papers.print_bast(session, ground, OFFICE, batch_id, by=SARI))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, day.batch_ids * 2))

    made = rows_of(runtime, Paper)
    assert sorted(paper.number for paper in made) == list(range(1, 13))
    assert len({paper.subject_id for paper in made}) == 12
    assert [revision.revision for revision in rows_of(runtime, PaperRevision)] == [1] * 12
    assert all_is_well(runtime)


def test_two_open_transactions_never_share_a_number(runtime):
    """The second clerk waits until the first is done, and a print that comes to nothing leaves no hole."""
    if runtime.db.is_sqlite:
        pytest.skip("SQLite has one writer at a time anyway")
    day = a_day(runtime, on_route=((1,), (1,), (1,)))
    ground = plan_papers.ground_of(runtime)

    def number(session, batch_id: str) -> int:
        return papers.print_bast(session, ground, OFFICE, batch_id, by=SARI).paper.number

    with ThreadPoolExecutor(1) as pool:
        with runtime.db.transaction() as mine:
            first = number(mine, day.batch_ids[0])
            other = pool.submit(lambda: runtime.db.transact(lambda session: number(session, day.batch_ids[1])))
            waiting = mine.scalar(text("SELECT pg_sleep(0.3)")) is not None and not other.done()
        second = other.result(timeout=20)

    with pytest.raises(ZeroDivisionError), runtime.db.transaction() as lost:
        number(lost, day.batch_ids[2])
        raise ZeroDivisionError
    with runtime.db.transaction() as session:
        third = number(session, day.batch_ids[2])
    assert waiting
    assert (first, second, third) == (1, 2, 3)


def test_a_year_begins_at_one_and_offices_count_for_themselves(runtime, sari, sign_in):
    day = a_day(runtime, on_route=((1,), (1,)))
    printed(sari, day.batch_ids[0])
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE plan SET service_date = '2027-01-04'"))
    elsewhere = a_day(runtime, on_route=((1,),), office=OTHER_OFFICE)

    assert printed(sari, day.batch_ids[1])["label"] == "470/001/BAST/2027"
    assert printed(sign_in("dispatcher", OTHER_OFFICE), elsewhere.batch_ids[0])["label"] == "470/001/BAST/2026"


def test_the_office_sets_its_own_numbers_and_signatures(runtime, sign_in):
    day = a_day(runtime, on_route=((1,), (1,)))
    boss = sign_in("supervisor")
    first = printed(boss, day.batch_ids[0])
    form = {
        "letterhead": "PEMERINTAH KABUPATEN BLITAR\nDINAS DUKCAPIL", "signed_in": "Kanigoro",
        "giver_name": "Sri Wahyuni", "giver_number": "19700101 199503 2 001", "giver_position": "Kepala Bidang",
        "bast_template": "470/{number:03}/409.109/{year}", "cards_template": "471/{number}/{month}/{year}",
    }  # fmt: skip

    assert boss.post("/papers/settings", data=form).status_code == 303
    second = printed(boss, day.batch_ids[1])
    said = words(bast_pdf(boss, day.batch_ids[1]))

    assert first["label"] == "470/001/BAST/2026"
    assert second["label"] == "470/002/409.109/2026"
    assert printed(boss, day.batch_ids[0])["label"] == first["label"]
    assert "Kanigoro, 24 November 2026" in said
    assert "NIP 19700101 199503 2 001" in said
    assert sign_in("dispatcher").get("/papers/settings").status_code == 403


@pytest.mark.parametrize(
    "template",
    [
        "", "470/{year}", "470/{number}", "{number}/{number}/{year}", "{number.__class__}/{year}", "{number!r}/{year}",
        "{number[0]}/{year}", "{number:>99999999}/{year}", "{number:{year}}/{year}", "{secret}/{number}/{year}",
        "{}/{number}/{year}", "{number/{year}", "<b>{number}</b>/{year}", "{number}\n/{year}",
        "9" * 50 + "{number}/{year}",
    ],
)  # fmt: skip
def test_a_template_can_only_hold_what_is_safe(template):
    with pytest.raises(Invalid):
        checked_template(template, "bast_template")


def test_a_template_is_filled_in():
    template = checked_template("470/{number:04}/{month}/{office}/{year}", "bast_template")

    assert label_of(template, number=7, day=date(2026, 11, 24), office="35.05") == "470/0007/XI/35.05/2026"


def test_everything_for_a_plan_is_one_file(runtime, sari):
    """Pressed on the plan's page: manifest, BASTs, what goes by post, labels; each batch numbered in driving order."""
    day = a_day(runtime, on_route=((3,), (2, 1)), by_post=(4,))

    answer = sari.post(f"/plans/{day.plan_id}/print")
    body = sari.get(answer.location).data
    said = words(body)

    assert answer.location.endswith("/papers.pdf")
    assert said.index("MANIFES RUTE 4") < said.index("470/001/BAST/2026") < said.index("470/004/BAST/2026")
    assert "dikirim lewat Pos" in said
    assert len(read(body).pages) == 1 + 4 * 2 + 1
    codes = [item["label"] for item in sari.get(f"/api/v1/plans/{day.plan_id}/papers").json["items"]]
    assert codes == [f"470/{n:03}/BAST/2026" for n in range(1, 5)]
    assert sari.post(f"/plans/{day.plan_id}/print").location == answer.location
    assert len(rows_of(runtime, PaperBundle)) == 1
    assert sari.get(answer.location).data == body


def test_many_papers_are_drawn_by_a_worker(runtime, sari):
    day = a_day(runtime, on_route=tuple((1,) for _ in range(plan_papers.AT_ONCE)))

    answer = sari.post(f"/plans/{day.plan_id}/print")
    page = sari.get(answer.location, headers=PAGE).text
    early = sari.get(f"/api/v1/plans/{day.plan_id}/papers.pdf").status_code
    perform_due(runtime)
    late = sari.get(f"/api/v1/plans/{day.plan_id}/papers.pdf")

    assert answer.location == f"/plans/{day.plan_id}/papers"
    assert "menyiapkan" in page
    assert early == 409
    assert late.status_code == 200
    assert words(late.data).count("LAMPIRAN") == plan_papers.AT_ONCE
    assert sari.get(f"/plans/{day.plan_id}/papers/live").headers["X-Finished"] == "1"
    assert "Buka dan cetak" in sari.get(answer.location, headers=PAGE).text
    assert all_is_well(runtime)


def test_a_label_says_the_batchs_code(runtime, sari):
    day = a_day(runtime, on_route=((3,),))

    single = read(sari.get(f"/api/v1/batches/{day.batch_ids[0]}/label.pdf").data)
    sheet = words(sari.get(f"/api/v1/routes/{day.route_id}/labels.pdf").data)

    with runtime.db.reading() as session:
        code = session.scalar(text("SELECT code FROM batch"))
    assert code in single.pages[0].extract_text()
    assert [round(float(side) / 72 * 25.4) for side in single.pages[0].mediabox[2:]] == [100, 60]
    assert code in sheet
    assert "Rute 4, tujuan ke-1".casefold() in sheet.casefold() or "rute 4" in sheet


def test_anybody_who_holds_a_paper_can_check_it_and_learns_nothing_else(app, runtime, sari):
    day = a_day(runtime, on_route=((3,),))
    named(runtime, day.batch_ids[0], "Siti Rahmawati")
    paper = printed(sari, day.batch_ids[0])
    bast_pdf(sari, day.batch_ids[0])
    revision = rows_of(runtime, PaperRevision)[0]
    path = paper["verify_url"].removeprefix("http://localhost")
    stranger = app.test_client()

    genuine = stranger.get(f"{path}?r=1&s={revision.seal[:16]}", headers=PAGE)
    forged = stranger.get(f"{path}?r=1&s={'0' * 16}", headers=PAGE).text
    invented = stranger.get(f"{path}?r=7&s={revision.seal[:16]}", headers=PAGE).text

    assert genuine.status_code == 200
    for told in ("Asli dan berlaku", "Kabupaten Blitar", paper["label"], "24 Nov 2026", "3 dokumen", "sidiknya cocok"):
        assert told in genuine.text
    with runtime.db.reading() as session:
        village = session.scalars(
            select(Village.name).where(Village.code == village_of(runtime, day.batch_ids[0]))
        ).one()
    private = ["Siti", "KTP", village, NIK, SARI.id]
    private += [word for d in documents_of(runtime, day.batch_ids[0]) for word in (d.code, d.request_number)]
    assert [word for word in private if word in genuine.text.replace("KTP-el lama", "")] == []
    assert "Tidak cocok" in forged
    assert "Tidak cocok" in invented
    assert genuine.headers["X-Robots-Tag"] == "noindex, nofollow"


def test_an_older_print_is_told_from_the_one_in_force(app, runtime, sari):
    day = a_day(runtime, on_route=((3,),))
    paper = printed(sari, day.batch_ids[0])
    named(runtime, day.batch_ids[0], "Nama Baru")
    printed(sari, day.batch_ids[0])
    first = min(rows_of(runtime, PaperRevision), key=lambda revision: revision.revision)
    path = paper["verify_url"].removeprefix("http://localhost")

    page = app.test_client().get(f"{path}?r=1&s={first.seal[:16]}", headers=PAGE).text

    assert "Sudah diganti" in page
    assert "Yang berlaku revisi 2" in page


def test_a_kept_file_that_was_changed_is_noticed(app, runtime, sari):
    day = a_day(runtime, on_route=((1,),))
    paper = printed(sari, day.batch_ids[0])
    bast_pdf(sari, day.batch_ids[0])
    runtime.files.path(OFFICE, rows_of(runtime, PaperRevision)[0].sha256).write_bytes(b"%PDF another")

    page = app.test_client().get(paper["verify_url"].removeprefix("http://localhost"), headers=PAGE).text

    assert "sidiknya tidak cocok" in page


def test_guessing_codes_is_slowed_down_and_tells_nothing(app, runtime, sari):
    day = a_day(runtime, on_route=((1,),))
    code = printed(sari, day.batch_ids[0])["verify_url"].rpartition("/")[2]
    stranger = app.test_client()

    assert len(code) == 32  # of 32 letters each: 160 bits
    wrong = {stranger.get(f"/bast/{guess}").status_code for guess in (code[:-1], code[:16], "0" * 32, "x")}
    answers = [stranger.get(f"/bast/{'1' * 32}").status_code for _ in range(60)]

    assert wrong == {404}
    assert answers[-1] == 429


def test_two_kinds_never_share_a_number(runtime):
    with runtime.db.transaction() as session, pytest.raises(Invalid):
        same = {"bast_template": "470/{number}/{year}", "cards_template": "470/{number}/{year}"}
        paper_settings.change(session, OFFICE, same, "DINAS", by=SARI)


def test_a_plan_that_is_not_approved_prints_nothing(runtime):
    day = a_day(runtime, on_route=((1,),))
    with runtime.db.transaction() as session:
        session.execute(text("UPDATE plan SET state = 'solved'"))

    with runtime.db.transaction() as session, pytest.raises(Conflict):
        papers.print_bast(session, plan_papers.ground_of(runtime), OFFICE, day.batch_ids[0], by=SARI)


def test_an_office_without_settings_still_has_a_letterhead(runtime):
    with runtime.db.reading() as session:
        name = session.get_one(Office, OFFICE).name
        look = paper_settings.look_of(session, OFFICE)

    assert look.letterhead.lines[0] == f"PEMERINTAH {name.upper()}"


def test_old_cards_that_came_back_have_a_record_of_their_own(app, runtime, sari):
    """Five noted at the village, four counted at the office: both figures are on the paper, numbered by itself."""
    day, phone = under_way(app, runtime, on_route=((3,),))
    printed(sari, day.batch_ids[0])
    phone.confirm(day.stop_ids[0], old_cards=5)
    with runtime.db.transaction() as session:
        courier = session.get_one(Route, day.route_id).courier_id
        count = old_cards.count_in(session, OFFICE, Holder("courier", courier), 4, by=SARI)
    assert "belum ada berita acaranya" in sari.get("/papers", headers=PAGE).text

    answer = sari.post(f"/old-card-counts/{count.id}/record")
    said = words(sari.get(answer.location).data)

    assert "BERITA ACARA PENGEMBALIAN KTP-EL LAMA" in said
    assert "Nomor: 470/001/BA-KTP/2026" in said
    assert "menerima 4 (empat) lembar" in said
    assert "tercatat 5 (lima)" in said
    assert "Ojek 1" in said
    assert "belum ada berita acaranya" not in sari.get("/papers", headers=PAGE).text
    printed(sari, day.batch_ids[0])
    assert "kepada PIHAK PERTAMA: 5 (lima) lembar" in words(bast_pdf(sari, day.batch_ids[0]))
    assert all_is_well(runtime)


def test_a_home_has_receipts_and_no_bast(runtime, sari):
    day = a_day(runtime, on_route=((1,), (2,)))
    with runtime.db.transaction() as session:
        session.get_one(Batch, day.batch_ids[0]).destination = "home"

    assert sari.post(f"/api/v1/batches/{day.batch_ids[0]}/bast").status_code == 409
    said = words(sari.get(sari.post(f"/plans/{day.plan_id}/print").location).data)

    assert "TANDA TERIMA DOKUMEN KEPENDUDUKAN" in said
    assert "Rumah warga di Desa" in said
    assert said.count("Nomor: 470/") == 1
