"""create_app(settings): runtime, blueprints, who may come in, how errors sound, what every answer carries."""

import pkgutil
import secrets
import time
from importlib import import_module

from apiflask import APIFlask
from flask import Response, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from dispatch import api as api_edge
from dispatch import auth, metrics, words
from dispatch import web as web_edge
from dispatch.api import docs, problems
from dispatch.api.blueprint import api
from dispatch.api.callbacks import callbacks
from dispatch.api.health import health
from dispatch.api.strict_json import StrictJSON
from dispatch.clock import Clock
from dispatch.runtime import Runtime
from dispatch.settings import Settings
from dispatch.web.blueprint import web

# each file hangs its endpoints on its blueprint when it is loaded
for _edge in (api_edge, web_edge):
    for _file in pkgutil.iter_modules(_edge.__path__):
        import_module(f"{_edge.__name__}.{_file.name}")

MAX_UPLOAD = 12 * 1024 * 1024


def create_app(settings: Settings, clock: Clock | None = None) -> APIFlask:
    """The WSGI application for these settings."""
    app = APIFlask(
        __name__,
        json_errors=False,  # `api/problems.py` answers every error in one voice
        title="Antar",
        version="1",
        spec_path="/api/v1/openapi.json",
        docs_path=None,  # `api/docs.py` has a page of ours: nothing may come from elsewhere
        static_folder="web/static",
        template_folder="web/templates",
    )
    app.extensions["antar"] = Runtime.from_settings(settings, clock)
    app.json = StrictJSON(app)
    app.config.update(OPENAPI_VERSION="3.1.0", MAX_CONTENT_LENGTH=MAX_UPLOAD, MAX_FORM_MEMORY_SIZE=MAX_UPLOAD)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
    words.install(app)
    problems.install(app)
    docs.install(app)
    app.before_request(_begin)
    app.before_request(auth.admit)
    app.after_request(_finish)
    for blueprint in (api, web, health, callbacks):
        app.register_blueprint(blueprint)
    return app


def _begin() -> None:
    g.started = time.perf_counter()
    g.nonce = secrets.token_urlsafe(16)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", content_security_policy())
    headers["X-Content-Type-Options"] = "nosniff"
    # with no-referrer browsers send "Origin: null" with forms, and nobody could tell where a change comes from
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    metrics.observe(response.status_code, time.perf_counter() - g.started)
    return response


def content_security_policy(*, scripts: str = "'self'", styles: str = "'self'", frames: str = "'self'") -> str:
    """Nothing from outside; a page that needs more (the map's nonce) says so itself."""
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self'; manifest-src 'self'; worker-src 'self'; frame-src {frames}; form-action 'self'; "
        "frame-ancestors 'self'; base-uri 'none'"
    )
