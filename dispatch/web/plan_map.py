"""The map of a plan as a page of its own (the plan's page frames it), as a file to keep, and the map's libraries."""

from flask import Response, request, send_from_directory
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.auth import current_office
from dispatch.services import plan_view, planning
from dispatch.services.plan_map import plan_map as content_of
from dispatch.store.models import Office, Plan
from dispatch.web.blueprint import web
from dispatch.web.map_pages import map_file, map_page
from dispatch.web.page import shows
from maps import render
from maps.layers import MapPage
from routing.travel.straight_line import StraightLine


@web.get("/plans/<plan_id>/map")
@shows
def plan_map(session: Session, plan_id: str) -> Response:
    """The map page, under a policy that lets nothing in from elsewhere."""
    content, _ = _content(session, plan_id)
    return map_page(content)


@web.get("/plans/<plan_id>/map/export")
@shows
def export_plan_map(session: Session, plan_id: str) -> Response:
    """The same map as one file that opens without a network."""
    content, plan = _content(session, plan_id)
    return map_file(content, f"rencana-{plan.service_date}-{plan.id}")


@web.get("/map-library/<path:file>")
def map_library(file: str) -> Response:
    """Leaflet and what the map needs besides; the address carries the version, so a browser may keep it."""
    answer = send_from_directory(render.STATIC, file)
    if "v" in request.args:
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer


def _content(session: Session, plan_id: str) -> tuple[MapPage, Plan]:
    plan = planning.plan_of(session, current_office(), plan_id)
    name = session.scalars(select(Office.name).where(Office.code == plan.office)).one()
    return content_of(plan_view.view(session, plan), plan.office, name, StraightLine()), plan
