"""Attacks on links, phones and photos by their number in the threat model: each is refused, and nothing is lost."""

import io
import re
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select

from dispatch.services import codes, device_keys, links, photos, policies
from dispatch.store.db import new_id
from dispatch.store.models import Batch, ExceptionCase, Link, Proof, Route, Stop
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.finished import SARI, TUESDAY
from tests.dispatch.stories import (
    Phone,
    a_day,
    all_is_well,
    courier_phone,
    open_cases,
    rows,
    states,
    under_way,
    village_of,
    village_phone,
)

PAGE = {"Accept": "text/html"}


def said(day, at: int = 0, **more: object) -> dict[str, object]:
    """A confirmation of a stop as the phone writes it."""
    item = {"event_id": new_id(), "stop_id": day.stop_ids[at], "kind": "delivered", "received_by": "Bu Sari"}
    return {**item, **more}


def jpeg(colour: str = "green", side: int = 64) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(made, "JPEG")
    return made.getvalue()


def keep(phone: Phone, body: bytes) -> str:
    """The phone sends a picture before its confirmation."""
    answer = phone.client.post("/c/photos", data=body, content_type="image/jpeg")
    assert answer.status_code == 200, answer.text
    return str(answer.json["sha256"])


def test_T1_a_forwarded_link_binds_one_phone_with_its_key_and_tells_of_the_second(app, runtime, sign_in):
    """The preview learns nothing, the first "Mulai" binds cookie and key, the second phone is seen by the office."""
    day = a_day(runtime)
    first = courier_phone(app, runtime, day.route_id, started=False)
    preview = app.test_client().get(f"/c/{first.token}", headers=PAGE)
    assert "Set-Cookie" not in preview.headers
    assert [link.public_key for link in rows(runtime, Link)] == [""]

    assert first.start(with_key=True).headers["Location"] == "/c/app"
    second = Phone(app.test_client(), first.token, "c")
    refused = second.start(with_key=True)

    assert refused.status_code == 404
    assert [link.public_key for link in rows(runtime, Link)] == [first.public_key()]
    assert [link.refused_devices for link in rows(runtime, Link)] == [1]
    assert open_cases(runtime) == ["second_phone"]
    assert "1 HP lain ditolak" in sign_in("dispatcher").get(f"/routes/{day.route_id}", headers=PAGE).text
    assert second.client.get("/c/data").status_code == 404


def test_T1_a_bound_phones_key_is_never_replaced(app, runtime):
    """Not even by somebody who copied its cookie."""
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, with_key=True)
    thief = Phone(app.test_client(), phone.token, "c")
    thief.client.set_cookie("antar_courier", phone.client.get_cookie("antar_courier").value)

    assert thief.start(with_key=True).status_code == 303

    assert [link.public_key for link in rows(runtime, Link)] == [phone.public_key()]


@pytest.mark.parametrize("key", ["x" * 87, "A" * 87, "", "B" + "_" * 86, "é" * 87])
def test_T1_a_key_that_is_no_point_of_the_curve_is_no_key(app, runtime, key):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, started=False)

    answer = phone.client.post("/c/start", data={"token": phone.token, "public_key": key})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/c/route")
    assert [link.public_key for link in rows(runtime, Link)] == [""]


def test_T2_no_address_after_the_start_holds_the_token_and_nothing_of_the_route_is_kept_by_anybody(app, runtime):
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, with_key=True)

    for path in ("/c/app", "/c/data", "/c/route"):
        answer = phone.client.get(path, headers={"Accept": "*/*"})
        assert answer.status_code == 200
        assert phone.token not in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Robots-Tag"].startswith("noindex")
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "worker-src 'self'" in policy
        assert "manifest-src 'self'" in policy
        assert "unsafe" not in policy
    assert phone.client.get("/robots.txt").text.endswith("Disallow: /\n")


def test_T2_the_page_a_phone_keeps_is_the_same_for_everybody(app, runtime):
    """So nothing of anybody lies in a cache."""
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, with_key=True)

    worker = phone.client.get("/c/sw.js").text
    kept = re.findall(r'"(/[^"]+)"', worker.splitlines()[2])

    assert "/c/app" in kept
    for path in kept:
        with phone.client.get(path) as mine, app.test_client().get(path) as nobodys:
            assert mine.status_code == 200
            assert mine.data == nobodys.data


