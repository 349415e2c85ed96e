"""A file is handed in, read by a worker, and every row of it is accounted for."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from dispatch import jobs
from dispatch.clock import SetClock
from dispatch.data.sample_day import FILE, sample_csv, sample_rows
from dispatch.services import intake_files
from dispatch.store import work
from dispatch.store.models import Document, Event, Import, ImportRow, Job, Recipient
from tests.dispatch.test_tables import HEADINGS, SITI, csv_file, xlsx_file

SAMPLE = FILE.read_bytes()


@pytest.fixture
def dispatcher(sign_in):
    return sign_in("dispatcher")


def hand_in(client, content: bytes, *, name: str = "cetak.csv", **form: str):
    return client.post("/api/v1/imports", data={"file": (io.BytesIO(content), name), **form})


def report(client, answer) -> dict:
    return client.get(answer.headers["Location"]).json


def sums(found: dict) -> dict:
    return {name: found[name] for name in ("total", "accepted", "known", "review", "refused")}


def count(runtime, model) -> int:
    with runtime.db.reading() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_week_of_the_blitar_office_comes_in(dispatcher, runtime):
    """400 good rows, of which six name a village of two kecamatan, and the twelve usual mistakes."""
    answer = hand_in(dispatcher, SAMPLE)
    assert answer.status_code == 202
    assert report(dispatcher, answer)["status"] == "waiting"

    jobs.perform_due(runtime)

    found = report(dispatcher, answer)
    assert (found["status"], found["problem"]) == ("done", "")
    assert sums(found) == {"total": 412, "accepted": 394, "known": 0, "review": 6, "refused": 12}
    assert count(runtime, Document) == 394


def test_every_document_goes_where_it_belongs(dispatcher, runtime):
    """However its village was written: by code, by name, misspelled."""
    truth = {row.cells["nik"]: row for row in sample_rows() if row.wrong is None and not row.to_review}

    hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    with runtime.db.reading() as session:
        documents = session.execute(
            select(Document, Recipient).join(Recipient, Recipient.id == Document.recipient_id)
        ).all()
        for document, person in documents:
            row = truth.pop(runtime.keys.open(person.nik_sealed, "35.05:nik"))
            assert document.village_code == row.village_code, row.cells
            assert person.name == row.cells["nama"]
            assert document.is_urgent == (row.cells["mendesak"] == "ya")
            assert (document.state, document.holder_kind) == ("ready", "depot")
            assert document.promised_on > document.printed_on
    assert truth == {}


def test_each_of_the_twelve_mistakes_is_reported_by_row_column_and_reason(dispatcher, runtime):
    wrong = {number: row.wrong for number, row in enumerate(sample_rows(), start=2) if row.wrong is not None}

    answer = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    refused = dispatcher.get(answer.headers["Location"] + "/rows?state=refused").json["items"]
    assert {row["row"]: row["field"] for row in refused} == wrong
    assert all(row["reason"].endswith(".") for row in refused)
    assert len({row["reason"] for row in refused}) == 12


def test_the_report_is_a_file_too_and_carries_no_personal_data(dispatcher, runtime):
    answer = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    file = dispatcher.get(answer.headers["Location"] + "/rows.csv?state=refused")
    lines = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"))))

    assert file.mimetype == "text/csv"
    assert lines[0] == ["baris", "hasil", "kolom", "alasan"]
    assert len(lines) == 13
    everything = dispatcher.get(answer.headers["Location"] + "/rows.csv").data.decode()
    assert not any(row.cells["nik"] in everything or row.cells["nama"] in everything for row in sample_rows()[:50])


def test_the_same_file_again_answers_with_its_first_report(dispatcher, runtime, sign_in):
    first = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    again = hand_in(sign_in("supervisor"), SAMPLE, name="salinan.csv")
    jobs.perform_due(runtime)

    assert again.status_code == 200
    assert again.json["id"] == first.json["id"]
    assert again.json["accepted"] == 394
    assert count(runtime, Document) == 394


def test_the_same_rows_in_another_file_are_known(dispatcher, runtime):
    """The office exports the week again, one document longer."""
    hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    longer = hand_in(
        dispatcher, SAMPLE + b"NEW-1,KTP,3505011507900003,SITI,,,,,,,35.05.01.2003,,,,2026-11-24,tidak,desa\n"
    )
    jobs.perform_due(runtime)

    assert sums(report(dispatcher, longer)) == {"total": 413, "accepted": 1, "known": 400, "review": 0, "refused": 12}
    assert count(runtime, Document) == 395


def test_a_row_that_stands_twice_in_one_file_comes_in_once(dispatcher, runtime):
    answer = hand_in(dispatcher, csv_file(HEADINGS, SITI, SITI, [*SITI[:2], "SITI AMINAH S.", *SITI[3:]]))
    jobs.perform_due(runtime)

    found = report(dispatcher, answer)

    assert sums(found) == {"total": 3, "accepted": 1, "known": 1, "review": 0, "refused": 1}
    (refused,) = dispatcher.get(answer.headers["Location"] + "/rows?state=refused").json["items"]
    assert "isi berbeda" in refused["reason"]


def test_a_workbook_comes_in_like_a_text_file(dispatcher, runtime):
    answer = hand_in(dispatcher, xlsx_file(HEADINGS, SITI, [SITI[0], 3505015507900003, *SITI[2:]]), name="cetak.xlsx")
    jobs.perform_due(runtime)

    assert sums(report(dispatcher, answer)) == {"total": 2, "accepted": 1, "known": 0, "review": 0, "refused": 1}


def test_a_dry_run_says_the_same_and_brings_nothing_in(dispatcher, runtime):
    events = count(runtime, Event)

    answer = hand_in(dispatcher, SAMPLE, dry_run="true")
    jobs.perform_due(runtime)

    found = report(dispatcher, answer)
    assert found["is_dry_run"]
    assert sums(found) == {"total": 412, "accepted": 394, "known": 0, "review": 6, "refused": 12}
    assert count(runtime, Document) == count(runtime, Recipient) == 0
    assert count(runtime, Event) == events
    assert dispatcher.get("/api/v1/reviews").json["waiting"] == 0

    real = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    assert real.json["id"] != answer.json["id"]
    assert count(runtime, Document) == 394


def test_a_file_that_is_no_table_says_why(dispatcher, runtime):
    answer = hand_in(dispatcher, b"\x89PNG\r\n\x1a\n\x00\x00", name="foto.csv")
    jobs.perform_due(runtime)

    found = report(dispatcher, answer)

    assert found["status"] == "unreadable"
    assert "Kolom belum ada" in found["problem"]
    assert count(runtime, Document) == 0


class Killed(BaseException):
    """What happens to a worker, not to a program: nothing may tidy up after it."""


class ClockOfADyingMachine:
    """Tells the time a number of times, then the machine is gone."""

    def __init__(self, clock: SetClock, looks: int) -> None:
        self.clock = clock
        self.looks = looks

    def now(self) -> datetime:
        self.looks -= 1
        if self.looks < 0:
            raise Killed
        return self.clock.now()


@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_a_worker_dies_in_the_middle_and_the_next_goes_on_at_the_first_missing_row(dispatcher, runtime, clock, dry_run):
    rows = sample_rows(good=1_300, ambiguous=6, seed=3)
    answer = hand_in(dispatcher, sample_csv([*rows, rows[0]]), dry_run=dry_run)
    runtime.db.clock = ClockOfADyingMachine(clock, looks=1_200 if dry_run == "false" else 6)
    with pytest.raises(Killed):
        jobs.perform_due(runtime)
    runtime.db.clock = clock
    halfway = report(dispatcher, answer)
    assert halfway["status"] == "reading"
    assert 0 < halfway["accepted"] < 1_294

    clock.advance(timedelta(minutes=1))
    jobs.perform_due(runtime)

    found = report(dispatcher, answer)
    assert (found["status"], found["is_dry_run"]) == ("done", dry_run == "true")
    assert (found["total"], found["known"], found["refused"]) == (1_313, 1, 12)
    assert found["accepted"] + found["review"] == 1_300
    assert count(runtime, ImportRow) == 1_313
    assert count(runtime, Document) == (found["accepted"] if dry_run == "false" else 0)


def test_a_worker_that_was_thought_dead_writes_no_second_row(dispatcher, runtime, clock):
    """Its lease ran out, another worker took the import over; then it comes back."""
    answer = hand_in(dispatcher, SAMPLE)
    with runtime.db.reading() as session:
        job_id = session.scalars(select(Job.id)).one()
    zombie = work.claim(runtime.db, job_id, timedelta(seconds=30))
    clock.advance(timedelta(minutes=1))
    jobs.perform_due(runtime)

    intake_files.read_import(zombie, runtime.keys, runtime.files)

    assert sums(report(dispatcher, answer)) == {
        "total": 412,
        "accepted": 394,
        "known": 0,
        "review": 6,
        "refused": 12,
    }
    assert count(runtime, ImportRow) == 412


def test_a_file_that_always_kills_its_worker_is_given_up_until_it_is_handed_in_again(dispatcher, runtime, clock):
    answer = hand_in(dispatcher, SAMPLE)
    for _ in range(5):
        runtime.db.clock = ClockOfADyingMachine(clock, looks=8)
        with pytest.raises(Killed):
            jobs.perform_due(runtime)
        runtime.db.clock = clock
        clock.advance(timedelta(minutes=1))

    jobs.perform_due(runtime)

    found = report(dispatcher, answer)
    assert found["status"] == "unreadable"
    assert "hubungi admin" in found["problem"]
    assert count(runtime, Document) == 0

    again = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)

    assert (again.status_code, again.json["id"]) == (202, answer.json["id"])
    assert sums(report(dispatcher, answer))["accepted"] == 394


def test_a_page_of_rows_leads_to_the_next(dispatcher, runtime):
    answer = hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)
    seen, after = [], 0

    while after is not None:
        page = dispatcher.get(answer.headers["Location"] + f"/rows?after={after}&limit=100").json
        seen += [row["row"] for row in page["items"]]
        after = page["next"]

    assert seen == list(range(2, 414))


def test_offices_and_programs_do_not_see_each_others_files(dispatcher, sign_in, api_client):
    answer = hand_in(dispatcher, SAMPLE)

    where = answer.headers["Location"]
    assert sign_in("dispatcher", "35.03").get(where).status_code == 404
    assert api_client("documents:read").get(where).status_code == 404
    assert api_client("documents:read").get("/api/v1/imports").json["items"] == []
    assert sign_in("viewer").get(where).status_code == 200


def test_who_only_looks_hands_nothing_in(sign_in, api_client):
    assert hand_in(sign_in("viewer"), SAMPLE).status_code == 403
    assert hand_in(sign_in("admin"), SAMPLE).status_code == 403
    assert hand_in(api_client("documents:read"), SAMPLE).status_code == 403
    assert hand_in(api_client("documents:write"), SAMPLE).status_code == 202


def test_a_file_beyond_the_limit_or_missing_is_refused_at_once(dispatcher):
    assert hand_in(dispatcher, b"x" * (10 * 1024 * 1024 + 1)).status_code == 413
    assert dispatcher.post("/api/v1/imports", data={"dry_run": "false"}).status_code == 422


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_is_downloaded_and_its_example_is_never_taken_in(dispatcher, runtime, form):
    template = dispatcher.get(f"/api/v1/imports/template.{form}")
    assert template.status_code == 200

    answer = hand_in(dispatcher, template.data)
    jobs.perform_due(runtime)

    assert sums(report(dispatcher, answer)) == {"total": 1, "accepted": 0, "known": 0, "review": 0, "refused": 1}


def test_one_key_stands_for_one_file(dispatcher):
    def hand_in_with_key(content: bytes):
        form = {"file": (io.BytesIO(content), "cetak.csv")}
        return dispatcher.post("/api/v1/imports", data=form, headers={"Idempotency-Key": "impor-24-nov"})

    first, again, other = hand_in_with_key(SAMPLE), hand_in_with_key(SAMPLE), hand_in_with_key(SAMPLE + b"\n")

    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 409)
    assert again.json["id"] == first.json["id"]


def test_a_file_name_hides_nothing(dispatcher):
    answer = hand_in(dispatcher, SAMPLE, name="../bulan/laporan\u202evsc.exe")

    assert answer.json["filename"] == "laporanvsc.exe"


def test_people_are_kept_sealed(dispatcher, runtime):
    hand_in(dispatcher, SAMPLE)
    jobs.perform_due(runtime)
    niks = [row.cells["nik"] for row in sample_rows()]

    with runtime.db.reading() as session:
        kept = "".join(
            str(value)
            for model in (Recipient, Document, Import, ImportRow, Event, Job)
            for row in session.execute(select(*model.__table__.c))
            for value in row
        )
    assert not any(nik in kept for nik in niks if len(nik) == 16)
