"""Drivers by the scheme of an address; other people's by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest
from shop import ORDERS, PLANT, small_plant

from linewright.control.compile import compile_line
from linewright.errors import InputError
from linewright.machines import registry
from linewright.machines.driver import Driver
from linewright.machines.opcua.driver import OpcUaDriver
from linewright.machines.registry import Site, addresses, drivers_for


def site_of(folder: Path) -> Site:
    checked = small_plant(folder)
    line, names = compile_line(checked.plant, checked.orders, folder)
    return Site(line, names, folder / "pki")


def theirs(places: Mapping[int, str], site: Site) -> Driver:
    """What a package of other people's would register."""
    raise ValueError(f"made for {sorted(places)}")


def test_one_driver_for_each_server(tmp_path: Path) -> None:
    places = {0: "opc.tcp://a:4840", 1: "opc.tcp://b:4840#left", 2: "opc.tcp://b:4840#right"}
    placed = drivers_for(places, site_of(tmp_path))
    assert [machines for _, machines in placed] == [{0}, {1, 2}]
    assert all(isinstance(driver, OpcUaDriver) for driver, _ in placed)


def test_a_driver_of_other_people_is_found_by_its_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("focas", f"{__name__}:theirs", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda **wanted: EntryPoints([point]).select(**wanted))
    with pytest.raises(InputError, match=r"made for \[1\]"):
        drivers_for({1: "focas://cell:8193"}, site_of(tmp_path))


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        drivers_for({0: "opc.tpc://a:1", 1: "gauge"}, site_of(tmp_path))
    first, second = error.value.problems
    assert (first.key, first.hint) == ("machines.mill", "did you mean 'opc.tcp'?")
    assert second.key == "machines.gauge" and "is no address" in second.message


def test_machines_of_one_server_share_one_session(tmp_path: Path) -> None:
    places = {0: "opc.tcp://a:4840#mill", 1: "opc.tcp://a:4840?security=none#gauge-1"}
    with pytest.raises(InputError, match="in different ways"):
        drivers_for(places, site_of(tmp_path))


def test_addresses_of_the_plant_file_and_of_one_server_for_all(tmp_path: Path) -> None:
    text = f"{PLANT}\nmachines: {{ gauge: ['opc.tcp://a:1#x', 'opc.tcp://a:1#y'] }}\n"
    checked = small_plant(tmp_path, text, ORDERS)
    _, names = compile_line(checked.plant, checked.orders, tmp_path)
    assert addresses(checked.plant, names) == {1: "opc.tcp://a:1#x", 2: "opc.tcp://a:1#y"}
    assert addresses(checked.plant, names, "opc.tcp://b:2") == {
        0: "opc.tcp://b:2#mill",
        1: "opc.tcp://b:2#gauge-1",
        2: "opc.tcp://b:2#gauge-2",
    }
