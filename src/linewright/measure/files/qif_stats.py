"""Statistical studies of a QIF file: plans with thresholds, results with their numbers, subgroups and
causes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from linewright.measure.files.xml_stream import children, find, local, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element

KINDS = (
    "SimpleStudy",
    "FirstArticleStudy",
    "CapabilityStudy",
    "PreProductionStudy",
    "ProductionStudy",
    "MultiPartStudy",
)
RESULTS = tuple(f"{kind}Results" for kind in KINDS)
PLANS = tuple(f"{kind}Plan" for kind in KINDS)
STUDIES = frozenset(RESULTS + PLANS)
KEPT = frozenset({*STUDIES, "AssignableCause", "CorrectiveAction"})

# the parts of a statistics element that are not numbers
NOT_NUMBERS = (
    "Subgroup",
    "Subgroups",
    "Status",
    "StudyIssue",
    "StudyIssues",
    "ActualIds",
    "MeasuredIds",
    "Attributes",
)


@dataclass(frozen=True, slots=True)
class RawStats:
    """Numbers of one characteristic, its measurements by id, not yet linked."""

    kind: str  # "Diameter"
    numbers: dict[str, float]
    item: str  # item id where the file gives it
    measured: tuple[str, ...]
    subgroups: tuple[tuple[str, tuple[str, ...]], ...]  # (subgroup id, measurement ids)
    issues: tuple[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]  # causes, actions, subgroups


@dataclass(frozen=True, slots=True)
class RawStudy:
    kind: str
    status: str
    facts: dict[str, str]
    characteristics: tuple[RawStats, ...] = field(default_factory=tuple)


def read_study(file: str, element: _Element) -> RawStudy:
    """A study plan or study results, any kind."""
    facts: dict[str, str] = {}
    skip = (
        "StudyId",  # the number of another element of this very file
        "Status",
        "CharacteristicsStats",
        "InspectionTraceability",
        "Version",
        "Attributes",
        "FeaturesStats",
    )
    for child in element:
        if isinstance(child.tag, str) and local(child) not in skip:
            _collect_facts(child, local(child), facts)
    stats = [
        read_stats(child)
        for child in children(element, "CharacteristicsStats")
        if local(child).endswith("Stats")
    ]
    return RawStudy(local(element), text_of(element, "Status", "StatsEvalStatusEnum"), facts, tuple(stats))


def read_stats(element: _Element) -> RawStats:
    """`DiameterCharacteristicStats`: every number under it by the path of its names."""
    numbers: dict[str, float] = {}
    for block in element:
        if isinstance(block.tag, str) and local(block).endswith("Stats"):
            for child in block:
                if isinstance(child.tag, str) and local(child) not in NOT_NUMBERS:
                    _collect_numbers(child, local(child), numbers)
    return RawStats(
        kind=local(element).removesuffix("CharacteristicStats"),
        numbers=numbers,
        item=text_of(element, "CharacteristicItemId"),
        measured=_measured_ids(element),
        subgroups=tuple(
            (str(g.get("id", "")), _measured_ids(g)) for g in _all(element, "Subgroup", "Subgroups")
        ),
        issues=tuple(_issue(issue) for issue in _all(element, "StudyIssue", "StudyIssues")),
    )


def _collect_numbers(element: _Element, path: str, numbers: dict[str, float]) -> None:
    """A number stands in the element itself (QIF 2) or in its `Value` (QIF 3)."""
    inner = [child for child in element if isinstance(child.tag, str)]
    if not inner:
        value = _as_number(element.text)
        if value is not None:
            numbers[path] = value
    for child in inner:
        name = local(child)
        if name not in NOT_NUMBERS:
            _collect_numbers(child, path if name == "Value" else f"{path}.{name}", numbers)


def _collect_facts(element: _Element, path: str, facts: dict[str, str]) -> None:
    inner = [child for child in element if isinstance(child.tag, str)]
    text = (element.text or "").strip()
    if text:
        facts[path] = f"{facts[path]}; {text}" if path in facts else text
    for child in inner:
        _collect_facts(child, f"{path}.{local(child)}", facts)


def _as_number(text: str | None) -> float | None:
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _measured_ids(element: _Element) -> tuple[str, ...]:
    for name in ("ActualIds", "MeasuredIds"):
        holder = find(element, name)
        if holder is not None:
            return tuple((leaf.text or "").strip() for leaf in holder.iter() if _is_id(leaf))
    return ()


def _is_id(element: _Element) -> bool:
    # an id with an xId points into another file
    return isinstance(element.tag, str) and local(element) == "Id" and element.get("xId") is None


def _all(element: _Element, name: str, holder: str) -> list[_Element]:
    """Elements `name` that stand directly below (QIF 2.0) or in a holder (2.1, 3.0)."""
    direct = [child for child in element if isinstance(child.tag, str) and local(child) == name]
    return direct or [child for child in children(element, holder) if local(child) == name]


def _issue(element: _Element) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    def ids(name: str) -> tuple[str, ...]:
        return tuple((child.text or "").strip() for child in children(element, name))

    return ids("AssignableCauseIds"), ids("CorrectiveActionIds"), ids("SubgroupIds")
