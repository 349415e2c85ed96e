"""Where the office's own programs listen. What they are sent is signed by Standard Webhooks; secrets are shown once."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy.orm import Session

from dispatch.api.blueprint import api
from dispatch.api.http import Answer, changes, reads
from dispatch.api.schemas import Form, Int, Shape
from dispatch.auth import current_actor, current_office
from dispatch.runtime import runtime
from dispatch.services import webhooks
from dispatch.store.models.common import Json


class NewWebhook(Form):
    """An https address, and the states of documents it wants to hear of (none: all)."""

    url: Annotated[str, Field(max_length=300)]
    states: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=20, default_factory=list)]


class WebhookSwitch(Form):
    """On or off. What was missed meanwhile is replayed."""

    is_active: bool


class ReplayRange(Form):
    """From one `sequence` to another, both told, at most 10,000 apart."""

    first: Int
    last: Int


class WebhookOut(Shape):
    """One endpoint."""

    id: str
    url: str
    states: list[str]
    is_active: bool
    created_at: datetime
    disabled_at: datetime | None


class WebhookSecret(Shape):
    """The endpoint's new secret, told this once. For a day the one before it signs along."""

    id: str
    secret: str


class WebhooksOut(Shape):
    """The office's endpoints, the oldest first."""

    items: list[WebhookOut]


class DeliveryOut(Shape):
    """One event for one endpoint. `webhook_id` stays the same for every try; `answer` is the receiver's last status."""

    webhook_id: str
    sequence: int
    status: str
    tries: int
    answer: int
    error: str
    next_at: datetime | None
    sent_at: datetime | None


class DeliveriesOut(Shape):
    """The newest deliveries; at most 50."""

    items: list[DeliveryOut]


class Replayed(Shape):
    """How many messages go out again."""

    messages: int


@api.get("/webhooks")
@api.output(WebhooksOut)
@reads
def list_webhooks(session: Session) -> WebhooksOut:
    """Where the office's own programs listen."""
    found = webhooks.endpoints(session, current_office())
    return WebhooksOut(items=[WebhookOut.model_validate(one) for one in found])


@api.post("/webhooks")
@api.input(NewWebhook)
@api.output(WebhookSecret, status_code=201)
def add_webhook(json_data: NewWebhook) -> tuple[Json, int, dict[str, str]]:
    """Tell an address from the next change on. Not kept for a repeated request, which would keep the secret: 409."""
    rt, office, by = runtime(), current_office(), current_actor()
    endpoint, secret = rt.db.transact(
        lambda session: webhooks.add_endpoint(
            session, rt.keys, office, json_data.url, json_data.states, on_loopback=rt.settings.webhooks_on_loopback,
            by=by,
        )
    )  # fmt: skip
    return Answer(WebhookSecret(id=endpoint.id, secret=secret), status=201).parts()


@api.post("/webhooks/<endpoint_id>/secret")
@api.output(WebhookSecret)
def rotate_webhook(endpoint_id: str) -> tuple[Json, int, dict[str, str]]:
    """A new secret; both sign for 24 hours."""
    rt, office = runtime(), current_office()
    secret = rt.db.transact(lambda session: webhooks.rotate(session, rt.keys, office, endpoint_id))
    return Answer(WebhookSecret(id=endpoint_id, secret=secret)).parts()


@api.post("/webhooks/<endpoint_id>/active")
@api.input(WebhookSwitch)
@api.output(WebhooksOut)
@changes
def switch_webhook(session: Session, endpoint_id: str, json_data: WebhookSwitch) -> WebhooksOut:
    """Switch an endpoint on or off."""
    webhooks.switch(session, current_office(), endpoint_id, is_active=json_data.is_active)
    found = webhooks.endpoints(session, current_office())
    return WebhooksOut(items=[WebhookOut.model_validate(one) for one in found])


@api.post("/webhooks/<endpoint_id>/replay")
@api.input(ReplayRange)
@api.output(Replayed, status_code=202)
@changes
def replay_webhook(session: Session, endpoint_id: str, json_data: ReplayRange) -> Answer:
    """Tell a range of events again, under the same ids."""
    number = webhooks.replay(session, current_office(), endpoint_id, json_data.first, json_data.last)
    return Answer(Replayed(messages=number), status=202)


@api.get("/webhooks/<endpoint_id>/deliveries")
@api.output(DeliveriesOut)
@reads
def webhook_deliveries(session: Session, endpoint_id: str) -> DeliveriesOut:
    """What was sent lately, and how it was answered."""
    found = webhooks.deliveries(session, current_office(), endpoint_id)
    return DeliveriesOut(
        items=[
            DeliveryOut(
                webhook_id=f"msg_{one.id}", sequence=one.event_seq, status=one.status, tries=one.tries,
                answer=one.answer, error=one.error, next_at=one.next_at, sent_at=one.sent_at,
            )
            for one in found
        ]
    )  # fmt: skip
