"""From Python functions to machine code: numba and LLVM. Imported only where something is compiled.

By default numba optimises, links and turns into machine code every function it meets, each time together with all
its callees: for the 150 small functions of the control that is 60 s of CPU. Parts need none of that. They are kept as
plain intermediate code; a kernel links all that it reaches and is optimised and emitted once, as a whole.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, ClassVar

from llvmlite import binding as llvm
from llvmlite import ir

from linewright.compiled.kept import cache_folder
from linewright.compiled.machine_code import CALL, DOOR, FAILED
from linewright.compiled.modes import BOUNDS_CHECKED
from linewright.compiled.parts import How


def _without_scipy() -> None:
    """Let numba look for the linear algebra of SciPy in vain: no kernel uses it, and it takes a third of a second."""
    if "scipy.linalg" not in sys.modules:
        sys.modules["scipy.linalg"] = None  # type: ignore[assignment]
        try:
            importlib.import_module("numba.np.arraymath")
        finally:
            del sys.modules["scipy.linalg"]


_without_scipy()

import numba  # noqa: E402
from numba.core.codegen import JITCodeLibrary  # noqa: E402
from numba.core.compiler import CompilerBase, Flags  # noqa: E402
from numba.core.compiler_lock import global_compiler_lock  # noqa: E402
from numba.core.compiler_machinery import PassManager, register_pass  # noqa: E402
from numba.core.registry import cpu_target  # noqa: E402
from numba.core.typed_passes import (  # noqa: E402
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.untyped_passes import (  # noqa: E402
    FixupArgs,
    InlineInlinables,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)

from linewright.compiled.types import NUMBA_TYPES  # noqa: E402
from linewright.compiled.ways import WayLowering  # noqa: E402

numba.config.CACHE_DIR = str(cache_folder())  # numba keeps functions of arrays
_OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "boundscheck": BOUNDS_CHECKED,
    "no_rewrites": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    """With the usual ways of branches."""

    _name = "lowering_by_usual_ways"

    @property
    def lowering_class(self) -> type[WayLowering]:
        return WayLowering


_PASSES = (
    TranslateByteCode,
    FixupArgs,
    IRProcessing,
    InlineInlinables,
    ReconstructSSA,
    NopythonTypeInference,
    PreLowerStripPhis,
    IRLegalization,
    _Lowering,
    NoPythonBackend,
)


def _leave_answers_unset(module: Any) -> None:
    """Leave out what numba does before every call: setting to zero the place where the answer will be."""
    for function in module.functions:
        calls = [one for block in function.blocks for one in block.instructions if isinstance(one, ir.CallInstr)]
        answers = {id(call.args[0]) for call in calls if call.args and isinstance(call.args[0], ir.AllocaInstr)}
        for block in function.blocks:
            block.instructions[:] = [one for one in block.instructions if not _sets_to_zero(one, answers)]


def _sets_to_zero(instruction: Any, places: set[int]) -> bool:
    if not isinstance(instruction, ir.StoreInstr):
        return False
    value, place = instruction.operands
    return isinstance(value, ir.Constant) and value.constant is None and id(place) in places


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

    def add_ir_module(self, module: Any) -> None:
        _leave_answers_unset(module)
        _spare_callers(module)
        super().add_ir_module(module)

    def add_llvm_module(self, module: Any) -> None:
        """Take the code as it is: it is optimised with all that calls it."""
        module.data_layout = self._codegen._data_layout
        self._final_module.link_in(module)

    def finalize(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0


_seldom: set[str] = set()  # names of functions that are seldom called


def _spare_callers(module: Any) -> None:
    """Functions that are seldom called save the registers that they use, so that their callers need not."""
    for function in module.functions:
        if function.name in _seldom:
            function.calling_convention = "preserve_mostcc"
        for one in (one for block in function.blocks for one in block.instructions):
            if isinstance(one, ir.CallInstr) and one.callee.name in _seldom:
                one.cconv = "preserve_mostcc"


class _SeldomLibrary(_PartLibrary):
    """A part that callers jump to. LLVM takes the jump to be unlikely and lays out the caller accordingly."""

    def add_ir_module(self, module: Any) -> None:
        _seldom.update(function.name for function in module.functions if not function.is_declaration)
        super().add_ir_module(module)

    def finalize(self) -> None:
        for function in self._final_module.functions:
            if not function.is_declaration:
                function.add_function_attribute("cold")
                function.add_function_attribute("noinline")
        super().finalize()


class _Flags(Flags):
    """Options of parts, one object for each set of them: numba compares them by value some 40,000 times a kernel."""

    _known: ClassVar[dict[str, _Flags]] = {}

    @classmethod
    def of(cls, flags: Flags) -> _Flags:
        """The object that stands for these options."""
        return cls._known.setdefault(repr(flags.values()), cls(flags))

    @lru_cache(maxsize=8)  # noqa: B019 there are few of them
    def values(self) -> Any:
        return super().values()

    def copy(self) -> _Flags:
        return self

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class _PartCompiler(CompilerBase):
    """The passes of numba that parts need: no closures, no `with`, no literals to unroll, no loops in parallel."""

    _library: type[JITCodeLibrary] = _PartLibrary

    def __init__(
        self, typing: Any, target: Any, library: Any, args: Any, return_type: Any, flags: Any, locals: Any
    ) -> None:
        own = self._library(target.codegen(), self._library.__name__)
        super().__init__(typing, target, own, args, return_type, _Flags.of(flags), locals)

    def define_pipelines(self) -> list[PassManager]:
        passes = PassManager("part")
        for one in _PASSES:
            passes.add_pass(one, one.__name__)
        passes.finalize()
        return [passes]


class _SeldomCompiler(_PartCompiler):
    _library = _SeldomLibrary


def dispatcher(function: Callable[..., Any], how: How) -> Any:
    """A part, as numba knows it."""
    compiler = _SeldomCompiler if how is How.SELDOM else _PartCompiler
    return numba.njit(**_OPTIONS, forceinline=how is How.HOT, pipeline_class=compiler)(function)


def intrinsic_type(made: Any) -> Any:
    """The type by which compiled functions know an intrinsic."""
    context = cpu_target.typing_context
    context.refresh()
    return context.resolve_value_type(made)


def of_arrays(function: Callable[..., Any], inline: str) -> Any:
    """A function of arrays, compiled by numba in its usual way."""
    return numba.njit(cache=True, nogil=True, inline=inline)(function)


_c_functions: dict[int, Any] = {}  # keeps what was compiled alive, by address


def c_function(function: Callable[..., float], arguments: int) -> int:
    """The address of a function of so many numbers, compiled by numba in its usual way."""
    number = NUMBA_TYPES[float]
    compiled = numba.cfunc(number(*[number] * arguments))(function)
    _c_functions[compiled.address] = compiled
    return int(compiled.address)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Look for garbage when all is done: the compiler makes few cycles, and much that is looked at again and again."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@global_compiler_lock
@_collecting_later()
def compile_kernel(function: Callable[..., Any], arguments: tuple[type, ...], result: type | None) -> bytes:
    """The machine code of a kernel, with all the parts that it reaches."""
    inner = dispatcher(function, How.PART)
    kinds = tuple(NUMBA_TYPES[kind] for kind in arguments)
    inner.compile(NUMBA_TYPES[result](*kinds))
    (compiled,) = inner.overloads.values()
    machine = _machine()
    whole = _door(compiled, kinds)
    for code in _codes_of(_reached(compiled.library)):
        whole.link_in(code, preserve=True)
    _optimise(whole, machine)
    _refuse_calls_of_numba(whole)
    return bytes(machine.emit_object(whole))


def _machine() -> Any:
    """This processor, for code that stays in one piece: within it jumps and constants are near, and so short."""
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=3, reloc="pic", codemodel="small", jit=True
    )


def _door(compiled: Any, kinds: tuple[Any, ...]) -> Any:
    """The function by which a kernel is called, as C would: arguments in, a whole number out."""
    context, described = compiled.target_context, compiled.fndesc
    module = context.create_module(DOOR)
    inner = ir.Function(
        module, context.call_conv.get_function_type(described.restype, kinds), described.llvm_func_name
    )
    i64 = ir.IntType(64)
    door = ir.Function(module, ir.FunctionType(i64, [context.get_value_type(kind) for kind in kinds]), DOOR)
    door.attributes.add("noinline")  # once is enough
    builder = ir.IRBuilder(door.append_basic_block())
    status, answer = context.call_conv.call_function(builder, inner, described.restype, kinds, door.args)
    with builder.if_then(status.is_error, likely=False):
        builder.ret(ir.Constant(i64, FAILED))
    builder.ret(answer if answer.type == i64 else ir.Constant(i64, 0))
    _add_call(module, door)
    return llvm.parse_assembly(str(module))


def _add_call(module: Any, door: Any) -> None:
    """The function by which Python calls a kernel, of the kind METH_FASTCALL: other threads go on meanwhile."""
    i64, pointer, double = ir.IntType(64), ir.IntType(8).as_pointer(), ir.DoubleType()

    def python(name: str, result: Any, *arguments: Any) -> Any:
        return ir.Function(module, ir.FunctionType(result, arguments), name)

    call = python(CALL, pointer, pointer, pointer.as_pointer(), i64)
    read = {i64: python("PyLong_AsLongLong", i64, pointer), double: python("PyFloat_AsDouble", double, pointer)}
    builder = ir.IRBuilder(call.append_basic_block())
    with builder.if_then(builder.icmp_signed("!=", call.args[2], ir.Constant(i64, len(door.args))), likely=False):
        builder.call(python("PyErr_BadArgument", ir.IntType(32)), ())
        builder.ret(ir.Constant(pointer, None))
    given = [builder.load(builder.gep(call.args[1], [ir.Constant(i64, k)])) for k in range(len(door.args))]
    values = [builder.call(read[wanted.type], [one]) for one, wanted in zip(given, door.args, strict=True)]
    wrong = builder.call(python("PyErr_Occurred", pointer), ())
    with builder.if_then(builder.icmp_unsigned("!=", wrong, ir.Constant(pointer, None)), likely=False):
        builder.ret(ir.Constant(pointer, None))
    thread = builder.call(python("PyEval_SaveThread", pointer), ())
    answer = builder.call(door, values)
    builder.call(python("PyEval_RestoreThread", ir.VoidType(), pointer), [thread])
    builder.ret(builder.call(python("PyLong_FromLongLong", pointer, i64), [answer]))


def _reached(library: Any) -> list[Any]:
    """A library and all that it calls, directly or not."""
    reached = {library: None}
    waiting = [library]
    while waiting:
        for called in waiting.pop()._linking_libraries:
            if called not in reached:
                called._ensure_finalized()
                reached[called] = None
                waiting.append(called)
    return list(reached)


def _codes_of(libraries: list[Any]) -> list[Any]:
    """The intermediate code of libraries.

    Functions of arrays that numba has taken from its own cache have theirs elsewhere, and come last: of such code
    LLVM links in only what was asked for before.
    """
    made = [one for one in libraries if any(not function.is_declaration for function in one._final_module.functions)]
    taken = [one for one in libraries if one not in made]
    return [one._final_module for one in made] + [one._get_module_for_linking() for one in taken]


def _optimise(module: Any, machine: Any) -> None:
    """Optimise once, for small code: loops over machines and queues are short, and the instruction cache is small.

    Nobody else calls the parts linked in here: LLVM may inline each into its only caller and drop it. (numba
    would optimise twice, to prune counts of references that parts do not have.)
    """
    for one in (*module.functions, *module.global_variables):
        if not one.is_declaration and one.name not in (DOOR, CALL):
            one.linkage = "internal"
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization = tuning.slp_vectorization = tuning.loop_interleaving = tuning.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)


def _refuse_calls_of_numba(module: Any) -> None:
    """Kept code must run without numba: what it calls is in the C library, or it may not be called."""
    for function in module.functions:
        if not function.is_declaration or function.name.startswith("llvm."):
            continue
        if function.name.startswith(("numba", "NRT")) or not llvm.address_of_symbol(function.name):
            raise TypeError(f"a compiled function may not call {function.name}")
