"""The pages know every state of a machine and every kind of event that the control has."""

from __future__ import annotations

import re
from importlib import resources

from linewright.control import Event, MachineState

STATIC = resources.files("linewright.board") / "static"


def listed(name: str, constant: str) -> list[str]:
    """The words of a list of strings in a page's script."""
    text = (STATIC / name).read_text(encoding="utf-8")
    found = re.search(rf"const {constant} = \[(.*?)\]", text, re.DOTALL)
    assert found, f"no {constant} in {name}"
    return re.findall(r'"([^"]+)"', found.group(1))


def test_every_state_has_words_a_share_a_sign_and_a_colour() -> None:
    states = [state.name.lower() for state in MachineState]
    assert len(listed("dom.js", "STATES")) == len(states)
    assert listed("pages/times.js", "SHARES") == states
    script = (STATIC / "dom.js").read_text(encoding="utf-8")
    signs = re.search(r"const SIGNS = \[(.*?)\n\];", script, re.DOTALL)
    assert signs and len(re.findall(r'\["M', signs.group(1))) == len(states)
    style = (STATIC / "style.css").read_text(encoding="utf-8")
    for state in MachineState:
        assert f"--s{state.value}:" in style and f"--i{state.value}:" in style


def test_every_kind_of_event_can_be_chosen() -> None:
    assert set(listed("pages/events.js", "KINDS")) == {kind.name.lower().replace("_", " ") for kind in Event}
