"""Where partners tell us what happened. Nothing is believed before the partner's signature over the raw body fits."""

from apiflask import APIBlueprint
from flask import Response, request

from dispatch.errors import NotAuthenticated, NotFound, TooLarge
from dispatch.runtime import runtime
from dispatch.services.partner_accounts import adapter_for
from dispatch.services.partner_events import receive, receive_strange
from dispatch.store.db import now
from partners.base import BadSignature, NotUnderstood

callbacks = APIBlueprint("callbacks", __name__, enable_openapi=False)

LARGEST = 256 * 1024  # bytes; an event has a few hundred


@callbacks.post("/callbacks/<office>/<partner>")
def receive_callback(office: str, partner: str) -> Response:
    """Keep a genuine callback and answer 204; applying it is a job. 401 for everything else, and nothing is kept."""
    if (request.content_length or 0) > LARGEST:
        raise TooLarge("a callback has at most 256 kB")
    rt = runtime()
    body = request.get_data(cache=False)
    if len(body) > LARGEST:
        raise TooLarge("a callback has at most 256 kB")
    headers = dict(request.headers.items())
    try:
        with rt.db.reading() as session:
            adapter, at = adapter_for(session, rt.keys, office, partner, rt.clock.now), now(session)
        events = adapter.parse_callback(headers, body, at)
    except (BadSignature, NotFound):
        # an office without such a partner sounds the same
        raise NotAuthenticated("this callback is not signed by a partner of the office") from None
    except NotUnderstood:
        with rt.db.transaction() as session:
            receive_strange(session, office, partner, headers=headers, body=body)
        return Response(status=204)
    with rt.db.transaction() as session:
        receive(session, office, partner, events, headers=headers, body=body)
    return Response(status=204)
