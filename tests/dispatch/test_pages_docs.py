"""The API's description says who may call what and how it says no, and reading it asks no other host."""

import re

from dispatch.access import TABLE


def operations(app):
    spec = app.test_client().get("/api/v1/openapi.json").json
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_only_programs_endpoints_are_described(app):
    paths = {path for path, _, _ in operations(app)}

    assert "/api/v1/plans/{plan_id}/approve" in paths
    assert [p for p in paths if not p.startswith(("/api/", "/callbacks/", "/healthz", "/metrics"))] == []


def test_every_operation_names_the_ways_in_that_the_access_table_gives(app):
    endpoints = {
        (re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods
    }

    for path, method, operation in operations(app):
        row = TABLE[endpoints[path, method]]
        ways = {name for way in operation["security"] for name in way}
        assert ways == {name for name, is_open in (("session", row.roles), ("key", row.scopes)) if is_open}, path


def test_every_operation_describes_its_refusals_as_problems(app):
    for path, method, operation in operations(app):
        answers = operation["responses"]
        expected = {"400"} | ({"401", "403"} if operation["security"] else set()) | ({"404"} if "{" in path else set())
        expected |= {"409", "422"} if method == "post" else set()
        assert expected <= set(answers), (path, method)
        assert all("application/problem+json" in answers[status]["content"] for status in expected), (path, method)


def test_the_description_refers_to_nothing_that_is_missing(app):
    text = app.test_client().get("/api/v1/openapi.json").text
    spec = app.test_client().get("/api/v1/openapi.json").json

    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in spec["components"]["schemas"]


def test_the_reader_comes_from_here_pinned_by_its_hash(app):
    page = app.test_client().get("/api/v1/docs")

    assert page.status_code == 200
    assert re.findall(r'(?:src|href)="(?!/)', page.text) == []
    assert page.text.count('integrity="sha256-') == 2
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
