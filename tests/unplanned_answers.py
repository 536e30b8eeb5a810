"""Wrong answers to the problem sets, written from the public pages alone.

Whoever wrote them had read the pages of the problem sets, and not the checks. So they tell what a
check does with a mistake that nobody had in mind when writing it. Each runs without an error on
ordinary numbers.

The first look, before anything was mended: of 67 answers 22 got a name that fits, 3 a name that
misleads (an overflow told as the logarithm of 0, clipped logits as a small number inside of the
logarithm, a scale cut off to a whole number as no scale), 36 no name, and 6 passed. Of these, 5
were holes in the checks. The sixth was no mistake where logits are a vector, as they are in that
exercise, so another answer has its place: the gradient by the probability, without a name then.

`named` is the name of today. Each was read beside what is wrong, and fits it.
"""

# ruff: noqa: ARG001, D401, D403 (an argument left unused; a docstring that tells a mistake)

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Unplanned(NamedTuple):
    """A wrong answer: its exercise, the function, what is wrong, and the name that it gets."""

    exercise: str
    student: Callable[..., Any]
    wrong: str
    named: str  # empty: wrong in a way without a name


UNPLANNED: list[Unplanned] = []


def answer(exercise: str, named: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put the function below into the list; its docstring tells what is wrong."""

    def keep(student: Callable[..., Any]) -> Callable[..., Any]:
        wrong = " ".join((student.__doc__ or "").split())
        UNPLANNED.append(Unplanned(exercise, student, wrong, named))
        return student

    return keep


def sigmoid(z):
    """Return the probability of label 1."""
    return 1 / (1 + np.exp(-z))


# --- Set 1: gradient descent


@answer("backprop.cost", "the absolute value is missing")
def cost_without_abs(z, y):
    """The stable formula was copied without the absolute value.

    It has log1p(exp(-z)) in place of log1p(exp(-|z|)).
    """
    return np.mean(np.maximum(z, 0) - z * y + np.log1p(np.exp(-z)))


@answer("backprop.cost", "the worst errors are cut off")
def cost_clipped(z, y):
    """The logits are clipped to ±30 against the overflow.

    So a logit of 800 with the wrong label costs only 30.
    """
    z = np.clip(z, -30, 30)
    return np.mean(np.log(1 + np.exp(z)) - y * z)


@answer("backprop.cost", "the formula for labels -1 and 1")
def cost_for_signs(z, y):
    """The formula for labels -1 and 1 is used with labels 0 and 1."""
    return np.mean(np.logaddexp(0, -y * z))


@answer("backprop.delta", "the gradient by the probability")
def delta_by_probability(z, y):
    """It is the gradient with respect to the probability, not to the logit."""
    p = sigmoid(z)
    return (p - y) / (p * (1 - p)) / len(z)


@answer("backprop.delta", "the predicted label in place of the probability")
def delta_of_labels(z, y):
    """The label that is predicted stands in place of the probability."""
    return (np.round(sigmoid(z)) - y) / len(z)


@answer("backprop.predict", "every label is 0")
def predict_cut_off(z):
    """astype(int) cuts the probability off and does not round it: everything is 0."""
    return sigmoid(z).astype(int)


@answer("backprop.predict", "the sign in place of the label")
def predict_sign(z):
    """The sign is returned: -1 in place of 0."""
    return np.sign(z)


def one_step(X, y, W1, b1, W2, b2, learning_rate, *, mask=None, bias=None):
    """Return a step that is right, but for the mask of the ReLU or the gradient of a bias."""
    A1 = np.maximum(X @ W1 + b1, 0)
    dz = (sigmoid(A1 @ W2 + b2) - y) / len(X)
    dZ1 = (dz @ W2.T) * (A1 > 0 if mask is None else mask(A1))
    bias = bias or (lambda d: d.sum(axis=0))
    return (
        W1 - learning_rate * X.T @ dZ1,
        b1 - learning_rate * bias(dZ1),
        W2 - learning_rate * A1.T @ dz,
        b2 - learning_rate * bias(dz),
    )


@answer("backprop.step", "the slope of the ReLU is missing")
def step_mask_everywhere(X, y, W1, b1, W2, b2, learning_rate):
    """The mask of the ReLU asks for A1 >= 0, which holds everywhere: nothing is masked."""
    return one_step(X, y, W1, b1, W2, b2, learning_rate, mask=lambda A1: A1 >= 0)


@answer("backprop.step", "the activation in place of its slope")
def step_times_activation(X, y, W1, b1, W2, b2, learning_rate):
    """The gradient is multiplied by the activation A1, not by the derivative of the ReLU."""
    return one_step(X, y, W1, b1, W2, b2, learning_rate, mask=lambda A1: A1)


@answer("backprop.step", "the biases' gradients are divided twice")
def step_bias_mean(X, y, W1, b1, W2, b2, learning_rate):
    """The biases take the mean over the rows, though dz was divided by m already."""
    return one_step(X, y, W1, b1, W2, b2, learning_rate, bias=lambda d: d.mean(axis=0))


@answer("backprop.step", "one sum for all hidden biases")
def step_bias_one_sum(X, y, W1, b1, W2, b2, learning_rate):
    """The gradient of a bias is summed over the units, too: all biases of a layer move alike."""
    return one_step(X, y, W1, b1, W2, b2, learning_rate, bias=np.sum)


# --- Set 2: mini-batches


@answer("batches.split", "the sizes are evened out")
def split_evenly(X, y, batch_size, rng):
    """array_split makes batches of about the same size: 10 rows in batches of 4 become 4, 3, 3."""
    order = rng.permutation(len(X))
    for rows in np.array_split(order, int(np.ceil(len(X) / batch_size))):
        yield X[rows], y[rows]


@answer("batches.split", "only the order of the batches is mixed")
def split_order_of_batches(X, y, batch_size, rng):
    """The order of the batches is drawn, but the same rows stay together in each epoch."""
    for start in rng.permutation(np.arange(0, len(X), batch_size)):
        yield X[start : start + batch_size], y[start : start + batch_size]


@answer("batches.split", "the last batch is dropped")
def split_too_early(X, y, batch_size, rng):
    """range ends at m - batch_size, so the last batch is missing, even if it is a full one."""
    order = rng.permutation(len(X))
    for start in range(0, len(X) - batch_size, batch_size):
        rows = order[start : start + batch_size]
        yield X[rows], y[rows]


@answer("batches.gradients", "the last gradient again and again")
def gradients_one_array(X, y, w, batch_size):
    """One array is filled again and again: the list holds the last gradient many times."""
    gradients, g = [], np.zeros(len(w))
    for start in range(0, len(X), batch_size):
        A, t = X[start : start + batch_size], y[start : start + batch_size]
        g[:] = A.T @ (A @ w - t) / len(A)
        gradients.append(g)
    return gradients


@answer("batches.gradients", "")
def gradients_numbers(X, y, w, batch_size):
    """The mean is taken over everything: a number for each batch, not a gradient."""
    gradients = []
    for start in range(0, len(X), batch_size):
        A, t = X[start : start + batch_size], y[start : start + batch_size]
        gradients.append(np.mean(A * (A @ w - t)[:, np.newaxis]))
    return gradients


@answer("batches.gradients", "the last batch is dropped")
def gradients_whole_batches(X, y, w, batch_size):
    """The number of batches is m // batch_size: the short last batch has no gradient."""
    gradients = []
    for i in range(len(X) // batch_size):
        A, t = X[i * batch_size : (i + 1) * batch_size], y[i * batch_size : (i + 1) * batch_size]
        gradients.append(A.T @ (A @ w - t) / len(A))
    return gradients


@answer("batches.cost", "")
def cost_full_batches(costs, sizes):
    """The number of rows is taken as batches times the largest batch.

    But the last batch is shorter.
    """
    return np.sum(costs * sizes) / (len(sizes) * np.max(sizes))


# --- Set 3: momentum


@answer("momentum.step", "Nesterov's step")
def step_nesterov(w, v, gradient, learning_rate, beta):
    """Nesterov's step: the weights move along beta * v + (1 - beta) * g once more."""
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * (beta * v + (1 - beta) * gradient), v


@answer("momentum.step", "the learning rate is inside of the velocity")
def step_rate_in_velocity(w, v, gradient, learning_rate, beta):
    """The rate is put into the velocity, which is then no average of the gradients."""
    v = beta * v + (1 - beta) * learning_rate * gradient
    return w - v, v


@answer("momentum.descend", "the velocity begins at the first gradient")
def descend_from_gradient(gradient, w, learning_rate, beta, steps):
    """The velocity begins at the first gradient, not at zeros."""
    v, path = gradient(w), []
    for _ in range(steps):
        v = beta * v + (1 - beta) * gradient(w)
        w = w - learning_rate * v
        path.append(w)
    return path


@answer("momentum.descend", "the velocity is set back in each step")
def descend_forgets_velocity(gradient, w, learning_rate, beta, steps):
    """The new velocity is thrown away: each step starts from a velocity of zeros."""
    v, path = np.zeros_like(w), []
    for _ in range(steps):
        w = w - learning_rate * (beta * v + (1 - beta) * gradient(w))
        path.append(w)
    return path


@answer("momentum.corrected", "the corrected value is fed back")
def corrected_carried_on(values, beta):
    """The corrected average is carried on into the next one."""
    average, out = 0.0, []
    for t, value in enumerate(values, 1):
        average = (beta * average + (1 - beta) * value) / (1 - beta**t)
        out.append(average)
    return out


@answer("momentum.corrected", "one divisor for all")
def corrected_by_last(values, beta):
    """All averages are divided by the correction of the last one."""
    average, out = 0.0, []
    for value in values:
        average = beta * average + (1 - beta) * value
        out.append(average)
    return list(np.array(out) / (1 - beta ** len(values)))


@answer("momentum.corrected", "the averages are cut off to whole numbers")
def corrected_in_their_type(values, beta):
    """zeros_like takes over the type of the values: averages of whole numbers are cut off."""
    values = np.asarray(values)
    out, average = np.zeros_like(values), 0.0
    for i, value in enumerate(values):
        average = beta * average + (1 - beta) * value
        out[i] = average / (1 - beta ** (i + 1))
    return list(out)


# --- Set 4: learning-rate decay


@answer("schedules.rates", "the rate is divided again and again")
def rates_compounded(initial, decay, epochs, steps_per_epoch):
    """The rate of the epoch before is divided on, not the initial one."""
    rates, rate = [], initial
    for epoch in range(epochs):
        rate = rate / (1 + decay * epoch)
        rates += [rate] * steps_per_epoch
    return rates


@answer("schedules.rates", "the list of the epochs is repeated")
def rates_tiled(initial, decay, epochs, steps_per_epoch):
    """The list of the epochs' rates is repeated as a whole: rates of epochs 0, 1, 2, 0, 1, 2."""
    return list(np.tile(initial / (1 + decay * np.arange(epochs)), steps_per_epoch))


@answer("schedules.rates", "the epoch is not rounded down")
def rates_by_fractions(initial, decay, epochs, steps_per_epoch):
    """step / steps_per_epoch is not rounded down: the rate falls with each step."""
    return [
        initial / (1 + decay * step / steps_per_epoch) for step in range(epochs * steps_per_epoch)
    ]


@answer("schedules.descend", "the remainder in place of the epoch")
def descend_modulo(gradient, w, initial, decay, epochs, steps_per_epoch):
    """The epoch is computed as step % steps_per_epoch."""
    path = []
    for step in range(epochs * steps_per_epoch):
        w = w - initial / (1 + decay * (step % steps_per_epoch)) * gradient(w)
        path.append(w)
    return path


@answer("schedules.descend", "one gradient for a whole epoch")
def descend_one_gradient(gradient, w, initial, decay, epochs, steps_per_epoch):
    """The gradient is computed once for an epoch, and all of its steps use it."""
    path = []
    for epoch in range(epochs):
        g = gradient(w)
        for _ in range(steps_per_epoch):
            w = w - initial / (1 + decay * epoch) * g
            path.append(w)
    return path


@answer("schedules.cosine", "degrees in place of radians")
def cosine_in_degrees(initial, epoch, epochs):
    """180 degrees are handed to a cosine that expects radians."""
    return initial * (1 + np.cos(180 * epoch / epochs)) / 2


@answer("schedules.cosine", "the cosine goes below 0")
def cosine_bare(initial, epoch, epochs):
    """The cosine is not halved and lifted.

    It falls from the initial rate to minus the initial rate.
    """
    return initial * np.cos(np.pi * epoch / epochs)


# --- Set 5: L2 and L1


@answer("penalties.l2_cost", "the spectral norm")
def l2_spectral(weights, l2):
    """norm(W, 2) of a matrix is its largest singular value, not the root of the sum of squares."""
    return l2 / 2 * sum(np.linalg.norm(W, 2) ** 2 for W in weights)


@answer("penalties.l2_cost", "the sum is squared")
def l2_of_sums(weights, l2):
    """The sum is squared, not each weight."""
    return l2 / 2 * sum(np.sum(W) ** 2 for W in weights)


@answer("penalties.l2_gradient", "the penalty is divided by the rows")
def penalised_by_rows(X, y, w, b, l2):
    """The penalty is divided by the number of rows, in the cost and in the gradient."""
    m, r = len(y), X @ w + b - y
    return (r @ r + l2 * w @ w) / (2 * m), (X.T @ r + l2 * w) / m, r.mean()


@answer("penalties.l2_gradient", "")
def penalised_square_of_mean(X, y, w, b, l2):
    """The cost squares the mean of the residuals; the gradients are right."""
    r = X @ w + b - y
    return r.mean() ** 2 / 2 + l2 / 2 * w @ w, X.T @ r / len(y) + l2 * w, r.mean()


@answer("penalties.l1", "the threshold counts twice")
def proximal_twice(w, gradient, learning_rate, l1):
    """The zeros are set after the shrinking: weights up to twice the threshold become 0."""
    new = w - learning_rate * gradient
    new = new - learning_rate * l1 * np.sign(new)
    new[np.abs(new) < learning_rate * l1] = 0
    return new


@answer("penalties.l1", "negative weights jump over 0")
def proximal_one_side(w, gradient, learning_rate, l1):
    """Only positive weights stop at 0; a small negative one is pushed beyond it."""
    new, t = w - learning_rate * gradient, learning_rate * l1
    return np.where(new > 0, np.maximum(new - t, 0), new + t)


@answer("penalties.compare", "the penalty is subtracted")
def compare_subtracted(outputs, y, weights, l2):
    """The penalty is subtracted, to take it out of a cost that never had it."""
    return np.mean((outputs - y) ** 2) / 2 - l2 / 2 * sum(np.sum(W**2) for W in weights)


# --- Set 6: weight decay


@answer("weight_decay.step", "")
def decayed_by_share(w, v, gradient, learning_rate, beta, decay):
    """The decay is multiplied by 1 - beta, as if it were averaged like a gradient."""
    new = w - learning_rate * (beta * v + (1 - beta) * (gradient + decay * w))
    return new, beta * v + (1 - beta) * gradient


@answer("weight_decay.step", "the weights grow")
def decayed_upwards(w, v, gradient, learning_rate, beta, decay):
    """The sign of the decay is wrong: the weights grow."""
    v = beta * v + (1 - beta) * gradient
    return w - learning_rate * (v - decay * w), v


@answer("weight_decay.remaining", "an approximation")
def remaining_exponential(learning_rate, decay, steps):
    """The exponential is near the product only while rate times decay is small."""
    return np.exp(-learning_rate * decay * steps)


@answer("weight_decay.adamw", "the corrected averages are kept")
def adamw_keeps_corrected(w, m, s, t, gradient, learning_rate, decay):
    """m and s are overwritten by their corrected values, which are returned and corrected again."""
    m = 0.9 * m + 0.1 * gradient
    s = 0.999 * s + 0.001 * gradient**2
    m = m / (1 - 0.9**t)
    s = s / (1 - 0.999**t)
    return w - learning_rate * m / (np.sqrt(s) + 1e-8) - learning_rate * decay * w, m, s


@answer("weight_decay.adamw", "the decay is divided by the root of s")
def adamw_decay_divided(w, m, s, t, gradient, learning_rate, decay):
    """The decay stands inside of the fraction.

    So it is divided by the root of s like a gradient.
    """
    m = 0.9 * m + 0.1 * gradient
    s = 0.999 * s + 0.001 * gradient**2
    root = np.sqrt(s / (1 - 0.999**t)) + 1e-8
    return w - learning_rate * (m / (1 - 0.9**t) + decay * w) / root, m, s


@answer("weight_decay.adamw", "beta1 corrects both averages")
def adamw_one_correction(w, m, s, t, gradient, learning_rate, decay):
    """Both averages are corrected by beta 1."""
    m = 0.9 * m + 0.1 * gradient
    s = 0.999 * s + 0.001 * gradient**2
    c = 1 - 0.9**t
    return w - learning_rate * (m / c / (np.sqrt(s / c) + 1e-8) + decay * w), m, s


# --- Set 7: dropout


@answer("dropout.mask", "the scale is cut off to a whole number")
def mask_whole_numbers(shape, rate, rng):
    """The mask has whole numbers.

    1 / (1 - rate) is cut off, and only a rate of 0.5 comes out right.
    """
    mask = np.zeros(shape, dtype=int)
    mask[rng.random(shape) >= rate] = 1 / (1 - rate)
    return mask


@answer("dropout.mask", "an exact number is dropped")
def mask_same_number(shape, rate, rng):
    """Each row drops exactly the same number of units: the draws are not independent."""
    mask = np.full(shape, 1 / (1 - rate))
    for row in mask:
        row[rng.permutation(shape[1])[: round(rate * shape[1])]] = 0
    return mask


@answer("dropout.mask", "scaled by the share that was drawn")
def mask_by_its_mean(shape, rate, rng):
    """It is rescaled by the share that this draw kept, not by 1 - rate."""
    kept = rng.random(shape) >= rate
    return kept / max(kept.mean(), 1e-12)


@answer("dropout.mask", "")
def mask_rounded(shape, rate, rng):
    """Rounding a uniform number drops half of the units, whatever the rate."""
    return rng.random(shape).round() / (1 - rate)


@answer("dropout.forward", "the same mask in each call")
def forward_own_seed(A, rate, rng, training):
    """The layer makes a generator of its own with a fixed seed.

    The mask is the same in each call.
    """
    if not training:
        return A
    rng = np.random.default_rng(0)
    return A * (rng.random(A.shape) >= rate) / (1 - rate)


@answer("dropout.forward", "the prediction is scaled")
def forward_rescales_always(A, rate, rng, training):
    """The rescaling is done in prediction, too."""
    if training:
        A = A * (rng.random(A.shape) >= rate)
    return A / (1 - rate)


@answer("dropout.backward", "the scale is undone")
def backward_undone(dA, mask):
    """The gradient is divided by the scale of the mask, as if the layer were to be undone."""
    return np.where(mask > 0, dA / np.where(mask > 0, mask, 1), 0)


@answer("dropout.check", "other masks in the second cost")
def slope_alias(cost, w, h, seed):
    """The generator is not copied by '=', so the second cost goes on with the same stream."""
    rng = np.random.default_rng(seed)
    same = rng
    return (cost(w + h, rng) - cost(w - h, same)) / (2 * h)


@answer("dropout.check", "")
def slope_seed_zero(cost, w, h, seed):
    """The seed is not used: all checks look at the same mask."""
    return (cost(w + h, np.random.default_rng(0)) - cost(w - h, np.random.default_rng(0))) / (2 * h)


@answer("dropout.check", "a one-sided difference")
def slope_one_side(cost, w, h, seed):
    """A one-sided difference stands in place of the one over both sides."""
    rng = np.random.default_rng(seed)
    return (cost(w + h, copy.deepcopy(rng)) - cost(w, rng)) / h


# --- Set 8: capstone


@answer("evaluation.scale", "the training part is scaled before the test part")
def scale_name_again(train, test):
    """The name train is used again.

    The test part is scaled by mean 0 and deviation 1, so not at all.
    """
    train = (train - train.mean(axis=0)) / train.std(axis=0)
    test = (test - train.mean(axis=0)) / train.std(axis=0)
    return train, test


@answer("evaluation.scale", "divided by the variance")
def scale_by_variance(train, test):
    """It divides by the variance."""
    mean, var = train.mean(axis=0), train.var(axis=0)
    return (train - mean) / var, (test - mean) / var


@answer("evaluation.scale", "each row is scaled by itself")
def scale_rows(train, test):
    """The wrong axis: each row is scaled by its own mean and deviation."""
    return tuple(
        (A - A.mean(axis=1, keepdims=True)) / A.std(axis=1, keepdims=True) for A in (train, test)
    )


@answer("evaluation.stop", "compared with the epoch before")
def stop_by_previous(step, w, patience, epochs):
    """An epoch is compared with the epoch before it, not with the best one."""
    before, best, kept, bad = np.inf, np.inf, w.copy(), 0
    for _ in range(epochs):
        cost = step(w)
        bad = bad + 1 if cost >= before else 0
        if cost < best:
            best, kept = cost, w.copy()
        before = cost
        if bad >= patience:
            break
    return kept


@answer("evaluation.stop", "as good counts as better")
def stop_ties_are_better(step, w, patience, epochs):
    """A cost as good as the best counts as better: it resets the count and replaces the weights."""
    best, kept, bad = np.inf, w.copy(), 0
    for _ in range(epochs):
        cost = step(w)
        if cost <= best:
            best, kept, bad = cost, w.copy(), 0
        else:
            bad += 1
            if bad == patience:
                break
    return kept


@answer("evaluation.stop", "the last weights without a stop")
def stop_last_at_end(step, w, patience, epochs):
    """Without an early stop the last weights are returned, not the best ones."""
    best, kept, bad = np.inf, w.copy(), 0
    for _ in range(epochs):
        cost = step(w)
        if cost < best:
            best, kept, bad = cost, w.copy(), 0
        else:
            bad += 1
            if bad >= patience:
                return kept
    return w


@answer("evaluation.choose", "the accuracy in place of its number")
def choose_value(train_accuracy, validation_accuracy):
    """The accuracy is returned, not the number of the network."""
    return np.max(validation_accuracy)


@answer("evaluation.choose", "the gap is subtracted")
def choose_minus_gap(train_accuracy, validation_accuracy):
    """The gap between the two parts is subtracted, which punishes a network for fitting well."""
    train, validation = np.array(train_accuracy), np.array(validation_accuracy)
    return int(np.argmax(validation - np.abs(train - validation)))


@answer("evaluation.pairs", "n - 1 is there twice")
def pairs_twice(a, b):
    """One degree of freedom is taken off twice: ddof=1, and the root of n - 1."""
    d = np.asarray(a) - np.asarray(b)
    return d.mean(), d.std(ddof=1) / np.sqrt(len(d) - 1)


@answer("evaluation.pairs", "the half width of an interval")
def pairs_half_width(a, b):
    """The half width of a 95 % interval is returned, not the standard error."""
    d = np.asarray(a) - np.asarray(b)
    return d.mean(), 1.96 * d.std(ddof=1) / np.sqrt(len(d))


@answer("evaluation.verdict", "it fails only below minus the margin")
def verdict_two_sides(low, high, margin):
    """It fails only below minus the margin, as if the claim had two sides."""
    if low > margin:
        return 1
    return -1 if high < -margin else 0


@answer("evaluation.verdict", "only the middle is looked at")
def verdict_middle(low, high, margin):
    """The middle of the interval is compared with the margin: it is undecided never."""
    return 1 if (low + high) / 2 > margin else -1
