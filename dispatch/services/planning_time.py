"""How long a plan's routes are searched for: by size, unless the dispatcher says otherwise.

Size is counted in batches, as many as the problem has stops at most. The steps are what the search needs until more
time brings less than about one per cent (docs/performance.md); nobody has to wait for them, as the best routes so far
can be taken at any moment.
"""

from dispatch.errors import FieldError, Invalid
from dispatch.said import say
from dispatch.settings import MOST_PLAN_SECONDS

SECONDS_BY_BATCHES = ((20, 5), (100, 10), (300, 20), (700, 40), (1_500, 60), (4_000, 120))
"""(up to so many batches, seconds)."""

LARGEST_S = 240
"""Beyond the last step."""


def seconds_for(batches: int) -> int:
    """Seconds for a plan of so many batches."""
    return next((seconds for most, seconds in SECONDS_BY_BATCHES if batches <= most), LARGEST_S)


def refuse_seconds(seconds: int) -> None:
    """Invalid outside the bounds."""
    if not 1 <= seconds <= MOST_PLAN_SECONDS:
        raise Invalid(
            fields=[
                FieldError("seconds", say("lama mencari antara 1 dan %(seconds)s detik", seconds=MOST_PLAN_SECONDS))
            ]
        )