def test_T3_guesses_are_counted_and_all_sound_the_same(app, runtime, clock):
    """Unknown, revoked, ended and foreign: one body, and after thirty tries from one address nobody is heard there."""
    day = a_day(runtime)
    live = courier_phone(app, runtime, day.route_id, started=False)
    with runtime.db.transaction() as session:
        links.revoke_courier_link(session, session.get_one(Route, day.route_id), by=SARI)
    guesser = app.test_client()

    bodies = {guesser.post("/c/start", data={"token": token}).text for token in (live.token, new_id(), "", "x" * 400)}
    for _ in range(links.TRIES - 4):
        guesser.post("/c/start", data={"token": new_id()})

    assert len(bodies) == 1
    assert guesser.post("/c/start", data={"token": new_id()}).status_code == 429
    clock.advance(timedelta(minutes=16))
    assert guesser.post("/c/start", data={"token": new_id()}).status_code == 404


def test_T3_a_recipients_code_cannot_be_guessed_at_the_server(app, runtime):
    """Five tries for a stop in a quarter of an hour, the right one among them or not."""
    day, phone = under_way(app, runtime, with_key=True)
    right = code_of(runtime, day)
    wrong = [f"{(int(right) + step) % 10**6:06d}" for step in range(1, codes.TRIES + 1)]

    tried = phone.send(*(said(day, code=code) for code in wrong))
    late = phone.send(said(day, code=right))

    assert [result["status"] for result in tried] == [422] * codes.TRIES
    assert [result["status"] for result in late] == [429]
    assert states(runtime, Stop, day.stop_ids[0]) == ["pending"]


def code_of(runtime, day, at: int = 0) -> str:
    with runtime.db.reading() as session:
        stop = session.get_one(Stop, day.stop_ids[at])
        batch = session.get_one(Batch, day.batch_ids[at])
        return codes.code_of_stop(runtime.keys, stop, [batch], TUESDAY)


def test_T4_a_phone_reaches_neither_another_routes_stop_nor_its_pictures_nor_its_data(app, runtime):
    mine, phone = under_way(app, runtime, with_key=True)
    theirs, other = under_way(app, runtime, courier=1, first_village=20, with_key=True)

    found = phone.send(said(theirs), phone.signed(said(theirs)), other.signed(said(theirs)))
    load = {"kind": "loaded", "event_id": new_id(), "taken": theirs.batch_ids, "missing": []}

    assert [result["status"] for result in found] == [404, 404, 404]
    assert phone.send(load)[0]["status"] in (409, 422)
    assert {stop["id"] for stop in phone.client.get("/c/data").json["stops"]} == set(mine.stop_ids)
    assert states(runtime, Stop, theirs.stop_ids[0]) == ["pending"]


def test_T4_a_villages_cookie_opens_nothing_of_the_courier(app, runtime):
    day, _ = under_way(app, runtime)
    desk = village_phone(app, runtime, village_of(runtime, day.batch_ids[0]))
    desk.client.set_cookie("antar_courier", desk.client.get_cookie("antar_village").value)

    for call in (
        desk.client.get("/c/data"),
        desk.client.post("/c/photos", data=jpeg()),
        desk.client.post("/c/proofs", json={"proofs": [said(day)]}),
    ):
        assert call.status_code == 404
    assert list(rows(runtime, Proof)) == []


def test_T4_a_picture_of_another_office_does_not_exist_here(app, runtime):
    day, phone = under_way(app, runtime)
    _, abroad = under_way(app, runtime, office=OTHER_OFFICE)
    theirs = keep(abroad, jpeg("red"))

    (result,) = phone.send(said(day, photo_sha=theirs))

    assert (result["status"], result["problem"]["errors"][0]["field"]) == (422, "photo_sha")


