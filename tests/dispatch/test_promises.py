"""Rows S2.5 and S4.6 of the domain: every document has a promised day, moved honestly, and measured twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select, update

from dispatch.jobs import perform_due
from dispatch.services import blanks, calendar, promises, quotas
from dispatch.services.calendar import calendar_of
from dispatch.services.calendar_changes import NewDays, decide_days
from dispatch.services.print_forecast import Blanks, PrintDay, Waits, expected_prints
from dispatch.services.verify import verify
from dispatch.store.models import CalendarDay, Document, PromiseChange
from dispatch.store.states import Holder, move_all
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages
from tests.dispatch.recorded import promised, recorded, with_blanks

DEPOT = "d"


def days(quota: int, count: int = 60, **points: int | None) -> Iterator[PrintDay]:
    for n in range(count):
        yield PrintDay(day=TUESDAY + timedelta(days=n), quota=quota, points=points or {DEPOT: None})


def waits(count: int, blank: str = "ktp_el") -> list[Waits]:
    return [Waits(document_id=f"{blank}{n}", depot_id=DEPOT, blank=blank) for n in range(count)]


def test_the_queue_is_printed_day_by_day():
    found = expected_prints(waits(10), days(4), Blanks(stock={(DEPOT, "ktp_el"): 100}), blank_gap=9)

    assert [(found[f"ktp_el{n}"].day - TUESDAY).days for n in range(10)] == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
    assert [found[f"ktp_el{n}"].cause for n in (0, 5)] == ["", "queue"]


def test_what_was_announced_is_waited_for_and_what_was_not_is_a_guess():
    coming = {(DEPOT, "ktp_el"): [(TUESDAY + timedelta(days=6), 6000)]}
    told = expected_prints(waits(3), days(9), Blanks(stock={(DEPOT, "ktp_el"): 1}, coming=coming), blank_gap=3)
    guessed = expected_prints(waits(3), days(9), Blanks(stock={(DEPOT, "ktp_el"): 1}), blank_gap=3)

    assert [(told[f"ktp_el{n}"].day - TUESDAY).days for n in range(3)] == [0, 6, 6]
    assert (told["ktp_el1"].cause, told["ktp_el1"].guessed) == ("blanks", False)
    assert [(guessed[f"ktp_el{n}"].day - TUESDAY).days for n in range(3)] == [0, 4, 4]
    assert guessed["ktp_el2"].guessed


def test_another_kind_does_not_wait_behind_a_blank_that_is_out():
    queue = [*waits(2), *waits(2, "kia")]

    found = expected_prints(queue, days(4), Blanks(stock={(DEPOT, "kia"): 5}), blank_gap=50)

    assert set(found) == {"kia0", "kia1", "ktp_el0", "ktp_el1"}
    assert [found[f"kia{n}"].day for n in range(2)] == [TUESDAY, TUESDAY]


def test_s2_5_a_shortage_moves_promises_and_tells_whom_it_concerns(session, runtime):
    """Blanks for five of ten; the others wait for a delivery in December. Then it comes sooner."""
    village = villages(session)[0]
    cards = recorded(session, village, 10)
    depot = with_blanks(session, village, 5)
    first = cards[9].promised_on
    blanks.announce(session, OFFICE, depot.id, "ktp_el", 6000, date(2026, 12, 10), by=SARI)

    told = promised(session, cards)

    assert told[:5] == [first] * 5
    assert set(told[5:]) == {date(2026, 12, 17)}  # five working days after the blanks
    concerned = promises.untold(session, OFFICE)
    assert [document.id for _, document, _ in concerned] == [card.id for card in cards[5:]]
    assert {change.cause for change, _, _ in concerned} == {"blanks"}
    assert promises.told(session, OFFICE, village_code=village.code) == 5
    assert promises.untold(session, OFFICE) == []
    blanks.receive(session, OFFICE, depot.id, "ktp_el", 5, by=SARI)
    assert set(promised(session, cards)[5:]) == {first}
    assert [change.cause for change in promises.changes_of(session, OFFICE, cards[9].id)] == ["blanks", "sooner"]
    assert verify(session, runtime.files) == []


def test_a_promise_follows_the_quota_the_calendar_and_the_recent_routes(session):
    """Two a day: the fifth card is printed on the third day; a closed Thursday and slow routes come on top."""
    village = villages(session)[0]
    with_blanks(session, village, 100)
    terms = quotas.Terms(queue_per_day=400, prints_per_day=2, urgent_per_village=1, urgent_needs_grant=False)
    quotas.decide_quota(session, OFFICE, terms, valid_from=TUESDAY, why="uji", by=SARI)
    cards = recorded(session, village, 5)
    assert promised(session, cards)[4] == date(2026, 12, 3)

    thursday = date(2026, 11, 26)
    decide_days(session, OFFICE, NewDays(first_day=thursday, last_day=thursday, verdict="closed", why="HUT"), by=SARI)

    own = calendar_of(session, OFFICE)
    assert promised(session, cards)[4] == own.add_working_days(date(2026, 11, 27), 5)
    slow = promises.AfterPrint(promise=5, release=3, release_documents=8, per_day={}, routes=4)
    assert slow.days("x") == 7
    full = promises.AfterPrint(promise=5, release=3, release_documents=8, per_day={"x": 8.0}, routes=4)
    assert full.days("x") == 5


def test_a_promise_never_falls_on_a_day_on_which_village_offices_are_closed(session):
    """S4.1: with open weekends the fifth working day is a Sunday; its village office opens on Monday."""
    for day in (date(2026, 11, 28), date(2026, 11, 29)):
        session.add(CalendarDay(office=OFFICE, day=day, is_open=True))
    session.flush()
    own = calendar_of(session, OFFICE)

    assert own.add_working_days(TUESDAY, 5) == date(2026, 11, 29)
    assert calendar.promised_day(session, OFFICE, own, TUESDAY, at_desk=True) == date(2026, 11, 30)
    assert calendar.promised_day(session, OFFICE, own, TUESDAY) == date(2026, 11, 29)


def test_a_broken_promise_is_told_and_kept_is_measured_twice(session, clock, runtime):
    """Of three, one came in time, one after its day was moved, one never."""
    village = villages(session)[0]
    early, late, lost = finished(session, village, 3)
    _arrives(session, early, village.code)
    clock.at = datetime.combine(early.promised_on + timedelta(days=1), datetime.min.time(), UTC).replace(hour=2)
    promises.review(session, OFFICE)
    assert [change.cause for change in promises.changes_of(session, OFFICE, late.id)] == ["late"]
    _arrives(session, late, village.code)
    clock.advance(timedelta(days=7))

    own = calendar_of(session, OFFICE)
    found = promises.kept(session, OFFICE, own, TUESDAY, TUESDAY + timedelta(days=20))

    assert (found.due, found.kept_first, found.kept_last) == (3, 1, 2)
    assert verify(session, runtime.files, only=["promise-moves", "promise-numbers"]) == []
    session.execute(update(Document).where(Document.id == lost.id).values(promised_on=date(2027, 1, 1)))
    session.scalars(select(PromiseChange).where(PromiseChange.document_id == late.id)).one().seq = 2
    session.flush()
    planted = {finding.check for finding in verify(session, runtime.files, only=["promise-moves", "promise-numbers"])}
    assert planted == {"promise-moves", "promise-numbers"}


def test_a_promise_that_is_moved_may_not_slide_for_ever(session, clock):
    """Each morning the overdue one is promised for that very day, so that no plan may let it wait."""
    (document,) = finished(session, villages(session)[0], 1)
    clock.at = datetime(2026, 12, 7, 1, tzinfo=UTC)
    promises.review(session, OFFICE)
    assert document.promised_on == date(2026, 12, 7)
    clock.at = datetime(2026, 12, 8, 8, tzinfo=UTC)  # in the afternoon no route is made any more
    promises.review(session, OFFICE)
    assert document.promised_on == date(2026, 12, 9)


def test_the_page_names_whom_it_concerns(sign_in, runtime):
    with runtime.db.transaction() as session:
        cards = recorded(session, villages(session)[0], 2)
        promised(session, cards)  # no blanks at all: a guess
        code = cards[0].code
    sari = sign_in("dispatcher")

    assert code in sari.get("/promises").text
    assert "blangko habis" in sari.get("/promises").text
    assert len(sari.get("/api/v1/promises").json["items"]) == 2
    assert sari.post("/promises/told").status_code == 303
    assert "Semua janji masih seperti" in sari.get("/promises").text


def test_a_document_tells_what_it_was_promised_before(sign_in, runtime):
    """Recorded without a blank in the house, promised by a guess; then blanks come."""
    sari = sign_in("dispatcher")
    card = {"request_number": "R-1", "kind": "KTP-el", "nik": "3505104107900001", "name": "Siti Aminah",
            "village_code": "35.05.10.2006", "printed_on": "2026-11-24"}  # fmt: skip
    told = sari.post("/api/v1/print-queue", json={"items": [card]}).json["items"][0]["document"]
    assert told["promised_on"] > "2026-12-10"
    with runtime.db.transaction() as session:
        with_blanks(session, villages(session)[0], 5)
    perform_due(runtime)

    page = sari.get(f"/documents/{told['id']}").text

    assert " → " in page
    assert "lebih cepat" in page
    assert "Direkam" in page
    assert sari.get("/api/v1/promises").json["items"][0]["cause"] == "sooner"


def _arrives(session, document: Document, village_code: str) -> None:
    move_all(session, [document], "batched", by=SARI)
    move_all(session, [document], "out", by=SARI, evidence="x", holder=Holder("courier", "c"))
    move_all(session, [document], "at_village", by=SARI, evidence="x", holder=Holder("village_office", village_code))
