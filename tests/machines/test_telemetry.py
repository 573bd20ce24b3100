"""Telemetry is kept in segments; whatever is lost is declared."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from linewright.machines.telemetry import Loss, Reading, Telemetry, read_losses, read_telemetry

T0 = 1_769_844_600.0


def readings(n: int, item: str = "Xpos", start: int = 0) -> list[Reading]:
    return [Reading(item, T0 + k, str(k / 4)) for k in range(start, start + n)]


def until(true: object, within_s: float = 5.0) -> None:
    end_s = time.monotonic() + within_s
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_what_is_put_in_comes_out_by_machine_item_and_time(tmp_path: Path) -> None:
    telemetry = Telemetry(tmp_path)
    telemetry.put("mill", readings(100))
    telemetry.put("cmm", [Reading("program", T0 + 3, "box.op1"), Reading("load", T0 + 2, "nan")])
    telemetry.put("mill", [])
    telemetry.close()
    assert read_telemetry(tmp_path).num_rows == 102
    mill = read_telemetry(tmp_path, "mill", "Xpos", T0 + 10, T0 + 12)
    assert mill["value"].to_pylist() == [2.5, 2.75, 3.0] and mill["words"].null_count == 3
    assert [t.timestamp() for t in mill["time"].to_pylist()] == [T0 + 10, T0 + 11, T0 + 12]
    program = read_telemetry(tmp_path, "cmm", "program")
    assert program["words"].to_pylist() == ["box.op1"] and program["value"].to_pylist() == [None]
    assert read_telemetry(tmp_path, "lathe").num_rows == 0 and read_telemetry(tmp_path, to_s=T0 - 1).num_rows == 0
    assert read_losses(tmp_path) == []


def test_segments_are_whole_files_that_can_be_read_meanwhile(tmp_path: Path) -> None:
    telemetry = Telemetry(tmp_path, segment_s=0.01)
    for k in range(3):
        telemetry.put("mill", readings(10, start=10 * k))
        until(lambda k=k: read_telemetry(tmp_path).num_rows == 10 * (k + 1))
    assert len(list(tmp_path.rglob("*.parquet"))) == 3
    telemetry.close()
    assert read_telemetry(tmp_path)["value"].to_pylist() == [k / 4 for k in range(30)]


def test_what_there_is_no_room_for_is_counted(tmp_path: Path) -> None:
    telemetry = Telemetry(tmp_path, most_waiting=25)
    for k in range(4):
        telemetry.put("mill" if k % 2 else "cmm", readings(10, start=10 * k))
    telemetry.lost("mill", T0, T0 + 9, 7, "a gap")
    telemetry.close()
    assert read_telemetry(tmp_path).num_rows == 25
    assert sorted(read_losses(tmp_path), key=str) == [
        Loss("cmm", T0 + 25, T0 + 29, 5, "more came than the disk could take"),
        Loss("mill", T0, T0 + 9, 7, "a gap"),
        Loss("mill", T0 + 30, T0 + 39, 10, "more came than the disk could take"),
    ]


def test_a_killed_process_is_declared_by_the_next(tmp_path: Path) -> None:
    """Never closed: its segments stand, what waited in its memory is declared lost."""
    killed = Telemetry(tmp_path, segment_s=0.01)
    killed.put("mill", readings(50))
    until(lambda: read_telemetry(tmp_path).num_rows == 50)
    killed.segment_s = 1e9
    killed.put("mill", readings(1, start=60))
    Telemetry(tmp_path).close()
    assert read_telemetry(tmp_path).num_rows == 50
    (loss,) = read_losses(tmp_path)
    assert loss.machine == "" and loss.count is None and loss.to_s - loss.from_s < 60.0
    Telemetry(tmp_path).close()
    assert len(read_losses(tmp_path)) == 1, "a process that closed leaves nothing to declare"
    killed.close()


def test_a_disk_that_refuses_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    telemetry = Telemetry(tmp_path)
    telemetry.put("mill", readings(10))
    monkeypatch.setattr("linewright.machines.telemetry.pq.write_table", full)
    telemetry.close()
    (loss,) = read_losses(tmp_path)
    assert (loss.count, loss.from_s, loss.to_s) == (10, T0, T0 + 9) and "No space left" in loss.why


def test_old_days_go_and_that_is_declared(tmp_path: Path) -> None:
    old = tmp_path / "2020-02-01"
    old.mkdir()
    (old / "1-2-3-4.parquet").write_bytes(b"")
    telemetry = Telemetry(tmp_path, keep_days=30.0)
    telemetry.put("mill", readings(1))
    telemetry.close()
    assert not old.exists() and read_telemetry(tmp_path).num_rows == 1
    assert [loss.why for loss in read_losses(tmp_path)] == ["kept for 30 days"]
