"""The one place that knows whether numba is there, and where its compiled code is kept."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np

COMPILED = importlib.util.find_spec("numba") is not None and os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0")
"""Whether the search runs compiled; the same code runs as plain Python, a hundred times slower, where it does not."""

nth = np.uint64 if COMPILED else int
"""An index that is never negative: compiled code then does not ask first whether it counts from the end."""


def compiled[F: Callable[..., object]](function: F) -> F:
    """The function compiled on its first call and kept on disk; without numba the function itself."""
    if not COMPILED:
        return function
    return cast(F, importlib.import_module("numba").njit(cache=True)(function))


def tight[F: Callable[..., object]](function: F) -> F:
    """Compiled without counting references, for code that makes no arrays: the many it is given would each be counted
    in and out at every call."""
    if not COMPILED:
        return function
    return cast(F, importlib.import_module("numba").njit(cache=True, _nrt=False)(function))


def inlined[F: Callable[..., object]](function: F) -> F:
    """A compiled function that becomes part of its compiled callers: calling one costs more than what most of them do,
    for every array it is given is counted in and out."""
    if not COMPILED:
        return function
    return cast(F, importlib.import_module("numba").njit(cache=True, forceinline=True, _nrt=False)(function))


def _keep_apart() -> None:
    """Keep compiled code in a folder named after all of this package's sources.

    Numba looks only at the file of a function to see whether its kept code is out of date, not at the files of what
    that function calls: after a change to one file, callers in another would go on running the old code.
    """
    here = Path(__file__).parent
    name = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))).hexdigest()[:12]
    home = here / "__pycache__" if os.access(here, os.W_OK) else Path.home() / ".cache" / "antar"
    importlib.import_module("numba").config.CACHE_DIR = str(home / name)


if COMPILED and not os.environ.get("NUMBA_CACHE_DIR"):
    _keep_apart()
