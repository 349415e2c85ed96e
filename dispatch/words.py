"""The two languages people read: Indonesian, in which every text is written, and English, from a catalogue.

Templates say `{{ _("Setujui rencana") }}`; edges in Python say `_("…")` from here.
"""

from apiflask import APIFlask
from flask_babel import Babel
from flask_babel import gettext as _

__all__ = ["_", "install"]

INDONESIAN = "id"


def install(app: APIFlask) -> None:
    """Let pages speak; Indonesian where nobody asked for anything else."""
    Babel(app, default_locale=INDONESIAN)
