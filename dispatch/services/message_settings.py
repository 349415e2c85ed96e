"""What an office tells its citizens, by which channels and when. Off until somebody switches it on.

Settings are appended, never changed: each row says from which event of the trail it counts, so that `antar verify` can
tell for every change whether it had to be told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.services.announcing import settings_of
from dispatch.services.channel_accounts import EMAIL, SMS, WHATSAPP
from dispatch.services.links import zone_of
from dispatch.services.message_words import NEWS, TEMPLATES, mistakes
from dispatch.store import audit
from dispatch.store.audit import Actor
from dispatch.store.db import now
from dispatch.store.models import MessageSettings

BY_HAND = "clerk"
CHANNELS: Mapping[str, str] = {
    WHATSAPP: say("WhatsApp"),
    SMS: say("SMS"),
    EMAIL: say("E-mail"),
    BY_HAND: say("WhatsApp oleh petugas (satu klik tiap pesan)"),
}
"""Ways to reach people, as an office chooses among them; each is tried in the office's order."""

DAY_S = 24 * 3600
QUIET_START_S, QUIET_END_S = 20 * 3600, 7 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What an office wants. Quiet hours in seconds after its midnight, over midnight too; equal: never quiet.

    Invalid, naming the field, when it makes no sense.
    """

    is_on: bool
    news: Sequence[str] = tuple(NEWS)
    channels: Sequence[str] = (BY_HAND,)
    templates: Mapping[str, str] = field(default_factory=lambda: dict(TEMPLATES))
    whatsapp_templates: Mapping[str, str] = field(default_factory=dict)
    quiet_start_s: int = QUIET_START_S
    quiet_end_s: int = QUIET_END_S

    def __post_init__(self) -> None:
        wrong: list[FieldError] = []
        if set(self.news) - set(NEWS):
            wrong.append(FieldError("news", f"pilih dari {', '.join(NEWS)}"))
        if set(self.channels) - set(CHANNELS) or len(set(self.channels)) != len(self.channels):
            wrong.append(FieldError("channels", f"pilih dari {', '.join(CHANNELS)}, masing-masing satu kali"))
        if self.is_on and not (self.news and self.channels):
            wrong.append(FieldError("is_on", "pilih paling sedikit satu kabar dan satu saluran"))
        for news in NEWS:
            reasons = mistakes(self.templates.get(news, ""))
            wrong += [FieldError(f"templates.{news}", f"teks “{NEWS[news]}”: {reason}") for reason in reasons]
        for news, name in self.whatsapp_templates.items():
            if news not in NEWS or len(name) > 100 or not name.replace("_", "").isalnum() or not name.isascii():
                wrong.append(FieldError("whatsapp_templates", "nama templat: huruf kecil, angka dan garis bawah"))
        if not (0 <= self.quiet_start_s < DAY_S and 0 <= self.quiet_end_s < DAY_S):
            wrong.append(FieldError("quiet", "isi jam tenang dari 00.00 sampai 23.59"))
        if wrong:
            raise Invalid(fields=wrong)


def wanted_of(settings: MessageSettings | None) -> Wanted:
    """What holds; the shipped texts, switched off, while nothing was decided."""
    if settings is None:
        return Wanted(is_on=False)
    return Wanted(
        is_on=settings.is_on,
        news=settings.news,
        channels=[channel for channel in settings.channels if channel in CHANNELS],
        templates={**TEMPLATES, **settings.templates},
        whatsapp_templates=settings.whatsapp_templates,
        quiet_start_s=settings.quiet_start_s,
        quiet_end_s=settings.quiet_end_s,
    )


def decide(session: Session, office: str, wanted: Wanted, *, by: Actor) -> MessageSettings:
    """Let this count from the next change on."""
    head = audit.begin(session, office)  # whoever changes a document waits, so no event falls between two settings
    before = settings_of(session, office)
    settings = MessageSettings(
        office=office,
        revision=before.revision + 1 if before else 1,
        from_seq=head.seq + 1,
        is_on=wanted.is_on,
        news=list(wanted.news),
        channels=list(wanted.channels),
        templates=dict(wanted.templates),
        whatsapp_templates=dict(wanted.whatsapp_templates),
        quiet_start_s=wanted.quiet_start_s,
        quiet_end_s=wanted.quiet_end_s,
        decided_by=str(by),
        decided_at=now(session),
    )
    session.add(settings)
    session.flush()
    return settings


def quiet_until(session: Session, settings: MessageSettings, at: datetime) -> datetime | None:
    """When the quiet hours end that hold at this instant; None when people may be written to."""
    start, end = settings.quiet_start_s, settings.quiet_end_s
    local = at.astimezone(zone_of(session, settings.office))
    second = local.hour * 3600 + local.minute * 60 + local.second
    is_quiet = start <= second < end if start < end else start != end and (second >= start or second < end)
    if not is_quiet:
        return None
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    ends = midnight + timedelta(seconds=end)
    # Indonesia knows no summer time: a day has 24 hours
    return ends if ends > local else ends + timedelta(days=1)