def test_T5_a_confirmation_from_far_away_counts_and_is_flagged(app, runtime):
    day, phone = under_way(app, runtime)

    (result,) = phone.send(said(day, lat=-6.2, lon=106.8, accuracy_m=20.0))

    assert result["status"] == 200
    assert states(runtime, Stop, day.stop_ids[0]) == ["done"]
    (case,) = [case for case in rows(runtime, ExceptionCase) if case.kind == "odd_proof"]
    assert "km dari tempatnya" in case.detail


def test_T5_the_same_photo_for_two_stops_is_flagged_and_the_same_confirmation_again_is_not(app, runtime):
    day, phone = under_way(app, runtime)
    sha = keep(phone, jpeg())
    first = said(day, photo_sha=sha)

    assert [result["status"] for result in phone.send(first, first)] == [200, 200]
    assert "odd_proof" not in open_cases(runtime)
    phone.send(said(day, 1, photo_sha=sha))

    assert open_cases(runtime).count("odd_proof") == 1


def test_T5_nobody_rides_a_hundred_kilometres_in_a_minute(app, runtime, clock):
    day, phone = under_way(app, runtime)
    with runtime.db.reading() as session:
        stops = [session.get_one(Stop, stop_id) for stop_id in day.stop_ids]
    at = clock.now()
    phone.send(said(day, lat=stops[0].lat + 0.02, lon=stops[0].lon, device_at=at.isoformat()))
    clock.advance(timedelta(seconds=20))

    phone.send(said(day, 1, lat=stops[1].lat + 0.02, lon=stops[1].lon + 0.02, device_at=clock.now().isoformat()))

    details = [case.detail for case in rows(runtime, ExceptionCase) if case.kind == "odd_proof"]
    assert len(details) == 1
    assert "menit sejak konfirmasi sebelumnya" in details[0]


def test_T6_a_stranger_with_a_forwarded_link_confirms_nothing(app, runtime):
    """The code on the parcel and the recipient's are not on the page, and the page is another phone's."""
    day, phone = under_way(app, runtime, with_key=True)
    stranger = Phone(app.test_client(), phone.token, "c")
    stranger.start(with_key=True)

    for answer in (stranger.confirm(day.stop_ids[0]), stranger.client.post("/c/proofs", json={"proofs": [said(day)]})):
        assert answer.status_code == 404

    assert list(rows(runtime, Proof)) == []


def test_T6_the_right_code_is_evidence_and_never_lies_on_the_phone(app, runtime):
    """What the phone carries is a salted slow hash; the village's page knows the code."""
    day, phone = under_way(app, runtime, with_key=True)
    code = code_of(runtime, day)
    village = village_of(runtime, day.batch_ids[0])
    assert code == codes.village_code(runtime.keys, OFFICE, village, TUESDAY)
    assert code != codes.village_code(runtime.keys, OFFICE, village, TUESDAY + timedelta(days=1))
    lock = codes.lock_of_stop(runtime.keys, day.stop_ids[0], OFFICE, code)

    (result,) = phone.send(phone.signed(said(day, code=code)))

    assert result["status"] == 200
    assert [proof.code_checked for proof in rows(runtime, Proof)] == [True]
    assert f'"{code}"' not in phone.client.get("/c/data").text
    assert lock.iterations >= 200_000
    assert code not in lock.salt + lock.hash


def test_T7_after_its_end_only_what_the_phone_signed_before_is_taken_and_nothing_is_read(app, runtime, clock):
    day, phone = under_way(app, runtime, with_key=True)
    then = clock.now().isoformat()
    clock.advance(timedelta(days=1))
    copied = Phone(app.test_client(), phone.token, "c")  # with the cookie, without the key
    copied.client.set_cookie("antar_courier", phone.client.get_cookie("antar_courier").value)
    good = said(day, device_at=then)

    unsigned = phone.send(good)
    foreign = copied.send(copied.signed(good))
    changed = phone.signed(good)
    changed["signed"] = str(changed["signed"]).replace("Bu Sari", "Pencuri")
    after = phone.signed(said(day, device_at=clock.now().isoformat()))
    signed = phone.send(changed, after, phone.signed(good))

    assert [r["status"] for r in (*unsigned, *foreign, *signed)] == [410, 410, 410, 410, 200]
    assert [(p.received_by, p.is_signed, p.is_conflict) for p in rows(runtime, Proof)] == [("Bu Sari", True, False)]
    for path in ("/c/data", "/c/route", f"/c/stops/{day.stop_ids[1]}"):
        assert phone.client.get(path).status_code == 410
    assert all_is_well(runtime)


