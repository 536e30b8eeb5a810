r"""All numbers that training changes, in one flat vector (chapter 1).

A network of sizes $n_0, n_1, \dots, n_L$ has for each layer a weight matrix of shape
$(n_{k-1}, n_k)$ and a bias for each of the $n_k$ units. They lie one behind the other in one
vector, all weights first and then all biases:

$$ \theta = (W_1, \dots, W_L,\; b_1, \dots, b_L). $$

`weights[k]` and `biases[k]` are *views*: windows into that vector, no copies. A step of gradient
descent is then one line on the vector, and a penalty on the weights is one line on its first part.

A second row of windows costs nothing: a vector of shape (n_runs, n_parameters) is a *stack* of
networks which differ in their seeds, and every formula of the course broadcasts over it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from course_lib.arguments import (
    FloatArray,
    listed,
    one_of,
    real_number,
    real_numbers,
    stack_generators,
    whole_number,
)

Generators = np.random.Generator | Sequence[np.random.Generator]

# The standard deviation of a layer's initial weights, from its numbers of inputs and outputs.
SCHEMES: dict[str, Callable[[int, int], float]] = {
    "normal": lambda _n_in, _n_out: 1.0,
    "one_over_root_n": lambda n_in, _n_out: math.sqrt(1 / n_in),
    "he": lambda n_in, _n_out: math.sqrt(2 / n_in),
    "glorot": lambda n_in, n_out: math.sqrt(2 / (n_in + n_out)),
}


class Parameters:
    """Weights and biases of a network, or of a stack of networks, as views of one flat vector.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units per layer, inputs first: at least two numbers, each at least 1.
    n_runs : int, optional
        How many networks the stack has; without it there is one network and no leading axis.
    dtype : float64 (default) or float32

    Attributes
    ----------
    vector : array of shape (n_parameters,) or (n_runs, n_parameters)
        Everything; assigning to it writes into the same memory, so that no view is ever cut off.
    weights : list of views, each of shape (..., n_inputs, n_outputs)
    biases : list of views, each of shape (..., 1, n_outputs)
    weight_vector : view of shape (..., n_weights)

    Examples
    --------
    >>> parameters = Parameters([2, 3, 1])
    >>> parameters.vector.shape, [W.shape for W in parameters.weights]
    ((13,), [(2, 3), (3, 1)])
    >>> parameters.vector -= 1.0
    >>> parameters.weights[1].tolist()
    [[-1.0], [-1.0], [-1.0]]
    """

    def __init__(
        self, layer_sizes: Sequence[int], n_runs: int | None = None, dtype: DTypeLike = np.float64
    ) -> None:
        self.layer_sizes = checked_layer_sizes(layer_sizes)
        if not any(_same_dtype(dtype, allowed) for allowed in (np.float64, np.float32)):
            raise ValueError(f"dtype must be float64 or float32, got {dtype!r}")
        leading = () if n_runs is None else (whole_number("n_runs", n_runs, low=1),)
        pairs = list(zip(self.layer_sizes[:-1], self.layer_sizes[1:], strict=True))
        self.n_weights = sum(n_in * n_out for n_in, n_out in pairs)
        n_parameters = self.n_weights + sum(self.layer_sizes[1:])
        self._vector: FloatArray = np.zeros((*leading, n_parameters), dtype)
        self.weights: list[FloatArray] = []
        self.biases: list[FloatArray] = []
        start = 0
        for n_in, n_out in pairs:
            window = self._vector[..., start : start + n_in * n_out]
            self.weights.append(window.reshape(*leading, n_in, n_out))
            start += n_in * n_out
        for _, n_out in pairs:
            self.biases.append(self._vector[..., np.newaxis, start : start + n_out])
            start += n_out

    @property
    def vector(self) -> FloatArray:
        """All weights, then all biases, of shape (..., n_parameters)."""
        return self._vector

    @vector.setter
    def vector(self, values: FloatArray) -> None:
        if values is self._vector:
            return  # what `vector -= step` assigns: it is changed already
        numbers = real_numbers("vector", values)
        try:
            self._vector[...] = numbers  # in place: a new array would leave the views behind
        except ValueError:
            raise ValueError(
                f"vector must have the shape {self._vector.shape}, got {np.shape(values)}"
            ) from None

    @property
    def weight_vector(self) -> FloatArray:
        """The weights without the biases, a view of shape (..., n_weights)."""
        return self._vector[..., : self.n_weights]

    @property
    def n_runs(self) -> int | None:
        """How many networks the stack has; None for a single network."""
        return None if self._vector.ndim == 1 else self._vector.shape[0]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of every number: float64 or float32."""
        return self._vector.dtype

    def like(self) -> Parameters:
        """Return parameters of the same shape, filled with zeros."""
        return Parameters(self.layer_sizes, self.n_runs, self.dtype)

    def copy(self) -> Parameters:
        """Return a copy that shares no memory with this one, with views of its own."""
        twin = self.like()
        twin.vector = self._vector
        return twin

    def run(self, index: int) -> Parameters:
        """Return a copy of one network of the stack."""
        n_runs = self.n_runs or 0
        if whole_number("index", index, low=-n_runs) >= n_runs:
            raise ValueError(f"index must be a run of the stack, of {n_runs} runs, got {index}")
        single = Parameters(self.layer_sizes, dtype=self.dtype)
        single.vector = self._vector[index]
        return single

    # numpy would copy each view by itself and cut it off from the vector.
    def __deepcopy__(self, memo: dict[int, Any]) -> Parameters:
        return self.copy()

    __copy__ = copy

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.layer_sizes, self._vector)

    def __repr__(self) -> str:
        runs = "" if self.n_runs is None else f", n_runs={self.n_runs}"
        return f"Parameters({list(self.layer_sizes)}{runs}, dtype={self.dtype})"


