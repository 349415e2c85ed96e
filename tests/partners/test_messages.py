"""WhatsApp, SMS and e-mail over real sockets: what each takes, refuses and says when it is away."""

import pytest

from partners.base import BadSignature, NotUnderstood, Unreachable
from partners.mail import Mail, MailSettings, is_address
from partners.messages import FATES, Outgoing, Refused, further
from partners.simulator.faults import Fault
from partners.simulator.messages import MailSimulator, SmsSimulator, WhatsAppSimulator
from partners.sms import Sms, SmsSettings
from partners.whatsapp import WhatsApp, WhatsAppSettings

TOKEN, SECRET, VERIFY, NUMBER = "token-1234", "app-secret-1234", "verify-1234", "109876543210"
TO = "6281234567891"
HOSTS = frozenset({"127.0.0.1"})


def whatsapp(meta: WhatsAppSimulator, *, token: str = TOKEN, timeout: float = 5.0) -> WhatsApp:
    return WhatsApp(
        WhatsAppSettings(
            phone_number_id=NUMBER, token=token, app_secret=SECRET, verify_token=VERIFY, base_url=meta.base_url,
            allowed_hosts=HOSTS, timeout=timeout,
        )
    )  # fmt: skip


def sms(gateway: SmsSimulator, *, key: str = "key-12345") -> Sms:
    return Sms(SmsSettings(base_url=gateway.base_url, key=key, sender="DUKCAPIL", allowed_hosts=HOSTS))


def mail(server: MailSimulator) -> Mail:
    return Mail(MailSettings(host="127.0.0.1", port=server.port, user="", password="", sender="antar@blitar.go.id"))


@pytest.fixture
def meta():
    with WhatsAppSimulator(token=TOKEN, app_secret=SECRET, phone_number_id=NUMBER, templates=["selesai"]) as meta:
        yield meta
        assert meta.server.mistakes == []


@pytest.fixture
def gateway():
    with SmsSimulator(key="key-12345") as gateway:
        yield gateway


A_TEMPLATE = Outgoing(id="m1", to=TO, text="Halo", template="selesai", parameters=("Siti\nAminah", "GRATIS", " "))


def test_a_template_goes_out_with_its_parameters_and_our_id(meta):
    reference = whatsapp(meta).send(A_TEMPLATE)

    (taken,) = meta.sent
    assert (taken.reference, taken.our_id, taken.to, taken.template) == (reference, "m1", TO, "selesai")
    assert taken.parameters == ["Siti Aminah", "GRATIS", "-"]  # Meta refuses line ends and empty values


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Outgoing(id="m", to="6281399999999", text="", template="selesai"), "person"),
        (Outgoing(id="m", to=TO, text="", template="unknown"), "account"),
        (Outgoing(id="m", to=TO, text="Halo"), "person"),  # free text outside the day of a person's own word
    ],
)
def test_what_whatsapp_refuses_says_whose_fault_it_is(meta, message, reason):
    meta.unknown_numbers.add("6281399999999")

    with pytest.raises(Refused) as refused:
        whatsapp(meta).send(message)

    assert refused.value.reason == reason


def test_a_wrong_key_is_the_accounts_fault(meta, gateway):
    with pytest.raises(Refused, match="account"):
        whatsapp(meta, token="another-token").send(A_TEMPLATE)
    with pytest.raises(Refused, match="account"):
        sms(gateway, key="another-key").send(Outgoing(id="m", to=TO, text="Halo"))


@pytest.mark.parametrize(
    ("fault", "sent"),
    [(Fault.RESET, True), (Fault.ERROR_500, False), (Fault.TOO_MANY, False), (Fault.REPLY_LOST, True)],
)
def test_a_channel_that_is_away_is_asked_again_later(meta, fault, sent):
    meta.server.faults.add(fault)

    with pytest.raises(Unreachable) as away:
        whatsapp(meta).send(A_TEMPLATE)

    assert away.value.sent is sent


def test_answers_that_make_no_sense_are_not_success(meta):
    for fault in (Fault.REPLY_UNKNOWN_WORD, Fault.REPLY_NOT_JSON, Fault.PROXY_PAGE, Fault.REDIRECT):
        meta.server.faults.add(fault)
        with pytest.raises(NotUnderstood):
            whatsapp(meta).send(A_TEMPLATE)


