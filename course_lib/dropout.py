r"""Dropout: in every step, some units are missing (chapter 7).

For each sample of each step every unit of a layer is dropped with probability $p$, the *rate*, and
what is left is scaled up, so that the expected sum stays what it was:

$$ \tilde h = m \odot h, \qquad m_i = \begin{cases} 0 & \text{with probability } p \\
   \frac{1}{1-p} & \text{otherwise.} \end{cases} $$

The way back passes through the same mask. A prediction uses all units, and no mask: that is what
the scaling is for. Dropout changes the function that is trained, not the step, so it is a network
and not a rule; the loop doesn't know of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike

from course_lib.arguments import (
    FloatArray,
    is_listed,
    listed,
    one_of,
    plain_array,
    real_number,
    single_generator,
    stack_generators,
)
from course_lib.network import Network
from course_lib.parameters import Generators, Parameters

Masks = Sequence["FloatArray | None"]  # one for each layer but the last; None drops nothing


def dropout_mask(shape: tuple[int, ...], rate: float, rng: np.random.Generator) -> FloatArray:
    r"""Return a mask that is 0 with probability `rate` and $1/(1-\text{rate})$ otherwise.

    >>> dropout_mask((2, 4), 0.5, np.random.default_rng(0))
    array([[2., 0., 0., 0.],
           [2., 2., 2., 2.]])
    """
    rate = real_number("rate", rate, low=0, high=1)
    rng = single_generator(rng)
    mask: FloatArray = (rng.random(shape) >= rate) * (1.0 / (1.0 - rate))
    return mask


class ThinnedNetwork(Network):
    """One of the many networks that dropout trains: its masks are given, and stay.

    For checking a gradient, and for looking at the networks that a dropout network averages.

    Parameters
    ----------
    network : Network
        Whose sizes, activation and loss it has.
    masks : sequence of arrays that broadcast to (..., n_samples, n_units), or None
        For each layer but the last, inputs first, as `DropoutNetwork.draw_masks` returns them.

    Examples
    --------
    >>> network = Network([1, 2, 1], loss="squared_error")
    >>> parameters = Parameters([1, 2, 1])
    >>> parameters.vector = [1.0, 10.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    >>> thinned = ThinnedNetwork(network, [None, np.array([[2.0, 0.0]])])
    >>> X = np.array([[1.0]])
    >>> network.predict(parameters, X), thinned.predict(parameters, X)
    (array([[11.]]), array([[2.]]))
    """

    def __init__(self, network: Network, masks: Masks) -> None:
        super().__init__(network.layer_sizes, network.activation_name, network.loss_name)
        masks = listed("masks", masks, "a sequence of masks, or None, for each layer but the last")
        if len(masks) != len(self.layer_sizes) - 1:
            raise ValueError(
                f"masks must be {len(self.layer_sizes) - 1}, one for each layer but the last, "
                f"got {len(masks)}"
            )
        for k, mask in enumerate(masks):
            if mask is None:
                continue
            if plain_array(f"masks[{k}]", mask).shape[-1:] != (self.layer_sizes[k],):
                raise ValueError(
                    f"masks[{k}] must have the shape (..., {self.layer_sizes[k]}), got {mask.shape}"
                )
        self.masks = masks

    def _check_rows(self, X: FloatArray) -> None:
        for k, mask in enumerate(self.masks):
            if mask is not None and mask.shape[-2:-1] not in ((), (1,), X.shape[-2:-1]):
                raise ValueError(
                    f"masks[{k}] must have one row, or one for each of the {X.shape[-2]} samples, "
                    f"got the shape {mask.shape}"
                )

    def forward(self, parameters: Parameters, X: FloatArray) -> list[FloatArray]:
        """Return the layers' values with their masks on; the last are weighted sums."""
        X = self._inputs(X)
        self._check_rows(X)
        return masked_forward(self, parameters, X, self.masks)[1]

    def gradient(
        self,
        parameters: Parameters,
        X: FloatArray,
        targets: FloatArray,
        out: Parameters | None = None,
    ) -> Parameters:
        """Return the gradient of the thinned network's mean cost, as `Network.gradient` does."""
        X = self._inputs(X)
        self._check_rows(X)
        return masked_gradient(self, parameters, X, targets, self.masks, out)


class DropoutNetwork(Network):
    """A network that is trained with dropout: every gradient is taken with fresh masks.

    Everything else, `predict` and `evaluate` among it, uses all units.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units per layer, inputs first.
    rate : float in [0, 1), or a sequence of them
        The share of units *dropped*: of each hidden layer, or one number for each layer but the
        last, inputs first.
    rng : Generator, or for a stack a sequence of one for each run
        Draws the masks; not the one that draws the batches, so that those stay the same without
        dropout. It moves on from gradient to gradient: make it anew for each run.
    activation, loss : str
        As for `Network`.
    one_mask_per : {"example", "batch"}
        Whether each example loses units of its own, or a whole batch the same.

    Raises
    ------
    ValueError
        Naming the parameter, its value and its range.

    Examples
    --------
    >>> network = DropoutNetwork([2, 64, 1], rate=0.5, rng=np.random.default_rng(0))
    >>> _, mask = network.draw_masks(n_samples=3)
    >>> mask.shape, sorted(set(mask.ravel().tolist()))
    ((3, 64), [0.0, 2.0])

    References
    ----------
    Srivastava et al. (2014).
    """

    def __init__(
        self,
        layer_sizes: Sequence[int],
        rate: float | Sequence[float],
        rng: Generators,
        activation: str = "relu",
        loss: str = "sigmoid_cross_entropy",
        *,
        one_mask_per: str = "example",
    ) -> None:
        super().__init__(layer_sizes, activation, loss)
        self.rates = _checked_rates(rate, len(self.layer_sizes) - 1)
        self.rng = rng if isinstance(rng, np.random.Generator) else stack_generators(rng)
        self.one_mask_per = one_of("one_mask_per", one_mask_per, ("example", "batch"))

    def __repr__(self) -> str:
        rates = ", ".join(f"{rate:g}" for rate in self.rates)
        return f"Dropout{super().__repr__()[:-1]}, rate=[{rates}])"

    def draw_masks(self, n_samples: int, dtype: DTypeLike = np.float64) -> list[FloatArray | None]:
        """Draw a mask for each layer but the last, of shape (..., n_samples, n_units).

        None where nothing is dropped; a mask for the whole batch has one row.
        """
        n_rows = n_samples if self.one_mask_per == "example" else 1
        units = [
            size if rate > 0 else 0
            for size, rate in zip(self.layer_sizes[:-1], self.rates, strict=True)
        ]
        # One call for all layers: with small networks a call costs more than its numbers.
        if isinstance(self.rng, np.random.Generator):
            draws = self.rng.random((n_rows, sum(units)))
        else:
            draws = np.stack([rng.random((n_rows, sum(units))) for rng in self.rng])
        parts = np.split(draws, np.cumsum(units)[:-1], axis=-1)
        return [
            np.multiply(part >= rate, 1.0 / (1.0 - rate), dtype=dtype) if rate > 0 else None
            for part, rate in zip(parts, self.rates, strict=True)
        ]

    def gradient(
        self,
        parameters: Parameters,
        X: FloatArray,
        targets: FloatArray,
        out: Parameters | None = None,
    ) -> Parameters:
        """Return the gradient with fresh masks, the same forward and back.

        Raises a ValueError if the generators are not one for each run of the parameters.
        """
        n_runs = None if isinstance(self.rng, np.random.Generator) else len(self.rng)
        if n_runs != parameters.n_runs:
            runs = parameters.n_runs
            needed = "one Generator" if runs is None else f"a sequence of {runs} Generators"
            given = "one Generator" if n_runs is None else f"a sequence of {n_runs}"
            raise ValueError(f"rng must be {needed} for {parameters!r}, got {given}")
        if not any(self.rates):
            return super().gradient(parameters, X, targets, out)
        masks = self.draw_masks(X.shape[-2], parameters.dtype)
        return masked_gradient(self, parameters, X, targets, masks, out)


def masked_forward(
    network: Network, parameters: Parameters, X: FloatArray, masks: Masks
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return the layers' values without and with their masks; the last are weighted sums."""
    if X.__class__ is not np.ndarray:
        X = plain_array("X", X)
    plain, masked = [X], [_times(X, masks[0])]
    last = len(parameters.weights) - 1
    for k, (W, b) in enumerate(zip(parameters.weights, parameters.biases, strict=True)):
        z = masked[-1] @ W + b
        h = network.activation.value(z) if k < last else z
        plain.append(h)
        masked.append(_times(h, masks[k + 1]) if k < last else z)
    return plain, masked


def masked_gradient(
    network: Network,
    parameters: Parameters,
    X: FloatArray,
    targets: FloatArray,
    masks: Masks,
    out: Parameters | None = None,
) -> Parameters:
    """Return the gradient of the mean cost with these masks, in the shape of the parameters."""
    gradient = parameters.like() if out is None else out
    plain, masked = masked_forward(network, parameters, X, masks)
    delta = network.loss.delta(masked[-1], targets)
    delta *= 1.0 / X.shape[-2]
    for k in reversed(range(len(parameters.weights))):
        np.matmul(masked[k].mT, delta, out=gradient.weights[k])
        np.add.reduce(delta, axis=-2, keepdims=True, out=gradient.biases[k])
        if k > 0:
            delta = _times(delta @ parameters.weights[k].mT, masks[k])
            delta *= network.activation.derivative(plain[k])
    return gradient


def _times(values: FloatArray, mask: FloatArray | None) -> FloatArray:
    return values if mask is None else values * mask


def _checked_rates(rate: object, n_layers: int) -> list[float]:
    if not is_listed(rate) or isinstance(rate, str):
        return [0.0] + [real_number("rate", rate, low=0, high=1)] * (n_layers - 1)
    rates = list(rate)
    if len(rates) != n_layers:
        raise ValueError(
            f"rate must be one number, or {n_layers}, one for each layer but the last, got {rate!r}"
        )
    return [real_number(f"rate[{k}]", one, low=0, high=1) for k, one in enumerate(rates)]
