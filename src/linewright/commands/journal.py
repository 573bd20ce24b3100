"""`linewright journal`: is it what was written, what does it say, whose seals are on it?"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from linewright.commands.answer import answer, warn
from linewright.commands.options import AsJson, Force, JournalPlace, TargetFile
from linewright.errors import InputError, Problem, nearest

if TYPE_CHECKING:
    from linewright.control import Names
    from linewright.journal import Head
    from linewright.journal.exports import Tale
    from linewright.journal.ledger import Ledger
    from linewright.journal.seal import Key
    from linewright.journal.story import Entry, Wanted

app = typer.Typer(name="journal", help="Journals of runs: verify, show, export, seal.")

NOT_WHOLE = 3  # exit code: the answer is no
Found = TypeVar("Found")
LAST = 40  # entries shown where no other number is given

PublicKey = Annotated[
    list[str] | None,
    typer.Option("--public-key", metavar="KEY", help="Whose seals count: 64 hex digits, or a file of them."),
]
KeptHead = Annotated[
    str | None,
    typer.Option("--head", metavar="HEAD", help="An end kept elsewhere; see `journal head`."),
]
Replay = Annotated[bool, typer.Option("--replay", help="Decide all of it once more, and compare.")]
KeyFile = Annotated[
    Path | None, typer.Option("--key", metavar="FILE", help="Default: $LINEWRIGHT_KEY or the user's own.")
]
What = Annotated[str | None, typer.Option(help="event, command or note.")]
Kind = Annotated[str | None, typer.Option(help="As `operation finished`.")]
Subject = Annotated[str | None, typer.Option(help="A machine, a material, a vehicle: by its name.")]
Unit = Annotated[int | None, typer.Option(help="Place of the unit in the pool.")]
Person = Annotated[str | None, typer.Option(help="Who did it.")]
Source = Annotated[str | None, typer.Option(help="Where it came in.")]
Since = Annotated[str | None, typer.Option("--from", metavar="TIME", help="From this plant time on, as `2 d`.")]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Up to this plant time.")]
Audit = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File to write: .csv, .xlsx or .json.")]
Last = Annotated[int, typer.Option(min=0, help="Only so many, the last ones; 0: all.")]


@app.command()
def verify(
    journal: JournalPlace,
    public_key: PublicKey = None,
    head: KeptHead = None,
    replay: Replay = False,
    as_json: AsJson = False,
) -> None:
    """Say whether anything was changed, removed or cut off. Ends with 0 if not, with 3 if so."""
    from linewright.journal.examine import examine

    keys, kept = [_public_key(text) for text in public_key or ()], None if head is None else _head(head)
    with _read(journal) as record:
        found = examine(record, kept, keys)
        problem = f"row {found.broken.seq} {found.broken.what}" if found.broken else _replayed(record) if replay else ""
    facts = {
        "whole": not problem,
        "rows": found.head.seq,
        "head": _head_words(found.head),
        "seals": found.seals,
        "sealed_rows": found.sealed,
        "problem": problem,
    }
    sealed = f"{found.seals} seals, the last at row {found.sealed:,}" if found.seals else "no seal"
    text = f"{found.head.seq:,} rows, {sealed}\n{f'NOT WHOLE: {problem}' if problem else 'whole'}"
    answer(facts, text, as_json)
    if problem:
        raise typer.Exit(NOT_WHOLE)


@app.command()
def head(journal: JournalPlace, as_json: AsJson = False) -> None:
    """Tell where a journal ends, to be kept elsewhere: `verify --head` finds by it what was cut off later."""
    with _read(journal) as record:
        found = record.head()
    answer({"head": _head_words(found), "rows": found.seq, "time_s": found.time_s}, _head_words(found), as_json)


@app.command()
def key(file: KeyFile = None, as_json: AsJson = False) -> None:
    """Tell the public key of this line's seals; the key is made at first use."""
    from linewright.journal.seal import Key, usual_key

    path = file or usual_key()
    public = Key.at(path).public.hex()
    answer({"public_key": public, "file": str(path)}, public, as_json)


