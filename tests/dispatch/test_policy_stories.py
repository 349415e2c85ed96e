"""Release policies at work: dated decisions, doors that ask, phones that were offline, and documents that come back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from dispatch.errors import Invalid
from dispatch.services import policies, policy_changes
from dispatch.services.delivery import Report, record
from dispatch.services.practices import practice_named, practices
from dispatch.store.db import new_id
from dispatch.store.models import Attempt, Batch, Document, ExceptionCase, Proof, Recipient, ReleasePolicy, Stop
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import (
    JSON,
    a_day,
    all_is_well,
    courier_phone,
    documents_of,
    held,
    open_cases,
    rows,
    states,
    under_way,
)

HOUSEHOLD = "35.05.01.2001-01".ljust(64, "0")
WEDNESDAY = TUESDAY + timedelta(days=1)


def adopt(runtime, practice: str, **how) -> None:
    with runtime.db.transaction() as session:
        policy_changes.apply(session, OFFICE, practice_named(practice), **{"valid_from": TUESDAY, "by": SARI, **how})


def in_force(runtime, kind: str, on: date = TUESDAY, office: str = OFFICE) -> policies.ReleasePolicy:
    with runtime.db.reading() as session:
        return policies.policy_for(session, office, kind, on)


def at_home(app, runtime, *, kinds=("ktp_el",), again=()):
    """One envelope on its way to one home."""
    day = a_day(runtime, on_route=((len(kinds),),), destination="home", again=again)
    with runtime.db.transaction() as session:
        session.execute(update(Batch).where(Batch.id == day.batch_ids[0]).values(household=HOUSEHOLD))
        for document, kind in zip(documents_of(runtime, day.batch_ids[0]), kinds, strict=True):
            session.execute(update(Document).where(Document.id == document.id).values(kind=kind))
            person = update(Recipient).where(Recipient.id == document.recipient_id)
            session.execute(person.values(household=HOUSEHOLD))
    phone = courier_phone(app, runtime, day.route_id)
    assert phone.load(day.batch_ids).status_code == 200
    return day, phone


def heard(runtime, day, **said) -> Proof:
    """The confirmation of a phone that was offline, as it is let count."""
    report = Report(**{"source": "link:x", "event_id": new_id(), "kind": "delivered", "received_by": "Bu Sari", **said})
    with runtime.db.transaction() as session:
        proof = record(session, session.get_one(Stop, day.stop_ids[0]), report, by=SARI)
        session.expunge_all()
    return proof


def counted_in(sign_in, day) -> dict:
    return sign_in("dispatcher").post(f"/api/v1/routes/{day.route_id}/return", json={"all": True}).json


def failed_attempts(runtime) -> list[tuple[str, str, date | None]]:
    return [(a.next_step, a.next_place, a.next_until) for a in rows(runtime, Attempt) if a.state == "failed"]


def test_an_office_starts_with_a_practice(runtime):
    assert in_force(runtime, "ktp_el").practice == "blitar_salam"
    assert in_force(runtime, "ktp_el", office=OTHER_OFFICE).practice == "trenggalek_blojek"
    assert in_force(runtime, "kia").receivers == {"family", "proxy", "village_officer"}
    assert all_is_well(runtime)


def test_every_practice_is_kept_as_it_is_written(runtime):
    """Through the rows and back, for a kind with its own rule and one without."""
    for days, practice in enumerate(practices().values()):
        day = TUESDAY + timedelta(days=days)
        adopt(runtime, practice.name, valid_from=day)
        for kind in ("ktp_el", "kia", "kk"):
            found, given = in_force(runtime, kind, day), practice.for_kind(kind)
            assert {name: getattr(found, name) for name in given.__dataclass_fields__} == {
                name: getattr(given, name) for name in given.__dataclass_fields__
            }
    assert all_is_well(runtime)


def test_a_policy_holds_from_its_day_on_and_the_older_ones_stay(runtime):
    adopt(runtime, "nganjuk_cod", valid_from=WEDNESDAY)

    assert in_force(runtime, "ktp_el", TUESDAY).practice == "blitar_salam"
    assert in_force(runtime, "ktp_el", WEDNESDAY).swap_old_card
    assert not in_force(runtime, "kk", WEDNESDAY).swap_old_card
    adopt(runtime, "garut_pos", valid_from=WEDNESDAY)

    assert in_force(runtime, "ktp_el", WEDNESDAY).practice == "garut_pos"  # of one day the last word counts
    assert not in_force(runtime, "ktp_el", WEDNESDAY).swap_old_card  # and for every kind
    assert [row.revision for row in rows(runtime, ReleasePolicy) if row.office == OFFICE and row.kind == ""] == [
        1,
        1,
        2,
    ]


def test_one_kind_may_have_a_rule_of_its_own(runtime):
    adopt(runtime, "garut_pos", kind="ktp_el")

    assert in_force(runtime, "ktp_el").receivers == {"holder"}
    assert in_force(runtime, "kk").practice == "blitar_salam"


@pytest.mark.parametrize(
    ("change", "field"), [({"valid_from": TUESDAY - timedelta(days=1)}, "valid_from"), ({"kind": "ikd"}, "kind")]
)
def test_the_past_and_what_nobody_carries_have_no_policy(runtime, change, field):
    with pytest.raises(Invalid) as refused:
        adopt(runtime, "garut_pos", **change)

    assert [error.field for error in refused.value.fields] == [field]


def test_nobody_home_twice_and_it_waits_at_the_village(app, runtime, sign_in):
    """The second attempt uses up the policy; the document leaves again, to the village office, until its day."""
    day, phone = at_home(app, runtime)
    phone.confirm(day.stop_ids[0], "failed", reason="TIDAK_DI_RUMAH")
    first = counted_in(sign_in, day)
    (document,) = documents_of(runtime, day.batch_ids[0])
    assert (first["ready"], document.destination) == ([document.code], "home")

    day, phone = at_home(app, runtime, again=[document])
    phone.confirm(day.stop_ids[0], "failed", reason="TIDAK_DI_RUMAH")
    second = counted_in(sign_in, day)

    (document,) = documents_of(runtime, day.batch_ids[0])
    assert (second["ready"], document.destination) == ([document.code], "village_office")
    assert failed_attempts(runtime) == [("retry", "", None), ("wait", "village_office", date(2026, 12, 22))]
    assert all_is_well(runtime)


def test_rain_is_no_attempt(app, runtime, sign_in):
    adopt(runtime, "pati_pos")  # one attempt only
    day, phone = at_home(app, runtime)

    phone.confirm(day.stop_ids[0], "failed", reason="CUACA_AKSES")
    back = counted_in(sign_in, day)

    assert len(back["ready"]) == 1
    assert failed_attempts(runtime) == [("retry", "", None)]


def test_no_old_card_no_new_card(app, runtime, sign_in):
    """The document comes back with the rider and waits in the office until the citizen comes with the old card."""
    adopt(runtime, "nganjuk_cod")
    day, phone = at_home(app, runtime, kinds=("ktp_el", "kk"))

    phone.confirm(day.stop_ids[0], "failed", reason="KTP_LAMA_TIDAK_DISERAHKAN")
    back = counted_in(sign_in, day)

    assert (len(back["ready"]), len(back["held"])) == (1, 1)  # the family card may be tried again
    assert ("wait", "office", date(2026, 12, 22)) in failed_attempts(runtime)
    assert all_is_well(runtime)


def test_a_policy_of_tomorrow_changes_nothing_about_today(app, runtime, sign_in):
    day, phone = at_home(app, runtime)
    phone.confirm(day.stop_ids[0], "failed", reason="TIDAK_DI_RUMAH")
    adopt(runtime, "pati_pos")

    back = counted_in(sign_in, day)

    assert len(back["ready"]) == 1
    (attempt,) = rows(runtime, Attempt)
    with runtime.db.reading() as session:
        assert session.get_one(ReleasePolicy, attempt.policy_id).practice == "blitar_salam"


def test_a_page_that_is_open_refuses_a_neighbour(app, runtime):
    """The rider still stands at the door and can take the document along."""
    day, phone = at_home(app, runtime)

    answer = phone.confirm(day.stop_ids[0], received_by="Pak Budi", relation="Tetangga")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == ["relation"]
    assert "Keluarga satu KK" in answer.json["errors"][0]["reason"]
    assert held(runtime, day.batch_ids[0]) == [("out", "courier")]
    assert list(rows(runtime, Proof)) == []


def test_what_happened_offline_counts_and_is_shown_to_a_person(app, runtime):
    """The neighbour has it: refusing to hear so would only lose the truth."""
    day, _ = at_home(app, runtime)

    proof = heard(runtime, day, relation="Tetangga")

    assert (proof.gaps, proof.is_conflict) == ("relation", False)
    assert held(runtime, day.batch_ids[0]) == [("delivered", "citizen")]
    assert open_cases(runtime) == ["proof_lacking"]
    (case,) = rows(runtime, ExceptionCase)
    assert "Penerima: Tetangga" in case.detail
    assert "Sari" not in case.detail
    assert all_is_well(runtime)


def test_the_same_confirmation_again_is_no_second_case(app, runtime):
    day, _ = at_home(app, runtime)
    event_id = new_id()

    first = heard(runtime, day, event_id=event_id, relation="Tetangga")
    again = heard(runtime, day, event_id=event_id, relation="Tetangga")

    assert first.id == again.id
    assert open_cases(runtime) == ["proof_lacking"]


def test_what_already_counted_is_sent_again_by_the_plain_page_and_gets_its_receipt_again(app, runtime):
    """The answer to the app was lost; the open page would refuse it as new, but it is not new."""
    day, phone = at_home(app, runtime)
    said = {
        "event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Pak Budi",
        "relation": "Tetangga",
    }  # fmt: skip

    (first,) = phone.send(said)
    again = phone.client.post("/c/proofs", data=said, headers=JSON)

    assert again.status_code == 200, again.text
    assert again.json | first["receipt"] == again.json
    assert [proof.gaps for proof in rows(runtime, Proof)] == ["relation"]


def test_the_plain_page_has_a_place_for_the_old_card_it_asks_for(app, runtime):
    adopt(runtime, "nganjuk_cod")
    day, phone = at_home(app, runtime)
    said = {
        "event_id": new_id(), "stop_id": day.stop_ids[0], "kind": "delivered", "received_by": "Bu Sari",
        "relation": "Keluarga satu KK",
    }  # fmt: skip

    asked = phone.client.post("/c/proofs", data=said, headers={"Accept": "text/html"})
    taken = phone.client.post("/c/proofs", data={**said, "old_cards": "1"}, headers={"Accept": "text/html"})

    assert asked.status_code == 422
    assert "KTP lama" in asked.text
    assert 'name="old_cards"' in asked.text
    assert taken.status_code == 303, taken.text
    assert [proof.old_cards for proof in rows(runtime, Proof)] == [1]


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        ({"relation": "Keluarga satu KK"}, "signature,old_cards"),
        ({"relation": "Keluarga satu KK", "signature_sha": "a" * 64}, "old_cards"),
        ({"relation": "Keluarga satu KK", "signature_sha": "a" * 64, "old_cards": 1}, ""),
        ({"relation": "Keluarga satu KK", "signature_sha": "a" * 64, "note": "KTP lama hilang"}, ""),
        ({"relation": "", "signature_sha": "a" * 64, "old_cards": 1}, "relation"),
    ],
)
def test_a_hand_over_with_a_card_to_swap(app, runtime, said, lacks):
    """Two documents in the envelope, one of them a card whose old one is due."""
    adopt(runtime, "nganjuk_cod")
    day, _ = at_home(app, runtime, kinds=("ktp_el", "kk"))

    assert heard(runtime, day, **said).gaps == lacks
    assert open_cases(runtime) == (["proof_lacking"] if lacks else [])


def test_a_village_desk_receives_whoever_may_receive_at_home(app, runtime):
    """The count follows; the citizen's rule is asked when the desk hands the document on."""
    adopt(runtime, "garut_pos")
    day, _ = under_way(app, runtime, on_route=((2,),))

    proof = heard(runtime, day, relation="Sekretaris desa", signature_sha="a" * 64)

    assert (proof.gaps, states(runtime, Batch, *day.batch_ids)) == ("", ["handed_over"])


def test_the_strictest_of_a_batch(app, runtime):
    adopt(runtime, "nganjuk_cod", kind="ktp_el")
    at_home(app, runtime, kinds=("ktp_el", "ktp_el", "kk"))
    with runtime.db.reading() as session:
        batch = session.scalars(select(Batch)).one()
        policy = policies.for_batch(session, batch, TUESDAY)
        due = policies.cards_due(session, [batch], TUESDAY)

    assert policy.receivers == {"holder", "family"}
    assert (policy.waiting_place, policy.fee_rupiah, policy.payer) == ("office", 20_000, "citizen")
    assert (policy.swap_old_card, due) == (True, 2)
    assert policy.proofs["signature"] == "required"