def test_T7_a_whole_route_without_signal_comes_in_the_next_morning(app, runtime, clock):
    """The load check too: it was made offline in the yard."""
    day = a_day(runtime)
    phone = courier_phone(app, runtime, day.route_id, with_key=True)
    at = clock.now().isoformat()
    load = {"kind": "loaded", "event_id": new_id(), "taken": day.batch_ids, "missing": [], "device_at": at}
    clock.advance(timedelta(days=1))

    found = phone.send(phone.signed(load), *(phone.signed(said(day, n, device_at=at)) for n in range(2)))

    assert [result["status"] for result in found] == [200, 200, 200]
    assert states(runtime, Route, day.route_id) == ["completed"]
    assert all_is_well(runtime)


def test_T7_a_clock_wrong_by_a_year_is_seen_through(app, runtime, clock):
    """What passed on the phone since the tap is right even where its clock is wrong."""
    day, phone = under_way(app, runtime, with_key=True)
    tapped = clock.now() + timedelta(days=365)
    clock.advance(timedelta(days=1))
    item = phone.signed(said(day, device_at=tapped.isoformat()))
    body = {"proofs": [item], "phone_now": (tapped + timedelta(days=1)).isoformat()}

    (result,) = phone.client.post("/c/proofs", json=body).json["results"]

    assert result["status"] == 200
    (proof,) = rows(runtime, Proof)
    assert proof.tapped_at == clock.now() - timedelta(days=1)


def test_T7_a_revoked_phone_reads_nothing_and_what_it_signed_before_moves_nothing(app, runtime, clock):
    """Kept with a case: the phone may have been stolen by then, and it may have been the courier."""
    day, phone = under_way(app, runtime, with_key=True)
    then = clock.now().isoformat()
    clock.advance(timedelta(minutes=30))
    with runtime.db.transaction() as session:
        assert links.revoke_courier_link(session, session.get_one(Route, day.route_id), by=SARI)
    clock.advance(timedelta(minutes=5))

    before = phone.send(phone.signed(said(day, device_at=then)), said(day, 1, device_at=then))
    after = phone.send(phone.signed(said(day, 1, device_at=clock.now().isoformat())))

    assert [result["status"] for result in (*before, *after)] == [200, 410, 410]
    assert phone.client.get("/c/data").status_code == 410
    assert [proof.is_conflict for proof in rows(runtime, Proof)] == [True]
    assert states(runtime, Stop, *day.stop_ids) == ["pending", "pending"]
    assert "proof_conflict" in open_cases(runtime)
    assert all_is_well(runtime)


def test_T7_a_week_after_the_end_nothing_is_taken(app, runtime, clock):
    day, phone = under_way(app, runtime, with_key=True)
    then = clock.now().isoformat()
    clock.advance(timedelta(days=9))

    answer = phone.client.post("/c/proofs", json={"proofs": [phone.signed(said(day, device_at=then))]})

    assert answer.status_code == 410  # the phone wipes itself


def test_T7_a_phone_holds_no_stop_that_is_done(app, runtime):
    day, phone = under_way(app, runtime, with_key=True)
    before = phone.client.get("/c/data").json

    phone.send(phone.signed(said(day)))

    after = phone.client.get("/c/data").json
    assert [stop["id"] for stop in before["stops"]] == day.stop_ids
    assert [stop["id"] for stop in after["stops"]] == day.stop_ids[1:]
    assert (after["visited"], after["total"]) == (1, 2)


