"""Villages fill up, grow old or turn urgent; one release seals them all, and says what goes on waiting."""

from datetime import date

import pytest
from sqlalchemy import select

from dispatch.errors import Conflict, Invalid
from dispatch.services import batching
from dispatch.services.batching import Release, code_of
from dispatch.services.verify import verify
from dispatch.store.models import Batch, BatchItem, Depot, Document, Rules
from dispatch.store.states import move
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY, WEDNESDAY_BEFORE, finished, villages

MONDAY = date(2026, 11, 23)


def released(report: Release) -> list[tuple[str, str, int]]:
    return [(batch.village_code, batch.released_by, batch.documents) for batch in report.batches]


def test_a_full_an_old_and_an_urgent_village_go_and_a_young_one_waits(session):
    full, old, urgent, young = villages(session)[:4]
    finished(session, full, 8)
    finished(session, old, 1, printed_on=date(2026, 11, 19))
    finished(session, old, 1)
    finished(session, urgent, 2)
    finished(session, urgent, 1, urgent=True)
    finished(session, young, 7, printed_on=MONDAY)

    report = batching.release(session, OFFICE, by=SARI)

    assert released(report) == [(full.code, "fill", 8), (old.code, "age", 2), (urgent.code, "urgent", 3)]
    (waiting,) = report.waiting
    assert (waiting.village_code, waiting.documents, waiting.documents_missing) == (young.code, 7, 1)
    assert (waiting.oldest_working_days, waiting.released_by_age_on) == (1, date(2026, 11, 26))


def test_age_is_counted_in_working_days_only(session):
    """Printed on Friday: Monday and Tuesday are two days, the weekend is none."""
    village = villages(session)[0]
    finished(session, village, 1, printed_on=date(2026, 11, 20))

    assert batching.release(session, OFFICE, by=SARI).batches == []
    assert [w.oldest_working_days for w in batching.waiting_villages(session, OFFICE)] == [2]


def test_a_released_batch_is_sealed_with_its_lines(session, runtime):
    village = villages(session)[0]
    finished(session, village, 7)
    finished(session, village, 1, printed_on=WEDNESDAY_BEFORE)
    (last,) = finished(session, village, 1, urgent=True)

    (batch,) = batching.release(session, OFFICE, by=SARI).batches

    lines = session.scalars(select(BatchItem).where(BatchItem.batch_id == batch.id).order_by(BatchItem.line_no)).all()
    assert [line.line_no for line in lines] == list(range(1, 10))
    assert lines[0].document_id == last.id
    assert (batch.state, batch.code, batch.documents, batch.sealed_at) == ("sealed", "A2-10", 9, batch.created_at)
    assert {d.state for d in session.scalars(select(Document))} == {"batched"}
    assert {d.batch_id for d in session.scalars(select(Document))} == {batch.id}
    assert verify(session, runtime.files) == []


def test_releasing_again_finds_nothing(session):
    finished(session, villages(session)[0], 8)

    assert len(batching.release(session, OFFICE, by=SARI).batches) == 1
    assert batching.release(session, OFFICE, by=SARI).batches == []


def test_a_village_can_be_released_by_hand(session):
    first, second = villages(session)[:2]
    finished(session, first, 1)
    finished(session, second, 1)

    report = batching.release(session, OFFICE, by=SARI, villages=[second.code])

    assert released(report) == [(second.code, "hand", 1)]
    assert [waiting.village_code for waiting in report.waiting] == [first.code]


def test_an_unknown_village_or_one_of_another_office_is_refused(session):
    for code in ("35.05.99.9999", villages(session, OTHER_OFFICE)[0].code):
        with pytest.raises(Invalid) as refused:
            batching.release(session, OFFICE, by=SARI, villages=[code])
        assert refused.value.fields[0].reason == f"desa {code} tidak ada di kantor ini"


def test_a_crowded_village_makes_batches_that_fit_a_bag(session):
    session.scalars(select(Rules).where(Rules.office == OFFICE)).one().bag_documents = 10
    finished(session, villages(session)[0], 23)

    assert [batch.documents for batch in batching.release(session, OFFICE, by=SARI).batches] == [10, 10, 3]


def test_each_depot_makes_its_own_batch(session):
    """Cards printed in two places for one village cannot leave together."""
    village = villages(session)[0]
    other = Depot(office=OFFICE, name="Kecamatan Srengat", lat=-8.06, lon=112.07)
    session.add(other)
    session.flush()
    finished(session, village, 8)
    finished(session, village, 3, depot=other)

    report = batching.release(session, OFFICE, by=SARI)

    assert released(report) == [(village.code, "fill", 8)]
    assert [(w.depot_id, w.documents) for w in report.waiting] == [(other.id, 3)]


def test_held_documents_and_other_offices_stay_out(session):
    village = villages(session)[0]
    documents = finished(session, village, 8)
    move(session, documents[0], "held", by=SARI)
    finished(session, villages(session, OTHER_OFFICE)[0], 20)

    report = batching.release(session, OFFICE, by=SARI)

    assert report.batches == []
    assert [w.documents for w in report.waiting] == [7]


def test_a_dissolved_batch_gives_its_documents_back(session, runtime):
    village = villages(session)[0]
    finished(session, village, 8)
    (batch,) = batching.release(session, OFFICE, by=SARI).batches

    batching.dissolve(session, batch, by=SARI)

    assert batch.state == "dissolved"
    assert {(d.state, d.batch_id) for d in session.scalars(select(Document))} == {("ready", None)}
    assert verify(session, runtime.files) == []
    (again,) = batching.release(session, OFFICE, by=SARI).batches
    assert (again.code, again.documents) == ("A2-11", 8)
    assert verify(session, runtime.files) == []


def test_a_batch_that_a_plan_holds_cannot_be_dissolved(session):
    finished(session, villages(session)[0], 8)
    (batch,) = batching.release(session, OFFICE, by=SARI).batches
    move(session, batch, "planned", by=SARI)

    with pytest.raises(Conflict, match="planned and cannot become dissolved"):
        batching.dissolve(session, batch, by=SARI)
    assert {d.state for d in session.scalars(select(Document))} == {"batched"}


def test_codes_never_repeat_and_stay_short():
    codes = [code_of(number) for number in range(60_000)]

    assert len(set(codes)) == len(codes)
    assert max(map(len, codes)) <= 7
    assert [codes[0], codes[89], codes[90], codes[16_559], codes[16_560]] == [
        "A2-10", "A2-99", "A3-10", "Z9-99", "A2-110",
    ]  # fmt: skip


def test_a_day_of_four_hundred_documents_is_one_action(session, runtime):
    for n, village in enumerate(villages(session)[:80]):
        finished(session, village, 5, printed_on=WEDNESDAY_BEFORE if n % 2 else TUESDAY)

    report = batching.release(session, OFFICE, by=SARI)

    assert report.documents == 200
    assert len(report.batches) == len(report.waiting) == 40
    assert len(session.scalars(select(Batch.id)).all()) == 40
    assert verify(session, runtime.files) == []
