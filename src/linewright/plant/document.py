"""Writes `docs/plant-file.md` from the model, so that it says what the model says.

`python -m linewright.plant.document` prints it; `make docs` and a test keep the file current.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from linewright.plant import model
from linewright.plant.distributions import FORMS
from linewright.plant.model import Plant
from linewright.plant.quantities import TYPE_KEY
from linewright.units import EXAMPLES, units_of

HEAD = """\
# The plant file

<!-- Made by `python -m linewright.plant.document`; do not edit. -->

One file says everything about a line: what is there, what it makes, what is wanted, and by which rules it
runs. It is YAML, or an XLSX workbook with a sheet for each table; `linewright convert` turns one into the
other and loses nothing. `linewright check PLANT` reports everything wrong with it at once, each with its
line and the nearest valid name. `linewright schema` prints a JSON Schema by which editors complete the
file; for those that know the YAML language server, put this in the first line:

```yaml
# yaml-language-server: $schema=plant.schema.json
```

`examples/gear-pump/plant.yaml` uses nearly everything below.

## Quantities

Everything with a dimension is written with its unit; only 0 needs none. Numbers may be fractions (`1/12`).
Where a count has no limit, write `unlimited`. Units beyond these are understood too (all that pint knows).

"""

DISTRIBUTIONS = """
`cv` is the coefficient of variation (sd / mean). `offset`, a constant added to everything drawn, may stand
in each. A normal time is drawn again until it is not negative. `empirical` takes its `values` from a list
or from a column of a CSV file beside the plant file; `unit` is that of bare numbers, or the column's name
says it (`time_s`). Geometric times are whole multiples of `unit`. `mixture` draws one of its parts by
weight:

```yaml
time: { dist: mixture, of: [ { weight: 95%, dist: constant, value: 40 s },
                             { weight: 5%, dist: exponential, mean: 6 min } ] }
```

"""

ORDERS = """\
## The orders file

CSV, or the first sheet of an XLSX workbook; the first row names the columns:

| column | meaning |
|---|---|
| **`order`** | its number or name, each once |
| **`material`** | what is ordered: a material with a route |
| **`quantity`** | pieces |
| `due` | when it is due: a time from the start (`3 d`, `26 h`) or a date (`2026-11-24 14:00`) |
| `priority` | a number, the lower the sooner; default 0 |
| `release` | not before this time or date; default at once |

Time 0 is a Monday, 00:00. Dates count from the Monday of the week of the earliest date in the file.

## Machine-tool programs

An operation may name the `program` that its machine runs, and its station the machine file of its `machine_tool`:

```yaml
stations:
  mill: { machine_tool: mill.yaml, tools: { T1: { life: 60 min cutting, change: 4 min } } }
routes:
  block:
    - op10: { at: mill, program: op10.ngc, handling: 40 s }
```

The program is read when the plant is loaded. What would go wrong on that machine is reported with the line of the
program, as `linewright nc check` does; an error stops the plant. Where the operation does not give its own `time`, it
is the `handling` and the program's time on that machine; where it does not give `uses`, each tool `T1`, `T2` ... of
the station is used for the time for which it cuts. An operation does not start before its machine is ready for the
program: every tool there, and with life left for the whole of it. `docs/nc.md` says what stands in a machine file.

## What is checked

Nothing runs while there is an error: an unknown key, name or unit; a material that is neither bought nor
made, is made of itself, or can never be had; a station that no route leads to or that never runs; an
operation that nobody with the skill can ever attend; a batch that its queue or its cards can never fill; a
route on which every unit fails; a random stream of orders that takes more than a station can do; a loop of
finite places (mostly rework) in which units can wait for each other for ever; a distance that is missing; a
file that is not there.

Warnings: orders in a file that cannot all be made until the last due date, change-overs that take no time,
components that share places so that one can fill them all, a characteristic that is measured without a gauge,
a bought material that nothing takes, nothing in demand, work that piles up without end.

"""

WORKBOOK = """\
## The workbook

