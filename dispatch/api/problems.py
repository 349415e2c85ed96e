"""One tree of errors, one handler: problem+json (RFC 9457) for programs, a plain Indonesian page for people."""

import logging
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import Response, g, json, redirect, render_template, request, url_for
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from dispatch import errors
from dispatch.errors import AntarError, FieldError, Invalid, NotAllowed, NotAuthenticated, Unavailable
from dispatch.store.db import is_busy

log = logging.getLogger("antar.problems")

Reply = Response | BaseResponse | tuple[str, int]


def install(app: APIFlask) -> None:
    """Answer every error of the application in one voice."""
    app.register_error_handler(AntarError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)
    app.error_processor(_validation)


def problem(error: AntarError) -> dict[str, Any]:
    """The error as an RFC 9457 problem; `sentence` and the fields' reasons are Indonesian."""
    body: dict[str, Any] = {
        "type": f"urn:antar:problem:{error.slug}",
        "title": error.title(),
        "status": error.status,
        "sentence": error.sentence,
    }
    if error.detail:
        body["detail"] = error.detail
    if error.fields:
        body["errors"] = [{"field": f.field, "reason": f.reason} for f in error.fields]
    return body


def _ours(error: AntarError) -> Reply:
    if not wants_page():
        return _as_json(error)
    if isinstance(error, NotAuthenticated):
        # coming back to a form's address would do nothing: it is not a page
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("web.login", next=back), 303)
    if isinstance(error, NotAllowed) and (who := g.get("visitor")) and who.must_change_password:
        return redirect(url_for("web.password"), 303)
    page = Response(render_template("problem.html", error=error), status=error.status)
    if error.retry_after_s is not None:
        page.headers["Retry-After"] = str(error.retry_after_s)
    return page


def wants_page() -> bool:
    """Pages get pages; the API, scripts and everything else get problem+json."""
    if request.path.startswith(("/api/", "/callbacks/", "/metrics", "/healthz")):
        return False
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], default="application/json")
    return best == "text/html"


def _as_json(error: AntarError) -> Response:
    reply = Response(json.dumps(problem(error)), status=error.status, mimetype="application/problem+json")
    if error.retry_after_s is not None:
        reply.headers["Retry-After"] = str(error.retry_after_s)
    if error.status == 401:
        reply.headers["WWW-Authenticate"] = "Bearer"
    return reply


_BY_STATUS: dict[int, type[AntarError]] = {
    cls.status: cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, AntarError)
} | {409: errors.Conflict}


def _http(error: HTTPException) -> Reply:
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:
        return error.get_response()
    cls = _BY_STATUS.get(status)
    if cls is None:
        cls = type("Refused", (AntarError,), {"status": status, "slug": f"http-{status}", "__doc__": error.name + "."})
    reply = _ours(cls(str(error.description or "")))
    if isinstance(reply, Response):
        for name, value in error.get_headers():
            if name.lower() not in ("content-type", "content-length"):
                reply.headers[name] = value
    return reply


def _unforeseen(error: Exception) -> Reply:
    if isinstance(error, DBAPIError) and is_busy(error):
        return _ours(Unavailable(retry_after_s=2))
    # the exception's text may hold what a person sent: the log gets the place, not the value
    log.error("unforeseen", exc_info=error, extra={"endpoint": request.endpoint, "error": type(error).__name__})
    return _ours(AntarError())


def _validation(error: HTTPError) -> Reply | tuple[dict[str, Any], int, dict[str, str]]:
    """APIFlask found a body, form or query that breaks its schema, or no endpoint at all."""
    fields: list[FieldError] = []
    _collect(error.detail, "", fields)
    status = error.status_code
    ours: AntarError = (
        Invalid(fields=fields) if status == 422 else _BY_STATUS.get(status, AntarError)(str(error.message))
    )
    if wants_page():
        return _ours(ours)
    headers = {name: str(value) for name, value in dict(error.headers or {}).items()}
    headers["Content-Type"] = "application/problem+json"
    return problem(ours), ours.status, headers


def _collect(detail: Any, path: str, into: list[FieldError]) -> None:
    if isinstance(detail, dict) and isinstance(detail.get("loc"), list | tuple):
        place = ".".join(str(part) for part in detail["loc"])
        into.append(FieldError(f"{path}.{place}".strip("."), str(detail.get("msg", ""))))
    elif isinstance(detail, dict):
        for key, value in detail.items():
            _collect(value, path if key in ("json", "query", "form", "json_data") else f"{path}.{key}".strip("."), into)
    elif isinstance(detail, list):
        for value in detail:
            _collect(value, path, into)
    elif detail:
        into.append(FieldError(path, str(detail)))
