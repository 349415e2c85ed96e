"""Reports say what the rows say: every figure again by counting row by row, and the sums of a month to the document."""

import csv
import io
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from dispatch.services.calendar import calendar_of
from dispatch.services.reports import month
from dispatch.services.reports.costs import shared
from dispatch.services.reports.files import Sheet, not_a_formula, written
from dispatch.services.reports.handed import rank
from dispatch.services.reports.period import month_before, month_of
from dispatch.services.reports.tables import REPORTS, Figures, report_of
from dispatch.services.village_map import measured
from dispatch.services.village_measures import measure_of
from dispatch.store.models import Attempt, Courier, Document, Event, Plan, Route, Shipment, Stop
from tests.databases import OFFICE, TODAY
from tests.dispatch.many import Many

NOVEMBER, OCTOBER = "2026-11", "2026-10"


@pytest.fixture
def figures(session):
    """The reports of a month of a small office that has been at work for eighty days."""
    Many(session, OFFICE, documents=400, days=80, until=TODAY, seed=7).write()
    calendar = calendar_of(session, OFFICE)
    return lambda text: Figures(session, OFFICE, month_of(text, calendar.zone), calendar)


def trails(session) -> dict[str, list[Event]]:
    """Every document's events, oldest first."""
    found = defaultdict(list)
    for event in session.scalars(select(Event).where(Event.subject_kind == "document").order_by(Event.seq)):
        found[event.subject_id].append(event)
    return found


def is_in(figures, instant) -> bool:
    period = figures.period
    return period.first <= figures.calendar.local_date(instant) <= period.last


def table(figures, key: str) -> dict[str, tuple]:
    """A report's rows and its sum, by their first word."""
    made = report_of(key).make(figures)
    return {row[0]: row[1:] for row in [*made.rows, *([made.total] if made.total else [])]}


@pytest.mark.parametrize("text", [NOVEMBER, OCTOBER])
def test_the_legs_of_every_document_add_up_to_its_days_from_print_to_hand(figures, session, text):
    found = figures(text)
    documents = {document.id: document for document in session.scalars(select(Document))}
    totals, legs = [], Counter()
    for document_id, events in trails(session).items():
        if events[-1].to_state != "delivered" or not is_in(found, events[-1].at):
            continue
        where, since = "office", documents[document_id].printed_on
        for event in events:
            on = found.calendar.local_date(event.at)
            legs[where] += found.calendar.working_days_between(since, on)
            where = {"out": "road", "returning": "road", "at_village": "desk"}.get(event.to_state, "office")
            since = on
        totals.append(found.calendar.working_days_between(documents[document_id].printed_on, since))

    shown = table(found, "days")

    assert len(totals) > 50
    assert shown["di kantor (sejak dicetak)"][3] == legs["office"]
    assert shown["di jalan"][3] == legs["road"]
    assert shown["di kantor desa atau kecamatan"][3] == legs["desk"]
    whole = shown["dari cetak sampai ke tangan warga"]
    assert whole[3] == sum(totals) == legs.total()
    assert whole[:3] == (rank(totals, 0.5), rank(totals, 0.9), max(totals))
    assert table(found, "spread")["semua"] == (len(totals),)
    assert sum(cells[0] for word, cells in table(found, "spread").items() if word != "semua") == len(totals)


@pytest.mark.parametrize("text", [NOVEMBER, OCTOBER])
def test_a_month_adds_up_to_the_document_in_every_village(figures, session, text):
    found = figures(text)
    start, end = found.period.start, min(found.period.end, TODAY)
    states_then: dict[str, Counter] = defaultdict(Counter)
    states_before = Counter()
    places = dict(session.execute(select(Document.id, Document.village_code)).all())
    for document_id, events in trails(session).items():
        before = [event.to_state for event in events if event.at < start]
        then = [event.to_state for event in events if event.at < end]
        if before and before[-1] not in ("delivered", "withdrawn"):
            states_before[places[document_id]] += 1
        if then and then[-1] not in ("delivered", "withdrawn"):
            states_then[places[document_id]][month.cause_of(then[-1])] += 1

    pictures = found.pictures

    for village, picture in pictures.items():
        assert picture.opening + picture.entered == picture.delivered + picture.ended + picture.still_waiting, village
        assert picture.opening == states_before[village], village
        assert +picture.waiting == states_then[village], village
        parts = picture.kept + picture.late + picture.overdue + picture.due_later + picture.promise_void
        assert parts == picture.promised
    whole = month.together(pictures)
    assert whole.entered == sum(events[0].at >= start and events[0].at < end for events in trails(session).values())
    assert whole.delivered == len(found.handed) > 50
    by_district = month.together(month.by_district(pictures))
    assert (by_district.entered, by_district.waiting) == (whole.entered, whole.waiting)