def test_the_handshake_wants_our_word(meta):
    channel = whatsapp(meta)

    said = channel.challenge({"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "42"})

    assert said == "42"
    for query in ({}, {"hub.mode": "subscribe", "hub.verify_token": "guess", "hub.challenge": "42"}):
        with pytest.raises(BadSignature):
            channel.challenge(query)


def test_t8_only_signed_webhooks_count(meta):
    channel = whatsapp(meta)
    said = {"statuses": [{"id": "wamid.1", "status": "read", "timestamp": "1795000000"}]}
    body, signature = meta.signed(said)

    ((status,), asked) = channel.parse({"X-Hub-Signature-256": signature}, body)

    assert (status.reference, status.fate, asked) == ("wamid.1", "read", [])
    forged = meta.signed(said, secret="another-secret")[1]
    for headers in (
        {},
        {"x-hub-signature-256": forged},
        {"x-hub-signature-256": signature[:-1]},
        {"x-hub-signature-256": "é"},
    ):
        with pytest.raises(BadSignature):
            channel.parse(headers, body)
    with pytest.raises(BadSignature):
        channel.parse({"x-hub-signature-256": signature}, body + b" ")


def test_a_webhook_for_another_number_is_not_ours(meta):
    other = WhatsAppSimulator(token=TOKEN, app_secret=SECRET, phone_number_id="999999999")
    body, signature = other.signed({"messages": [{"id": "w", "from": TO, "timestamp": "1", "text": {"body": "STOP"}}]})
    other.server.close()

    assert whatsapp(meta).parse({"x-hub-signature-256": signature}, body) == ([], [])


def test_fates_only_go_forward():
    for known in ("sent", "delivered", "read", "failed"):
        for told in (*FATES, "failed"):
            if further(known, told):
                assert known == "failed" or told == "failed" or FATES.index(told) > FATES.index(known)
    assert not further("delivered", "failed")
    assert not further("read", "sent")


def test_a_gateway_takes_one_message_once(gateway):
    channel = sms(gateway)
    said = Outgoing(id="m1", to=TO, text="Halo")
    gateway.server.faults.add(Fault.REPLY_LOST)
    with pytest.raises(Unreachable):
        channel.send(said)

    assert channel.send(said) == "sms-1"
    assert [taken.said for taken in gateway.sent] == ["Halo"]
    gateway.unknown_numbers.add(TO)
    with pytest.raises(Refused, match="person"):
        channel.send(said)


def test_mail_goes_out_with_the_same_message_id_for_every_try():
    with MailSimulator() as server:
        said = Outgoing(id="m1", to="siti@contoh.id", text="Halo, biaya: GRATIS — Dukcapil", subject="Kabar dokumen")
        first, second = mail(server).send(said), mail(server).send(said)

    assert first == second == "<m1@blitar.go.id>"
    assert b"Subject: Kabar dokumen" in server.mails[0]


def test_mail_that_is_refused_or_away():
    said = Outgoing(id="m1", to="siti@contoh.id", text="Halo", subject="Kabar")
    with MailSimulator(refuse=550) as server, pytest.raises(Refused, match="person"):
        mail(server).send(said)
    with MailSimulator(refuse=450) as server, pytest.raises(Unreachable):
        mail(server).send(said)
    with MailSimulator(fail=554) as server, pytest.raises(Refused, match="message"):
        mail(server).send(said)
    with pytest.raises(Unreachable):
        mail(server).send(said)  # closed by now


def test_mail_never_goes_out_in_the_clear_and_no_address_carries_a_header():
    assert is_address("siti.aminah+1@contoh.co.id")
    for text in ("", "siti", "a@b", "a@b.id\nBcc: x@y.id", "a b@c.id", "a@b.id,c@d.id", "<a@b.id>"):
        assert not is_address(text)
    with pytest.raises(ValueError):
        MailSettings(host="x\ny", port=25, user="", password="", sender="a@b.id")


def test_no_account_shows_its_secrets():
    settings = WhatsAppSettings(phone_number_id=NUMBER, token=TOKEN, app_secret=SECRET, verify_token=VERIFY)

    assert TOKEN not in repr(settings)
    assert SECRET not in repr(settings)
    with pytest.raises(ValueError):
        WhatsApp(
            WhatsAppSettings(
                phone_number_id=NUMBER, token=TOKEN, app_secret=SECRET, verify_token=VERIFY, base_url="https://10.0.0.1"
            )
        )
