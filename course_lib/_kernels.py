"""The arithmetic of a step in loops, for Numba to compile; `course_lib.compiled` calls it.

One function does one thing, as in the package: forward, backward, a rule. The arrays of all layers
lie one after the other in one vector, as the parameters do, so that a step makes no new array.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

numba: Any
try:
    import numba
except ImportError:
    numba = None

# Sums may be added in another order, and a product with a sum be one operation; nan stays nan.
FAST = {"reassoc", "contract", "nsz", "arcp"}


def compiled(function: Kernel) -> Kernel:
    """Compile a function, where Numba is installed, and keep the machine code for the next time."""
    if numba is None:
        return function
    settings: dict[str, Any] = {"fastmath": FAST, "nogil": True, "error_model": "numpy"}
    with contextlib.suppress(RuntimeError):  # there may be no folder to keep it in
        kept: Kernel = numba.njit(cache=True, **settings)(function)
        return kept
    made: Kernel = numba.njit(**settings)(function)
    return made


IS_COMPILED = numba is not None
# What `edit` does.
PULL, SIGN, AVERAGED, HEAVY, AHEAD, ADAM, NOTHING = range(7)
FEW = 8  # outputs of a layer: with fewer, sums over the inputs one by one


@compiled
def take_steps(
    vectors, X, targets, order, rates, batch_size, sizes, n_weights, kinds, products, edits,
    numbers, thresholds, slots, memory, n_steps_done, drop_rates, draws, bad,
):  # fmt: skip
    """Take all steps of each run; note in `bad` the first step whose parameters are not finite."""
    n_runs, n_parameters = vectors.shape
    n_layers = len(sizes) - 1
    n_rows, dtype = order.shape[1], vectors.dtype
    # One after the other, the values of all layers for a batch: plain ones, and times the mask.
    places = np.zeros(n_layers + 2, np.int64)
    for k in range(n_layers + 1):
        places[k + 1] = places[k] + batch_size * sizes[k]
    plain = np.zeros(places[n_layers + 1], dtype)
    has_masks = draws.shape[1] > 0
    masked = np.zeros(places[n_layers + 1], dtype) if has_masks else plain
    masks = np.ones(places[n_layers] if has_masks else 0, dtype)
    delta = np.zeros(places[n_layers + 1], dtype)
    gradient = np.zeros(n_parameters, dtype)
    per_example = draws.shape[1] == n_rows
    for run in range(n_runs):
        vector = vectors[run]
        rows_of = order[run if order.shape[0] > 1 else 0]
        X_of = X[run if X.shape[0] > 1 else 0]
        targets_of = targets[run if targets.shape[0] > 1 else 0]
        for step in range(rates.shape[0]):
            start = step * batch_size
            rows = rows_of[start : min(start + batch_size, n_rows)]
            if has_masks:
                set_masks(masks, draws[run], start if per_example else step, len(rows),
                           per_example, sizes, places, drop_rates)  # fmt: skip
            for q in range(len(rows)):
                for i in range(sizes[0]):
                    plain[q * sizes[0] + i] = X_of[rows[q], i]
            if has_masks:
                for i in range(len(rows) * sizes[0]):
                    masked[i] = plain[i] * masks[i]
            forward(vector, plain, masked, masks, len(rows), sizes, places, n_weights, kinds[0],
                     products)  # fmt: skip
            output_delta(plain[places[n_layers] :], delta[places[n_layers] :], targets_of, rows,
                          kinds[1])  # fmt: skip
            backward(vector, gradient, plain, masked, masks, delta, len(rows), sizes, places,
                      n_weights, kinds[0], products)  # fmt: skip
            rate = rates[step, run]
            for k in range(len(edits)):
                edit(edits[k], gradient, vector, n_weights, numbers[k, :, run],
                      memory[slots[k] : slots[k + 1], run], n_steps_done + step + 1)  # fmt: skip
            for i in range(n_parameters):
                vector[i] -= rate * gradient[i]
            for k in range(len(edits)):
                threshold = rate * thresholds[k, run]
                if threshold > 0:
                    for i in range(n_weights):
                        vector[i] -= min(max(vector[i], -threshold), threshold)
            end = 0.0
            for i in range(n_parameters - sizes[n_layers], n_parameters):
                end += vector[i]
            if not np.isfinite(end):
                bad[run] = step
                break


@compiled
def set_masks(masks, draws, first, n_rows, per_example, sizes, places, rates):
    """Turn random numbers into masks: 0 with probability `rate`, 1 / (1 - rate) otherwise."""
    column = 0
    for k in range(len(rates)):
        if rates[k] > 0:
            kept = 1.0 / (1.0 - rates[k])
            for q in range(n_rows):
                row = draws[first + q if per_example else first]
                place = places[k] + q * sizes[k]
                for i in range(sizes[k]):
                    masks[place + i] = kept if row[column + i] >= rates[k] else 0.0
            column += sizes[k]


@compiled
def forward(vector, plain, masked, masks, n_rows, sizes, places, n_weights, activation, products):
    """Compute z = h W + b and h = f(z), layer by layer; an input that is 0 is passed over."""
    weights, biases = 0, n_weights
    n_layers = len(sizes) - 1
    for k in range(n_layers):
        n_in, n_out = sizes[k], sizes[k + 1]
        first, above = places[k], places[k + 1]
        if products[k]:
            W = vector[weights : weights + n_in * n_out].reshape(n_in, n_out)
            h = masked[first : first + n_rows * n_in].reshape(n_rows, n_in)
            sums = plain[above : above + n_rows * n_out].reshape(n_rows, n_out)
            np.dot(h, W, sums)
            for q in range(n_rows):
                for j in range(n_out):
                    sums[q, j] += vector[biases + j]
        elif n_out < FEW:
            for q in range(n_rows):
                for j in range(n_out):
                    total = vector[biases + j]
                    for i in range(n_in):
                        total += masked[first + q * n_in + i] * vector[weights + i * n_out + j]
                    plain[above + q * n_out + j] = total
        else:
            for q in range(n_rows):
                for j in range(n_out):
                    plain[above + q * n_out + j] = vector[biases + j]
            for i in range(n_in):
                row = weights + i * n_out
                for q in range(n_rows):
                    value = masked[first + q * n_in + i]
                    if value != 0:
                        z = above + q * n_out
                        for j in range(n_out):
                            plain[z + j] += value * vector[row + j]
        if k + 1 < n_layers:
            for i in range(above, above + n_rows * n_out):
                if activation == 0:
                    plain[i] = 0 if plain[i] < 0 else plain[i]  # nan stays nan
                elif activation == 1:
                    plain[i] = 0.5 + 0.5 * np.tanh(0.5 * plain[i])
                else:
                    plain[i] = np.tanh(plain[i])
            if len(masks) > 0:
                for i in range(above, above + n_rows * n_out):
                    masked[i] = plain[i] * masks[i]
        weights += n_in * n_out
        biases += n_out


@compiled
def output_delta(z, delta, targets, rows, loss):
    """Compute the derivative of the mean loss by the last weighted sums."""
    share = 1.0 / len(rows)
    n_out = targets.shape[1]
    for q in range(len(rows)):
        at = q * n_out
        if loss == 1:
            largest = z[at]
            for j in range(1, n_out):
                largest = max(largest, z[at + j])
            total = 0.0
            for j in range(n_out):
                delta[at + j] = np.exp(z[at + j] - largest)
                total += delta[at + j]
            for j in range(n_out):
                delta[at + j] = (delta[at + j] / total - targets[rows[q], j]) * share
        else:
            for j in range(n_out):
                target = targets[rows[q], j]
                if loss == 3:
                    delta[at + j] = (z[at + j] - target) * share
                else:
                    p = 0.5 + 0.5 * np.tanh(0.5 * z[at + j])
                    slope = p * (1.0 - p) if loss == 2 else 1.0
                    delta[at + j] = (p - target) * slope * share


@compiled
def backward(
    vector, gradient, plain, masked, masks, delta, n_rows, sizes, places, n_weights, activation,
    products,
):  # fmt: skip
    """Compute the gradient of each layer, from the last to the first, and delta below it."""
    weights, biases = n_weights, len(vector)
    for k in range(len(sizes) - 2, -1, -1):
        n_in, n_out = sizes[k], sizes[k + 1]
        weights -= n_in * n_out
        biases -= n_out
        first, above = places[k], places[k + 1]
        for j in range(n_out):
            total = 0 * delta[above]
            for q in range(n_rows):
                total += delta[above + q * n_out + j]
            gradient[biases + j] = total
        if products[k]:
            W = vector[weights : weights + n_in * n_out].reshape(n_in, n_out)
            dW = gradient[weights : weights + n_in * n_out].reshape(n_in, n_out)
            h = masked[first : first + n_rows * n_in].reshape(n_rows, n_in)
            every = delta[above : above + n_rows * n_out].reshape(n_rows, n_out)
            np.dot(h.T, every, dW)
            if k > 0:
                np.dot(every, W.T, delta[first : first + n_rows * n_in].reshape(n_rows, n_in))
        elif n_out < FEW:
            for i in range(n_in):
                for j in range(n_out):
                    total = 0 * delta[above]
                    for q in range(n_rows):
                        total += masked[first + q * n_in + i] * delta[above + q * n_out + j]
                    gradient[weights + i * n_out + j] = total
            if k > 0:
                for q in range(n_rows):
                    for i in range(n_in):
                        total = 0 * delta[above]
                        for j in range(n_out):
                            total += delta[above + q * n_out + j] * vector[weights + i * n_out + j]
                        delta[first + q * n_in + i] = total
        else:
            for i in range(n_in):
                row = weights + i * n_out
                for j in range(n_out):
                    gradient[row + j] = 0
                for q in range(n_rows):
                    value = masked[first + q * n_in + i]
                    if value != 0:
                        d = above + q * n_out
                        for j in range(n_out):
                            gradient[row + j] += value * delta[d + j]
                if k > 0:
                    for q in range(n_rows):
                        d = above + q * n_out
                        total = 0 * delta[above]
                        for j in range(n_out):
                            total += delta[d + j] * vector[row + j]
                        delta[first + q * n_in + i] = total
        if k > 0:
            for i in range(n_rows * n_in):
                value = plain[first + i]
                if activation == 0:
                    slope = np.sign(value)
                elif activation == 1:
                    slope = value * (1 - value)
                else:
                    slope = 1 - value * value
                delta[first + i] *= slope
            if len(masks) > 0:
                for i in range(first, first + n_rows * n_in):
                    delta[i] *= masks[i]


@compiled
def edit(kind, direction, vector, n_weights, numbers, memory, n_steps):
    """Change the direction as a rule does it, by the equation of its class."""
    first = numbers[0]
    if kind == PULL:  # direction + number * w
        for i in range(n_weights):
            direction[i] += first * vector[i]
    elif kind == SIGN:  # direction + l1 * sign(w)
        for i in range(n_weights):
            direction[i] += first * np.sign(vector[i])
    elif kind == AVERAGED:  # v = beta v + (1 - beta) g, along v
        v = memory[0]
        for i in range(len(direction)):
            v[i] = first * v[i] + (1 - first) * direction[i]
            direction[i] = v[i]
    elif kind == HEAVY:  # v = beta v + g, along v
        v = memory[0]
        for i in range(len(direction)):
            v[i] = first * v[i] + direction[i]
            direction[i] = v[i]
    elif kind == AHEAD:  # v = beta v + g, along g + beta v
        v = memory[0]
        for i in range(len(direction)):
            v[i] = first * v[i] + direction[i]
            direction[i] += first * v[i]
    elif kind == ADAM:
        m, s = memory[0], memory[1]
        beta2, epsilon = numbers[1], numbers[2]
        whole_mean, whole_square = 1 - first**n_steps, 1 - beta2**n_steps
        for i in range(len(direction)):
            g = direction[i]
            m[i] += (1 - first) * (g - m[i])
            s[i] += (1 - beta2) * (g * g - s[i])
            direction[i] = (m[i] / whole_mean) / (np.sqrt(s[i] / whole_square) + epsilon)
