"""From an extract to a dataset: kept, continued, put in place whole."""

import fcntl
import json
import multiprocessing
import os
from pathlib import Path

import osmium
import pytest

from routing.travel.clip import Area, around, box, clip, outline
from routing.travel.dataset import CREDIT, datasets, newest
from routing.travel.errors import BuildFailed
from routing.travel.prepare import Progress, build, remove
from tests.routing.travel.places import BALZERS, LIECHTENSTEIN, MADE_AT, SINGAPORE, VADUZ, VILLAGES

BAYFRONT = box(103.84, 1.27, 103.87, 1.30)


def inhabitants(file: Path) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {"n": set(), "w": set(), "r": set()}
    for thing in osmium.FileProcessor(file):
        found[thing.type_str()].add(thing.id)
    return found


def build_bayfront(folder, **options):
    return build(SINGAPORE, BAYFRONT, name="35.05", folder=folder, made_at=MADE_AT, **options)


class Stopped(Exception):
    pass


def stop_at(step):
    def tell(progress: Progress) -> None:
        if progress.step == step:
            raise Stopped

    return tell


def test_what_is_kept_of_an_extract_is_its_roads_whole_with_gates_and_turns(tmp_path):
    clipped = clip(LIECHTENSTEIN, box(9.51, 47.13, 9.53, 47.15), tmp_path / "vaduz.osm.pbf", lambda _nodes: None)

    ways, nodes, tagged = {}, {}, {}
    for thing in osmium.FileProcessor(tmp_path / "vaduz.osm.pbf"):
        if thing.is_node():
            nodes[thing.id] = (thing.lon, thing.lat)
            tagged |= {thing.id: thing.tags["barrier"]} if "barrier" in thing.tags else {}
        elif thing.is_way():
            ways[thing.id] = [node.ref for node in thing.nodes]
            assert "highway" in thing.tags
    inside = {n for n, (lon, lat) in nodes.items() if 9.51 <= lon <= 9.53 and 47.13 <= lat <= 47.15}
    assert (clipped.ways, clipped.nodes) == (len(ways), len(nodes))
    assert all(inside & set(refs) and set(refs) <= set(nodes) for refs in ways.values())
    assert len(inside) < len(nodes)  # roads that lead out are not cut
    assert tagged


def test_a_turn_restriction_stays_only_with_all_its_roads(tmp_path):
    whole = clip(SINGAPORE, BAYFRONT, tmp_path / "whole.osm.pbf", lambda _nodes: None)
    half = clip(SINGAPORE, box(103.84, 1.27, 103.858, 1.30), tmp_path / "half.osm.pbf", lambda _nodes: None)

    kept = inhabitants(tmp_path / "half.osm.pbf")
    members = [
        (member.type, member.ref)
        for relation in osmium.FileProcessor(tmp_path / "half.osm.pbf", osmium.osm.RELATION)
        for member in relation.members
    ]
    assert 0 < half.restrictions < whole.restrictions
    assert all(ref in kept[kind] for kind, ref in members)


def test_a_margin_is_measured_in_metres_wherever_the_regency_lies():
    square = {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[[9, 60], [9.1, 60], [9.1, 60.1], [9, 60.1], [9, 60]]]},
    }

    west, south, *_ = outline(square, margin_m=5_000).bbox

    assert (60 - south) * 111_320 == pytest.approx(5_000, rel=0.01)
    assert (9 - west) * 111_320 * 0.5 == pytest.approx(5_000, rel=0.02)  # cos 60° = 1/2
    assert outline({"type": "FeatureCollection", "features": [square]}).bbox == (9, 60, 9.1, 60.1)
    assert around(VILLAGES, 1_000).bbox[0] < BALZERS.lon


@pytest.mark.parametrize(
    "nothing",
    [
        {"type": "Point", "coordinates": [112, -8]},
        {"type": "FeatureCollection", "features": []},
        {"type": "Polygon", "coordinates": [[[112, -8]]]},
        {"kelurahan": "Kanigoro"},
        {"type": "Polygon", "coordinates": [[[500000, 9e6], [500100, 9e6], [500100, 9.1e6], [500000, 9e6]]]},
    ],
)
def test_a_file_without_an_area_is_refused(nothing):
    with pytest.raises(BuildFailed):
        outline(nothing)


