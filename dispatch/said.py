"""A sentence for people that can still be said in another language.

Services know no pages and no languages, so they speak Indonesian: `say("paling panjang %(most)s huruf", most=60)` is
that very text, a plain `str` to everybody who stores, compares or sends it. It also remembers its pattern and what
was put in, so that a page in another language can look the pattern up and say it again (`dispatch.words`).
"""

from typing import Any, Self


class Said(str):
    """Indonesian text that remembers how it was made."""

    __slots__ = ("named", "pattern")
    pattern: str
    named: dict[str, Any]

    def __new__(cls, pattern: str, named: dict[str, Any]) -> Self:
        made = super().__new__(cls, pattern % named if named else pattern)
        made.pattern, made.named = pattern, named
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[str, dict[str, Any]]]:
        return type(self), (self.pattern, self.named)


def say(pattern: str, /, **named: Any) -> Said:
    """A sentence that the catalogue holds; what is named in it may itself be such a sentence."""
    return Said(pattern, named)
