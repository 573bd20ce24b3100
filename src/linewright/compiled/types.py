"""Tables, seen from compiled code: their types for numba, and what reading and writing them is for LLVM.

LLVM is told that a field of one table never lies where another field or table does, and that constant tables
never change: values stay in registers though something else was written meanwhile.
"""

from __future__ import annotations

import hashlib
import operator
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.imputils import lower_getattr_generic, lower_setattr_generic
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from linewright.compiled.machine_code import FAILED
from linewright.compiled.modes import BOUNDS_CHECKED
from linewright.compiled.tables import Tables

NUMBA_TYPES: dict[type | None, types.Type] = {int: types.int64, float: types.float64, None: types.none}


class TablesType(types.Type):
    """All tables of one kind: a pointer to the directory."""

    def __init__(self, label: str, fields: dict[str, types.Type], constant: bool) -> None:
        super().__init__(name=f"Tables({label} {_short(fields)})")
        self.tables = {name: TableType(f"{label}.{name}", element, constant) for name, element in fields.items()}


class TableType(types.Type):
    """One table: a pointer to its directory entry (address, length)."""

    def __init__(self, label: str, element: types.Type, constant: bool) -> None:
        super().__init__(name=f"Table({label} {_short(element)})")
        self.label, self.constant = label, constant
        self.element = RowType(label, element, constant) if isinstance(element, types.Record) else element
        self.size = element.size if isinstance(element, types.Record) else element.bitwidth // 8


class RowType(types.Type):
    """One record of a table: a pointer to it."""

    def __init__(self, label: str, record: types.Record, constant: bool) -> None:
        super().__init__(name=f"Row({label} {_short(record)})")
        self.label, self.record, self.constant = label, record, constant


def _short(described: Any) -> str:
    """A few letters that stand for a long description: names of types are part of the name of every function."""
    return hashlib.sha256(repr(described).encode()).hexdigest()[:12]


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
        return kind.tables.get(name)


@infer_getattr
class _RowAttributes(AttributeTemplate):
    key = RowType

    def generic_resolve(self, kind: RowType, name: str) -> Any:
        return kind.record.typeof(name) if name in kind.record.fields else None


@lower_getattr_generic(TablesType)
def _table_of(context: Any, builder: Any, kind: TablesType, value: Any, name: str) -> Any:
    place = 2 * list(kind.tables).index(name)
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
    start = builder.inttoptr(_load_constant(builder, table), ir.IntType(8).as_pointer())
    return builder.gep(start, [builder.mul(i, ir.Constant(ir.IntType(64), kind.size))])


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


def open_tables(kind: type[Tables]) -> Any:
    """The function that turns an address into tables of this kind."""
    fields = {name: numba.from_dtype(np.dtype(dtype)) for name, dtype in kind.TABLES.items()}
    opened = TablesType(kind.__name__, fields, kind.CONSTANT)

    @intrinsic
    def opens(typing: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], ir.IntType(64).as_pointer())

        return opened(types.int64), generate

    return opens


@intrinsic
def bits_of(typing: Any, number: Any) -> Any:
    """The 64 bits of a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


def call_address(arguments: tuple[type, ...], result: type) -> Any:
    """The function `(address, *arguments)` that calls the C function of seven arguments there.

    Tables are handed on as addresses.
    """

    @intrinsic
    def calls(typing: Any, address: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Any:
        given = (a, b, c, d, e, f, g)  # numba wants them one by one
        of_tables = [isinstance(one, TablesType) for one in given]
        wanted = [
            one if pointer else NUMBA_TYPES[kind]
            for one, pointer, kind in zip(given, of_tables, arguments, strict=True)
        ]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            i64 = ir.IntType(64)
            passed = [
                builder.ptrtoint(value, i64) if pointer else value
                for value, pointer in zip(values[1:], of_tables, strict=True)
            ]
            answers = context.get_value_type(NUMBA_TYPES[result])
            function = ir.FunctionType(answers, [value.type for value in passed])
            answer = builder.call(builder.inttoptr(values[0], function.as_pointer()), passed)
            if BOUNDS_CHECKED and result is int:
                with builder.if_then(builder.icmp_signed("==", answer, ir.Constant(i64, FAILED)), likely=False):
                    context.call_conv.return_user_exc(builder, IndexError, ("index outside the table",))
            return answer

        return NUMBA_TYPES[result](types.int64, *wanted), generate

    return calls
