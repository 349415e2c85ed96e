"""The API described: who may call each endpoint, and how it says no. `web/api_docs.py` is the page to read it in."""

import re
from typing import Any

from apiflask import APIFlask

from dispatch import errors
from dispatch.access import TABLE, Access
from dispatch.auth import cookie_name
from dispatch.runtime import runtime

_PLACEHOLDER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_CHANGING = frozenset({"post", "put", "patch", "delete"})
_METHODS = frozenset({"get", *_CHANGING})
_PARAMETER_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 8, "maxLength": 80},
    "description": "Send the same key with a repeated request: it is done once and answered the same.",
}

# who may call each endpoint → what it can say no with, besides its own answers
_ALWAYS = (errors.BadRequest, errors.Invalid)
_WITH_SOMEBODY = (errors.NotAuthenticated, errors.NotAllowed, errors.NotFound)
_WITH_A_BODY = (errors.Conflict, errors.TooLarge)

# answers that are files and not JSON
_TEXT = {"schema": {"type": "string"}}
_FILES = {
    ".csv": {"text/csv": _TEXT},
    ".pdf": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}

_ABOUT = """Documents come in, are batched by village, planned onto routes and confirmed where they arrive.

Programs send `Authorization: Bearer <key>`. Signed-in browsers send their session cookie, and with every change the
page's token as `X-CSRF-Token`. Instants are UTC (RFC 3339), service dates are the office's own, money is whole rupiah.
"""

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `sentence` and each `reason` are Indonesian, for the person in front of the screen.",
    "required": ["type", "title", "status", "sentence"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:antar:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "sentence": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}


def install(app: APIFlask) -> None:
    """Say in the description who may call what and how errors look."""

    @app.spec_processor
    def _describe(spec: dict[Any, Any] | str) -> dict[Any, Any] | str:
        return spec if isinstance(spec, str) else describe(spec, _endpoints(app))


def describe(spec: dict[str, Any], endpoints: dict[tuple[str, str], str]) -> dict[str, Any]:
    """The OpenAPI description with security and problems added. `endpoints`: (path, method) → endpoint."""
    components = spec.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": cookie_name(runtime(), "antar")},
        "key": {"type": "http", "scheme": "bearer", "description": "An API client's key (`antar client add`)."},
    }
    spec["info"]["description"] = _ABOUT
    spec["paths"] = dict(sorted(spec.get("paths", {}).items()))
    spec["tags"] = [{"name": tag} for tag in dict.fromkeys(_tag(path) for path in spec["paths"])]
    spec["servers"] = [{"url": runtime().settings.public_url}]
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                operation["tags"] = [_tag(path)]
                _describe_one(operation, path, method, TABLE.get(endpoints.get((path, method), "")))
    return spec


def _tag(path: str) -> str:
    """ "/api/v1/plans/{plan_id}/stop" belongs to "plans"."""
    parts = path.removeprefix("/api/v1").split("/")
    return parts[1] or "antar"


def _describe_one(operation: dict[str, Any], path: str, method: str, access: Access | None) -> None:
    refusals: list[type[errors.AntarError]] = list(_ALWAYS)
    operation["security"] = []
    if access is not None and not access.public:
        refusals += _WITH_SOMEBODY
        operation["security"] = _security(access)
        operation["description"] = "\n\n".join(filter(None, [operation.get("description", ""), _who(access)]))
    if method in _CHANGING:
        refusals += _WITH_A_BODY
        operation.setdefault("parameters", []).append(_PARAMETER_KEY)
    if "requestBody" in operation:
        operation["requestBody"]["required"] = True
    responses = operation.setdefault("responses", {})
    if path.endswith(tuple(_FILES)):
        responses["200"] = {"description": "The file.", "content": _FILES[f".{path.rpartition('.')[2]}"]}
    for refusal in refusals:
        responses[str(refusal.status)] = {
            "description": refusal.title(),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _security(access: Access) -> list[dict[str, list[str]]]:
    ways: list[dict[str, list[str]]] = []
    if access.roles:
        ways.append({"session": []})
    if access.scopes:
        ways.append({"key": sorted(access.scopes)})
    return ways


def _who(access: Access) -> str:
    parts = []
    if access.roles:
        parts.append("roles " + ", ".join(sorted(access.roles)))
    if access.scopes:
        parts.append("keys with " + " or ".join(f"`{scope}`" for scope in sorted(access.scopes)))
    return "For " + "; ".join(parts) + "." if parts else ""


def _endpoints(app: APIFlask) -> dict[tuple[str, str], str]:
    return {
        (_PLACEHOLDER.sub(r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
    }
