"""People who act through the real pages and the real API: a dispatcher, a rider with a phone, a village secretary."""

import html
import io
import re
import secrets
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

_PAGE = {"Accept": "text/html"}


class Person:
    """Somebody with a browser: cookies, pages to read, forms to send."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, headers={"Origin": url}, timeout=60)

    def close(self) -> None:
        self.http.close()

    def page(self, path: str) -> str:
        """The page's text; an answer that is no page ends the demonstration."""
        answer = self.http.get(path, headers=_PAGE, follow_redirects=True)
        answer.raise_for_status()
        return answer.text

    def send(self, path: str, **form: Any) -> httpx.Response:
        """Send a form and take whatever is answered that is no error."""
        answer = self.http.post(path, **form)
        if answer.status_code >= 400:
            raise httpx.HTTPStatusError(f"{path}: {answer.text}", request=answer.request, response=answer)
        return answer

    def json(self, path: str) -> Any:
        answer = self.http.get(path)
        answer.raise_for_status()
        return answer.json()


class Dispatcher(Person):
    """Sari, who runs the day from one screen."""

    def sign_in(self, username: str, password: str) -> None:
        self.send("/login", data={"username": username, "password": password})
        self.http.headers["X-CSRF-Token"] = hidden(self.page("/"), "csrf_token")

    def bring(self, file: Path) -> str:
        """Hand a file in; the id of its import."""
        with file.open("rb") as body:
            answer = self.send("/api/v1/imports", files={"file": (file.name, body, "text/csv")})
        return str(answer.json()["id"])

    def do(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """One action of the API, with a key that makes a second try harmless."""
        headers = {"Idempotency-Key": secrets.token_urlsafe(16)}
        return self.send(f"/api/v1{path}", json=body or {}, headers=headers).json()

    def ask(self, path: str) -> Any:
        return self.json(f"/api/v1{path}")


class LinkHolder(Person):
    """Somebody who was sent a link and presses the button."""

    def open(self, link: str, start: str) -> None:
        token = hidden(self.page(httpx.URL(link).path), "token")
        self.send(start, data={"token": token})


class Rider(LinkHolder):
    """A courier with a cheap phone."""

    def load_everything(self) -> int:
        """Tick every batch and leave; the number of batches."""
        page = self.page("/c/route")
        batches = re.findall(r'name="taken" value="([0-9a-z]{16})"', page)
        self.send("/c/load", data={"taken": batches, "event_id": hidden(page, "event_id")})
        return len(batches)

    def next_stop(self) -> str | None:
        """The stop the page shows first; None when all are done."""
        found = re.search(r'name="stop_id" value="([0-9a-z]{16})"', self.page("/c/route"))
        return found[1] if found else None

    def arrive(self, stop_id: str) -> None:
        self.send("/c/proofs", data={"stop_id": stop_id, "kind": "arrived", "event_id": secrets.token_hex(16)})

    def hand_over(self, stop_id: str, *, to: str, lat: float, lon: float) -> dict[str, Any]:
        """Confirm with a name, a photo and a position, twice: the phone is not sure that the first one arrived."""
        form = {
            "stop_id": stop_id,
            "kind": "delivered",
            "event_id": secrets.token_hex(16),
            "received_by": to,
            "relation": "Sekretaris desa",
            "lat": f"{lat}",
            "lon": f"{lon}",
            "accuracy_m": "12",
        }
        photo = _photo()
        answers = [
            self.send("/c/proofs", data=form, files={"photo": ("foto.jpg", photo, "image/jpeg")}).json()
            for _ in range(2)
        ]
        assert answers[0] == answers[1], "the same confirmation must get the same receipt"
        receipt: dict[str, Any] = answers[0]
        return receipt


class VillageDesk(LinkHolder):
    """The secretary of a village office."""

    def count_everything(self, batch_id: str, *, name: str) -> dict[str, int]:
        """Count a batch line by line; all of it is there."""
        page = self.page(f"/v/batches/{batch_id}")
        lines = re.findall(r'name="(line_[0-9a-z]{16})" value="received"', page)
        form = {"event_id": hidden(page, "event_id"), "received_by": name, **dict.fromkeys(lines, "received")}
        counted: dict[str, int] = self.send(f"/v/batches/{batch_id}", data=form).json()["counted"]
        return counted

    def hand_one_to_its_citizen(self) -> None:
        """The first document on the list goes to the family of the one it belongs to, who may be a child."""
        found = re.search(r"/v/documents/([0-9a-z]{16})", self.page("/v/batches"))
        assert found is not None, "the village holds documents"
        page = self.page(f"/v/documents/{found[1]}")
        form = {
            "event_id": hidden(page, "event_id"),
            "received_by": "Bu Tutik",
            "relation": "Keluarga satu KK",
        }
        self.send(f"/v/documents/{found[1]}", data=form)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page's form."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if found is None:
        raise LookupError(f"the page has no field {name}")
    return html.unescape(found[1])


def _photo() -> bytes:
    body = io.BytesIO()
    Image.new("RGB", (640, 480), (11, 110, 79)).save(body, "JPEG")
    return body.getvalue()