@app.command()
def show(
    journal: JournalPlace,
    what: What = None,
    kind: Kind = None,
    subject: Subject = None,
    unit: Unit = None,
    person: Person = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    last: Last = LAST,
    as_json: AsJson = False,
) -> None:
    """Show the entries of a journal in words, the last ones that fit."""
    from linewright.journal import story

    wanted = _wanted(what, kind, subject, unit, person, source, since, until)
    with _read(journal) as record:
        found = story.last(story.entries(record, _names(record), wanted), last)
    rows = [story.plain(entry) for entry in found]
    answer({"entries": rows}, "\n".join(map(_line, found)) or "no entry fits", as_json)


@app.command()
def export(
    journal: JournalPlace,
    target: TargetFile,
    what: What = None,
    kind: Kind = None,
    subject: Subject = None,
    unit: Unit = None,
    person: Person = None,
    source: Source = None,
    since: Since = None,
    until: Until = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Write the entries of a journal in words to TARGET: .csv or .json."""
    from linewright.journal import story

    write = {".csv": story.write_csv, ".json": story.write_json}.get(target.suffix.lower())
    if write is None:
        raise InputError([Problem("is neither .csv nor .json", str(target))])
    if target.exists() and not force:
        raise InputError([Problem("is there already", str(target), hint="--force writes over it")])
    wanted = _wanted(what, kind, subject, unit, person, source, since, until)
    with _read(journal) as record:
        n = write(story.entries(record, _names(record), wanted), target)
    answer({"entries": n, "file": str(target)}, f"{n:,} entries in {target}", as_json)


@app.command()
def corrections(
    journal: JournalPlace, target: Audit = None, last: Last = LAST, force: Force = False, as_json: AsJson = False
) -> None:
    """Show every change of a tool's offset and every signal, or write them to a file: .csv, .xlsx or .json."""
    from linewright.journal.exports import TABLES, tables_of
    from linewright.live.telling import tale_at

    if target is not None:
        _may_write(target, force, (".csv", ".xlsx", ".json"))
    tale = tale_at(journal)
    found = tables_of(tale)
    rows = {name: [dict(zip(TABLES[name], row, strict=True)) for row in found[name]] for name in AUDIT}
    written = [] if target is None else _write_audit(tale, target, force)
    facts = {**rows, "written": [str(path) for path in written]}
    shown = [_correction_line(row) for row in rows["corrections"][-last:]]
    shown += [_signal_line(row) for row in rows["signals"][-last:]]
    counts = f"{len(rows['corrections']):,} corrections, {len(rows['signals']):,} signals"
    lines = [f"written: {path}" for path in written] or sorted(shown)[-last:]
    answer(facts, "\n".join([*lines, counts]), as_json)


AUDIT = ("corrections", "signals")


def _may_write(target: Path, force: bool, endings: tuple[str, ...]) -> None:
    if target.suffix.lower() not in endings:
        raise InputError([Problem(f"is none of {', '.join(endings)}", str(target))])
    if target.exists() and not force:
        raise InputError([Problem("is there already", str(target), hint="--force writes over it")])


def _write_audit(tale: Tale, target: Path, force: bool) -> list[Path]:
    """One file; of CSV two, `audit.csv` and `audit-signals.csv`, for their columns are not the same."""
    from linewright.journal.exports import write_csv, write_json, write_xlsx

    if target.suffix.lower() != ".csv":
        write = write_xlsx if target.suffix.lower() == ".xlsx" else write_json
        target.write_bytes(write(tale, AUDIT))
        return [target]
    signals = target.with_name(f"{target.stem}-signals.csv")
    _may_write(signals, force, (".csv",))
    target.write_bytes(write_csv(tale, "corrections"))
    signals.write_bytes(write_csv(tale, "signals"))
    return [target, signals]


def _correction_line(row: dict[str, Any]) -> str:
    because = f", {row['characteristic']} {row['value']:g} of unit {row['serial']}" if row["characteristic"] else ""
    offset = f"{row['old']:g} -> {row['new']:g} {row['unit']}"
    return f"{row['changed'][:19]}  {row['tool']:<16} {offset}: {row['why']}{because}"


def _signal_line(row: dict[str, Any]) -> str:
    of = f"{row['characteristic']} {row['value']:g} {row['unit']} of unit {row['serial']}"
    return f"{row['signalled'][:19]}  {row['machine']:<16} signal: {row['what']}, {of}"


# ---------------------------------------------------------------- what the options mean


def line_key() -> Key | None:
    """The key that the journals of this line are sealed with; where there can be none, that is said."""
    from linewright.journal.seal import Key, usual_key

    try:
        return Key.at(usual_key())
    except OSError as error:
        hint = "LINEWRIGHT_KEY names a file for its key"
        warn([Problem(f"the journal is not sealed: {error.strerror}", str(error.filename or ""), hint=hint)])
        return None


def _read(place: str) -> Ledger:
    from linewright.journal.places import read_journal

    return read_journal(place)


def _names(record: Ledger) -> Names | None:
    """The names of the run; a journal that this version cannot compile is told by numbers."""
    from linewright.live import Run

    try:
        return Run.of_journal(record).names
    except (InputError, ValueError, KeyError) as error:
        warn([Problem(f"told by numbers, its plant cannot be compiled: {error}")])
        return None


def _replayed(record: Ledger) -> str:
    """What is wrong with the decisions, decided once more from the start."""
    from linewright.live import Disagreement, Run, replay

    try:
        replay(record, Run.of_journal(record).new_decider())
    except Disagreement as error:
        return str(error)
    return ""


def _wanted(
    what: str | None,
    kind: str | None,
    subject: str | None,
    unit: int | None,
    person: str | None,
    source: str | None,
    since: str | None,
    until: str | None,
) -> Wanted:
    from linewright.commands.simulate import read_time
    from linewright.journal import story

    problems = []
    for option, word, choices in (("--what", what, story.WHATS), ("--kind", kind, story.KINDS)):
        if word is not None and word not in choices:
            problems.append(Problem(f"{word!r} is none", key=option, hint=nearest(word, choices)))
    if problems:
        raise InputError(problems)
    since_s, until_s = read_time(since, "--from"), read_time(until, "--to")
    times = (0.0 if since_s is None else since_s, math.inf if until_s is None else until_s)
    return story.Wanted(what, kind, subject, unit, person, source, *times)


def _public_key(text: str) -> bytes:
    return _of_words(text, "--public-key", _key_of, "64 hex digits, or a file of them; see `journal key`")


def _head(text: str) -> Head:
    from linewright.journal.examine import head_of

    return _of_words(
        text, "--head", head_of, "as `130:3fe6d707e8660ce6`, or a file of it; see `linewright journal head`"
    )


def _key_of(text: str) -> bytes | None:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        return None
    return key if len(key) == 32 else None


def _of_words(text: str, option: str, read: Callable[[str], Found | None], hint: str) -> Found:
    """What an option says, itself or by the file that it names. Raises InputError."""
    found = read(text)
    if found is None and Path(text).is_file():
        found = read(Path(text).read_text(encoding="utf-8", errors="replace"))
    if found is None:
        raise InputError([Problem(f"{text!r} is none", key=option, hint=hint)])
    return found


def _head_words(head: Head) -> str:
    return f"{head.seq}:{head.chain.hex()}"


def _line(entry: Entry) -> str:
    """An entry as a line for a person."""
    from linewright.live.terminal import clock_words

    told = asdict(entry)
    parts = [f"{entry.seq:>8}  {clock_words(entry.time_s):<18} {entry.what:<8} {entry.kind:<19} {entry.subject:<16}"]
    parts += [f"{name} {told[name]}" for name in ("unit", "detail", "number") if told[name] not in (None, "")]
    parts += [f"{entry.amount:g}"] if entry.amount else []
    parts += [f"{name} {told[name]}" for name in ("cause", "job") if told[name] is not None]
    parts += [entry.source] if entry.source else []
    parts += [f"by {entry.person}"] if entry.person else []
    parts += [f"({entry.old} -> {entry.new})"] if entry.old or entry.new else []
    return "  ".join([*parts, *([f'"{entry.reason}"'] if entry.reason else [])]).rstrip()
