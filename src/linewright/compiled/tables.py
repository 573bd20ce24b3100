"""Tables: named arrays behind one address, as Python sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from linewright.compiled.modes import COMPILED


class Tables:
    """Named arrays behind one address. A subclass says which: `TABLES = {"unit": UNIT, "number": np.float64}`."""

    TABLES: ClassVar[dict[str, Any]]  # dtype by name, in order
    ADDRESSES: ClassVar[dict[str, str]] = {}  # by table, its field that holds an address of compiled code
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
        self.address: Any = int(self._directory.ctypes.data) if COMPILED else self

    def arrays(self) -> dict[str, Any]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in self.TABLES}

    def lasting(self, name: str) -> Any:
        """One of the arrays as it means the same in every process: of addresses, only whether there is one."""
        array = getattr(self, name)
        if field := self.ADDRESSES.get(name):
            array = array.copy()
            array[field] = array[field] != 0
        return array
