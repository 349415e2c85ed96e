"""Messages by WhatsApp, SMS and e-mail, against simulators over real HTTP; and what people write back."""

import threading
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from werkzeug.serving import make_server

from dispatch.commands import Commands
from dispatch.jobs import perform_due
from dispatch.services import channel_accounts
from dispatch.store.models import Document, Message, Recipient
from partners.simulator.faults import Fault
from partners.simulator.messages import MailSimulator, SmsSimulator, WhatsAppSimulator
from tests.databases import OFFICE
from tests.dispatch.stories import all_is_well, open_cases
from tests.dispatch.told import SITI, people, switch_on, told

TOKEN, SECRET, VERIFY, NUMBER = "token-1234", "app-secret-1234", "verify-1234", "109876543210"
TO = "6281234567891"


@pytest.fixture
def meta(app, runtime):
    """Meta's side, with the application behind a real socket for its webhooks."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/callbacks/{OFFICE}/whatsapp"
    with WhatsAppSimulator(
        token=TOKEN, app_secret=SECRET, phone_number_id=NUMBER, templates=["antar_selesai"], webhook_url=url
    ) as meta:
        account(runtime, "whatsapp", phone_number_id=NUMBER, token=TOKEN, app_secret=SECRET, verify_token=VERIFY,
                base_url=meta.base_url)  # fmt: skip
        yield meta
        assert meta.server.mistakes == []
    server.shutdown()
    thread.join()
    server.server_close()


def account(runtime, channel: str, **given: str) -> None:
    with runtime.db.transaction() as session:
        channel_accounts.set_account(session, runtime.keys, OFFICE, channel, given)


def on_whatsapp(runtime, *more: str) -> None:
    switch_on(runtime, channels=["whatsapp", *more], whatsapp_templates={"finished": "antar_selesai"})


def test_a_message_goes_out_as_the_approved_template_with_the_fee(runtime, meta):
    on_whatsapp(runtime)
    people(runtime, SITI)

    (message,) = told(runtime)

    (taken,) = meta.sent
    assert (message.status, message.partner_reference, taken.our_id) == ("sent", taken.reference, message.id)
    assert (taken.to, taken.template) == (TO, "antar_selesai")
    assert taken.parameters[:3] == ["Siti 0", "1 dokumen kependudukan", "R0"]
    assert "GRATIS" in taken.parameters
    assert all_is_well(runtime)


def test_what_became_of_it_only_goes_forward(runtime, meta):
    on_whatsapp(runtime)
    people(runtime, SITI)
    told(runtime)
    (taken,) = meta.sent

    for status in ("read", "delivered", "read", "sent", "failed"):
        assert meta.tell(taken, status) == 204

    assert [message.status for message in told(runtime)] == ["read"]


def test_t8_a_forged_word_changes_nothing_and_is_not_kept(runtime, meta):
    on_whatsapp(runtime)
    people(runtime, SITI)
    told(runtime)

    assert meta.tell(meta.sent[0], "read", secret="somebody-else") == 401

    assert [message.status for message in told(runtime)] == ["sent"]
    with runtime.db.reading() as session:
        assert session.execute(text("SELECT COUNT(*) FROM channel_event")).scalar() == 0


def test_a_number_without_whatsapp_gets_the_next_channel(runtime, meta):
    with SmsSimulator(key="key-12345") as gateway:
        account(runtime, "sms", base_url=gateway.base_url, key="key-12345", sender="DUKCAPIL")
        meta.unknown_numbers.add(TO)
        on_whatsapp(runtime, "sms")
        people(runtime, SITI)

        (message,) = told(runtime)

        assert (message.channel, message.status) == ("sms", "sent")
        assert "Biaya: GRATIS" in gateway.sent[0].said


def test_a_number_that_meta_gives_up_later_goes_to_the_clerk(runtime, meta):
    on_whatsapp(runtime, "clerk")
    people(runtime, SITI)
    told(runtime)

    meta.tell(meta.sent[0], "failed", code=131026)

    (message,) = told(runtime)
    assert (message.channel, message.status) == ("clerk", "by_hand")


def test_a_channel_that_is_away_is_tried_again_with_growing_pauses(runtime, meta, clock):
    on_whatsapp(runtime, "clerk")
    meta.server.faults.add(Fault.ERROR_500, times=2)
    people(runtime, SITI)

    (first,) = told(runtime)
    clock.advance(timedelta(minutes=1))
    (second,) = told(runtime)
    clock.advance(timedelta(minutes=4))
    (not_yet,) = told(runtime)
    clock.advance(timedelta(minutes=1))
    (third,) = told(runtime)

    assert [(m.status, m.tries) for m in (first, second, not_yet, third)] == [
        ("waiting", 1), ("waiting", 2), ("waiting", 2), ("sent", 3),
    ]  # fmt: skip
    assert len(meta.sent) == 1


def test_a_lost_answer_means_sent_again_with_the_same_id_unless_its_fate_came_first(runtime, meta, clock):
    on_whatsapp(runtime)
    meta.server.faults.add(Fault.REPLY_LOST, times=1)
    people(runtime, SITI)
    (message,) = told(runtime)
    assert message.status == "waiting"

    meta.tell(meta.sent[0], "delivered")
    clock.advance(timedelta(minutes=5))

    assert [message.status for message in told(runtime)] == ["delivered"]
    assert len(meta.sent) == 1


def test_a_broken_account_is_a_case_and_not_silence(runtime, meta):
    account(runtime, "whatsapp", phone_number_id=NUMBER, token="expired-token", app_secret=SECRET, verify_token=VERIFY,
            base_url=meta.base_url)  # fmt: skip
    on_whatsapp(runtime, "clerk")

    people(runtime, SITI, "081234567893")

    assert [message.status for message in told(runtime)] == ["by_hand", "by_hand"]
    assert open_cases(runtime) == ["channel_account"]


def test_nothing_goes_out_in_quiet_hours_and_everything_in_the_morning(runtime, meta, clock):
    on_whatsapp(runtime)
    clock.advance(timedelta(hours=13))  # 21.00
    people(runtime, SITI)

    (message,) = told(runtime)
    assert (message.status, meta.sent) == ("waiting", [])
    clock.advance(timedelta(hours=10))  # 07.00

    assert [message.status for message in told(runtime)] == ["sent"]


def test_mail_reaches_who_has_an_address_and_no_number(runtime):
    with MailSimulator() as server:
        account(runtime, "email", host="127.0.0.1", port=str(server.port), sender="antar@blitarkab.go.id")
        switch_on(runtime, channels=["whatsapp", "email"])
        (document_id,) = people(runtime, "")
        with runtime.db.transaction() as session:
            person = session.get_one(Document, document_id).recipient_id
            session.get_one(Recipient, person).email = "siti@contoh.id"

        assert [(m.channel, m.status) for m in told(runtime)] == [("email", "sent")]
        assert b"To: siti@contoh.id" in server.mails[0]


def test_an_address_comes_in_with_the_document(sign_in, runtime):
    row = {
        "request_number": "E-1", "kind": "KTP-el", "nik": "3505014107900001", "name": "SITI", "email": "siti@contoh.id",
        "village_code": "35.05.01.2003", "printed_on": "2026-11-24",
    }  # fmt: skip
    clerk = sign_in("dispatcher")

    taken = clerk.post("/api/v1/documents", json=row)
    wrong = clerk.post("/api/v1/documents", json={**row, "request_number": "E-2", "email": "a@b"})

    assert taken.status_code < 300, taken.text
    assert "email_shape" in wrong.text or "e-mail" in wrong.text
    with runtime.db.reading() as session:
        assert session.scalars(select(Recipient.email)).all() == ["siti@contoh.id"]


# What people write.


def answers(runtime, meta) -> list[str]:
    perform_due(runtime)
    return [taken.said for taken in meta.sent if not taken.template]


def test_a_question_is_answered_with_state_place_fee_and_no_more(runtime, meta):
    people(runtime, SITI)

    meta.ask(TO, "status r0 7891")

    (said,) = answers(runtime, meta)
    assert "Sudah selesai dicetak. Akan diantar ke Kantor Desa" in said
    assert "Biaya: GRATIS." in said
    assert not any(word in said for word in ("Siti", "3505014107900001", "KTP", SITI))


def test_t3_unknown_wrong_and_foreign_sound_the_same(runtime, meta):
    people(runtime, SITI)
    people(runtime, SITI, office="35.03")

    for words in ("STATUS R0 0000", "STATUS R999 7891", "STATUS R1 7891", "STATUS R0 01-01-1900"):
        meta.ask(TO, words)

    said = answers(runtime, meta)
    assert len(said) == 4
    assert len(set(said)) == 1


def test_a_birth_date_is_a_second_factor_too(runtime, meta):
    people(runtime, "")

    meta.ask(TO, "R0 01-07-1990")
    perform_due(runtime)
    meta.ask(TO, "R0 01-07-1991")

    right, wrong = answers(runtime, meta)
    assert "Sudah selesai dicetak" in right
    assert "tidak cocok" in wrong


def test_t21_guessing_one_number_is_slowed_down_and_a_flood_is_not_answered(runtime, meta):
    people(runtime, SITI)
    for guess in range(25):
        meta.ask(TO, f"STATUS R0 {guess:04}")

    said = answers(runtime, meta)

    assert sum("tidak cocok" in one for one in said) == 5
    assert sum("Terlalu banyak" in one for one in said) == 15
    assert len(said) == 20


def test_stop_and_start_are_obeyed_once_and_sent_twice_they_count_once(runtime, meta):
    on_whatsapp(runtime)
    meta.ask(TO, "Berhenti!", message_id="wamid.stop")
    meta.ask(TO, "Berhenti!", message_id="wamid.stop")
    perform_due(runtime)
    people(runtime, SITI)
    assert [message.status for message in told(runtime)] == ["opted_out"]

    meta.ask(TO, "mulai")
    perform_due(runtime)
    people(runtime, SITI)

    assert [message.status for message in told(runtime)] == ["opted_out", "sent"]
    assert len(answers(runtime, meta)) == 2


def test_whoever_writes_something_else_is_told_how_to_ask(runtime, meta):
    meta.ask(TO, "Assalamualaikum, KTP saya sudah jadi?")

    assert "STATUS <nomor permohonan>" in answers(runtime, meta)[0]


def test_what_a_person_wrote_is_sealed_and_gone_once_it_is_answered(runtime, meta):
    meta.ask(TO, "STATUS R0 7891 rahasia")
    with runtime.db.reading() as session:
        waiting = str(session.execute(text("SELECT * FROM channel_event")).all())
    perform_due(runtime)
    with runtime.db.reading() as session:
        (left,) = session.execute(text("SELECT content_sealed FROM channel_event")).scalars()

    assert TO not in waiting
    assert "rahasia" not in waiting
    assert left == ""


def test_the_handshake_over_http(app, meta):
    client = app.test_client()
    path = f"/callbacks/{OFFICE}/whatsapp?hub.mode=subscribe&hub.challenge=42&hub.verify_token="

    assert client.get(path + VERIFY).text == "42"
    assert client.get(path + "guess").status_code == 401
    assert client.get(path.replace(OFFICE, "35.03") + VERIFY).status_code == 401


def test_accounts_are_set_at_the_shell_and_sealed(runtime, monkeypatch):
    for name, value in {
        "ANTAR_HOME": str(runtime.settings.home),
        "ANTAR_DATABASE_URL": runtime.settings.database_url,
        "ANTAR_KEY_FILE": str(runtime.settings.key_file),
    }.items():
        monkeypatch.setenv(name, value)
    words = ["channel", "set", "sms", "--office", OFFICE, "--url", "https://gateway.example", "--sender", "DUKCAPIL"]

    done = CliRunner().invoke(Commands(), words, input="a-very-secret-key\n")

    assert done.exit_code == 0, done.output
    assert "secret" not in done.output
    with runtime.db.reading() as session:
        assert "secret" not in str(session.execute(text("SELECT * FROM channel_account")).all())
        assert channel_accounts.channel_of(session, runtime.keys, OFFICE, "sms") is not None
    assert CliRunner().invoke(Commands(), [*words[:-4], "--sender", "X"], input="k\n").exit_code == 1


def test_a_retried_message_row_is_still_one(runtime, meta):
    on_whatsapp(runtime)
    people(runtime, SITI)
    told(runtime)
    with runtime.db.reading() as session:
        assert session.scalars(select(Message.round)).all() == [0]
