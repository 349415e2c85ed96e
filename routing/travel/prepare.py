"""From an OpenStreetMap extract to a road dataset: clip, extract, contract, put in place.

Each finished step leaves a marker in a folder aside, so that a build that was stopped goes on where it was. The folder
gets its name only when it is whole. What it is made of (extract, area, profile, engine) decides its id: the same again
is there already, anything else is another dataset.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from json import dumps, loads
from pathlib import Path
from typing import Literal

from routing.travel.clip import Area, Clipped, clip
from routing.travel.dataset import BASE, Dataset, check_name
from routing.travel.engine import profiles, program, version
from routing.travel.errors import BuildFailed

PROFILE = "motorbike"
PROFILE_FILE = Path(__file__).parent / "motorbike.lua"
CLIPPED = "roads.osm.pbf"
STEPS = ("read", "clip", "extract", "contract")
RECIPE = 1  # counts up when the steps below make something else of the same inputs
BYTES_PER_NODE = 512  # what osrm-extract holds of each road node at its peak (measured: 2.4 GB for 5 million)
type Step = Literal["read", "clip", "extract", "contract"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a build is. `share` of the step is 0 to 1 (OSRM counts several times per step), None while it is not
    known; `count` is in bytes for "read" and in nodes for "clip"."""

    step: Step
    share: float | None = None
    count: int = 0


type Tell = Callable[[Progress], None]


def quiet(_progress: Progress) -> None:
    """Nobody watches."""


def build(
    source: Path, area: Area, *, name: str, folder: Path, made_at: datetime, threads: int = 1, tell: Tell = quiet
) -> Dataset:
    """The roads of the area as a dataset under `folder`, made now or there already.

    `source` is an .osm.pbf (any file osmium reads). An exception out of `tell` stops the build; calling again goes on.
    BuildFailed when it cannot be made, or when another process is making the same one.
    """
    check_name(name)
    if not source.is_file():
        raise BuildFailed(f"there is no extract at {source}")
    sha = _sha256(source, tell)
    known = hashlib.sha256(b"\0".join((sha.encode(), area.fingerprint, PROFILE_FILE.read_bytes(), _engine().encode())))
    dataset_id = f"{name}-{known.hexdigest()[:12]}"
    final = folder / dataset_id
    with _alone(folder, dataset_id) as lock:
        if not (final / "dataset.json").exists():
            aside = folder / f".{dataset_id}.building"
            aside.mkdir(exist_ok=True)
            clipped = _clip_step(aside, source, area, tell)
            versioned = ["--data_version", dataset_id]  # comes back with every answer of the server
            _run_step(
                aside, "extract", ["-p", str(PROFILE_FILE), *versioned, str(aside / CLIPPED)], threads, lock, tell
            )
            _run_step(aside, "contract", [str(aside / BASE)], threads, lock, tell)
            Dataset(
                id=dataset_id,
                name=name,
                profile=PROFILE,
                engine=_engine(),
                made_at=made_at,
                bbox=area.bbox,
                source=source.name,
                source_sha256=sha,
                folder=aside,
                **asdict(clipped),
            ).save()
            for rest in (aside / CLIPPED, *aside.glob("*.done"), *aside.glob("*.log")):
                rest.unlink()
            shutil.rmtree(final, ignore_errors=True)  # a folder without its dataset.json is nobody's
            aside.rename(final)
    return Dataset.load(final)


def _engine() -> str:
    return f"osrm {version()}, contraction hierarchies, recipe {RECIPE}"


def _sha256(source: Path, tell: Tell) -> str:
    digest, whole = hashlib.sha256(), source.stat().st_size or 1
    with source.open("rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
            tell(Progress(step="read", share=file.tell() / whole, count=file.tell()))
    return digest.hexdigest()


@contextmanager
def _alone(folder: Path, dataset_id: str) -> Iterator[int]:
    """For this process alone: the open lock file, whose lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{dataset_id}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BuildFailed("another process is building these roads just now") from error
        yield lock.fileno()


def _clip_step(aside: Path, source: Path, area: Area, tell: Tell) -> Clipped:
    done = aside / "clip.done"
    if done.exists():
        return Clipped(**loads(done.read_text("utf-8")))
    clipped = clip(source, area, aside / CLIPPED, lambda nodes: tell(Progress(step="clip", count=nodes)))
    _check_memory(clipped.nodes)
    _mark(done, dumps(asdict(clipped)))
    return clipped


def _check_memory(nodes: int) -> None:
    """Refuse before the machine is brought to its knees."""
    free, needed = available_memory(), nodes * BYTES_PER_NODE
    if free is not None and needed > free:
        raise BuildFailed(
            f"{nodes:,} road nodes need about {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free: "
            "choose a smaller area or a larger machine"
        )


def available_memory() -> int | None:
    """Bytes a program may still take on this machine; None where the system does not tell."""
    try:
        told = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return None
    found = re.search(r"MemAvailable:\s+(\d+) kB", told)
    return int(found[1]) * 1024 if found else None


def _run_step(
    aside: Path, step: Literal["extract", "contract"], arguments: list[str], threads: int, lock: int, tell: Tell
) -> None:
    """One of OSRM's programs, with its own counting passed on; stopped with us."""
    done = aside / f"{step}.done"
    if done.exists():
        return
    command = [str(program(f"osrm-{step}")), "--threads", str(threads), *arguments]
    environment = os.environ | {"LUA_PATH": f"{profiles()}/?.lua;;"}
    log = aside / f"{step}.log"
    with subprocess.Popen(  # noqa: S603  # the engine's own program, no shell
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(lock,),  # if we are killed, the program that still writes keeps the folder locked
    ) as process:
        assert process.stdout is not None
        try:
            with log.open("wb") as written:
                for line in process.stdout:
                    written.write(line)
                    percent = re.search(rb"(\d+)%", line)
                    if percent and int(percent[1]) <= 100:
                        tell(Progress(step=step, share=int(percent[1]) / 100))
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        last = lines[-1] if lines else "no word"
        raise BuildFailed(f"osrm-{step} ended with {process.returncode}: {last}")
    _mark(done, "")


def _mark(done: Path, content: str) -> None:
    """A finished step, written so that a half-written marker cannot be taken for one."""
    new = done.with_suffix(".new")
    new.write_text(content, "utf-8")
    new.replace(done)


def remove(dataset: Dataset) -> None:
    """Take a dataset away. A server that has it open goes on; it cannot be started again with it."""
    shutil.rmtree(dataset.folder)
