"""Numbers for Prometheus: requests by route template, and what waits in the office at the moment of asking."""

from flask import request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.store.models import Document, Job

REGISTRY = CollectorRegistry()
REQUESTS = Counter("antar_requests", "Requests answered", ["endpoint", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("antar_request_seconds", "Time to answer", ["endpoint"], registry=REGISTRY)
JOBS = Gauge("antar_jobs", "Jobs by kind and state", ["kind", "state"], registry=REGISTRY)
DOCUMENTS = Gauge("antar_documents", "Documents by office and state", ["office", "state"], registry=REGISTRY)


def observe(status: int, seconds: float) -> None:
    """Count one answered request under its endpoint's name, never under its address."""
    endpoint = request.endpoint or "none"
    REQUESTS.labels(endpoint, request.method, str(status)).inc()
    SECONDS.labels(endpoint).observe(seconds)


def text(session: Session) -> bytes:
    """All metrics in Prometheus' text form."""
    JOBS.clear()
    for kind, state, count in session.execute(select(Job.kind, Job.state, func.count()).group_by(Job.kind, Job.state)):
        JOBS.labels(kind, state).set(count)
    DOCUMENTS.clear()
    by_state = select(Document.office, Document.state, func.count()).group_by(Document.office, Document.state)
    for office, state, count in session.execute(by_state):
        DOCUMENTS.labels(office, state).set(count)
    return generate_latest(REGISTRY)
