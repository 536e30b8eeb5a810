"""Noise in the last bit of what is computed: what another processor does to a number.

Two processors, two compilers or two BLAS kernels add the same products in another order, and round
`exp` another way. Their results differ in the last bit, and nobody has all of them to try. So the
results of `@`, of sums and means, of `exp`, `tanh`, `log` and their like are moved here: each
number by -1, 0 or +1 units in the last place.

- Which way depends on the number's own bits and on the seed alone: the same computation still gives
  the same bits twice, as it does on any one machine.
- What is exact on every machine stays: whole numbers (a zero that a ReLU's slope depends on, a
  sigmoid that is 1, a product of counts), and means of whole numbers, an accuracy for instance.
  Infinities and nan stay, too.

The code that is measured does not change for it. With this folder on `PYTHONPATH` and a seed in
`COURSE_LIB_NOISE`, the operations are rewritten in the syntax tree: of `course_lib` and of
scikit-learn's network when they are imported, of a notebook's cells when they are run. Processes
that are started from there inherit both variables, and do the same.

Where there is a C compiler, `last_bit_noise.c` does the moving, to the same bits and several times
as fast.
"""

from __future__ import annotations

import ast
import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import math
import os
import struct
import sys
from collections.abc import Callable, Sequence
from types import CodeType, ModuleType
from typing import Any

VARIABLE = "COURSE_LIB_NOISE"
# Packages and modules that are rewritten on import. safe_sparse_dot, the product of scikit-learn's
# network, lives in the last one.
REWRITTEN = ("course_lib", "sklearn.neural_network", "sklearn.utils.extmath")
# What numpy, scipy and math call the operations whose last bit differs from machine to machine.
# Not sqrt, + and *: they are rounded correctly everywhere.
SUMS = frozenset({"sum", "mean", "std", "var", "nansum", "nanmean", "average", "reduce"})
PRODUCTS = frozenset({"dot", "matmul", "einsum", "inner", "vdot", "tensordot", "norm"})
SOLVERS = frozenset({"solve", "inv", "pinv", "eigvalsh"})
FUNCTIONS = frozenset(
    {"exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "logaddexp", "logsumexp", "tanh"}
    | {"expit", "sin", "cos", "sinh", "cosh", "power", "pow"}
)
NAMES = SUMS | PRODUCTS | SOLVERS | FUNCTIONS
HELPER = "_last_bit_noise"  # what this module is called in rewritten code

DOWN = {"d": 1 - 2.0**-53, "f": 1 - 2.0**-24}  # times this is one unit down, divided by it one up
WHOLE = 65536  # the largest number that stays because it is whole: very large ones all are
# Odd numbers whose multiples have well mixed high bits.
MIX, SEED_MIX = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9
SEED_WORD = int(os.environ.get(VARIABLE) or 0) * SEED_MIX & (2**64 - 1)


def direction(bits: int) -> int:
    """Return -1, 0, 0 or +1 for a number with these bits, a quarter of all numbers each.

    >>> from collections import Counter
    >>> counts = Counter(direction(bits) for bits in range(4000))
    >>> {way: round(count / 4000, 2) for way, count in sorted(counts.items())}
    {-1: 0.25, 0: 0.5, 1: 0.25}
    """
    mixed = ((bits ^ SEED_WORD) * MIX) & (2**64 - 1)
    return (0, 1, -1, 0)[mixed >> 62]


def moved(value: Any) -> Any:
    """Return a result with its last bits moved: floats and arrays of them, all else as it is.

    An array is moved in place, since it may be the `out` of a call.

    >>> moved(0.0), moved(2.0), moved(float("inf")), moved(3), moved("text")
    (0.0, 2.0, inf, 3, 'text')
    >>> sorted({(moved(x / 7) - x / 7) / 2.0**-52 for x in range(8, 14)})
    [-1.0, 0.0, 1.0]
    """
    numpy: Any = sys.modules.get("numpy")
    if type(value) is float:
        return _moved_float(value)
    if numpy is None or not isinstance(value, numpy.ndarray | numpy.float64 | numpy.float32):
        return value
    if value.dtype not in (numpy.float64, numpy.float32) or not value.dtype.isnative:
        return value
    result = _moved_copy(numpy, value)
    if isinstance(value, numpy.ndarray) and value.flags.writeable:
        value[...] = result
        return value
    return result if isinstance(value, numpy.ndarray) else result[()]


def _moved_float(value: float) -> float:
    if not math.isfinite(value) or (abs(value) <= WHOLE and value == int(value)):
        return value
    step = direction(struct.unpack("<Q", struct.pack("<d", value))[0])
    return value if step == 0 else value * DOWN["d"] if step < 0 else value / DOWN["d"]


def _moved_copy(numpy: Any, value: Any) -> Any:
    kind, down = value.dtype.char, DOWN[value.dtype.char]
    result = numpy.array(value, order="C")
    numbers = result.reshape(-1)  # a view: `result` changes with it
    bits = numbers.view(numpy.int64 if kind == "d" else numpy.int32)
    mixed = bits ^ numpy.int64(_signed(SEED_WORD))
    mixed *= _signed(MIX)
    mixed >>= 62  # 0, 1, -2 or -1: `direction` has (0, +1, -1, 0) for them
    mixed[(numpy.floor(numbers) == numbers) & (abs(numbers) <= WHOLE)] = 0
    numbers *= numpy.array([1, 1, down, 1], kind)[mixed]
    numbers /= numpy.array([1, down, 1, 1], kind)[mixed]
    return result


def _signed(word: int) -> int:
    return word - 2**64 if word >= 2**63 else word


def compiled() -> Any:
    """Return the module in C, None where it can't be compiled.

    It is kept in the temporary folder, under a name that holds a hash of all that it was made from.
    """
    import hashlib
    import shutil
    import subprocess
    import sysconfig
    import tempfile
    from pathlib import Path

    numpy: Any = sys.modules["numpy"]
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    includes = [sysconfig.get_path("include"), numpy.get_include()]
    source = Path(__file__).with_suffix(".c")
    if compiler is None or not Path(includes[0], "Python.h").exists():
        return None
    made_from = (source.read_text(encoding="utf-8"), sys.version, numpy.__version__, includes)
    digest = hashlib.sha256(repr(made_from).encode()).hexdigest()[:16]
    library = Path(tempfile.gettempdir(), f"last_bit_noise_c-{digest}.so")
    if not library.exists():
        beside = library.with_suffix(f".{os.getpid()}")
        options = ["-O3", "-shared", "-fPIC", *(f"-I{folder}" for folder in includes)]
        command = [compiler, *options, "-o", str(beside), str(source)]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return None
        beside.replace(library)
    spec = importlib.util.spec_from_file_location("last_bit_noise_c", library)
    if spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.start(SEED_WORD, moved)
    return module


class Noisy:
    """A function whose results are moved; what else it has (`ufunc.at`) is as it was."""

    def __init__(self, function: Any, of: Any) -> None:
        self.function, self.of = function, of
        self.sums = getattr(function, "__name__", "") in SUMS

    def __call__(self, *args: Any, **settings: Any) -> Any:
        """Call the function and move the last bits of what it returns."""
        result = self.function(*args, **settings)
        return result if self.sums and _are_whole(self.of, args) else move(result)

    def __getattr__(self, name: str) -> Any:
        """Return what the function itself has of that name."""
        if name in {"function", "of", "sums"} or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.function, name)

    def __repr__(self) -> str:
        return f"Noisy({self.function!r})"


