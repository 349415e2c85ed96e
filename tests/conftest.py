"""Fixtures every part of the tests may use."""

from tests.browser import browser

__all__ = ["browser"]
