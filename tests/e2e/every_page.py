"""Every page there is, found in the application itself: a page somebody adds tomorrow is looked at tomorrow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from dispatch.access import ADMIN, SUPERVISOR, TABLE
from dispatch.app import web
from dispatch.store.models import Batch, Courier, Depot, Document, Import, Plan, Route, User
from tests.databases import OFFICE
from tests.e2e.office_day import OfficeDay

# no pages of their own: pieces of pages, frames, files
PIECES = frozenset({"web.by_hand_live", "web.robots", "web.map_library", "web.today"})
PIECE_ENDINGS = ("_live", "_map", "_file", "_export", "_worker", "_manifest", "_data", "_app")


@dataclass(frozen=True)
class Address:
    """One page and who looks at it."""

    path: str
    username: str


def office_pages() -> list[Address]:
    """Every page of the office, with `<names>` for the rows it shows."""
    app = Flask("every page")
    app.register_blueprint(web)
    found = {Address("/", "bupu"), Address("/", "admin")}
    for rule in app.url_map.iter_rules():
        access = TABLE.get(rule.endpoint)
        if access is None or not rule.endpoint.startswith("web.") or "GET" not in (rule.methods or ()):
            continue
        if rule.endpoint in PIECES or rule.endpoint.endswith(PIECE_ENDINGS) or "export" in rule.rule:
            continue
        if SUPERVISOR in access.roles:
            found.add(Address(rule.rule, "bupu"))
        elif ADMIN in access.roles:
            found.add(Address(rule.rule, "admin"))
    return sorted(found, key=lambda address: (address.path, address.username))


def rows_of(day: OfficeDay) -> Mapping[str, str]:
    """For each part of a path a row of the living office."""

    def first(column, *conditions):  # type: ignore[no-untyped-def]
        with day.runtime.db.reading() as session:
            return session.scalars(select(column).where(*conditions).limit(1)).first() or ""

    return {
        "plan_id": first(Plan.id),
        "route_id": first(Route.id, Route.number == 1),
        "batch_id": first(Batch.id, Batch.state == "handed_over"),
        "document_id": first(Document.id, Document.state == "at_village"),
        "import_id": first(Import.id),
        "kind": "courier",
        "holder_id": first(Route.courier_id, Route.number == 1),
        "courier_id": first(Courier.id, Courier.office == OFFICE),
        "depot_id": first(Depot.id, Depot.office == OFFICE),
        "user_id": first(User.id, User.office == OFFICE),
        "key": "days",
    }


def address_of(day: OfficeDay, path: str) -> str | None:
    """The path with rows of the living office in it; None when it has none of that kind."""
    if path.startswith(("/backlog/<", "/tours/<")):  # plans of their own kind
        return None
    rows = rows_of(day)
    if path == "/plans/compare":
        return f"{path}?one={rows['plan_id']}&other={rows['plan_id']}"
    parts = re.findall(r"<(?:\w+:)?(\w+)>", path)
    if not all(rows.get(part) for part in parts):
        return None
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: rows[found[1]], path)
