"""Which of the office's own programs hear of a change: a row for each, in the transaction that makes the change."""

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dispatch.store import work
from dispatch.store.db import new_id, now
from dispatch.store.models import WebhookDelivery, WebhookEndpoint


def queue(session: Session, office: str, changes: Sequence[tuple[int, str]]) -> None:
    """Queue these events, each with the state a document came to, for every endpoint that wants them."""
    listening = session.scalars(
        select(WebhookEndpoint).where(WebhookEndpoint.office == office, WebhookEndpoint.is_active)
    ).all()
    at = now(session)
    rows: list[dict[str, object]] = [
        {
            "id": new_id(),
            "office": office,
            "endpoint_id": endpoint.id,
            "event_seq": seq,
            "status": "waiting",
            "created_at": at,
        }
        for endpoint in listening
        for seq, state in changes
        if not endpoint.states or state in endpoint.states
    ]
    if rows:
        session.execute(insert(WebhookDelivery), rows)
    for row in rows:
        work.want(session, "webhook", f"{row['id']}:0", office=office)
