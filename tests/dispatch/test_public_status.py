"""Whoever knows a number and something only its holder knows may ask where it is, and say what went wrong."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from dispatch.services import policy_changes, public_status
from dispatch.services.practices import practice_named
from dispatch.store.audit import SYSTEM
from dispatch.store.models import Document, ExceptionCase, ThrottleCount
from dispatch.store.states import MACHINES, move
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import all_is_well, documents_of, open_cases, rows, under_way, village_of, village_phone
from tests.dispatch.told import BUDI, SITI, call, people

PAGE = {"Accept": "text/html"}


@pytest.fixture
def citizen(app):
    return app.test_client()


def ask(client, number: str = "R0", factor: str = "7891", place: str = "203.0.113.7"):
    data = {"number": number, "factor": factor}
    return client.post("/status", data=data, headers=PAGE, environ_overrides={"REMOTE_ADDR": place})


def seal_in(page) -> str:
    return re.search(r'name="seal" value="([^"]+)"', page.text)[1]


def test_the_page_needs_no_sign_in_and_nothing_from_elsewhere(citizen):
    page = citizen.get("/status", headers=PAGE)

    assert page.status_code == 200
    assert "Nomor permohonan" in page.text
    assert not re.search(r'(src|href|action)="(https?:)?//', page.text)
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Cache-Control"] == "no-store"


def test_every_state_is_said_in_plain_words(app, runtime, citizen):
    day, courier = under_way(app, runtime, on_route=((1,),))
    (document,) = documents_of(runtime, day.batch_ids[0])
    call(runtime, [document.id], SITI)
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))

    def said() -> str:
        return ask(citizen, document.request_number).text

    assert "Sedang diantar ke Kantor" in said()
    courier.confirm(day.stop_ids[0])
    desk.count(day.batch_ids[0])
    assert "Silakan diambil pada jam kerja" in said()
    desk.hand(document.id, received_by="Bu Rahasia")
    assert "Sudah diserahkan pada Sel 24 Nov 2026" in said()
    assert "Rahasia" not in said()


def test_no_state_is_without_its_words():
    for _, state in MACHINES["document"]:
        assert public_status.SENTENCES[public_status.SAID_AS.get(state, state)]


def test_the_fee_is_gratis_or_exact(runtime, citizen):
    people(runtime, SITI)
    assert "GRATIS" in ask(citizen).text
    with runtime.db.transaction() as session:
        policy_changes.apply(session, OFFICE, practice_named("nganjuk_cod"), valid_from=TUESDAY, by=SARI)

    assert "Rp 20.000" in ask(citizen).text


def test_an_answer_names_nobody_and_no_kind(runtime, citizen):
    people(runtime, SITI, kind="akta_perceraian")

    page = ask(citizen)

    assert page.status_code == 200
    for secret in ("Siti", SITI, "3505014107900001", "Akta", "Cerai", "erceraian"):
        assert secret not in page.text


def test_t3_unknown_wrong_and_made_up_are_one_answer(runtime, citizen):
    people(runtime, SITI, "")
    with runtime.db.transaction() as session:
        made_up = session.get_one(Document, people_ids(session)[1])
        made_up.request_number = "auto-12345"

    answers = [
        ask(citizen, number, factor)
        for number, factor in (
            ("R0", "0000"), ("R77", "7891"), ("R0", "01-01-1900"), ("R0", "%%%%"),
            ("auto-12345", "01-07-1990"), ("", ""),
        )
    ]  # fmt: skip

    assert {page.status_code for page in answers} == {404}
    assert len({page.text for page in answers}) == 1


def people_ids(session) -> list[str]:
    return list(session.execute(text("SELECT id FROM document ORDER BY code")).scalars())


def test_a_phone_that_was_never_written_down_fits_no_digits(runtime, citizen):
    people(runtime, "")

    for digits in ("0000", "    ", "----", "1234"):
        assert ask(citizen, "R0", digits).status_code == 404
    assert ask(citizen, "R0", "1/7/1990").status_code == 200  # but the birth date does


def test_one_number_in_two_offices_is_told_to_each_of_its_own(runtime, citizen):
    people(runtime, SITI)
    people(runtime, BUDI, office=OTHER_OFFICE)
    with runtime.db.transaction() as session:
        for document in (session.get_one(Document, row) for row in people_ids(session)):
            document.request_number = "SAMA-1"

    assert "Kabupaten Blitar" in ask(citizen, "sama-1", "7891").text
    assert "Kabupaten Blitar" not in ask(citizen, "SAMA-1", "7892").text


def test_t3_guessing_one_number_is_slowed_down_from_everywhere_and_right_answers_do_not_count(runtime, citizen, clock):
    people(runtime, SITI)
    for _ in range(8):
        assert ask(citizen).status_code == 200

    codes = [ask(citizen, factor=f"{guess:04}", place=f"198.51.100.{guess}").status_code for guess in range(7)]
    clock.advance(timedelta(minutes=16))
    later = [ask(citizen, factor=f"{guess:04}", place=f"198.51.101.{guess}").status_code for guess in range(40)]

    assert codes == [404] * 5 + [429] * 2
    assert later.count(404) == 5
    for _ in range(5):
        clock.advance(timedelta(minutes=16))
        later += [ask(citizen, factor=f"{guess:04}", place=f"198.51.102.{guess}").status_code for guess in range(6)]
    assert later.count(404) + 5 == 20  # and in a day no more than that
    unknown = [ask(citizen, "R-NOBODY", place=f"198.51.103.{guess}").status_code for guess in range(7)]
    assert unknown == codes  # a number nobody has is counted the same


def test_t3_one_place_may_ask_only_so_often_and_counts_live_in_the_database(runtime, citizen):
    codes = [ask(citizen, f"R{n}").status_code for n in range(22)]

    assert codes == [404] * 20 + [429] * 2
    assert ask(citizen, "R0", place="203.0.113.8").status_code == 404
    kept = " ".join(count.bucket for count in rows(runtime, ThrottleCount))
    assert "status-place:203.0.113.7" in kept
    assert "R21" not in kept


def test_t21_everybody_together_is_counted_too(runtime, citizen):
    with runtime.db.transaction() as session:
        session.add(ThrottleCount(bucket="status-all", window_start=runtime.clock.now(), tries=3000))

    answer = ask(citizen)

    assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (429, True)


def test_the_api_answers_by_the_same_rules(runtime, citizen):
    people(runtime, SITI)

    right = citizen.post("/api/v1/status", json={"request_number": "R0", "factor": "7891"})
    wrong = citizen.post("/api/v1/status", json={"request_number": "R0", "factor": "7890"})
    none = citizen.post("/api/v1/status", json={"request_number": "R9", "factor": "7891"})
    strange = citizen.post("/api/v1/status", json={"request_number": "R0", "factor": "7891", "nik": "1"})

    (item,) = right.json["items"]
    assert (item["state"], item["fee"], item["since"]) == ("ready", "GRATIS", "2026-11-24")
    assert set(item) == {
        "state", "sentence", "place", "since", "promised_on", "fee_rupiah", "fee", "resi", "office",
    }  # fmt: skip
    assert (wrong.status_code, wrong.text) == (none.status_code, none.text)
    assert (wrong.status_code, strange.status_code) == (404, 422)


def test_the_page_speaks_english_too(runtime, citizen):
    people(runtime, SITI)
    citizen.post("/language", data={"language": "en"})

    assert 'lang="en"' in ask(citizen).text


# Reports.


def report(client, seal: str, **said: str):
    data = {"seal": seal, "kind": "asked_for_money", "who": "courier", "rupiah": "7.000", **said}
    return client.post("/status/report", data=data, headers=PAGE)


def test_whoever_was_asked_for_money_says_so_and_a_supervisor_answers_in_14_working_days(runtime, citizen, sign_in):
    people(runtime, SITI)

    done = report(citizen, seal_in(ask(citizen)), note="Sabtu jam 21, kurir bernama Joko")

    assert done.status_code == 200
    assert "Sen 14 Des" in done.text
    assert open_cases(runtime) == ["asked_for_money"]
    (case,) = rows(runtime, ExceptionCase)
    assert "Rp 7.000 oleh kurir untuk dokumen D00000" in case.detail
    assert "Joko" not in case.detail
    boss, clerk = sign_in("supervisor"), sign_in("dispatcher")
    assert "kurir bernama Joko" in boss.get("/complaints", headers=PAGE).text
    assert clerk.get("/complaints", headers=PAGE).status_code == 403
    assert (
        clerk.post(f"/cases/{case.id}/close", data={"decision": "Tidak ada apa-apa"}, headers=PAGE).status_code == 403
    )
    assert "Tidak ada apa-apa" not in ask(citizen).text
    assert boss.post(f"/cases/{case.id}/close", data={"decision": "Uang dikembalikan."}).status_code == 303
    assert "Uang dikembalikan." in ask(citizen).text
    assert all_is_well(runtime)


def test_a_report_needs_an_answer_that_was_just_read(runtime, citizen, clock):
    (first, second) = people(runtime, SITI, BUDI)
    seal = seal_in(ask(citizen))
    forged = f"{second}.{seal.partition('.')[2]}"

    for wrong in ("", "x.y", f"{first}.", forged, f"{first}.é"):
        assert report(citizen, wrong).status_code == 404
    clock.advance(timedelta(days=2))
    assert report(citizen, seal).status_code == 404
    assert open_cases(runtime) == []


def test_t21_reports_are_limited_and_several_are_one_case(runtime, citizen):
    people(runtime, SITI)
    seal = seal_in(ask(citizen))

    codes = [report(citizen, seal).status_code for _ in range(5)]

    assert codes == [200, 200, 200, 429, 429]
    assert open_cases(runtime) == ["asked_for_money"]


def test_what_was_written_is_sealed_and_never_echoed(runtime, citizen):
    people(runtime, SITI)
    secret = "NIK saya 3505014107900001 <script>alert(1)</script>"

    page = report(citizen, seal_in(ask(citizen)), kind="complaint", note=secret)

    assert "3505014107900001" not in page.text
    with runtime.db.reading() as session:
        assert "3505014107900001" not in str(session.execute(text("SELECT * FROM complaint")).all())
        assert "3505014107900001" not in str(session.execute(text("SELECT * FROM exception_case")).all())


@pytest.mark.parametrize(
    "said",
    [{"kind": "bribe"}, {"who": "?"}, {"rupiah": "banyak"}, {"kind": "complaint", "note": ""}, {"note": "\u202e"}],
)
def test_a_report_that_says_nothing_is_refused_with_a_word(runtime, citizen, said):
    people(runtime, SITI)

    assert report(citizen, seal_in(ask(citizen)), **said).status_code == 422
    assert open_cases(runtime) == []


def test_a_lost_document_is_said_to_be_looked_for(app, runtime, citizen):
    day, _courier = under_way(app, runtime, on_route=((1,),))
    (document,) = documents_of(runtime, day.batch_ids[0])
    call(runtime, [document.id], SITI)
    with runtime.db.transaction() as session:
        move(session, session.get_one(Document, document.id), "lost", by=SYSTEM, why="test")

    assert "Sedang ditelusuri" in ask(citizen, document.request_number).text
