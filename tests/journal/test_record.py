"""Rows and decisions, whatever they hold and however they are cut into blocks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linewright.control import COMMAND
from linewright.journal.record import (
    COLUMNS,
    RECORD,
    Said,
    decisions_of,
    first_link,
    next_link,
    rows_of,
    whole_decisions,
)

whole = st.integers(-(2**63), 2**63 - 1)
number = st.floats(allow_nan=False)
events = st.tuples(whole, whole, whole, whole, number, number)
text = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=3)
words = st.builds(Said, text, text, text, text, text)
commands = st.lists(st.tuples(whole, whole, whole, whole, whole, number, number), max_size=4)


@given(st.lists(st.tuples(events, commands), min_size=1, max_size=20), st.integers(1, 7))
def test_decisions_come_back_whole_from_any_blocks(run: list, size: int) -> None:
    rows: list = []
    for event, caused in run:
        rows.extend(rows_of(len(rows) + 1, event, np.array(caused, COMMAND), 0.0))
    table = np.array(rows, RECORD)
    back = []
    for block in whole_decisions(table[i : i + size] for i in range(0, len(table), size)):
        decisions = decisions_of(block, {})
        for k, event in enumerate(decisions.events):
            mine = decisions.commands[decisions.first[k] : decisions.first[k + 1]]
            back.append((event.item(), mine.tolist()))
    assert repr(back) == repr([(event, caused) for event, caused in run])


@given(st.tuples(*[whole] * 8, *[number] * 3), st.integers(0, len(COLUMNS) - 1), whole, words)
def test_every_field_is_in_the_chain(row: tuple, field: int, other: int, said: Said) -> None:
    chain = first_link({"a": "b"})
    changed = list(row)
    changed[field] = type(row[field])(other)
    same = np.array([tuple(changed)], RECORD).tobytes() == np.array([row], RECORD).tobytes()
    assert (next_link(chain, tuple(changed), said) == next_link(chain, row, said)) == same
    for field in Said._fields:
        assert next_link(chain, row, said) != next_link(chain, row, said._replace(**{field: "another"}))
    assert next_link(chain, row, said) != next_link(first_link({"a": "c"}), row, said)
