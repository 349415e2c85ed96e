"""One message for each person and change, written with the change itself, and nothing that is nobody's business."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, select, text

from dispatch.errors import Invalid
from dispatch.services import message_settings, outbox, policy_changes
from dispatch.services.message_settings import Wanted
from dispatch.services.message_words import TEMPLATES, Facts, mistakes, written
from dispatch.services.practices import practice_named
from dispatch.services.verify import verify
from dispatch.store.audit import SYSTEM
from dispatch.store.models import Announced, Document, Job, Recipient
from dispatch.store.states import move, move_all
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, TUESDAY, finished, villages
from tests.dispatch.stories import all_is_well, documents_of, under_way, village_of, village_phone
from tests.dispatch.told import BUDI, SITI, people, switch_on, told

PAGE = {"Accept": "text/html"}
URL = "http://localhost"


def texts(runtime) -> list[str]:
    with runtime.db.reading() as session:
        said = {line.message.id: line.text for line in outbox.lines(session, OFFICE, URL)}
    return [said[message.id] for message in told(runtime, at_work=False)]


def test_an_office_that_switched_nothing_on_sends_nothing_and_sees_what_it_would_say(runtime, sign_in):
    people(runtime, SITI)

    page = sign_in("dispatcher").get("/messages", headers=PAGE).text

    assert told(runtime) == []
    assert "Pesan belum dinyalakan" in page
    assert "Yth. Siti 0, 1 dokumen kependudukan Anda (nomor R0) sudah selesai" in page


def test_each_change_is_told_once_from_the_print_to_the_hand_over(app, runtime):
    switch_on(runtime)
    day, courier = under_way(app, runtime, on_route=((1,),))
    courier.confirm(day.stop_ids[0])
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    desk.count(day.batch_ids[0])
    desk.hand(documents_of(runtime, day.batch_ids[0])[0].id)

    assert [message.news for message in told(runtime)] == ["finished", "on_the_way", "waiting", "delivered"]
    assert {message.status for message in told(runtime)} == {"no_contact"}
    assert all_is_well(runtime)


def test_a_household_gets_one_message_for_one_change(runtime):
    switch_on(runtime)

    people(runtime, "", SITI, household="h" * 64)

    (message,) = told(runtime)
    assert (message.documents, message.status) == (2, "by_hand")
    assert "2 dokumen kependudukan" in texts(runtime)[0]
    assert all_is_well(runtime)


def test_neighbours_get_one_each(runtime):
    switch_on(runtime)

    people(runtime, SITI, BUDI)

    assert [message.documents for message in told(runtime)] == [1, 1]


def test_of_several_changes_in_one_go_the_last_is_told(runtime):
    switch_on(runtime, news=["finished", "held"])
    with runtime.db.transaction() as session:
        document_id = people_in(session)
        move(session, session.get_one(Document, document_id), "held", by=SYSTEM, why="address")

    (message,) = told(runtime)
    assert message.news == "held"
    assert all_is_well(runtime)


def people_in(session) -> str:
    return finished(session, villages(session)[1], 1)[0].id


def test_what_the_office_does_not_announce_makes_no_row(runtime):
    switch_on(runtime, news=["delivered"])

    people(runtime, SITI)

    assert told(runtime) == []
    assert all_is_well(runtime)


def test_a_change_that_is_rolled_back_tells_nobody(runtime):
    switch_on(runtime)
    with pytest.raises(RuntimeError), runtime.db.transaction() as session:
        people_in(session)
        raise RuntimeError

    assert told(runtime) == []


def test_the_fee_is_gratis_or_the_exact_amount(runtime):
    switch_on(runtime)
    people(runtime, SITI)
    with runtime.db.transaction() as session:
        policy_changes.apply(session, OFFICE, practice_named("nganjuk_cod"), valid_from=TUESDAY, by=SARI)
    people(runtime, BUDI)

    free, paid = texts(runtime)

    assert "Biaya: GRATIS." in free
    assert "Biaya: Rp 20.000." in paid


@pytest.mark.parametrize("kind", ["kia", "akta_kematian", "akta_perceraian", "akta_pengangkatan", "akta_kelahiran"])
def test_a_child_or_a_deceased_is_not_greeted_and_no_kind_is_named(runtime, kind):
    switch_on(runtime)
    with runtime.db.transaction() as session:
        (document,) = finished(session, villages(session)[1], 1)
        document.kind = kind

    (said,) = texts(runtime)

    assert "Yth. Bapak/Ibu" in said
    assert "Siti" not in said
    assert not any(word in said.lower() for word in ("akta", "kia", "ktp", "cerai", "mati", "anak", "lahir"))


def test_a_clerk_works_through_the_list_with_one_click_each(runtime, sign_in):
    switch_on(runtime)
    people(runtime, SITI)
    (message,) = told(runtime)
    clerk = sign_in("dispatcher")
    assert "Buka WhatsApp" in clerk.get("/messages/by-hand", headers=PAGE).text

    opened = clerk.post(f"/messages/{message.id}/open", headers=PAGE)
    again = clerk.post(f"/messages/{message.id}/open", headers=PAGE)

    assert opened.status_code == 200
    assert "https://wa.me/6281234567891?text=Yth.%20Siti" in opened.text
    assert "GRATIS" in unquote(opened.text)
    assert again.status_code == 303  # two clerks do not send it twice
    (sent,) = told(runtime)
    assert (sent.status, sent.channel, sent.sent_by[:5]) == ("sent", "clerk", "user:")
    assert "Buka WhatsApp" not in clerk.get("/messages/by-hand/list").text
    assert all_is_well(runtime)


def test_whoever_wants_no_messages_gets_none_and_only_a_hash_is_kept(runtime, sign_in):
    switch_on(runtime)
    clerk = sign_in("dispatcher")
    clerk.post("/messages/opt-out", data={"phone": "+62 812-3456-7891", "wants": "0"}, headers=PAGE)
    people(runtime, SITI)
    assert [message.status for message in told(runtime)] == ["opted_out"]
    with runtime.db.reading() as session:
        assert "1234567891" not in str(session.execute(text("SELECT * FROM opt_out")).all())

    clerk.post("/messages/opt-out", data={"phone": SITI, "wants": "1"}, headers=PAGE)
    people(runtime, SITI)

    assert [message.status for message in told(runtime)] == ["opted_out", "by_hand"]


def test_what_waits_when_the_office_switches_off_is_not_sent_and_can_be_sent_later(runtime, sign_in):
    switch_on(runtime)
    people(runtime, SITI)
    with runtime.db.transaction() as session:
        message_settings.decide(session, OFFICE, Wanted(is_on=False), by=SARI)
    (stopped,) = told(runtime)
    assert stopped.status == "stopped"
    switch_on(runtime)

    assert sign_in("dispatcher").post(f"/messages/{stopped.id}/again", headers=PAGE).status_code == 303

    assert [message.status for message in told(runtime)] == ["by_hand"]
    assert all_is_well(runtime)


def test_a_late_job_of_an_earlier_round_changes_nothing(runtime):
    switch_on(runtime)
    people(runtime, "")
    (message,) = told(runtime)
    with runtime.db.transaction() as session:
        outbox.send_again(session, OFFICE, message.id)
    with runtime.db.transaction() as session:
        job = session.scalars(select(Job).where(Job.ref == f"{message.id}:1")).one()
        job.ref = f"{message.id}:0"

    assert told(runtime)[0].status == "waiting"


def test_settings_are_decided_on_the_page_and_bad_words_are_refused(runtime, sign_in):
    boss = sign_in("supervisor")
    form = {f"text_{news}": words for news, words in TEMPLATES.items()} | {
        "is_on": "1", "news_delivered": "1", "order_clerk": "1", "quiet_start": "21:00", "quiet_end": "06:30",
    }  # fmt: skip
    refused = boss.post(
        "/messages/settings", data={**form, "text_held": "Bayar dulu di kantor ya, {nik}"}, headers=PAGE
    )
    taken = boss.post("/messages/settings", data=form, headers=PAGE)
    with runtime.db.reading() as session:
        settings = outbox.settings_of(session, OFFICE)

    assert (refused.status_code, taken.status_code, settings.revision) == (303, 303, 1)
    assert (settings.news, settings.channels) == (["delivered"], ["clerk"])
    assert (settings.quiet_start_s, settings.quiet_end_s) == (21 * 3600, 6 * 3600 + 1800)
    page = boss.get("/messages/settings", headers=PAGE).text
    assert 'value="21:00"' in page
    assert sign_in("admin").get("/messages/settings", headers=PAGE).status_code == 200
    assert sign_in("dispatcher").get("/messages/settings", headers=PAGE).status_code == 403


def test_a_text_must_name_the_fee_and_nothing_unknown():
    assert mistakes(TEMPLATES["finished"]) == []
    assert mistakes("Dokumen Anda sudah selesai dicetak.") == ["biaya harus disebut: pakai {biaya}"]
    assert "{nik} tidak dikenal" in mistakes("Halo {nik}, biayanya {biaya} ya bapak ibu.")
    assert any("16 angka" in reason for reason in mistakes("Bayar ke 3505014107900001, biaya {biaya}"))
    with pytest.raises(Invalid):
        Wanted(is_on=True, channels=["pigeon"])


def test_a_name_that_looks_like_a_placeholder_is_only_a_name():
    facts = Facts(
        name="{biaya}", documents=1, request_number="auto-abc", place="", promised_on=date(2026, 11, 27),
        fee_rupiah=0, office="Kabupaten Blitar", check_url="https://x/status",
    )  # fmt: skip

    said = written("{nama} {nomor} {biaya}", facts)

    assert said == "{biaya} - GRATIS"


@pytest.mark.parametrize(
    ("local", "ends"),
    [
        ("2026-11-24T19:59", None),
        ("2026-11-24T20:00", "2026-11-25T07:00"),
        ("2026-11-24T23:59", "2026-11-25T07:00"),
        ("2026-11-25T03:00", "2026-11-25T07:00"),
        ("2026-11-25T07:00", None),
    ],
)
def test_quiet_hours_go_over_midnight_in_the_offices_own_time(session, local, ends):
    settings = message_settings.decide(session, OFFICE, Wanted(is_on=True), by=SARI)
    wib = timedelta(hours=7)
    at = datetime.fromisoformat(local).replace(tzinfo=UTC) - wib

    until = message_settings.quiet_until(session, settings, at)

    assert until == (datetime.fromisoformat(ends).replace(tzinfo=UTC) - wib if ends else None)


def test_c19_an_unannounced_change_and_an_unwanted_message_are_found(runtime):
    switch_on(runtime, news=["finished"])
    document_ids = people(runtime, SITI, BUDI)
    with runtime.db.transaction() as session:
        session.execute(delete(Announced).where(Announced.event_seq == select_seq(session, document_ids[0])))
        row = session.scalars(select(Announced)).first()
        document = session.get_one(Document, document_ids[1])
        move_all(session, [document], "held", by=SYSTEM)
        session.info.pop("changes")
        session.flush()
        held = session.scalar(text("SELECT MAX(seq) FROM event").columns(seq=Announced.event_seq.type))
        session.add(Announced(office=OFFICE, event_seq=held, message_id=row.message_id))

    with runtime.db.reading() as session:
        found = verify(session, runtime.files, only=["announced", "message-tells"])

    assert [finding.check for finding in found] == ["announced", "announced", "message-tells"]


def select_seq(session, document_id: str) -> int:
    return session.scalar(
        text("SELECT seq FROM event WHERE subject_id = :id")
        .bindparams(id=document_id)
        .columns(seq=Announced.event_seq.type)
    )


def test_nothing_of_a_message_says_more_than_it_must(runtime, sign_in, caplog):
    """C27 for what is sent: NIK, name, address and kind are nowhere, the phone only where it is dialled."""
    switch_on(runtime)
    with runtime.db.transaction() as session:
        (document,) = finished(session, villages(session)[1], 1)
        document.kind = "akta_perceraian"
        person = session.get_one(Recipient, document.recipient_id)
        person.name, person.phone, person.address = "KANARIA KUNING", "081399988877", "Jl. Rahasia 7"
    with caplog.at_level("DEBUG"):
        told(runtime)

    with runtime.db.reading() as session:
        kept = str(session.execute(text("SELECT * FROM message")).all())
        jobs = str(session.execute(text("SELECT * FROM job")).all())
    (said,) = texts(runtime)

    for where in (kept, jobs, caplog.text, said):
        for secret in ("KANARIA", "81399988877", "Rahasia", "3505014107900001", "perceraian"):
            assert secret not in where
