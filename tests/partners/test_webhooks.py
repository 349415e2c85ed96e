"""Standard Webhooks, byte for byte."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from partners.base import BadSignature
from partners.webhooks import Secret, signature, verify

# The worked example published for the specification's reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = "1614265330"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
SENT_AT = datetime(2021, 2, 25, 15, 2, 10, tzinfo=UTC)

HEADERS = {"webhook-id": MESSAGE_ID, "webhook-timestamp": TIMESTAMP, "webhook-signature": SIGNATURE}
KNOWN = [Secret.parse(SECRET)]


def test_the_published_example_has_the_published_signature() -> None:
    assert signature(KNOWN[0], MESSAGE_ID, TIMESTAMP, BODY) == SIGNATURE


def test_the_published_example_is_genuine() -> None:
    verified = verify(HEADERS, BODY, KNOWN, SENT_AT)
    assert (verified.message_id, verified.signed_at, verified.fresh) == (MESSAGE_ID, SENT_AT, True)


def test_the_reference_library_signs_the_same() -> None:
    body = '{"nama": "Ibu Sari — Rejosari"}'
    other = Webhook(SECRET).sign("evt_1", SENT_AT, body)
    assert signature(KNOWN[0], "evt_1", TIMESTAMP, body.encode()) == other


@pytest.mark.parametrize("place", range(len(BODY)))
def test_any_changed_byte_of_the_body_is_noticed(place: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= 1
    with pytest.raises(BadSignature):
        verify(HEADERS, bytes(changed), KNOWN, SENT_AT)


def test_a_body_with_more_or_fewer_bytes_is_noticed() -> None:
    for changed in (BODY + b"\n", BODY[:-1], b"", b" " + BODY):
        with pytest.raises(BadSignature):
            verify(HEADERS, changed, KNOWN, SENT_AT)


@pytest.mark.parametrize(
    "changed",
    [
        {"webhook-id": "msg_other"},
        {"webhook-id": ""},
        {"webhook-id": "a.b"},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": " 1614265330"},
        {"webhook-timestamp": "1614265330.0"},
        {"webhook-timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"webhook-timestamp": "9" * 40},
        {"webhook-timestamp": "-5"},
        {"webhook-signature": ""},
        {"webhook-signature": SIGNATURE.removeprefix("v1,")},
        {"webhook-signature": SIGNATURE.replace("v1", "v1a")},
        {"webhook-signature": SIGNATURE.replace("v1", "v2")},
        {"webhook-signature": SIGNATURE.rstrip("=")},
        {"webhook-signature": SIGNATURE.lower()},
        {"webhook-signature": "v1,é\udc80"},
        {"webhook-signature": "v1,"},
    ],
)
def test_any_changed_header_is_noticed(changed: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify(HEADERS | changed, BODY, KNOWN, SENT_AT)


@pytest.mark.parametrize("missing", HEADERS)
def test_all_three_headers_are_needed(missing: str) -> None:
    with pytest.raises(BadSignature):
        verify({name: value for name, value in HEADERS.items() if name != missing}, BODY, KNOWN, SENT_AT)


def test_header_names_come_in_any_case() -> None:
    assert verify({name.title(): value for name, value in HEADERS.items()}, BODY, KNOWN, SENT_AT).fresh


def test_one_fitting_signature_among_others_is_enough() -> None:
    several = HEADERS | {"webhook-signature": f"v1a,whatever v1,bm90IHRoaXMgb25l {SIGNATURE}"}
    assert verify(several, BODY, KNOWN, SENT_AT).fresh


def test_any_active_secret_will_do_and_no_other() -> None:
    other = Secret(b"x" * 32)
    assert verify(HEADERS, BODY, [other, *KNOWN], SENT_AT).fresh
    with pytest.raises(BadSignature):
        verify(HEADERS, BODY, [other], SENT_AT)
    with pytest.raises(BadSignature):
        verify(HEADERS, BODY, [], SENT_AT)


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (300, True), (301, False), (-300, True), (-301, False)])
def test_an_old_or_early_message_is_genuine_but_not_fresh(seconds: int, fresh: bool) -> None:
    assert verify(HEADERS, BODY, KNOWN, SENT_AT + timedelta(seconds=seconds)).fresh is fresh


@pytest.mark.parametrize("written", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_***", "whsec_" + "QUFB" * 30, "rahasia"])
def test_a_weak_or_broken_secret_is_refused_without_being_repeated(written: str) -> None:
    with pytest.raises(ValueError) as mistake:
        Secret.parse(written)
    assert not written or written not in str(mistake.value)


def test_a_secret_never_shows_itself() -> None:
    assert repr(KNOWN) == "[Secret(…)]"
