"""Every endpoint names who may call it, and the answer to everybody else is no."""

import re

import pytest

from dispatch.access import ROLES, SCOPES, TABLE
from tests.databases import OFFICE


def rules(app):
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


def test_every_endpoint_has_a_row_and_every_row_an_endpoint(app):
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}

    assert endpoints - set(TABLE) == set()
    assert set(TABLE) - endpoints == set()


def test_every_row_lets_somebody_in():
    closed = [e for e, row in TABLE.items() if not (row.public or row.roles or row.scopes or row.link)]

    assert closed == []
    assert all(row.roles <= set(ROLES) and row.scopes <= set(SCOPES) for row in TABLE.values())


def calls(app):
    """One call of each endpoint and method, with made-up ids."""
    for rule in rules(app):
        path = re.sub(r"<[^>]+>", "0" * 16, rule.rule)
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def test_nobody_comes_in_without_a_name(app):
    client = app.test_client()

    for endpoint, method, path in calls(app):
        if not TABLE[endpoint].public:
            answer = client.open(path, method=method)
            expected = (404,) if TABLE[endpoint].link else (401, 303)
            assert answer.status_code in expected, (endpoint, method, answer.status_code)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_its_row_says_and_nothing_else(app, sign_in, role):
    client = sign_in(role)

    for endpoint, method, path in calls(app):
        row = TABLE[endpoint]
        if row.public or row.link or endpoint == "web.log_out":
            continue
        status = client.open(path, method=method).status_code
        if role in row.roles:
            assert status not in (401, 403), (endpoint, method, status)
        else:
            assert status == 403, (endpoint, method, status)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_reaches_what_its_scope_says_and_nothing_else(app, api_client, scope):
    client = api_client(scope)

    for endpoint, method, path in calls(app):
        row = TABLE[endpoint]
        if row.public or row.link:
            continue
        status = client.open(path, method=method).status_code
        if scope in row.scopes:
            assert status not in (401, 403), (endpoint, method, status)
        else:
            assert status == 403, (endpoint, method, status)


def test_an_unknown_key_is_nobody(app):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer antar_guess"

    assert client.get("/metrics").status_code == 401


def test_a_change_without_the_pages_token_is_refused(app, sign_in):
    client = sign_in("dispatcher")
    del client.environ_base["HTTP_X_CSRF_TOKEN"]

    answer = client.post("/api/v1/batches/release")

    assert (answer.status_code, OFFICE in answer.text) == (403, False)


def test_a_change_from_another_site_is_refused(app, sign_in):
    client = sign_in("dispatcher")

    answer = client.post("/api/v1/batches/release", headers={"Origin": "https://elsewhere.example"})

    assert answer.status_code == 403
