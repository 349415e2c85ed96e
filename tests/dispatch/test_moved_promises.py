"""A moved promise is told: one message for each household and new day; what no message brings is listed."""

from datetime import date

from sqlalchemy import select, update

from dispatch.jobs import perform_due
from dispatch.services import blanks, outbox, promises
from dispatch.services.calendar import short_date
from dispatch.services.message_words import MOVED
from dispatch.services.verify import verify
from dispatch.store.models import Document, Message, PromiseChange, Recipient
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, villages
from tests.dispatch.recorded import recorded, with_blanks
from tests.dispatch.told import BUDI, SITI, switch_on

URL = "http://localhost"


def shortage(runtime, *phones: str, household: str = "") -> list[str]:
    """A card for each phone, one blank, and no other before 10 December; the ids of the cards whose promise moved."""
    with runtime.db.transaction() as session:
        village = villages(session)[0]
        cards = recorded(session, village, len(phones))
        for card, phone in zip(cards, phones, strict=True):
            person = session.get_one(Recipient, card.recipient_id)
            person.phone, person.household = phone, household
        depot = with_blanks(session, village, 1)
        blanks.announce(session, OFFICE, depot.id, "ktp_el", 6000, date(2026, 12, 10), by=SARI)
    with runtime.db.transaction() as session:
        return [change.document_id for change in promises.review(session, OFFICE)]


def messages(runtime) -> list[Message]:
    perform_due(runtime)
    with runtime.db.reading() as session:
        return list(session.scalars(select(Message).where(Message.news == MOVED).order_by(Message.document_id)))


def untold(runtime) -> list[str]:
    with runtime.db.reading() as session:
        return [document.id for _, document, _ in promises.untold(session, OFFICE)]


def findings(runtime) -> list[str]:
    with runtime.db.reading() as session:
        return [found.check for found in verify(session, runtime.files)]


def test_a_household_gets_one_message_with_the_new_day_and_the_move_counts_as_told(runtime):
    switch_on(runtime)

    moved = shortage(runtime, SITI, SITI, SITI, household="h" * 64)

    (message,) = messages(runtime)
    assert (len(moved), message.documents, message.status) == (2, 2, "by_hand")
    with runtime.db.reading() as session:
        (line,) = outbox.lines(session, OFFICE, URL)
        day = session.get_one(Document, moved[0]).promised_on
    assert "2 dokumen kependudukan" in line.text
    assert f"berubah menjadi {short_date(day)}." in line.text
    assert "KTP" not in line.text
    assert untold(runtime) == []
    assert findings(runtime) == []


def test_a_message_goes_on_saying_the_day_it_told_when_the_promise_moves_again(runtime):
    switch_on(runtime)
    (moved,) = shortage(runtime, SITI, SITI)
    with runtime.db.transaction() as session:
        depot = session.get_one(Document, moved).depot_id
        blanks.receive(session, OFFICE, depot, "ktp_el", 5, by=SARI)
        promises.review(session, OFFICE)

    later, sooner = sorted(messages(runtime), key=lambda message: message.promised_on, reverse=True)

    assert later.promised_on > sooner.promised_on
    assert findings(runtime) == []


def test_whoever_no_message_reaches_stays_on_the_list_of_whom_to_tell(runtime):
    switch_on(runtime)
    with runtime.db.transaction() as session:
        outbox.opt_out(session, runtime.keys, OFFICE, BUDI, source="message")

    moved = shortage(runtime, SITI, SITI, BUDI, "")

    assert sorted(message.status for message in messages(runtime)) == ["by_hand", "no_contact", "opted_out"]
    assert untold(runtime) == moved[1:]
    with runtime.db.transaction() as session:
        assert promises.told(session, OFFICE) == 2
    assert untold(runtime) == []


def test_an_office_that_does_not_announce_moves_writes_none_and_keeps_its_list(runtime):
    switch_on(runtime, news=["finished"])

    moved = shortage(runtime, SITI, SITI)

    assert messages(runtime) == []
    assert untold(runtime) == moved
    assert findings(runtime) == []


def test_c19_a_move_without_its_message_and_one_nobody_wanted_are_found(runtime):
    switch_on(runtime)
    shortage(runtime, SITI, BUDI, BUDI)
    with runtime.db.transaction() as session:
        first, second = session.scalars(select(PromiseChange).order_by(PromiseChange.document_id))
        kept = second.message_id
        session.execute(update(PromiseChange).where(PromiseChange.id == first.id).values(message_id=None))
        second.settings_revision = 0

    with runtime.db.reading() as session:
        found = verify(session, runtime.files, only=["moves-told"])

    assert len(found) == 2
    assert kept in str(found)
