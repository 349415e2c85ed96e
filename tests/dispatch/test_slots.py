"""Nobody comes when everybody does: half hours at mobile services and at desks, families together, told or printed."""

from collections import Counter
from datetime import date

from dispatch.services import outreach, outreach_custody, slots
from dispatch.services.outreach_custody import CarLoad
from dispatch.services.slots import Slot, slots_between, spread
from dispatch.store.audit import Actor
from dispatch.store.db import new_id
from dispatch.store.models import Invitation, Recipient
from tests.databases import OFFICE
from tests.dispatch.finished import SARI, finished, villages
from tests.dispatch.outreaches import WEDNESDAY, a_car, planned, refuses, to
from tests.dispatch.stories import rows, under_way, village_of, village_phone

PAGE = {"Accept": "text/html"}
EIGHT = 8 * 3600


def test_half_hours_have_room_for_what_their_time_gives():
    found = slots_between([(EIGHT, EIGHT + 4000)], service_s=240, tables=2)

    assert [(slot.ends_s - slot.starts_s, slot.room) for slot in found] == [(1800, 14), (1800, 14), (400, 2)]


def test_families_come_together_and_a_crowd_is_spread_alike():
    two = [Slot(starts_s=0, ends_s=1800, room=3), Slot(starts_s=1800, ends_s=3600, room=3)]

    assert [slot.starts_s for _, slot in spread([["a", "b"], ["c", "d"], ["e"]], two)] == [0, 0, 1800, 1800, 0]
    crowd = Counter(slot.starts_s for _, slot in spread([[n] for n in range(20)], two))
    assert crowd == {0: 10, 1800: 10}


def test_s2_7_holders_of_a_service_do_not_all_come_at_once(session):
    here, there = villages(session)[:2]
    finished(session, here, 40)
    finished(session, there, 5)
    made = outreach.plan_outreach(session, OFFICE, to(here, a_car(session), villages=(there.code,)), by=SARI)
    outreach.reserve(session, OFFICE, made.id, by=SARI)

    invitations = slots.invite_to_outreach(session, made, by=SARI)

    assert len(invitations) == 45
    assert max(Counter((one.village_code, one.starts_s) for one in invitations).values()) <= 15
    hours = {row.village_code: (row.starts_s, row.ends_s) for row, _ in outreach.villages_of(session, made)}
    assert all(
        hours[one.village_code][0] <= one.starts_s < one.ends_s <= hours[one.village_code][1] for one in invitations
    )
    assert slots.invite_to_outreach(session, made, by=SARI) == []  # whoever was invited keeps the slot
    assert [(turn.first, turn.last) for turn in slots.turns(made)][:2] == [(1, 7), (8, 14)]


def test_nobody_is_invited_to_what_has_left(session):
    made = planned(session, documents=1)
    outreach_custody.depart(session, OFFICE, made.id, CarLoad(event_id=new_id()), by=SARI)

    with refuses("outreach"):
        slots.invite_to_outreach(session, made, by=SARI)


def test_a_family_is_invited_together(session):
    made = planned(session, documents=3)
    people = session.query(Recipient).all()
    for person in people[:2]:
        person.household = "h" * 64
    session.flush()

    slots.invite_to_outreach(session, made, by=SARI)

    invited = {one.recipient.id: one.invitation.starts_s for one in slots.invited_to(session, made)}
    assert invited[people[0].id] == invited[people[1].id]


def test_the_list_is_printed_and_the_message_says_when(sign_in, runtime):
    with runtime.db.transaction() as session:
        made = planned(session, documents=2)
        for person in session.query(Recipient).all():
            person.phone = "081234567890"
    sari = sign_in("dispatcher")

    to_list = sari.post(f"/outreach/{made.id}/invite", headers=PAGE).location
    page = sari.get(to_list, headers=PAGE).text

    assert "https://wa.me/6281234567890?text=Yth" in page
    assert "pukul%2008.00%20sampai%2008.30" in page
    assert "3505" not in page.split("<main")[1].split("</main")[0].replace(made.village_code, "")  # no NIK


def test_a_desk_spreads_those_whose_documents_wait(app, runtime):
    day, _courier = under_way(app, runtime, on_route=((4,),))
    code = village_of(runtime, day.batch_ids[0])
    phone = village_phone(app, runtime, code)
    phone.count(day.batch_ids[0])
    assert "Atur jam pengambilan" in phone.client.get("/v/batches", headers=PAGE).text

    phone.client.post("/v/slots", data={"day": WEDNESDAY.isoformat()}, headers=PAGE)
    page = phone.client.get(f"/v/slots?day={WEDNESDAY}", headers=PAGE).text

    assert page.count("08.00–08.30") == 4
    assert {one.village_code for one in rows(runtime, Invitation)} == {code}
    phone.client.post("/v/slots", data={"day": "2026-11-29"}, headers=PAGE)  # a Sunday
    assert len(list(rows(runtime, Invitation))) == 4


def test_a_desk_that_is_closed_invites_nobody(session):
    with refuses("day"):
        slots.invite_to_desk(
            session, OFFICE, villages(session)[0].code, date(2026, 11, 29), by=Actor(kind="village", id="link")
        )