def test_promises_are_kept_late_open_or_not_due_yet(figures, session):
    found, today = figures(NOVEMBER), TODAY.date()
    judged = Counter()
    last = {key: events[-1] for key, events in trails(session).items()}
    for document in session.scalars(select(Document)):
        if f"{document.promised_on:%Y-%m}" != NOVEMBER:
            continue
        event = last[document.id]
        if event.to_state == "delivered":
            judged["kept" if found.calendar.local_date(event.at) <= document.promised_on else "late"] += 1
        elif event.to_state == "withdrawn":
            judged["void"] += 1
        else:
            judged["overdue" if document.promised_on < today else "later"] += 1

    whole = month.together(found.pictures)

    assert (whole.kept, whole.late, whole.overdue) == (judged["kept"], judged["late"], judged["overdue"])
    assert (whole.due_later, whole.promise_void) == (judged["later"], judged["void"])
    assert whole.kept_share == judged["kept"] / (judged["kept"] + judged["late"] + judged["overdue"])
    on_map = measured(session, OFFICE, measure_of("promise"), month=NOVEMBER)
    assert sum(row.figure.amount for row in on_map.rows) == whole.kept


@pytest.mark.parametrize("text", [NOVEMBER, OCTOBER])
def test_the_first_attempt_of_each_document_counts_once_in_the_month_it_ended(figures, session, text):
    found = figures(text)
    ended = session.execute(
        select(Event.seq, Event.at, Event.to_state, Attempt.document_id)
        .join(Attempt, Attempt.id == Event.subject_id)
        .where(Event.subject_kind == "attempt", Event.to_state != "pending")
        .order_by(Event.seq)
    ).all()
    first = {}
    for _, at, state, document_id in ended:
        first.setdefault(document_id, (at, state))
    states = [state for at, state in first.values() if is_in(found, at)]
    failed = [at for _, at, state, _ in ended if state == "failed" and is_in(found, at)]

    tried, arrived, share = table(found, "first-try")["semua"]

    assert (tried, arrived) == (len(states), states.count("succeeded"))
    assert share == arrived / tried < 1
    assert table(found, "failures")["semua"] == (len(failed),)
    assert sum(row.documents for row in found.tries) == tried


@pytest.mark.parametrize("text", [NOVEMBER, OCTOBER])
def test_every_rupiah_of_routes_and_post_is_somewhere_and_nowhere_twice(figures, session, text):
    found = figures(text)
    days = (found.period.first, found.period.last)
    fares = session.scalars(select(Route.fare).join(Plan).where(Plan.service_date.between(*days))).all()
    posts = session.scalars(select(Shipment.rupiah).join(Plan).where(Plan.service_date.between(*days))).all()
    attempts = session.scalars(
        select(Attempt.state)
        .outerjoin(Stop, Stop.id == Attempt.stop_id)
        .outerjoin(Route, Route.id == Stop.route_id)
        .outerjoin(Shipment, Shipment.id == Attempt.shipment_id)
        .join(Plan, (Plan.id == Route.plan_id) | (Plan.id == Shipment.plan_id))
        .where(Plan.service_date.between(*days))
    ).all()

    ways, villages = table(found, "ways"), report_of("village-prices").make(found)

    spent, arrived = sum(fares) + sum(posts), attempts.count("succeeded")
    assert ways["semua"] == (len(fares) + len(posts), len(attempts), arrived, spent, spent / arrived)
    assert ways["ojek"][3] == sum(fares)
    assert ways["Pos (loket)"][3] == sum(posts)
    assert sum(row[4] for row in villages.rows) == spent
    assert table(found, "couriers")["semua"][8] == sum(fares)


def test_what_nobody_came_for_is_counted_by_age(figures, session):
    found = figures(NOVEMBER)
    ages = [
        found.calendar.working_days_between(found.calendar.local_date(events[-1].at), TODAY.date())
        for events in trails(session).values()
        if events[-1].to_state == "at_village"
    ]

    rows = table(found, "unclaimed")

    assert rows["semua"] == (len(ages),)
    assert rows["0–2 hari kerja"] == (sum(age <= 2 for age in ages),)
    assert rows["lebih dari 20 hari kerja"] == (sum(age > 20 for age in ages),)
    assert sum(row[0] for word, row in rows.items() if word != "semua") == len(ages)
    assert table(found, "village-unclaimed")["semua"][1:3] == (len(ages), max(ages))