def _are_whole(of: Any, args: tuple[Any, ...]) -> bool:
    """Tell whether whole numbers are summed: they add up to the same in every order."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return False
    is_array = isinstance(of, numpy.ndarray | numpy.generic)
    summed = of if is_array else args[0] if args else None
    if not isinstance(summed, numpy.ndarray | numpy.generic | list | tuple):
        return False
    try:
        values = numpy.asarray(summed)
    except ValueError:  # rows of different lengths
        return False
    if values.dtype.kind in "biu":
        return True
    if values.dtype.kind != "f" or not values.size:
        return False
    first = float(values.flat[0])  # a look at one number spares most arrays the whole look
    return first == first // 1 and bool((numpy.floor(values) == values).all())


def _computes(of: Any) -> bool:
    """Tell whether `of` is an array, a ufunc that adds, or numpy, scipy or math."""
    if isinstance(of, ModuleType):
        return of.__name__.partition(".")[0] in {"numpy", "scipy", "math"}
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return False
    if isinstance(of, numpy.ufunc):
        return of in {numpy.add, numpy.logaddexp}
    return isinstance(of, numpy.ndarray | numpy.generic) or of is numpy.ndarray


def attribute(of: Any, name: str) -> Any:
    """Return `of.name`, a function with noise where `of` computes."""
    value = getattr(of, name)
    if not callable(value) or isinstance(value, Noisy | type) or not _computes(of):
        return value
    return Noisy(value, of)


def call(of: Any, name: str, /, *args: Any, **settings: Any) -> Any:
    """Return `of.name(...)`, moved where `of` computes and the result is not exact."""
    result = getattr(of, name)(*args, **settings)
    if not _computes(of) or (name in SUMS and _are_whole(of, args)):
        return result
    return move(result)


def builtin_sum(value: Any) -> Any:
    """Return the built-in `sum` with moved results: Python 3.12 adds floats in another way."""
    return Noisy(value, None) if value is builtins.sum else value


def _move_first(value: Any) -> Any:
    """Move a result; with numpy at hand, also look for the faster way to do it from now on."""
    global move  # noqa: PLW0603
    if "numpy" in sys.modules:
        in_c = compiled()
        move = moved if in_c is None else in_c.moved
        return move(value)
    return moved(value)


move: Callable[[Any], Any] = _move_first


class Rewriter(ast.NodeTransformer):
    """Rewrites `a @ b`, `x.sum()`, `np.exp` and the like; what they are called with stays."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Turn `a @ b` into `move(a @ b)`."""
        self.generic_visit(node)
        return _helper("move", node) if isinstance(node.op, ast.MatMult) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Turn `a @= b` into `a = move(a @ b)`, for a plain name."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.MatMult) or not isinstance(node.target, ast.Name):
            return node
        left = ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
        product = ast.copy_location(ast.BinOp(left, ast.MatMult(), node.value), node)
        assignment = ast.Assign([node.target], _helper("move", product))
        return ast.copy_location(assignment, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Turn `x.dot(W)` into `move(x.dot(W))`, `x.sum()` into `call(x, "sum")`."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in NAMES:
            return self.generic_visit(node)
        name = node.func.attr
        node.func.value = self.visit(node.func.value)
        node.args = [self.visit(argument) for argument in node.args]
        node.keywords = [self.visit(keyword) for keyword in node.keywords]
        if name in PRODUCTS:
            return _helper("move", node)
        text = ast.copy_location(ast.Constant(name), node)
        called = _helper("call", node.func.value, text, *node.args)
        called.keywords = node.keywords
        return called

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Turn `x.sum`, where it is not called at once, into `attribute(x, "sum")`."""
        self.generic_visit(node)
        if node.attr not in NAMES or not isinstance(node.ctx, ast.Load):
            return node
        text = ast.copy_location(ast.Constant(node.attr), node)
        return _helper("attribute", node.value, text)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Turn `sum` into `builtin_sum(sum)`."""
        if node.id != "sum" or not isinstance(node.ctx, ast.Load):
            return node
        return _helper("builtin_sum", node)


def _helper(name: str, *args: ast.expr) -> ast.Call:
    at = args[0]
    helper = ast.copy_location(ast.Name(HELPER, ast.Load()), at)
    function = ast.copy_location(ast.Attribute(helper, name, ast.Load()), at)
    return ast.copy_location(ast.Call(function, list(args), []), at)


def rewritten(tree: ast.Module) -> ast.Module:
    """Return a module's tree with noise in it; imports from `__future__` stay in front.

    >>> print(ast.unparse(rewritten(ast.parse("y = X @ W + b.sum(axis=0)"))))
    import last_bit_noise as _last_bit_noise
    y = _last_bit_noise.move(X @ W) + _last_bit_noise.call(b, 'sum', axis=0)
    """
    tree = Rewriter().visit(tree)
    first = 0
    for statement in tree.body:
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and getattr(statement, "module", None) != "__future__":
            break
        first += 1
    if first < len(tree.body):  # a text alone: nothing to do
        tree.body.insert(first, ast.Import([ast.alias("last_bit_noise", HELPER)]))
    return ast.fix_missing_locations(tree)


class NoisyLoader(importlib.machinery.SourceFileLoader):
    """Loads a module with noise; its compiled form is neither read nor stored."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the rewritten source."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        code: CodeType = compile(rewritten(tree), path, "exec", dont_inherit=True)
        return code


class CellRewriter:
    """What IPython asks of a transformer: `visit` takes a cell's tree."""

    def visit(self, tree: ast.Module) -> ast.Module:
        """Return the cell's tree with noise in it."""
        return rewritten(tree)


class ShellLoader(importlib.machinery.SourceFileLoader):
    """Loads IPython as it is, then has each new shell rewrite the cells that it runs."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module and wrap the way in which its shells begin."""
        super().exec_module(module)
        shell: Any = module.InteractiveShell
        begin = shell.__init__

        def begin_with_noise(self: Any, *args: Any, **settings: Any) -> None:
            begin(self, *args, **settings)
            self.ast_transformers.append(CellRewriter())

        shell.__init__ = begin_with_noise


class NoisyFinder(importlib.abc.MetaPathFinder):
    """Finds the modules that are rewritten, and IPython, whose cells are."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the module's usual place with another loader, None for all other modules."""
        is_shell = fullname == "IPython.core.interactiveshell"
        if not is_shell and not any(
            fullname == name or fullname.startswith(f"{name}.") for name in REWRITTEN
        ):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or type(spec.loader) is not importlib.machinery.SourceFileLoader:
            return spec
        loader = ShellLoader if is_shell else NoisyLoader
        spec.loader = loader(spec.loader.name, spec.loader.path)
        return spec


def install() -> None:
    """Begin to rewrite what is imported from now on."""
    if not any(isinstance(finder, NoisyFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, NoisyFinder())