def stacked(parts: Sequence[Parameters]) -> Parameters:
    """Return one stack of all the networks in `parts`, each a single network or a stack.

    >>> stacked([Parameters([2, 1]), Parameters([2, 1], n_runs=3)])
    Parameters([2, 1], n_runs=4, dtype=float64)
    """
    parts = listed("parts", parts, "a sequence of Parameters")
    if not parts or not all(isinstance(part, Parameters) for part in parts):
        raise ValueError(f"parts must be a sequence of at least one Parameters, got {parts!r}")
    for part in parts[1:]:
        if part.layer_sizes != parts[0].layer_sizes:
            raise ValueError(
                f"parts must have the same layer_sizes {list(parts[0].layer_sizes)}, "
                f"got {list(part.layer_sizes)}"
            )
    rows = np.concatenate([np.atleast_2d(part.vector) for part in parts])
    return _rebuilt(parts[0].layer_sizes, rows)


def unstacked(stack: Parameters, n_parts: int) -> list[Parameters]:
    """Return copies of `n_parts` equal stretches of a stack, the inverse of `stacked`.

    >>> unstacked(Parameters([2, 1], n_runs=6), 3)[0]
    Parameters([2, 1], n_runs=2, dtype=float64)
    """
    if not isinstance(stack, Parameters):
        raise ValueError(f"stack must be Parameters, got {type(stack).__name__}")
    n_runs = stack.n_runs or 0
    if n_runs == 0 or n_runs % whole_number("n_parts", n_parts, low=1):
        raise ValueError(f"n_parts must divide the {n_runs} runs of the stack, got {n_parts}")
    return [_rebuilt(stack.layer_sizes, rows) for rows in np.split(stack.vector, n_parts)]


def _same_dtype(dtype: object, allowed: type) -> bool:
    try:
        return np.dtype(dtype) == np.dtype(allowed)  # type: ignore[call-overload, no-any-return]
    except TypeError:  # not the name of a dtype at all
        return False