def test_couriers_are_measured_by_their_own_stops(figures, session):
    found = figures(OCTOBER)
    zone, minutes = found.calendar.zone, defaultdict(list)
    rows = session.execute(
        select(Courier.name, Plan.service_date, Stop.arrival_s, Stop.done_at)
        .join(Route, Route.courier_id == Courier.id)
        .join(Plan, Plan.id == Route.plan_id)
        .join(Stop, Stop.route_id == Route.id)
        .where(Plan.service_date.between(found.period.first, found.period.last))
    )
    for name, day, arrival_s, at in rows:
        local = at.astimezone(zone)
        seconds = (local.date() - day) / timedelta(seconds=1) + local.hour * 3600 + local.minute * 60
        minutes[name].append(round((seconds - arrival_s) / 60))

    shown = table(found, "couriers")

    assert minutes
    for name, found_minutes in minutes.items():
        assert shown[name][3] == len(found_minutes)
        assert shown[name][7] == rank(found_minutes, 0.5)


def test_shares_of_a_price_add_up_to_the_rupiah():
    assert shared(100_000, {"a": 1, "b": 1, "c": 1}) == {"a": 33_334, "b": 33_333, "c": 33_333}
    assert sum(shared(100_001, {str(n): n for n in range(1, 30)}).values()) == 100_001
    assert shared(5, {"a": 0, "b": 0}) == {"a": 0, "b": 0}


def test_percentiles_are_values_somebody_really_waited():
    assert (rank([], 0.5), rank([7], 0.9), rank([1, 2, 3, 4], 0.5), rank(list(range(1, 11)), 0.9)) == (None, 7, 2, 9)
    assert month_before(date(2026, 1, 15)) == "2025-12"


def test_every_report_opens_as_a_page_a_table_and_a_file(figures, session, sign_in, runtime):
    session.commit()
    viewer, days = sign_in("viewer"), {"from": "2026-11-01", "to": "2026-11-30"}

    listed = viewer.get("/api/v1/reports").json["reports"]
    sheet = viewer.get("/reports?month=2026-11")

    assert [report["key"] for report in listed] == [report.key for report in REPORTS]
    assert (sheet.status_code, "Bulan dalam satu gambar" in sheet.text) == (200, True)
    for report in REPORTS:
        assert viewer.get(f"/reports/{report.key}?month=2026-11").status_code == 200
        found = viewer.get(f"/api/v1/reports/{report.key}", query_string=days).json
        lines = viewer.get(f"/api/v1/reports/{report.key}/file", query_string=days).data.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(lines)))
        assert len(rows) == 1 + len(found["rows"]) + (found["total"] is not None)
        book = viewer.get(f"/api/v1/reports/{report.key}/file", query_string={**days, "format": "xlsx"})
        page = load_workbook(io.BytesIO(book.data)).active
        assert [[cell or "" for cell in row] for row in page.iter_rows(min_row=2, max_col=1, values_only=True)] == [
            [row[0]] for row in rows[1:]
        ]
    assert (
        viewer.get("/api/v1/reports/days", query_string={"from": "2020-01-01", "to": "2026-01-01"}).status_code == 422
    )
    assert viewer.get("/reports?month=November").status_code == 422
    assert sign_in("admin").get("/reports").status_code == 403


@pytest.mark.parametrize(
    "text", ["=1+1", "+62812", "-3", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "|cmd", "\n=2"]
)
def test_no_cell_of_a_file_calculates(text):
    sheet = Sheet(title="=cmd|'/c calc'!A1", headings=[text], forms=["text"], rows=[[text], ["Siti"]], note=text)

    rows = list(csv.reader(io.StringIO(written(sheet, "csv").decode("utf-8-sig"))))
    page = load_workbook(io.BytesIO(written(sheet, "xlsx"))).active

    assert [row[0] for row in rows if row] == [f"'{text}", f"'{text}", "Siti", f"'{text}"]
    assert {cell.data_type for row in page.iter_rows() for cell in row if cell.value} == {"s"}
    assert not_a_formula("Siti Aminah") == "Siti Aminah"