A sheet for each table, a row for each thing, its name in front: `calendar`, `crews`, `materials`, `stations`,
`failures`, `tools`, `transport`, `characteristics`, `routes` (a row for each operation, in order), `streams`,
`machines`, `costs`. Nested tables have columns such as `setup.time.small.large` or `gauge.repeatability`; a
distribution, a list or a table of names stands in one cell as in YAML,
`{dist: lognormal, mean: 6.5 min, cv: 0.08}`.
The sheet `plant` holds what belongs to the line as a whole, as key and value: `plant`, `orders.from`,
`control.release`, `experiment.seed`. Save a plant as a workbook to see it all in place.
"""


def document() -> str:
    """The whole document, as Markdown."""
    parts = [HEAD, *_units(), "\n", *_distributions(), *_tables(), ORDERS, WORKBOOK]
    return "".join(parts)


def _units() -> Iterator[str]:
    yield "| quantity | example | units |\n|---|---|---|\n"
    for dimension, example in EXAMPLES.items():
        yield f"| {dimension} | `{example}` | {', '.join(f'`{unit}`' for unit in units_of(dimension))} |\n"


def _distributions() -> Iterator[str]:
    yield "## Distributions\n\n"
    yield "A time that is always the same is written plainly, `45 s`. Any other is a table with `dist`:\n\n"
    yield "| `dist` | given by |\n|---|---|\n"
    for name, forms in FORMS.items():
        ways = "; or ".join(", ".join(_parameter(key, form.optional) for key in form.keys) for form in forms)
        yield f"| `{name}` | {ways} |\n"
    yield DISTRIBUTIONS


def _parameter(key: str, optional: frozenset[str]) -> str:
    return f"`{key}` (optional)" if key in optional else f"`{key}`"


def _tables() -> Iterator[str]:
    yield "## Tables\n\nKeys in **bold** must be given.\n\n"
    for table in _in_order():
        yield f"### {table.__name__}\n\n{(table.__doc__ or '').strip()}\n\n"
        yield "| key | written as | default | meaning |\n|---|---|---|---|\n"
        for name, field in table.model_fields.items():
            key = f"**`{field.alias or name}`**" if field.is_required() else f"`{field.alias or name}`"
            yield f"| {key} | {_written(field)} | {_default(field)} | {field.description or ''} |\n"
        yield "\n"


def _in_order() -> list[type[BaseModel]]:
    """The plant first, then the other tables in the order in which the model tells them."""
    tables = [
        each
        for each in vars(model).values()
        if isinstance(each, type) and issubclass(each, model.Table) and each not in (model.Table, Plant)
    ]
    return [Plant, *tables]


def _written(field: FieldInfo) -> str:
    words = _words(_again(field))
    return words.replace("|", "\\|")


def _again(field: FieldInfo) -> Any:
    """The annotation with the metadata that pydantic took off it."""
    schema = next((each for each in field.metadata if isinstance(each, WithJsonSchema)), None)
    return schema if schema is not None else field.annotation


def _words(kind: Any) -> str:
    """What is written for a type, in words."""
    if isinstance(kind, WithJsonSchema):
        return str((kind.json_schema or {})["title"])
    named = [each for each in getattr(kind, "__metadata__", ()) if isinstance(each, WithJsonSchema)]
    if named:
        return _words(named[0])
    if hasattr(kind, "__metadata__"):
        return _words(kind.__origin__)
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return "; or ".join(dict.fromkeys(_words(each) for each in inside if each is not type(None)))
    if origin is Literal:
        return " \\| ".join(f"`{each}`" for each in inside).replace("\\|", "|")
    if origin is dict:
        return f"name: {_words(inside[1])}"
    if origin is list:
        return f"list of {_words(inside[0])}"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    plain = {str: "text", bool: "`true` | `false`", int: "a whole number", float: "a number", date: "a date"}
    return plain.get(kind, str(kind))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    default = field.get_default(call_default_factory=True)
    if default is None or default in ({}, []) or isinstance(default, BaseModel):
        return ""
    schema = next((e.json_schema for e in field.metadata if isinstance(e, WithJsonSchema)), None) or {}
    if schema.get(TYPE_KEY) == "Count" and default == model.UNLIMITED:
        return "`unlimited`"
    text = (
        str(default).lower()
        if isinstance(default, bool)
        else f"{default:g}"
        if isinstance(default, float)
        else default
    )
    return f"`{text}`"


if __name__ == "__main__":
    print(document(), end="")
