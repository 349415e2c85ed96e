"""Every refusal is a problem: named, with a status, the same from wherever it comes."""

import pytest


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("PUT", "/api/v1/plans", 405, "wrong-method"),
        ("TRACE", "/api/v1/plans", 405, "wrong-method"),
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("GET", "/api/v1/plans", 401, "not-authenticated"),
    ],
)
def test_refusals_without_a_view_are_problems_too(app, method, path, status, slug):
    answer = app.test_client().open(path, method=method)

    assert answer.status_code == answer.json["status"] == status
    assert answer.json["type"] == f"urn:antar:problem:{slug}"
    assert answer.mimetype == "application/problem+json"
    assert answer.json["sentence"]


def test_a_method_that_is_not_taken_names_those_that_are(app):
    assert "POST" in app.test_client().put("/api/v1/plans").headers["Allow"]


def test_a_body_that_breaks_its_schema_names_the_fields(sign_in):
    answer = sign_in("dispatcher").post("/api/v1/plans", json={"service_date": "besok", "sekonds": 3})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert {error["field"] for error in answer.json["errors"]} == {"service_date", "sekonds"}


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 3000])
def test_broken_json_is_a_bad_request(sign_in, body):
    answer = sign_in("dispatcher").post("/api/v1/plans", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["type"]) == (400, "urn:antar:problem:bad-request")


def test_a_form_where_json_is_wanted_is_refused(sign_in):
    answer = sign_in("dispatcher").post("/api/v1/plans", data={"service_date": "2026-11-24"})

    assert answer.status_code in (400, 415, 422)
    assert answer.mimetype == "application/problem+json"


def test_a_person_gets_a_page_in_indonesian(sign_in):
    answer = sign_in("dispatcher").get("/plans/0000000000000000", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert "Tidak ditemukan" in answer.text
