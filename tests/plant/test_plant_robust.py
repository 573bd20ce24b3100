"""Whatever stands in a plant file, what comes out is a plant or problems, never a crash."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from linewright.errors import InputError
from linewright.plant.check import check_plant
from linewright.plant.load import plant_of
from linewright.plant.yaml_source import Source, read_yaml

FOLDER = Path(__file__).parents[2] / "examples" / "gear-pump"
TEXT = (FOLDER / "plant.yaml").read_text()
JUNK: list[Any] = [
    None, True, -1, 0, 1e300, 2.5, "", "x", "45 s", "1/0", "5 mm", "unlimited", "{", "all", [], [1], ["a"],
    {}, {"dist": "gamma"}, {"a": {"b": 1}}, {"dist": [1]}, {"time": "5 s"}, float("inf"), "nan s", "1e999 s",
    "1e300 s", "0 s", "-3 min", "1 in 0", "10:00-09:00", "mon 25:00-26:00", [[]], [{}], [None], {"x": None},
]  # fmt: skip


def run(source: Source) -> None:
    """Load and check; only problems may come, each with words."""
    try:
        check_plant(plant_of(source, FOLDER), source, FOLDER)
    except InputError as error:
        assert error.problems and all(problem.message for problem in error.problems)


def paths(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from paths(value, (*path, key))


@pytest.mark.parametrize("seed", range(10))
def test_junk_in_any_place(seed: int) -> None:
    luck = random.Random(seed)
    data = read_yaml(TEXT, "").data
    places = list(paths(data))
    for _ in range(30):
        spoiled = copy.deepcopy(data)
        path = luck.choice(places)
        table = spoiled
        for key in path[:-1]:
            table = table[key]
        table[path[-1]] = copy.deepcopy(luck.choice(JUNK))
        run(Source("spoiled", spoiled))


@pytest.mark.parametrize("seed", range(5))
def test_spoiled_text(seed: int) -> None:
    luck = random.Random(seed)
    for _ in range(4):
        letters = list(TEXT)
        for _ in range(luck.randint(1, 4)):
            place = luck.randrange(len(letters))
            if luck.random() < 0.5:
                letters[place] = luck.choice("{}[]:,-#&*!|>'\"%@`\n\t \0é0x")
            else:
                del letters[place : place + luck.randint(1, 30)]
        try:
            source = read_yaml("".join(letters), "spoiled")
        except InputError:
            continue
        run(source)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{c}: &{c} [{', '.join([f'*{chr(ord(c) - 1)}'] * 9)}]\n" for c in "bcdefghi"),
        "[" * 400,
        "a: 1\n---\nb: 2",
        "a: *nowhere",
        "\ta: 1",
        "a: !!python/object/apply:os.system [ls]",
    ],
    ids=["ring", "bomb", "deep", "two documents", "alias", "tab", "tag"],
)
def test_tricks(text: str) -> None:
    with pytest.raises(InputError):
        plant_of(read_yaml(text, "trick"), FOLDER)


def test_anchors_and_merges() -> None:
    source = read_yaml("a: &a { x: 1, y: 2 }\nb: { <<: *a, y: 3 }\nc: [*a]\n", "f")
    assert source.data == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": [{"x": 1, "y": 2}]}


def test_plain_words() -> None:
    text = "{a: on, b: yes, c: ~, d: null, e: true, f: 010, g: 1e3, h: 12:30, i: '5', j: 0x10, k: 2026-11-22}"
    assert read_yaml(text, "f").data == {
        "a": "on", "b": "yes", "c": None, "d": None, "e": True, "f": 10, "g": 1000.0, "h": "12:30", "i": "5",
        "j": "0x10", "k": "2026-11-22",
    }  # fmt: skip