def _rebuilt(layer_sizes: Sequence[int], vector: FloatArray) -> Parameters:
    n_runs = None if vector.ndim == 1 else vector.shape[0]
    parameters = Parameters(layer_sizes, n_runs, vector.dtype)
    parameters.vector = vector
    return parameters


def check_parameters(parameters: object, layer_sizes: tuple[int, ...]) -> None:
    """Say what is wrong if these are not the parameters of a network of `layer_sizes`."""
    if not isinstance(parameters, Parameters):
        raise ValueError(f"parameters must be Parameters, got {type(parameters).__name__}")
    if parameters.layer_sizes != layer_sizes:
        raise ValueError(
            f"parameters must be of the network's layer_sizes {list(layer_sizes)}, "
            f"got {list(parameters.layer_sizes)}"
        )
    for name, views in (("weights", parameters.weights), ("biases", parameters.biases)):
        for k, view in enumerate(views):
            if not np.may_share_memory(view, parameters.vector):
                raise ValueError(
                    f"parameters.{name}[{k}] must be a view of parameters.vector, got another "
                    f"array: write into the view, as in parameters.{name}[{k}][...] = values"
                )


def checked_layer_sizes(layer_sizes: Iterable[int]) -> tuple[int, ...]:
    """Return the sizes as a tuple, or say what is wrong with them."""
    layer_sizes = listed("layer_sizes", layer_sizes, "a list of inputs and outputs at least")
    if len(layer_sizes) < 2:
        raise ValueError(f"layer_sizes must list inputs and outputs at least, got {layer_sizes!r}")
    return tuple(
        whole_number(f"layer_sizes[{k}]", size, low=1) for k, size in enumerate(layer_sizes)
    )


def initial_parameters(
    layer_sizes: Sequence[int],
    rng: Generators,
    scheme: str = "glorot",
    *,
    scale: float = 1.0,
    bias_scale: float = 0.0,
    dtype: DTypeLike = np.float64,
) -> Parameters:
    r"""Draw initial weights $W_k \sim N(0, (\text{scale} \cdot s_k)^2)$ and biases.

    The scheme gives $s_k$ from the layer's inputs and outputs: ``"normal"`` 1,
    ``"one_over_root_n"`` $1/\sqrt{n_{in}}$, ``"he"`` $\sqrt{2/n_{in}}$, ``"glorot"``
    $\sqrt{2/(n_{in}+n_{out})}$. Biases are $N(0, \text{bias\_scale}^2)$, zero by default.

    Parameters
    ----------
    layer_sizes : sequence of int
    rng : Generator, or a sequence of Generators for a stack with one run for each
    scheme : {"normal", "one_over_root_n", "he", "glorot"}
    scale, bias_scale : float in [0, inf)
    dtype : float64 or float32

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> initial_parameters([784, 100, 10], rng, "he").weights[0].std().round(3)
    np.float64(0.051)

    References
    ----------
    Glorot and Bengio (2010), section 4.2; He et al. (2015), section 2.2; Nielsen (2015),
    chapter 3 for $1/\sqrt{n_{in}}$.
    """
    deviation = SCHEMES[one_of("scheme", scheme, SCHEMES)]
    layer_sizes = checked_layer_sizes(layer_sizes)
    scale = real_number("scale", scale, low=0)
    bias_scale = real_number("bias_scale", bias_scale, low=0)
    if isinstance(rng, np.random.Generator):
        parameters = Parameters(layer_sizes, dtype=dtype)
        for W, b in zip(parameters.weights, parameters.biases, strict=True):
            W[...] = rng.normal(0.0, scale * deviation(*W.shape), W.shape)
            if bias_scale > 0:
                b[...] = rng.normal(0.0, bias_scale, b.shape)
        return parameters
    generators = stack_generators(rng)
    stack = Parameters(layer_sizes, len(generators), dtype)
    for run, generator in enumerate(generators):
        stack.vector[run] = initial_parameters(
            layer_sizes, generator, scheme, scale=scale, bias_scale=bias_scale, dtype=dtype
        ).vector
    return stack
