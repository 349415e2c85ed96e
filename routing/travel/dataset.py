"""A road dataset on disk: a folder with OSRM's files and a `dataset.json` that says what they were made of.

A folder is a dataset only when it is whole: it is built under another name and renamed at the end.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

CREDIT = "© OpenStreetMap contributors, ODbL"
BASE = "roads.osrm"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,20}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Roads that can be asked. `name` is what they are for (an office's code), `id` changes with everything they are
    made of. `bbox` is west, south, east, north in degrees; `source_sha256` is of the extract."""

    id: str
    name: str
    profile: str
    engine: str
    made_at: datetime
    bbox: tuple[float, float, float, float]
    source: str
    source_sha256: str
    nodes: int
    ways: int
    restrictions: int
    folder: Path
    credit: str = CREDIT

    @property
    def base(self) -> Path:
        """What OSRM's programs call the dataset: the common beginning of its files."""
        return self.folder / BASE

    @property
    def travel_source(self) -> str:
        """How a matrix from this dataset names itself."""
        return f"osrm:{self.id}"

    def save(self) -> None:
        """Write dataset.json into the folder."""
        told = asdict(self) | {"made_at": self.made_at.isoformat()}
        del told["folder"]
        (self.folder / "dataset.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "Dataset":
        """The dataset in this folder; ValueError or OSError where there is none or it is damaged."""
        told = json.loads((folder / "dataset.json").read_text("utf-8"))
        try:
            told["made_at"] = datetime.fromisoformat(told["made_at"])
            told["bbox"] = tuple(told["bbox"])
            return cls(folder=folder, **told)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{folder / 'dataset.json'} does not describe a dataset") from error


def check_name(name: str) -> str:
    """The name, if a folder may carry it; ValueError otherwise."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot name roads: up to 21 letters, digits, dots and hyphens")
    return name


def datasets(folder: Path) -> Sequence[Dataset]:
    """Every whole dataset under the folder, the newest first; what is unfinished or damaged is passed over."""
    found: list[Dataset] = []
    for inside in folder.glob("[!.]*/dataset.json"):
        try:
            found.append(Dataset.load(inside.parent))
        except (ValueError, OSError):
            continue
    return sorted(found, key=lambda dataset: (dataset.made_at, dataset.id), reverse=True)


def newest(folder: Path, name: str) -> Dataset | None:
    """The newest dataset of this name."""
    return next((dataset for dataset in datasets(folder) if dataset.name == name), None)
