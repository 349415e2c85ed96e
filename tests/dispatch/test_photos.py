"""Photos: taken in by decoder and by size, written anew without metadata, shown only inside the office."""

import io

import pytest
from PIL import Image

from dispatch.jobs import perform_due
from dispatch.services import photos
from dispatch.store.models import Job, Proof, StoredFile
from tests.databases import OFFICE, OTHER_OFFICE
from tests.dispatch.stories import all_is_well, open_cases, rows, under_way

GPS, CAMERA = 0x8825, 0x0110


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), *, with_position: bool = False) -> bytes:
    made = io.BytesIO()
    image = Image.new("RGB", size, (90, 120, 60))
    if not with_position:
        image.save(made, form)
        return made.getvalue()
    told = Image.Exif()
    told[CAMERA] = "Telepon Pak Joko"
    told[0x0112] = 6  # the camera lay on its side
    told.get_ifd(GPS)[1] = "S"
    image.save(made, form, exif=told)
    return made.getvalue()


def confirmed(phone, stop_id: str, photo: bytes, name: str = "foto.jpg"):
    return phone.confirm(stop_id, photo=(io.BytesIO(photo), name))


def the_proof(runtime) -> Proof:
    (proof,) = rows(runtime, Proof)
    return proof


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_shown_to_the_office_as_a_fresh_jpeg(app, runtime, sign_in, form):
    day, phone = under_way(app, runtime)
    sent = picture(form)
    confirmed(phone, day.stop_ids[0], sent, "whatever.svg")
    proof = the_proof(runtime)
    office = sign_in("viewer")
    assert runtime.files.get(OFFICE, proof.received_sha) == sent
    assert office.get(f"/api/v1/proofs/{proof.id}/photo").status_code == 503  # not before it was written anew

    perform_due(runtime)
    shown = office.get(f"/api/v1/proofs/{proof.id}/photo")

    assert Image.open(io.BytesIO(shown.data)).format == "JPEG"
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert all_is_well(runtime)


def test_where_the_rider_lives_does_not_stay_in_the_picture(app, runtime):
    """Position and camera of the photo are dropped; the picture is turned upright first."""
    day, phone = under_way(app, runtime)
    confirmed(phone, day.stop_ids[0], picture(with_position=True))

    perform_due(runtime)

    kept = runtime.files.get(OFFICE, the_proof(runtime).stored_sha)
    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == {}
        assert image.size == (480, 640)
    assert b"Joko" not in kept


def test_a_large_photo_is_made_smaller(app, runtime):
    day, phone = under_way(app, runtime)
    confirmed(phone, day.stop_ids[0], picture(size=(4000, 3000)))

    perform_due(runtime)

    with Image.open(io.BytesIO(runtime.files.get(OFFICE, the_proof(runtime).stored_sha))) as image:
        assert image.size == (1600, 1200)


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a" + b"\0" * 100,
        b"\xff\xd8\xff",
        b"",
    ],
    ids=["svg", "html", "gif", "three bytes", "nothing"],
)
def test_what_is_no_photo_is_refused_and_nothing_is_stored(app, runtime, body):
    day, phone = under_way(app, runtime)

    answer = confirmed(phone, day.stop_ids[0], body)

    assert answer.status_code == 422
    assert list(rows(runtime, Proof)) == list(rows(runtime, StoredFile)) == []


def test_a_small_file_that_unfolds_into_a_flood_of_pixels_is_refused(app, runtime):
    """81 megapixels in a few kilobytes: only the header is read."""
    day, phone = under_way(app, runtime)
    flood = picture("PNG", (9000, 9000))
    assert len(flood) < 400_000

    assert confirmed(phone, day.stop_ids[0], flood).status_code == 422


def test_a_file_over_8_megabytes_is_refused(app, runtime):
    day, phone = under_way(app, runtime)

    answer = confirmed(phone, day.stop_ids[0], picture() + b"\0" * photos.LARGEST)

    assert answer.status_code == 413


def test_a_torn_photo_keeps_the_proof_and_opens_a_case(app, runtime):
    """The header is fine, the rest is not: the confirmation counts, a person is told of the picture."""
    day, phone = under_way(app, runtime)
    whole = picture(size=(2000, 1500))
    confirmed(phone, day.stop_ids[0], whole[: len(whole) // 3])

    perform_due(runtime)

    assert the_proof(runtime).stored_sha == ""
    assert open_cases(runtime) == ["photo_unreadable"]
    assert [job.state for job in rows(runtime, Job)] == ["dead"]


def test_another_office_does_not_find_the_photo(app, runtime, sign_in):
    day, phone = under_way(app, runtime)
    confirmed(phone, day.stop_ids[0], picture())
    perform_due(runtime)

    answer = sign_in("dispatcher", OTHER_OFFICE).get(f"/api/v1/proofs/{the_proof(runtime).id}/photo")

    assert answer.status_code == 404


def test_a_resent_photo_is_the_same_proof(app, runtime):
    day, phone = under_way(app, runtime)
    form = {"event_id": "a" * 32}

    first = phone.confirm(day.stop_ids[0], photo=(io.BytesIO(picture()), "a.jpg"), **form)
    again = phone.confirm(day.stop_ids[0], photo=(io.BytesIO(picture()), "b.jpg"), **form)
    other = phone.confirm(day.stop_ids[0], photo=(io.BytesIO(picture(size=(64, 64))), "a.jpg"), **form)

    assert first.json == again.json
    assert other.status_code == 422
    assert len(list(rows(runtime, Proof))) == 1