def test_T7_what_an_old_phone_sends_again_under_a_new_link_is_the_same_confirmation(app, runtime):
    """The answer was lost, the link was renewed: no second proof, no false conflict."""
    day, phone = under_way(app, runtime, with_key=True)
    item = said(day)
    phone.send(phone.signed(item))
    with runtime.db.transaction() as session:
        phone.token = links.issue_courier_link(session, session.get_one(Route, day.route_id), by=SARI)
    assert phone.start(with_key=True).status_code == 303

    (again,) = phone.send(phone.signed(item))

    assert (again["status"], again["receipt"]["is_conflict"]) == (200, False)
    assert len(list(rows(runtime, Proof))) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html>",
        b"",
        b"GIF89a" + b"\0" * 99,
    ],
    ids=["svg", "html", "nothing", "gif"],
)
def test_T14_only_decodable_photos_are_kept(app, runtime, body):
    _, phone = under_way(app, runtime)

    assert phone.client.post("/c/photos", data=body, content_type="image/jpeg").status_code == 422


def test_T14_a_flood_of_pixels_and_a_huge_file_are_refused_before_they_are_decoded(app, runtime):
    _, phone = under_way(app, runtime)
    flood = io.BytesIO()
    Image.new("1", (9000, 9000)).save(flood, "PNG")

    assert phone.client.post("/c/photos", data=flood.getvalue()).status_code == 422
    assert phone.client.post("/c/photos", data=jpeg() + b"\0" * photos.LARGEST).status_code == 413


def test_T14_a_signature_is_a_small_drawing_shown_without_what_hangs_on_it(app, runtime, sign_in):
    """Metadata goes, the sandbox stays, and another office does not find it."""
    day, phone = under_way(app, runtime)
    drawing = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "rumah kurir"
    Image.new("RGB", (600, 260), "white").save(drawing, "PNG", exif=exif)
    sha = keep(phone, drawing.getvalue())
    large = keep(phone, jpeg(side=2000))

    results = phone.send(said(day, signature_sha=large), said(day, signature_sha=sha))

    assert [result["status"] for result in results] == [422, 200]
    proof_id = results[1]["receipt"]["proof_id"]
    shown = sign_in("dispatcher").get(f"/api/v1/proofs/{proof_id}/signature")
    assert (shown.status_code, shown.mimetype) == (200, "image/jpeg")
    assert b"rumah kurir" not in shown.data
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert sign_in("dispatcher", OTHER_OFFICE).get(f"/api/v1/proofs/{proof_id}/signature").status_code == 404


def test_a_bad_item_of_thirty_does_not_stop_the_others(app, runtime):
    """Nonsense of every sort among good confirmations."""
    day, phone = under_way(app, runtime, on_route=((1,),) * 3, with_key=True)
    bad = [
        None,
        7,
        {},
        {"signed": "{", "signature": ""},
        {"signed": "[" * 99, "signature": "x"},
        {"event_id": "x" * 12},
    ]

    results = phone.send(phone.signed(said(day)), *bad, phone.signed(said(day, 1)), phone.signed(said(day, 2)))

    assert [result["status"] for result in results if result["status"] == 200] == [200] * 3
    assert all(result["status"] in (400, 422) for result in results[1:-2])
    assert states(runtime, Route, day.route_id) == ["completed"]


def test_a_signature_fits_one_text_and_one_key_only():
    phone, other = Phone(None, "", "c"), Phone(None, "", "c")
    made = phone.signed({"kind": "arrived"})
    text, signature = str(made["signed"]), str(made["signature"])

    assert device_keys.is_signed(phone.public_key(), text, signature)
    assert not device_keys.is_signed(phone.public_key(), text + " ", signature)
    assert not device_keys.is_signed(other.public_key(), text, signature)
    for nonsense in ("", "x", signature[:-2], "é" * 86, "A" * 86):
        assert not device_keys.is_signed(phone.public_key(), text, nonsense)
    assert not device_keys.is_signed("", text, signature)


def test_the_phone_is_told_what_the_policy_wants(app, runtime):
    """A code that is asked for comes with its lock; one that is not comes without."""
    day, phone = under_way(app, runtime, on_route=((1,),), with_key=True)
    (stop,) = phone.client.get("/c/data").json["stops"]

    with runtime.db.reading() as session:
        batch = session.get_one(Batch, day.batch_ids[0])
        wanted = dict(policies.for_batch(session, batch, TUESDAY).proofs)
        assert session.scalars(select(Batch.code)).one() == stop["batches"][0]["code"]
    assert stop["proofs"] == wanted
    assert (stop["lock"] is None) == (wanted["code"] == "off")