@pytest.mark.processes
def test_a_dataset_says_what_it_is_made_of(liechtenstein):
    told = json.loads((liechtenstein.folder / "dataset.json").read_text("utf-8"))

    assert told["source"] == "liechtenstein-2015.osm.pbf"
    assert told["credit"] == CREDIT == "© OpenStreetMap contributors, ODbL"
    assert (told["bbox"], told["made_at"]) == ([9.47, 47.05, 9.64, 47.27], "2026-11-24T00:00:00+00:00")
    assert liechtenstein.travel_source == f"osrm:{liechtenstein.folder.name}"
    assert datasets(liechtenstein.folder.parent) == [liechtenstein]
    assert {path.suffix for path in liechtenstein.folder.iterdir()}.isdisjoint({".pbf", ".done", ".log"})


@pytest.mark.processes
def test_a_stopped_build_goes_on_where_it_was(tmp_path):
    with pytest.raises(Stopped):
        build_bayfront(tmp_path, tell=stop_at("contract"))
    unfinished = datasets(tmp_path)

    steps: list[str] = []
    dataset = build_bayfront(tmp_path, tell=lambda progress: steps.append(progress.step))

    assert unfinished == []
    assert set(steps) == {"read", "contract"}
    assert newest(tmp_path, "35.05") == dataset
    assert newest(tmp_path, "35.03") is None


def die_while_extracting(folder):
    build_bayfront(folder, tell=lambda progress: os._exit(9) if progress.step == "extract" else None)


@pytest.mark.processes
def test_a_build_whose_process_is_killed_goes_on_in_another(tmp_path):
    process = multiprocessing.get_context("spawn").Process(target=die_while_extracting, args=(tmp_path,))
    process.start()
    process.join()
    # the engine's program may still be writing: it holds the lock as long as it lives
    lock_file = next(tmp_path.glob(".*.lock"))
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

    steps: list[str] = []
    dataset = build_bayfront(tmp_path, tell=lambda progress: steps.append(progress.step))

    assert process.exitcode == 9
    assert "clip" not in steps
    assert (dataset.ways, datasets(tmp_path)) == (332, [dataset])


@pytest.mark.processes
def test_the_same_again_is_there_already_and_another_area_is_another_dataset(tmp_path):
    first = build_bayfront(tmp_path)
    again = build_bayfront(tmp_path, tell=stop_at("clip"))
    smaller = build(SINGAPORE, box(103.85, 1.27, 103.87, 1.30), name="35.05", folder=tmp_path, made_at=MADE_AT)

    assert again == first
    assert smaller.id != first.id
    assert {dataset.id for dataset in datasets(tmp_path)} == {first.id, smaller.id}

    remove(smaller)
    assert datasets(tmp_path) == [first]


def test_two_builds_of_the_same_roads_do_not_mix(tmp_path):
    def twin(progress: Progress) -> None:
        if progress.step == "clip":
            build_bayfront(tmp_path)

    with pytest.raises(BuildFailed, match="another process"):
        build_bayfront(tmp_path, tell=twin)


def test_an_area_without_roads_a_broken_extract_and_a_missing_one_are_one_clear_line(tmp_path):
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(LIECHTENSTEIN.read_bytes()[:50_000])

    for source, area, why in (
        (LIECHTENSTEIN, box(112, -8, 113, -7), "no road in this area"),
        (broken, BAYFRONT, "cannot be read"),
        (tmp_path / "java.osm.pbf", BAYFRONT, "there is no extract"),
    ):
        with pytest.raises(BuildFailed, match=why):
            build(source, area, name="35.05", folder=tmp_path, made_at=MADE_AT)
    with pytest.raises(BuildFailed, match="holds nothing"):
        around([VADUZ], 0)
    assert datasets(tmp_path) == []


def test_a_damaged_description_is_no_dataset(tmp_path):
    for number, text in enumerate(["{", "[]", '{"id": "x"}', ""]):
        (tmp_path / f"roads-{number}").mkdir()
        (tmp_path / f"roads-{number}" / "dataset.json").write_text(text)

    assert datasets(tmp_path) == []


def test_a_name_that_would_leave_the_folder_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot name roads"):
        build(SINGAPORE, BAYFRONT, name="../35.05", folder=tmp_path, made_at=MADE_AT)


def test_an_area_is_the_same_however_its_outline_is_written():
    one = outline({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]})
    turned = outline({"type": "Polygon", "coordinates": [[[1, 1], [1, 0], [0, 0], [0, 1], [1, 1]]]})

    assert isinstance(one, Area)
    assert one.fingerprint == turned.fingerprint != box(0, 0, 1, 2).fingerprint
