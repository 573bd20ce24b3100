"""Compiled code and the memory that it shares with Python.

`part` and `kernel` turn Python functions into machine code. What they work on is a `Tables`: named arrays behind
one address. Compiled functions pass that single pointer from hand to hand and read `state.machine[m].unit`
through it. (Tuples of arrays, the usual way, cost a copy of every array header at every call: 35 us a part
where this takes two; see docs/decisions.)

With `NUMBA_DISABLE_JIT=1` the same source runs as plain Python on the same arrays. With
`LINEWRIGHT_BOUNDSCHECK=1` every index is checked.
"""

from __future__ import annotations

import hashlib
import importlib
import operator
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numba
import numpy as np
from llvmlite import binding as llvm
from llvmlite import ir
from numba import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

F = TypeVar("F", bound=Callable[..., Any])


def _without_scipy() -> None:
    """Let numba look for the linear algebra of SciPy in vain: no kernel uses it, and it takes a third of a second."""
    if "scipy.linalg" not in sys.modules:
        sys.modules["scipy.linalg"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("numba.np.arraymath")
        finally:
            del sys.modules["scipy.linalg"]


_without_scipy()
BOUNDS_CHECKED = os.environ.get("LINEWRIGHT_BOUNDSCHECK", "0") == "1"
COMPILED = not numba.config.DISABLE_JIT


def _sources_hash() -> str:
    """Hash of everything that ends up in a kernel: the control, the compiled files of the twin, their codes."""
    here = Path(__file__).parent
    digest = hashlib.sha256(f"{numba.__version__} {BOUNDS_CHECKED}".encode())
    twin = [p for p in sorted((here / "twin").glob("*.py")) if b"linewright.compiled" in p.read_bytes()]
    formulae = (here / "measure" / "recursions.py", here / "measure" / "rules" / "engine.py")
    own = (Path(__file__), here / "plant" / "laws.py", *formulae)
    for source in (*own, *sorted((here / "control").glob("*.py")), *twin):
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled code is kept: `LINEWRIGHT_CACHE`, or the user's cache folder, by hash of the sources.

    The hash is needed: numba keeps a caller's old machine code when a callee in another file was edited.
    """
    base = os.environ.get("LINEWRIGHT_CACHE") or Path(
        os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "linewright"
    )
    return Path(base) / _sources_hash()


numba.config.CACHE_DIR = str(cache_folder())
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": BOUNDS_CHECKED, "no_rewrites": True}
_OF_PARTS = {**_OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def kernel(function: F) -> F:
    """Compile a function that Python calls. Its arguments are numbers and addresses of `Tables`."""
    return numba.njit(**_OPTIONS, cache=True, pipeline_class=_KernelCompiler)(function)  # type: ignore[no-any-return]


def part(function: F) -> F:
    """Compile a function that only compiled functions call."""
    return numba.njit(**_OF_PARTS, pipeline_class=_PartCompiler)(function)  # type: ignore[no-any-return]


def seldom(function: F) -> F:
    """A `part` off the way of most events: never built into its callers, and kept away from what runs all the time."""
    return numba.njit(**_OF_PARTS, pipeline_class=_SeldomCompiler)(function)  # type: ignore[no-any-return]


def hot(function: F) -> F:
    """A `part` on the way of every event: built into its callers."""
    return numba.njit(**_OF_PARTS, forceinline=True, pipeline_class=_PartCompiler)(function)  # type: ignore[no-any-return]


# ---------------------------------------------------------------- one optimisation for each kernel
#
# By default numba optimises, links and turns into machine code every function it meets, each time with all its
# callees: for the 150 small functions of the control that is 30 s. Parts need none of that. They are kept as
# plain intermediate code; a kernel links all that it reaches and is optimised once, as a whole.


class _PartLibrary(JITCodeLibrary):
    """The intermediate code of one part, waiting to be linked into kernels."""

    class _Codegen:
        def __init__(self, real: Any) -> None:
            self.real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def set_env(self, *_: Any) -> None:
            """A part has no machine code whose environment could be set."""

    @property
    def codegen(self) -> Any:
        return self._Codegen(self._codegen)

    def finalize(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0


class _SeldomLibrary(_PartLibrary):
    """A part that callers jump to. LLVM takes the jump to be unlikely and lays out the caller accordingly."""

    def finalize(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration:
                function.add_function_attribute("cold")
                function.add_function_attribute("noinline")
        super().finalize()


class _KernelLibrary(JITCodeLibrary):
    """A kernel with every part that it reaches."""

    _linking_libraries: Any

    def finalize(self) -> None:
        reached: dict[JITCodeLibrary, None] = dict.fromkeys(self._linking_libraries)
        waiting = list(reached)
        while waiting:
            for library in waiting.pop()._linking_libraries:
                if library not in reached:
                    reached[library] = None
                    waiting.append(library)
        self._linking_libraries = list(reached)
        self._own = {function.name for function in self._final_module.functions if not function.is_declaration}
        super().finalize()

    def _optimize_final_module(self) -> None:
        """Optimise once, for small code: loops over machines and queues are short, and the instruction cache is small.

        Nobody else calls the parts linked in here: LLVM may inline each into its only caller and drop it. (numba
        would optimise twice, to prune counts of references that parts do not have.)
        """
        for function in self._final_module.functions:
            if not function.is_declaration and function.name not in self._own:
                function.linkage = "internal"
        tuning = llvm.create_pipeline_tuning_options(speed_level=3)
        tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_interleaving = tuning.loop_unrolling = False
        builder = llvm.create_pass_builder(self._codegen._tm, tuning)
        builder.getModulePassManager().run(self._final_module, builder)


class _PartCompiler(Compiler):
    _library: type[JITCodeLibrary] = _PartLibrary

    def __init__(self, typing: Any, target: Any, library: Any, *rest: Any) -> None:
        own = self._library(target.codegen(), self._library.__name__)
        own.enable_object_caching()
        super().__init__(typing, target, own, *rest)


class _SeldomCompiler(_PartCompiler):
    _library = _SeldomLibrary


class _KernelCompiler(_PartCompiler):
    _library = _KernelLibrary


# ---------------------------------------------------------------- tables, seen from Python


class Tables:
    """Named arrays behind one address. A subclass says which: `TABLES = {"unit": UNIT, "number": np.float64}`."""

    TABLES: ClassVar[dict[str, Any]]  # dtype by name, in order
    CONSTANT: ClassVar[bool] = False  # nothing of it changes while compiled code runs
    __slots__ = ("_directory", "address")

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # the arrays are attributes by the names in TABLES

    def __init__(self, **arrays: Any) -> None:
        for name in self.TABLES:
            setattr(self, name, arrays[name])
        self.locate()

    def locate(self) -> None:
        """Look up where the arrays are: needed again only if an array was exchanged for another."""
        entries = []
        for name, dtype in self.TABLES.items():
            array = getattr(self, name)
            if array.dtype != dtype or not array.flags.c_contiguous or array.ndim != 1:
                raise TypeError(f"{type(self).__name__}.{name}: {array.dtype} of {array.ndim} dimensions")
            entries += [array.ctypes.data, len(array)]
        self._directory = np.array(entries, np.int64)
        self.address: Any = self._directory.ctypes.data if COMPILED else self

    def arrays(self) -> dict[str, Any]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in self.TABLES}


# ---------------------------------------------------------------- tables, seen from compiled code
#
# LLVM is told that a field of one table never lies where another field or table does, and that constant tables
# never change: values stay in registers though something else was written meanwhile.


class TablesType(types.Type):
    """All tables of one kind: a pointer to the directory."""

    def __init__(self, label: str, fields: tuple[tuple[str, types.Type], ...], constant: bool) -> None:
        self.label, self.fields, self.constant = label, dict(fields), constant
        digest = hashlib.sha256(repr(fields).encode()).hexdigest()[:12]
        super().__init__(name=f"Tables({label} {digest})")


class TableType(types.Type):
    """One table: a pointer to its directory entry (address, length)."""

    def __init__(self, label: str, element: types.Type, constant: bool) -> None:
        self.label, self.constant = label, constant
        self.element = RowType(label, element, constant) if isinstance(element, types.Record) else element
        super().__init__(name=f"Table({label} {self.element})")


class RowType(types.Type):
    """One record of a table: a pointer to it."""

    def __init__(self, label: str, record: types.Record, constant: bool) -> None:
        self.label, self.record, self.constant = label, record, constant
        super().__init__(name=f"Row({label} {record})")


@register_model(TableType)
@register_model(TablesType)
class _PointerModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(64).as_pointer())


@register_model(RowType)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, ir.IntType(8).as_pointer())


@infer_getattr
class _TablesAttributes(AttributeTemplate):
    key = TablesType

    def generic_resolve(self, kind: TablesType, name: str) -> Any:
        element = kind.fields.get(name)
        return None if element is None else TableType(f"{kind.label}.{name}", element, kind.constant)


@infer_getattr
class _RowAttributes(AttributeTemplate):
    key = RowType

    def generic_resolve(self, kind: RowType, name: str) -> Any:
        return kind.record.typeof(name) if name in kind.record.fields else None


@lower_getattr_generic(TablesType)
def _table_of(context: Any, builder: Any, kind: TablesType, value: Any, name: str) -> Any:
    place = 2 * list(kind.fields).index(name)
    return builder.gep(value, [ir.Constant(ir.IntType(64), place)])


def _load_constant(builder: Any, pointer: Any) -> Any:
    """Load what never changes while compiled code runs: loaded once, kept in a register."""
    loaded = builder.load(pointer)
    loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
    return loaded


def _apart(builder: Any, access: Any, label: str) -> None:
    """Tell LLVM that this load or store touches nothing but what bears the label (type-based alias analysis)."""
    module, zero = builder.module, ir.Constant(ir.IntType(64), 0)
    root = module.add_metadata([ir.MetaDataString(module, "linewright")])
    kind = module.add_metadata([ir.MetaDataString(module, label), root, zero])
    access.set_metadata("tbaa", module.add_metadata([kind, kind, zero]))


def _load(builder: Any, pointer: Any, kind: TableType | RowType, label: str) -> Any:
    if kind.constant:
        return _load_constant(builder, pointer)
    loaded = builder.load(pointer)
    _apart(builder, loaded, label)
    return loaded


def _place(context: Any, builder: Any, kind: TableType, table: Any, i: Any) -> Any:
    """Where element `i` of a table is, an i8 pointer."""
    row = isinstance(kind.element, RowType)
    size = kind.element.record.size if row else context.get_abi_sizeof(context.get_data_type(kind.element))
    start = builder.inttoptr(_load_constant(builder, table), ir.IntType(8).as_pointer())
    return builder.gep(start, [builder.mul(i, ir.Constant(ir.IntType(64), size))])


def _field(context: Any, builder: Any, kind: RowType, row: Any, name: str) -> Any:
    """Where a field of a record is."""
    place = builder.gep(row, [ir.Constant(ir.IntType(64), kind.record.offset(name))])
    return builder.bitcast(place, context.get_data_type(kind.record.typeof(name)).as_pointer())


@lower_getattr_generic(RowType)
def _get_field(context: Any, builder: Any, kind: RowType, row: Any, name: str) -> Any:
    return _load(builder, _field(context, builder, kind, row, name), kind, f"{kind.label}.{name}")


@lower_setattr_generic(RowType)
def _set_field(context: Any, builder: Any, sig: Any, arguments: Any, name: str) -> None:
    kind, (row, value) = sig.args[0], arguments
    stored = builder.store(value, _field(context, builder, kind, row, name))
    _apart(builder, stored, f"{kind.label}.{name}")


def _index_type(i: Any) -> bool:
    return isinstance(i, types.Integer | types.IntegerLiteral | types.IntEnumMember)


def _checked(context: Any, builder: Any, table: Any, i: Any) -> None:
    """Raise IndexError where the index is outside, if bounds are checked."""
    if BOUNDS_CHECKED:
        length = _load_constant(builder, builder.gep(table, [ir.Constant(ir.IntType(64), 1)]))
        with builder.if_then(builder.icmp_unsigned(">=", i, length), likely=False):
            context.call_conv.return_user_exc(builder, IndexError, ("index outside the table",))


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType) and _index_type(args[1]):
            return signature(args[0].element, args[0], types.int64)
        return None


@lower_builtin(operator.getitem, TableType, types.Integer)
def _lower_get(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    kind, (table, i) = sig.args[0], arguments
    _checked(context, builder, table, i)
    place = _place(context, builder, kind, table, i)
    if isinstance(kind.element, RowType):
        return place
    return _load(builder, builder.bitcast(place, context.get_data_type(kind.element).as_pointer()), kind, kind.label)


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        if isinstance(args[0], TableType) and _index_type(args[1]):
            return signature(types.none, args[0], types.int64, args[0].element)
        return None


@lower_builtin(operator.setitem, TableType, types.Integer, types.Any)
def _lower_set(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    kind, (table, i, value) = sig.args[0], arguments
    _checked(context, builder, table, i)
    place = builder.bitcast(_place(context, builder, kind, table, i), value.type.as_pointer())
    _apart(builder, builder.store(value, place), kind.label)
    return context.get_dummy_value()


@infer_global(len)
class _Len(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(types.int64, args[0]) if isinstance(args[0], TableType) else None


@lower_builtin(len, TableType)
def _lower_len(context: Any, builder: Any, sig: Any, arguments: Any) -> Any:
    return _load_constant(builder, builder.gep(arguments[0], [ir.Constant(ir.IntType(64), 1)]))


def opener(kind: type[Tables]) -> Callable[[Any], Any]:
    """A function for kernels that turns the address of a `Tables` of this kind into the tables themselves."""
    if not COMPILED:
        return lambda tables: tables
    fields = tuple((name, numba.from_dtype(np.dtype(dtype))) for name, dtype in kind.TABLES.items())
    opened = TablesType(kind.__name__, fields, kind.CONSTANT)

    @intrinsic
    def open_tables(typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())

        return opened(types.int64), generate

    return open_tables  # type: ignore[no-any-return]


# ---------------------------------------------------------------- compiled apart, called by address
#
# What few plants need is not linked into the kernels: it is a kernel of its own, compiled when the first plant
# asks for it, and called through its address. Plants without it pay nothing, not even the time to compile it.

_CALL = types.int64(*[types.int64] * 6, types.float64)
_kept: dict[int, Any] = {}  # keeps what was compiled alive; address -> function


def apart(function: Callable[..., int]) -> Callable[[], int]:
    """The address of a function `(tables, tables, tables, what, a, b, x) -> int`, compiled when first asked for.

    The three tables come as addresses, to be opened; those that it does not need are passed twice. Uncompiled,
    a number stands for the function.
    """

    @lru_cache(maxsize=1)
    def address() -> int:
        if not COMPILED:
            _kept[id(function)] = function
            return id(function)
        compiled = numba.cfunc(_CALL, cache=True, pipeline_class=_KernelCompiler, **_OPTIONS)(function)
        _kept[compiled.address] = compiled
        return int(compiled.address)

    return address


@intrinsic
def _call_apart(
    typing: Any, address: Any, one: Any, two: Any, three: Any, what: Any, a: Any, b: Any, x: Any
) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        i64 = ir.IntType(64)
        function = ir.FunctionType(i64, [i64] * 6 + [ir.DoubleType()])
        at = [builder.ptrtoint(tables, i64) for tables in arguments[1:4]]
        return builder.call(builder.inttoptr(arguments[0], function.as_pointer()), [*at, *arguments[4:]])

    return types.int64(types.int64, one, two, three, types.int64, types.int64, types.int64, types.float64), generate


if COMPILED:

    @part
    def call_apart(address, one, two, three, what, a, b, x):  # type: ignore[no-untyped-def]
        """Call what was compiled apart."""
        return _call_apart(address, one, two, three, what, a, b, x)

else:

    def call_apart(address: int, one: Any, two: Any, three: Any, what: int, a: int, b: int, x: float) -> int:
        """Call what was compiled apart."""
        return _kept[int(address)](one, two, three, what, a, b, x)  # type: ignore[no-any-return]
