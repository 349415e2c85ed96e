"""Where partners tell us what happened. Nothing is believed before the partner's signature over the raw body fits."""

import logging

from apiflask import APIBlueprint
from flask import Response, request

from dispatch.errors import NotAuthenticated, NotFound, TooLarge
from dispatch.runtime import runtime
from dispatch.services import channel_events
from dispatch.services.channel_accounts import whatsapp_of
from dispatch.services.partner_accounts import adapter_for
from dispatch.services.partner_events import receive, receive_strange
from dispatch.store.db import now
from partners.base import BadSignature, NotUnderstood

callbacks = APIBlueprint("callbacks", __name__, enable_openapi=False)
log = logging.getLogger("antar.callbacks")

LARGEST = 256 * 1024  # bytes; an event has a few hundred


@callbacks.get("/callbacks/<office>/whatsapp")
def greet_whatsapp(office: str) -> Response:
    """The handshake by which Meta learns that this address is the office's."""
    rt = runtime()
    try:
        with rt.db.reading() as session:
            channel = whatsapp_of(session, rt.keys, office)
        return Response(channel.challenge(request.args), mimetype="text/plain")
    except (BadSignature, NotFound):
        raise NotAuthenticated("nobody here expects this") from None


@callbacks.post("/callbacks/<office>/whatsapp")
def receive_whatsapp(office: str) -> Response:
    """Keep a genuine webhook and answer 204; applying it is a job. 401 for everything else, and nothing is kept."""
    if (request.content_length or 0) > LARGEST:
        raise TooLarge("a callback has at most 256 kB")
    rt = runtime()
    body = request.get_data(cache=False)
    try:
        with rt.db.reading() as session:
            channel = whatsapp_of(session, rt.keys, office)
        statuses, asked = channel.parse(dict(request.headers.items()), body)
    except (BadSignature, NotFound):
        raise NotAuthenticated("this callback is not signed by a partner of the office") from None
    except NotUnderstood:
        # Meta would send it for days; there is nothing in it that we could ever use
        log.warning("whatsapp webhook not understood", extra={"office": office, "bytes": len(body)})
        return Response(status=204)
    with rt.db.transaction() as session:
        channel_events.receive(session, rt, office, statuses, asked)
    return Response(status=204)


@callbacks.post("/callbacks/<office>/<partner>")
@callbacks.post("/callbacks/<office>/<partner>/<secret>")
def receive_callback(office: str, partner: str, secret: str = "") -> Response:
    """Keep a genuine callback and answer 204; applying it is a job. 401 for everything else, and nothing is kept.

    Partners that sign nothing are given an address with a secret end; the adapter sees the path as it was called.
    """
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
        events = adapter.parse_callback(headers, body, at, path=request.path)
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
