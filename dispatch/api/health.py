"""Is it alive, is it ready, and what is missing."""

from typing import Any

import redis
from apiflask import APIBlueprint
from flask import Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dispatch import metrics
from dispatch.runtime import Runtime, runtime
from dispatch.store import schema

health = APIBlueprint("health", __name__, tag="Health")


@health.get("/healthz/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@health.get("/healthz")
def ready() -> tuple[dict[str, Any], int]:
    """Everything this process leans on, one word each; 503 names what is missing."""
    rt = runtime()
    parts = {"database": _database(rt), "redis": _redis(rt), "schema": _schema(rt)}
    # without Redis nothing is lost, only slower: the sweeper finds the work
    well = parts["database"] == "ok" and parts["schema"] == "ok"
    return {"status": "ok" if well else "missing", "parts": parts}, 200 if well else 503


@health.get("/metrics", endpoint="metrics")
def metrics_text() -> Response:
    """Prometheus text."""
    with runtime().db.reading() as session:
        return Response(metrics.text(session), mimetype="text/plain")


def _database(rt: Runtime) -> str:
    try:
        with rt.db.reading() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return f"not reachable ({type(error).__name__})"
    return "ok"


def _schema(rt: Runtime) -> str:
    try:
        found, needed = schema.current(rt.db), schema.newest()
    except SQLAlchemyError as error:
        return f"not readable ({type(error).__name__})"
    return "ok" if found == needed else f"at {found}, needs {needed}: run antar migrate"


def _redis(rt: Runtime) -> str:
    if not rt.settings.redis_url:
        return "not set"
    try:
        rt.doorbell.connection.ping()
    except redis.RedisError as error:
        return f"not reachable ({type(error).__name__})"
    return "ok"
