"""What students hand in: for each exercise right answers, and the mistakes that have a name.

They are written as students write, without a look at the checks' own wrong programs: other lines,
other order, other functions of numpy. `MISTAKES` gives the number in the list of mistakes that the
course began with, where there is one.
"""
# ruff: noqa: ARG001, ARG005, B905, D103, E501, E731, PERF401, RUF005

from math import pi

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# backprop.cost


def cost_by_maximum(z, y):
    return (np.maximum(z, 0) - z * y + np.log1p(np.exp(-abs(z)))).sum() / len(z)


def cost_by_loop(z, y):
    total = 0.0
    for logit, label in zip(z, y):
        total += np.logaddexp(0, -logit) if label == 1 else np.logaddexp(0, logit)
    return total / len(z)


def cost_by_probability(z, y):
    p = sigmoid(z)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def cost_with_epsilon(z, y):
    p = sigmoid(z)
    return -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))


def cost_clipped(z, y):
    p = np.clip(sigmoid(z), 1e-3, 1 - 1e-3)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def cost_half_stable(z, y):
    return (np.where(z > 0, z, 0) - z * y + np.log(1 + np.exp(-z))).mean()


def cost_by_exp(z, y):
    return np.mean(np.log(1 + np.exp(z)) - y * z)


def cost_of_clipped_logits(z, y):
    return cost_by_probability(np.clip(z, -20, 20), y)


def cost_without_minus(z, y):
    return np.mean(y * z - np.logaddexp(0, z))


def cost_summed(z, y):
    return np.sum(np.logaddexp(0, z) - y * z)


def cost_of_ones(z, y):
    return np.mean(y * np.logaddexp(0, -z))


def cost_turned(z, y):
    return np.mean((1 - y) * np.logaddexp(0, -z) + y * np.logaddexp(0, z))


def cost_base_two(z, y):
    return np.mean(np.logaddexp2(0, z / np.log(2)) - y * z / np.log(2))


def cost_squared(z, y):
    return ((sigmoid(z) - y) ** 2).mean()


# backprop.delta


def delta_by_labels(z, y):
    p = sigmoid(z)
    delta = p.copy()
    delta[y == 1] -= 1
    return delta / delta.size


def delta_by_list(z, y):
    return [float(sigmoid(a) - b) / len(z) for a, b in zip(z, y)]


def delta_unfused(z, y):
    p = sigmoid(z)
    dp = -(y / p) + (1 - y) / (1 - p)
    return dp * p * (1 - p) / len(z)


def delta_with_slope(z, y):
    p = sigmoid(z)
    return (p - y) * p * (1 - p) / z.size


def delta_with_slope_summed(z, y):
    p = sigmoid(z)
    return (p - y) * p * (1 - p)


def delta_summed(z, y):
    return sigmoid(z) - y


def delta_turned(z, y):
    return (y - sigmoid(z)) / len(y)


# backprop.predict


def predict_by_where(z):
    return np.where(sigmoid(z) > 0.5, 1, 0)


def predict_by_list(z):
    return [1 if logit >= 0 else 0 for logit in z]


# backprop.step


def step_in_words(X, y, W1, b1, W2, b2, learning_rate):
    m = X.shape[0]
    hidden = X @ W1 + b1
    active = np.where(hidden > 0, hidden, 0)
    probability = sigmoid(active @ W2 + b2)
    error = probability - y
    grad_W2 = active.T @ error / m
    grad_b2 = error.mean(axis=0)
    back = error @ W2.T
    back[hidden <= 0] = 0
    grad_W1 = X.T @ back / m
    grad_b1 = back.mean(axis=0)
    return (
        W1 - learning_rate * grad_W1, b1 - learning_rate * grad_b1,
        W2 - learning_rate * grad_W2, b2 - learning_rate * grad_b2,
    )  # fmt: skip


def step_by_example(X, y, W1, b1, W2, b2, learning_rate):
    sums = [np.zeros_like(a) for a in (W1, b1, W2, b2)]
    for x, label in zip(X, y):
        z1 = x @ W1 + b1
        a1 = z1 * (z1 > 0)
        d2 = sigmoid(a1 @ W2 + b2) - label
        d1 = (W2 @ d2) * (z1 > 0)
        for total, part in zip(sums, (np.outer(x, d1), d1, np.outer(a1, d2), d2)):
            total += part
    rate = learning_rate / len(X)
    return [a - rate * s for a, s in zip((W1, b1, W2, b2), sums)]


def student_step(
    X, y, W1, b1, W2, b2, learning_rate, *,
    early=False, extra=False, mean=True, mask=True, up=False, freeze=False, no_bias=False,
    bias_sum=False,
):  # fmt: skip
    """Take the step as students write it, with a mistake."""
    n = len(y)
    Z1 = X.dot(W1) + b1
    A1 = np.maximum(0, Z1)
    A2 = sigmoid(A1.dot(W2) + b2)
    dZ2 = A2 - y
    if extra:
        dZ2 = dZ2 * A2 * (1 - A2)
    k = n if mean else 1
    dW2 = A1.T.dot(dZ2) / k
    db2 = dZ2.sum(0) / (1 if bias_sum else k)
    lr = -learning_rate if up else learning_rate
    new_W2 = W2 - lr * dW2
    dZ1 = dZ2.dot((new_W2 if early else W2).T)
    if mask:
        dZ1 = dZ1 * (Z1 > 0)
    dW1 = X.T.dot(dZ1) / k
    db1 = dZ1.sum(0) / (1 if bias_sum else k)
    if freeze:
        return W1, b1, new_W2, b2 - lr * db2
    if no_bias:
        return W1 - lr * dW1, b1, new_W2, b2
    return W1 - lr * dW1, b1 - lr * db1, new_W2, b2 - lr * db2


def with_flag(**flags):
    return lambda X, y, W1, b1, W2, b2, learning_rate: student_step(
        X, y, W1, b1, W2, b2, learning_rate, **flags
    )


# batches.split


def step_with(bias1, bias2, activation=False):
    """Return a student's step with these gradients of the biases."""

    def train_step(X, y, W1, b1, W2, b2, learning_rate):
        m = len(X)
        hidden = np.maximum(X @ W1 + b1, 0)
        error = sigmoid(hidden @ W2 + b2) - y
        back = error @ W2.T * (hidden if activation else np.sign(hidden))
        return (
            W1 - learning_rate * X.T @ back / m, b1 - learning_rate * bias1(back, m),
            W2 - learning_rate * hidden.T @ error / m, b2 - learning_rate * bias2(error, m),
        )  # fmt: skip

    return train_step


def batches_by_mask(X, y, batch_size, rng):
    order = np.argsort(rng.random(len(y)))
    Xs, ys = X[order], y[order]
    found = []
    while len(Xs):
        found.append((Xs[:batch_size], ys[:batch_size]))
        Xs, ys = Xs[batch_size:], ys[batch_size:]
    return found


def batches_by_split(X, y, batch_size, rng):
    order = np.arange(len(X))
    rng.shuffle(order)
    for rows in np.split(order, range(batch_size, len(X), batch_size)):
        yield X[rows], y[rows]


def batches_without_the_last(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    for i in range(len(X) // batch_size):
        rows = order[i * batch_size : (i + 1) * batch_size]
        yield X[rows], y[rows]


def batches_torn(X, y, batch_size, rng):
    X, y = rng.permutation(X), rng.permutation(y)
    for i in range(0, len(X), batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


def batches_with_replacement(X, y, batch_size, rng):
    for i in range(0, len(X), batch_size):
        rows = rng.integers(len(X), size=min(batch_size, len(X) - i))
        yield X[rows], y[rows]


def batches_in_order(X, y, batch_size, rng):
    for i in range(0, len(X), batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


def batches_reseeded(X, y, batch_size, rng):
    order = np.random.default_rng(0).permutation(len(X))
    for i in range(0, len(X), batch_size):
        yield X[order[i : i + batch_size]], y[order[i : i + batch_size]]


def batches_evened(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    parts = -(-len(X) // batch_size)
    return [(X[rows], y[rows]) for rows in np.array_split(order, parts)]


def batches_evened_down(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    return [(X[rows], y[rows]) for rows in np.array_split(order, max(len(X) // batch_size, 1))]


def batches_in_place(X, y, batch_size, rng):
    order = rng.permutation(len(X))
    X[:] = X[order]
    y[:] = y[order]
    for i in range(0, len(X), batch_size):
        yield X[i : i + batch_size], y[i : i + batch_size]


def batches_of_neighbours(X, y, batch_size, rng):
    starts = np.arange(0, len(X), batch_size)
    for start in rng.permutation(starts):
        yield X[start : start + batch_size], y[start : start + batch_size]


# batches.gradients


def gradients_by_mean(X, y, w, batch_size):
    for i in range(0, len(y), batch_size):
        x, t = X[i : i + batch_size], y[i : i + batch_size]
        yield np.mean(x * (x @ w - t)[:, None], axis=0)


def gradients_by_rows(X, y, w, batch_size):
    grads = []
    for i in range(int(np.ceil(len(X) / batch_size))):
        rows = range(i * batch_size, min((i + 1) * batch_size, len(X)))
        grads.append(sum((X[r] @ w - y[r]) * X[r] for r in rows) / len(rows))
    return grads


def gradients_in_one_array(X, y, w, batch_size):
    found, gradient = [], np.empty_like(w)
    for i in range(0, len(X), batch_size):
        A = X[i : i + batch_size]
        np.matmul(A.T, A @ w - y[i : i + batch_size], out=gradient)
        gradient /= len(A)
        found.append(gradient)
    return found


def gradients_divided(divide, drop=False):
    def gradients(X, y, w, batch_size):
        out = []
        for i in range(0, len(X), batch_size):
            x, t = X[i : i + batch_size], y[i : i + batch_size]
            if drop and len(x) != batch_size:
                break
            out.append(x.T @ (x @ w - t) * divide(len(x), batch_size, len(X)))
        return out

    return gradients


# momentum


def step_other_order(w, v, gradient, learning_rate, beta):
    new_v = v + (1 - beta) * (gradient - v)
    return [w - learning_rate * new_v, new_v]


def step_with_copies(w, v, gradient, learning_rate, beta):
    w, v = w.copy(), v.copy()
    v *= beta
    v += (1 - beta) * gradient
    w -= learning_rate * v
    return w, v


def step_heavy(w, v, gradient, learning_rate, beta):
    v = gradient + v * beta
    return w - learning_rate * v, v


def step_swapped(w, v, gradient, learning_rate, beta):
    v = v * (1 - beta) + gradient * beta
    return w - learning_rate * v, v


def step_stale(w, v, gradient, learning_rate, beta):
    w = w - learning_rate * v
    v = beta * v + (1 - beta) * gradient
    return w, v


def step_plain(w, v, gradient, learning_rate, beta):
    v = beta * v + (1 - beta) * gradient
    w = w - learning_rate * gradient
    return w, v


def step_rate_in_velocity(w, v, gradient, learning_rate, beta):
    v = beta * v + learning_rate * (1 - beta) * gradient
    return w - v, v


def step_of_a_tutorial(w, v, gradient, learning_rate, beta):
    v = -learning_rate * gradient + beta * v
    return w + v, v


def step_up(w, v, gradient, learning_rate, beta):
    v = beta * v + (1 - beta) * gradient
    return w + learning_rate * v, v


def step_of_nesterov(w, v, gradient, learning_rate, beta):
    v_new = beta * v + (1 - beta) * gradient
    ahead = beta * v_new + (1 - beta) * gradient
    return w - learning_rate * ahead, v_new


def step_forgets_v(w, v, gradient, learning_rate, beta):
    new = beta * v + (1 - beta) * gradient
    return w - learning_rate * new, v


def step_in_place(w, v, gradient, learning_rate, beta):
    gradient *= 1 - beta
    v = beta * v + gradient
    return w - learning_rate * v, v


def descend_by_while(gradient, w, learning_rate, beta, steps):
    v, seen = 0 * w, []
    while len(seen) < steps:
        v = beta * v + (1 - beta) * gradient(w)
        w = w - learning_rate * v
        seen.append(w.copy())
    return seen


def descend_into_array(gradient, w, learning_rate, beta, steps):
    path = np.empty((steps, len(w)))
    velocity = np.zeros(len(w))
    w = w.copy()
    for t in range(steps):
        velocity += (1 - beta) * (gradient(w) - velocity)
        w -= learning_rate * velocity
        path[t] = w
    return list(path)


def descend_with(update):
    """Descend by a student's update of (w, v, g, rate, beta, v of the start)."""

    def descend(gradient, w, learning_rate, beta, steps):
        v, start, path = np.zeros_like(w), w, []
        for _ in range(steps):
            w, v = update(w, v, gradient, learning_rate, beta, start)
            path.append(w)
        return path

    return descend


def descend_without_zeros(gradient, w, learning_rate, beta, steps):
    path, v = [], None
    for _ in range(steps):
        g = gradient(w)
        v = g if v is None else beta * v + (1 - beta) * g
        w = w - learning_rate * v
        path.append(w)
    return path


def descend_with_start(gradient, w, learning_rate, beta, steps):
    return [w] + descend_by_while(gradient, w, learning_rate, beta, steps)


def descend_to_the_end(gradient, w, learning_rate, beta, steps):
    return descend_by_while(gradient, w, learning_rate, beta, steps)[-1]


def corrected_by_power(values, beta):
    v, power, out = 0.0, 1.0, []
    for x in values:
        v = beta * v + (1 - beta) * x
        power *= beta
        out.append(v / (1 - power))
    return np.array(out).tolist()


def corrected_by_weights(values, beta):
    out = []
    for t in range(1, len(values) + 1):
        weights = beta ** np.arange(t - 1, -1, -1)
        out.append(np.sum(weights * values[:t]) / np.sum(weights))
    return out


def averaged(values, beta, divide, feed=False, first=0.0):
    v, out = first, []
    for t, x in enumerate(values):
        v = beta * v + (1 - beta) * x
        u = divide(v, t)
        if feed:
            v = u
        out.append(u)
    return out


def corrected_into_whole_numbers(values, beta):
    answers = np.empty_like(values)
    for t in range(1, len(values) + 1):
        powers = beta ** np.arange(t - 1, -1, -1)
        answers[t - 1] = (1 - beta) * (powers * values[:t]).sum() / (1 - beta**t)
    return answers


def average_from_the_first(values, beta):
    v = values[0]
    out = [v]
    for x in values[1:]:
        v = v * beta + x * (1 - beta)
        out.append(v)
    return out


# schedules


def rates_by_repeat(initial, decay, epochs, steps_per_epoch):
    return list(np.repeat(initial / (1 + decay * np.arange(epochs)), steps_per_epoch))


def rates_by_counter(initial, decay, epochs, steps_per_epoch):
    out = []
    for step in range(epochs * steps_per_epoch):
        out.append(initial / (1 + decay * (step // steps_per_epoch)))
    return tuple(out)


def rates_from(rate):
    return lambda initial, decay, epochs, steps_per_epoch: [
        rate(initial, decay, e, e * steps_per_epoch + s)
        for e in range(epochs)
        for s in range(steps_per_epoch)
    ]


def rates_of_the_rate(initial, decay, epochs, steps_per_epoch):
    lr, out = initial, []
    for epoch in range(epochs):
        lr = lr / (1 + decay * epoch)
        out.extend([lr] * steps_per_epoch)
    return out


def decayed_by_loops(gradient, w, initial, decay, epochs, steps_per_epoch):
    path = []
    for epoch in range(epochs):
        lr = initial / (1 + decay * epoch)
        for _ in range(steps_per_epoch):
            w = w - lr * gradient(w)
            path.append(w)
    return path


def decayed_by_rates(gradient, w, initial, decay, epochs, steps_per_epoch):
    w, path = w.copy(), []
    for lr in rates_by_repeat(initial, decay, epochs, steps_per_epoch):
        w -= lr * gradient(w)
        path.append(w.copy())
    return path


def decayed_with(rate):
    def descent(gradient, w, initial, decay, epochs, steps_per_epoch):
        path, step = [], 0
        for epoch in range(epochs):
            for _ in range(steps_per_epoch):
                w = w - rate(initial, decay, epoch, step) * gradient(w)
                step += 1
                path.append(w)
        return path

    return descent


def decayed_again(gradient, w, initial, decay, epochs, steps_per_epoch):
    lr, path = initial, []
    for epoch in range(epochs):
        lr /= 1 + decay * epoch
        for _ in range(steps_per_epoch):
            w = w - lr * gradient(w)
            path.append(w)
    return path


def decayed_counting(epoch_of):
    """Return a student's descent that finds the epoch of a step like this."""

    def decayed_descent(gradient, w, initial, decay, epochs, steps_per_epoch):
        path, now = [], w
        for s in range(epochs * steps_per_epoch):
            now = now - initial / (1 + decay * epoch_of(s, steps_per_epoch)) * gradient(now)
            path.append(now)
        return path

    return decayed_descent


def decayed_with_one_gradient(gradient, w, initial, decay, epochs, steps_per_epoch):
    path = []
    for step in range(epochs * steps_per_epoch):
        if step % steps_per_epoch == 0:
            g = gradient(w)
        w = w - initial / (1 + decay * (step // steps_per_epoch)) * g
        path.append(w)
    return path


def decayed_once_an_epoch(gradient, w, initial, decay, epochs, steps_per_epoch):
    path = []
    for epoch in range(epochs):
        w = w - initial / (1 + decay * epoch) * gradient(w)
        path.append(w)
    return path


# penalties


def l2_by_dot(weights, l2):
    return 0.5 * l2 * np.sum([W.ravel() @ W.ravel() for W in weights])


def l2_by_norm(weights, l2):
    total = 0
    for W in weights:
        total += np.linalg.norm(W) ** 2
    return total * l2 / 2


def l2_returned_early(weights, l2):
    total = 0
    for W in weights:
        total += (W**2).sum()
        return total * l2 / 2
    return total


def penalised_by_residual(X, y, w, b, l2):
    r = y - X @ w - b
    return (
        0.5 * np.mean(r**2) + 0.5 * l2 * w @ w,
        -np.mean(X * r[:, None], axis=0) + l2 * w,
        -np.mean(r),
    )


def penalised_by_rows(X, y, w, b, l2):
    n, cost, dw, db = len(X), 0.0, np.zeros(len(w)), 0.0
    for x, t in zip(X, y):
        e = x @ w + b - t
        cost, dw, db = cost + e * e / 2 / n, dw + e * x / n, db + e / n
    for i, weight in enumerate(w):
        cost += l2 * weight**2 / 2
        dw[i] += l2 * weight
    return [cost, dw, db]


def penalised(cost=lambda w, b, l2, n: l2 / 2 * w @ w, dw=lambda w, l2, n: l2 * w,
              db=lambda b, l2: 0, mean=True):  # fmt: skip
    """Return a student's function with these penalties."""

    def function(X, y, w, b, l2):
        n = len(y)
        e = X @ w + b - y
        k = n if mean else 1
        return e @ e / 2 / k + cost(w, b, l2, n), e @ X / k + dw(w, l2, n), e.sum() / k + db(b, l2)

    return function


def proximal_by_where(w, gradient, learning_rate, l1):
    z, t = w - learning_rate * gradient, learning_rate * l1
    return np.where(z > t, z - t, np.where(z < -t, z + t, 0.0))


def proximal_by_loop(w, gradient, learning_rate, l1):
    out = []
    for a, g in zip(w, gradient):
        z = a - learning_rate * g
        out.append(0.0 if abs(z) <= learning_rate * l1 else z - np.copysign(learning_rate * l1, z))
    return np.array(out)


def l1_subgradient(w, gradient, learning_rate, l1):
    return w - learning_rate * gradient - learning_rate * l1 * np.sign(w)


def l1_no_rate(w, gradient, learning_rate, l1):
    z = w - learning_rate * gradient
    return np.sign(z) * np.clip(np.abs(z) - l1, 0, None)


def l1_no_stop(w, gradient, learning_rate, l1):
    z = w - learning_rate * gradient
    return z - learning_rate * l1 * np.sign(z)


def l1_cut(w, gradient, learning_rate, l1):
    z = w - learning_rate * gradient
    z[np.abs(z) <= learning_rate * l1] = 0
    return z


def l1_twice(w, gradient, learning_rate, l1):
    new, t = w - learning_rate * gradient, learning_rate * l1
    new = np.where(new > 0, new - t, new + t)
    return np.array([0.0 if abs(a) < t else a for a in new])


def l1_one_side(w, gradient, learning_rate, l1):
    new, t = w - learning_rate * gradient, learning_rate * l1
    return np.array([max(a - t, 0.0) if a > 0 else a + t for a in new])


def l1_first(w, gradient, learning_rate, l1):
    z = np.sign(w) * np.clip(np.abs(w) - learning_rate * l1, 0, None)
    return z - learning_rate * gradient


def l1_positive(w, gradient, learning_rate, l1):
    return np.clip(np.abs(w - learning_rate * gradient) - learning_rate * l1, 0, None)


# weight_decay


def decayed_in_one_line(w, v, gradient, learning_rate, beta, decay):
    v = beta * v + (1 - beta) * gradient
    return (1 - learning_rate * decay) * w - learning_rate * v, v


def decayed_with_copies(w, v, gradient, learning_rate, beta, decay):
    old, w, v = w, w.copy(), v.copy()
    v += (1 - beta) * (gradient - v)
    w -= learning_rate * v
    w -= learning_rate * decay * old
    return w, v


def decayed(shrink, heavy=False, into=0.0):
    def step(w, v, gradient, learning_rate, beta, decay):
        g = gradient + into * decay * w
        v = beta * v + (g if heavy else (1 - beta) * g)
        new = w - learning_rate * v
        return new - shrink(w, new, learning_rate, decay), v

    return step


def adamw_in_lines(w, m, s, t, gradient, learning_rate, decay):
    m = m + 0.1 * (gradient - m)
    s = s + 0.001 * (gradient**2 - s)
    step = (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return w * (1 - learning_rate * decay) - learning_rate * step, m, s


def adamw_by_the_paper(w, m, s, t, gradient, learning_rate, decay):
    b1, b2 = 0.9, 0.999
    m_new = b1 * m + (1 - b1) * gradient
    s_new = b2 * s + (1 - b2) * np.square(gradient)
    m_hat, s_hat = m_new / (1 - b1**t), s_new / (1 - b2**t)
    return (
        w - learning_rate * (m_hat / (s_hat**0.5 + 1e-8) + decay * w),
        m_new,
        s_new,
    )


def adamw_overwrites(w, m, s, t, gradient, learning_rate, decay):
    m = (0.9 * m + 0.1 * gradient) / (1 - 0.9**t)
    s = (0.999 * s + 0.001 * gradient**2) / (1 - 0.999**t)
    return w - learning_rate * (m / (np.sqrt(s) + 1e-8) + decay * w), m, s


def adamw_copied_line(w, m, s, t, gradient, learning_rate, decay):
    m = 0.9 * m + 0.1 * gradient
    s = 0.999 * s + 0.001 * gradient**2
    m_hat = m / (1 - 0.9**t)
    s_hat = s / (1 - 0.9**t)
    return w - learning_rate * m_hat / (np.sqrt(s_hat) + 1e-8) - learning_rate * decay * w, m, s


def adamw_over_the_root(w, m, s, t, gradient, learning_rate, decay):
    m = 0.9 * m + 0.1 * gradient
    s = 0.999 * s + 0.001 * gradient**2
    up = m / (1 - 0.9**t) + decay * w
    return w - learning_rate * up / (np.sqrt(s / (1 - 0.999**t)) + 1e-8), m, s


def adam(into=0.0, correct=lambda t: t, root=np.sqrt, shrink=lambda lr, d: lr * d, square=None,
         inside=False):  # fmt: skip
    """Return a student's Adam with these lines."""

    def step(w, m, s, t, gradient, learning_rate, decay):
        g = gradient + into * decay * w
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * (m if square else g) ** 2
        k = correct(t)
        m_hat = m if k is None else m / (1 - 0.9**k)
        s_hat = s if k is None else s / (1 - 0.999**k)
        below = np.sqrt(s_hat + 1e-8) if inside else root(s_hat) + 1e-8
        return w - learning_rate * m_hat / below - shrink(learning_rate, decay) * w, m, s

    return step


# dropout


def mask_by_binomial(shape, rate, rng):
    return rng.binomial(1, 1 - rate, size=shape) / (1 - rate)


def mask_by_uniform(shape, rate, rng):
    keep = 1 - rate
    mask = np.zeros(shape)
    mask[rng.uniform(size=shape) < keep] = 1 / keep
    return mask


def mask(scale=lambda rate: 1 / (1 - rate), keep=lambda rate: 1 - rate, draw=None):
    """Return a student's mask with these parts."""

    def dropout_mask(shape, rate, rng):
        numbers = rng.random(shape) if draw is None else draw(shape, rng)
        return np.broadcast_to(numbers < keep(rate), shape) * scale(rate)

    return dropout_mask


def mask_by_choice(shape, rate, rng):
    flat = np.full(shape[0] * shape[1], 1 / (1 - rate))
    flat[rng.choice(flat.size, size=round(rate * flat.size), replace=False)] = 0
    return flat.reshape(shape)


def mask_by_shuffled_rows(shape, rate, rng):
    row = np.arange(shape[1]) >= round(rate * shape[1])
    return np.array([rng.permutation(row) for _ in range(shape[0])]) / (1 - rate)


def mask_of_integers(shape, rate, rng):
    return (rng.random(shape) >= rate) * int(1 / (1 - rate))


def mask_by_mean(shape, rate, rng):
    kept = rng.random(shape) > rate
    return kept * kept.size / kept.sum()


def forward_by_where(A, rate, rng, training):
    if not training:
        return A.copy()
    return np.where(rng.random(A.shape) < rate, 0.0, A / (1 - rate))


def forward_by_mask(A, rate, rng, training):
    keep = 1 - rate if training else 1.0
    return A * rng.binomial(1, keep, A.shape) / keep


def forward(mask_of, predict=lambda A, rate, mask: A):
    def dropout_forward(A, rate, rng, training):
        if training:
            return A * mask_of(A.shape, rate, rng)
        return predict(A, rate, mask_of(A.shape, rate, rng))

    return dropout_forward


def slope_by_lists(cost, w, h, seed):
    up, down = (cost(w + s * h, np.random.default_rng(seed)) for s in (1, -1))
    return (up - down) / h / 2


def slope_with_copies(cost, w, h, seed):
    import copy

    rng = np.random.default_rng(seed)
    return (cost(w + h, copy.deepcopy(rng)) - cost(w - h, rng)) / (2 * h)


def slope_one_rng(cost, w, h, seed):
    rng = np.random.default_rng(seed)
    return (cost(w + h, rng) - cost(w - h, rng)) / (2 * h)


def slope_one_sided(cost, w, h, seed):
    return (cost(w + h, np.random.default_rng(seed)) - cost(w, np.random.default_rng(seed))) / h


def slope_twice(cost, w, h, seed):
    return (cost(w + h, np.random.default_rng(seed)) - cost(w - h, np.random.default_rng(seed))) / h


# evaluation


def standardise_by_scaler(train, test):
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    return scaler.transform(train), scaler.transform(test)


def standardise_by_columns(train, test):
    train, test = train.copy(), test.copy()
    for j in range(train.shape[1]):
        mu, sd = np.mean(train[:, j]), np.std(train[:, j])
        for part in (train, test):
            part[:, j] = (part[:, j] - mu) / sd
    return [train, test]


def standardised(fit, centre=True, spread=lambda X: X.std(0)):
    def standardise(train, test):
        out = []
        for part in (train, test):
            known = fit(train, test, part)
            out.append((part - (known.mean(0) if centre else 0)) / spread(known))
        return out

    return standardise


def standardised_in_turn(train, test):
    new_train, new_test = train.copy(), test.copy()
    for j in range(train.shape[1]):
        new_train[:, j] = (new_train[:, j] - new_train[:, j].mean()) / new_train[:, j].std()
        new_test[:, j] = (new_test[:, j] - new_train[:, j].mean()) / new_train[:, j].std()
    return new_train, new_test


def patience_by_epoch(step, w, patience, epochs):
    costs, kept = [], []
    for _ in range(epochs):
        costs.append(step(w))
        kept.append(np.array(w))
        best = int(np.argmin(costs))
        if len(costs) - 1 - best >= patience:
            break
    return kept[best]


def patience_by_counter(step, w, patience, epochs):
    best_cost, best_w, since = float("inf"), None, 0
    for _ in range(epochs):
        cost = step(w)
        since += 1
        if cost < best_cost:
            best_cost, best_w, since = cost, w.copy(), 0
        if since == patience:
            break
    return best_w


def patience_by_last_cost(step, w, patience, epochs):
    costs, kept, bad = [], [], 0
    for _ in range(epochs):
        costs.append(step(w))
        kept.append(w.copy())
        bad = bad + 1 if len(costs) > 1 and costs[-1] >= costs[-2] else 0
        if bad == patience:
            break
    return kept[int(np.argmin(costs))]


def patience_of_last_cost(step, w, patience, epochs):
    before, best_w, bad = float("inf"), w.copy(), 0
    for _ in range(epochs):
        cost = step(w)
        if cost < before:
            best_w, bad = w.copy(), 0
        else:
            bad += 1
        before = cost
        if bad >= patience:
            break
    return best_w


def patience_returns_w(step, w, patience, epochs):
    best, best_w, bad = float("inf"), w.copy(), 0
    for _ in range(epochs):
        cost = step(w)
        bad += 1
        if cost < best:
            best, best_w, bad = cost, w.copy(), 0
        if bad >= patience:
            w = best_w
            break
    return w


def patience(keep=np.copy, stop=lambda since, bad, patience: since >= patience, better=np.less):
    """Return a student's training with these parts."""

    def train(step, w, patience, epochs):
        best, best_w, since, bad = None, w, 0, 0
        for _ in range(epochs):
            cost = step(w)
            if best is None or better(cost, best):
                best, best_w, since = cost, keep(w), 0
            else:
                since, bad = since + 1, bad + 1
            if stop(since, bad, patience):
                break
        return best_w

    return train


def same_array(w):
    return w


def pairs_by_hand(a, b):
    d = [x - y for x, y in zip(a, b)]
    mean = sum(d) / len(d)
    return mean, (sum((x - mean) ** 2 for x in d) / (len(d) - 1) / len(d)) ** 0.5


def pairs_by_numpy(a, b):
    d = np.subtract(a, b)
    return np.mean(d), np.sqrt(np.var(d, ddof=1) / d.size)


def verdict_by_sides(low, high, margin):
    if high < margin:
        return -1
    return int(low > margin)


def verdict_by_signs(low, high, margin):
    return (np.sign(low - margin) + np.sign(high - margin)) / 2


PLAIN = lambda w, v, gradient, rate, beta: (w - rate * gradient(w), v)

# For each exercise: right answers, and for the name of each mistake programs that make it.
ANSWERS = {
    "backprop.cost": (
        [cost_by_maximum, cost_by_loop],
        {
            "the absolute value is missing": [cost_half_stable],
            "the cost is infinite": [cost_by_probability, cost_by_exp],
            "the worst errors are cut off": [cost_with_epsilon, cost_clipped, cost_of_clipped_logits],
            "the sign of the cost": [cost_without_minus],
            "the sum over the examples": [cost_summed],
            "only the examples with y = 1 count": [cost_of_ones],
            "y and 1 - y are swapped": [cost_turned],
            "the formula for labels -1 and 1": [lambda z, y: np.logaddexp(0, -z * y).sum() / len(z)],
            "the logarithm to the base 2": [cost_base_two],
            "a squared error": [cost_squared],
        },
    ),
    "backprop.delta": (
        [delta_by_labels, delta_by_list],
        {
            "the slope of the sigmoid is in it": [delta_with_slope, delta_with_slope_summed],
            "the gradient by the probability": [
                lambda z, y: (-(y / sigmoid(z)) + (1 - y) / (1 - sigmoid(z))) / len(z)
            ],
            "the predicted label in place of the probability": [
                lambda z, y: (np.where(sigmoid(z) > 0.5, 1, 0) - y) / y.size
            ],
            "the quotient saturates": [delta_unfused],
            "the sum over the examples": [delta_summed],
            "the sign": [delta_turned, lambda z, y: y - sigmoid(z)],
        },
    ),
    "backprop.predict": (
        [predict_by_where, predict_by_list],
        {
            "logits cut at 0.5": [lambda z: (z > 0.5).astype(int), lambda z: np.where(z < 0.5, 0, 1)],
            "probabilities in place of labels": [sigmoid],
            "the labels are swapped": [lambda z: 1 - (z > 0)],
            "every label is 0": [lambda z: np.array([int(p) for p in sigmoid(z)])],
            "the sign in place of the label": [lambda z: np.where(z > 0, 1, -1)],
        },
    ),
    "backprop.step": (
        [step_in_words, step_by_example],
        {
            "W2 is changed before the error passes through it": [with_flag(early=True)],
            "the slope of the sigmoid is in it": [with_flag(extra=True)],
            "the sum over the examples": [with_flag(mean=False)],
            "the biases' gradients are sums": [with_flag(bias_sum=True)],
            "the biases' gradients are divided twice": [
                step_with(lambda back, m: back.mean(axis=0) / m, lambda error, m: error.mean(axis=0) / m)
            ],
            "one sum for all hidden biases": [
                step_with(lambda back, m: np.sum(back) / m, lambda error, m: np.sum(error) / m)
            ],
            "the activation in place of its slope": [
                step_with(lambda back, m: back.mean(axis=0), lambda error, m: error.mean(axis=0), True)
            ],
            "the slope of the ReLU is missing": [with_flag(mask=False)],
            "the step goes uphill": [with_flag(up=True)],
            "the first layer does not learn": [with_flag(freeze=True)],
            "the biases do not learn": [with_flag(no_bias=True)],
        },
    ),
    "batches.split": (
        [batches_by_mask, batches_by_split],
        {
            "the last batch is dropped": [batches_without_the_last],
            "rows are drawn with replacement": [batches_with_replacement],
            "X and y are mixed apart": [batches_torn],
            "the rows are not mixed": [batches_in_order],
            "the same order in each epoch": [batches_reseeded],
            "the sizes are evened out": [batches_evened, batches_evened_down],
            "only the order of the batches is mixed": [batches_of_neighbours],
            "it changes what it was given": [batches_in_place],
        },
    ),
    "batches.gradients": (
        [gradients_by_mean, gradients_by_rows],
        {
            "the sum over the rows": [gradients_divided(lambda n, size, N: 1)],
            "divided by batch_size where the batch is shorter": [
                gradients_divided(lambda n, size, N: 1 / size)
            ],
            "divided by all rows": [gradients_divided(lambda n, size, N: 1 / N)],
            "the last batch is dropped": [gradients_divided(lambda n, size, N: 1 / n, drop=True)],
            "the last gradient again and again": [gradients_in_one_array],
            "the factor 2": [gradients_divided(lambda n, size, N: 2 / n)],
            "the sign": [gradients_divided(lambda n, size, N: -1 / n)],
        },
    ),
    "batches.cost": (
        [
            lambda costs, sizes: np.average(costs, weights=sizes),
            lambda costs, sizes: np.repeat(costs, sizes).mean(),
        ],
        {
            "the mean of the batches' means": [lambda costs, sizes: sum(costs) / len(costs)],
            "the sum over the rows": [lambda costs, sizes: costs @ sizes],
            "divided by the number of batches": [lambda costs, sizes: (costs * sizes).mean()],
            "only the last batch": [lambda costs, sizes: list(costs)[-1]],
            "the sum of the batches' means": [lambda costs, sizes: sum(costs)],
        },
    ),
    "momentum.step": (
        [step_other_order, step_with_copies],
        {
            "the factor 1 - beta is missing": [step_heavy],
            "beta and 1 - beta are swapped": [step_swapped],
            "the step goes along the old velocity": [step_stale],
            "the step ignores the velocity": [step_plain],
            "the learning rate is inside of the velocity": [step_rate_in_velocity],
            "another tutorial's velocity": [step_of_a_tutorial],
            "the step goes uphill": [step_up],
            "Nesterov's step": [step_of_nesterov],
            "the old velocity is returned": [step_forgets_v],
            "it changes what it was given": [step_in_place],
        },
    ),
    "momentum.descend": (
        [descend_by_while, descend_into_array],
        {
            "the velocity is set back in each step": [
                descend_with(lambda w, v, g, lr, beta, start: (w - lr * (1 - beta) * g(w), v))
            ],
            "the gradient is always that of the start": [
                descend_with(
                    lambda w, v, g, lr, beta, start: step_other_order(w, v, g(start), lr, beta)
                )
            ],
            "the factor 1 - beta is missing": [
                descend_with(lambda w, v, g, lr, beta, start: step_heavy(w, v, g(w), lr, beta))
            ],
            "the step goes along the old velocity": [
                descend_with(lambda w, v, g, lr, beta, start: step_stale(w, v, g(w), lr, beta))
            ],
            "the step ignores the velocity": [
                descend_with(lambda w, v, g, lr, beta, start: PLAIN(w, v, g, lr, beta))
            ],
            "the velocity begins at the first gradient": [descend_without_zeros],
            "the start is in the list": [descend_with_start],
            "only the end is returned": [descend_to_the_end],
        },
    ),
    "momentum.corrected": (
        [corrected_by_power, corrected_by_weights],
        {
            "the bias is not corrected": [
                lambda values, beta: averaged(values, beta, lambda v, t: v)
            ],
            "the corrected value is fed back": [
                lambda values, beta: averaged(
                    values, beta, lambda v, t: v / (1 - beta ** (t + 1)), feed=True
                )
            ],
            "t begins at 0": [
                lambda values, beta: averaged(
                    values, beta, lambda v, t: np.float64(v) / (1 - beta**t)
                )
            ],
            "t begins at 2": [
                lambda values, beta: averaged(values, beta, lambda v, t: v / (1 - beta ** (t + 2)))
            ],
            "the divisor stays 1 - beta": [
                lambda values, beta: averaged(values, beta, lambda v, t: v / (1 - beta))
            ],
            "one divisor for all": [
                lambda values, beta: averaged(
                    values, beta, lambda v, t: v / (1 - beta ** len(values))
                )
            ],
            "the averages are cut off to whole numbers": [corrected_into_whole_numbers],
            "the average begins at the first value": [average_from_the_first],
        },
    ),
    "schedules.rates": (
        [rates_by_repeat, rates_by_counter],
        {
            "the steps are counted, not the epochs": [
                rates_from(lambda lr, k, epoch, step: lr / (1 + k * step))
            ],
            "the epochs are counted from 1": [
                rates_from(lambda lr, k, epoch, step: lr / (1 + k * (epoch + 1)))
            ],
            "the rate is divided again and again": [rates_of_the_rate],
            "an exponential schedule": [
                rates_from(lambda lr, k, epoch, step: lr * (1 + k) ** -epoch),
                rates_from(lambda lr, k, epoch, step: lr * (1 - k) ** epoch),
            ],
            "the rate never changes": [rates_from(lambda lr, k, epoch, step: lr)],
            "one rate for each epoch": [
                lambda initial, decay, epochs, steps_per_epoch: [
                    initial / (1 + decay * e) for e in range(epochs)
                ]
            ],
            "the list of the epochs is repeated": [
                lambda initial, decay, epochs, steps_per_epoch: [
                    initial / (1 + decay * e) for _ in range(steps_per_epoch) for e in range(epochs)
                ]
            ],
            "the epoch is not rounded down": [
                lambda initial, decay, epochs, steps_per_epoch: initial
                / (1 + decay * np.arange(epochs * steps_per_epoch) / steps_per_epoch)
            ],
            "the remainder in place of the epoch": [
                lambda initial, decay, epochs, steps_per_epoch: [
                    initial / (1 + decay * s) for e in range(epochs) for s in range(steps_per_epoch)
                ]
            ],
        },
    ),
    "schedules.descend": (
        [decayed_by_loops, decayed_by_rates],
        {
            "the schedule is computed and never used": [
                decayed_with(lambda lr, k, epoch, step: lr)
            ],
            "the steps are counted, not the epochs": [
                decayed_with(lambda lr, k, epoch, step: lr / (1 + k * step))
            ],
            "the epochs are counted from 1": [
                decayed_with(lambda lr, k, epoch, step: lr / (1 + k + k * epoch))
            ],
            "the rate is divided again and again": [decayed_again],
            "one step for each epoch": [decayed_once_an_epoch],
            "one gradient for a whole epoch": [decayed_with_one_gradient],
            "the epoch is not rounded down": [decayed_counting(lambda s, n: s / n)],
            "the remainder in place of the epoch": [decayed_counting(lambda s, n: s % n)],
        },
    ),
    "schedules.cosine": (
        [
            lambda initial, epoch, epochs: initial * np.cos(pi * epoch / epochs / 2) ** 2,
            lambda initial, epoch, epochs: 0.5 * initial * (1 + np.cos(epoch * pi / epochs)),
        ],
        {
            "the half is missing": [
                lambda initial, epoch, epochs: initial * (1 + np.cos(pi * epoch / epochs))
            ],
            "the cosine goes below 0": [
                lambda initial, epoch, epochs: initial * np.cos(pi * epoch / epochs)
            ],
            "a quarter of the wave": [
                lambda initial, epoch, epochs: initial * np.cos(pi / 2 * epoch / epochs)
            ],
            "a whole wave": [
                lambda initial, epoch, epochs: initial / 2 * (1 + np.cos(2 * pi * epoch / epochs))
            ],
            "degrees in place of radians": [
                lambda initial, epoch, epochs: 0.5 * initial * (1 + np.cos(epoch / epochs * 180))
            ],
            "pi is missing": [
                lambda initial, epoch, epochs: initial / 2 * (1 + np.cos(epoch / epochs))
            ],
        },
    ),
    "penalties.l2_cost": (
        [l2_by_dot, l2_by_norm],
        {
            "the half is missing": [lambda weights, l2: l2 * sum(np.sum(W**2) for W in weights)],
            "the norm is not squared": [
                lambda weights, l2: 0.5 * l2 * sum(np.linalg.norm(W) for W in weights)
            ],
            "the spectral norm": [
                lambda weights, l2: l2 / 2 * sum(np.linalg.svd(W)[1].max() ** 2 for W in weights)
            ],
            "the sum is squared": [
                lambda weights, l2: 0.5 * l2 * sum(np.sum(W) ** 2 for W in weights)
            ],
            "absolute values in place of squares": [
                lambda weights, l2: 0.5 * l2 * sum(np.abs(W).sum() for W in weights)
            ],
            "only the last layer": [lambda weights, l2: l2 / 2 * np.sum(weights[-1] ** 2)],
            "only the first layer": [l2_returned_early],
            "the mean of the squares": [
                lambda weights, l2: l2 / 2 * np.mean(np.concatenate([W.ravel() for W in weights]) ** 2),
                lambda weights, l2: l2 / 2 * sum(np.mean(W**2) for W in weights),
            ],
        },
    ),
    "penalties.l2_gradient": (
        [penalised_by_residual, penalised_by_rows],
        {
            "the bias is penalised": [
                penalised(
                    cost=lambda w, b, l2, n: l2 / 2 * (w @ w + b * b), db=lambda b, l2: l2 * b
                )
            ],
            "cost and gradient disagree": [
                penalised(cost=lambda w, b, l2, n: l2 * w @ w),
                penalised(dw=lambda w, l2, n: 2 * l2 * w),
                penalised(dw=lambda w, l2, n: l2 * w / 2),
            ],
            "the half is missing": [
                penalised(cost=lambda w, b, l2, n: l2 * w @ w, dw=lambda w, l2, n: 2 * l2 * w)
            ],
            "the penalty is divided by the rows": [
                penalised(
                    cost=lambda w, b, l2, n: l2 / (2 * n) * w @ w, dw=lambda w, l2, n: l2 / n * w
                )
            ],
            "the penalty grows with the rows": [
                penalised(
                    cost=lambda w, b, l2, n: n * l2 / 2 * w @ w, dw=lambda w, l2, n: n * l2 * w
                )
            ],
            "the penalty is in the cost alone": [penalised(dw=lambda w, l2, n: 0)],
            "the penalty is in the gradient alone": [penalised(cost=lambda w, b, l2, n: 0)],
            "the sum over the rows": [penalised(mean=False)],
        },
    ),
    "penalties.l1": (
        [proximal_by_where, proximal_by_loop],
        {
            "a step along the subgradient": [l1_subgradient],
            "weights jump over 0": [l1_no_stop],
            "the threshold lacks the learning rate": [l1_no_rate],
            "small weights are cut, large ones not shrunk": [l1_cut],
            "the threshold counts twice": [l1_twice],
            "negative weights jump over 0": [l1_one_side],
            "the weights are shrunk before the step": [l1_first],
            "the sign is lost": [l1_positive],
        },
    ),
    "penalties.compare": (
        [
            lambda outputs, y, weights, l2: 0.5 * np.square(y - outputs).mean(),
            lambda outputs, y, weights, l2: sum((o - t) ** 2 for o, t in zip(outputs, y)) / 2 / len(y),
        ],
        {
            "the penalty is in the cost that is compared": [
                lambda outputs, y, weights, l2: (
                    np.mean((outputs - y) ** 2) / 2 + l2_by_dot(weights, l2)
                )
            ],
            "the penalty is subtracted": [
                lambda outputs, y, weights, l2: (
                    np.mean((y - outputs) ** 2) / 2 - l2_by_dot(weights, l2)
                )
            ],
            "the half is missing": [lambda outputs, y, weights, l2: np.mean((outputs - y) ** 2)],
            "the sum over the examples": [
                lambda outputs, y, weights, l2: 0.5 * np.sum((outputs - y) ** 2)
            ],
        },
    ),
    "weight_decay.step": (
        [decayed_in_one_line, decayed_with_copies],
        {
            "the decay is in the velocity": [decayed(lambda w, new, lr, d: 0, into=1.0)],
            "the decay lacks the learning rate": [decayed(lambda w, new, lr, d: d * w)],
            "the moved weights are shrunk": [decayed(lambda w, new, lr, d: lr * d * new)],
            "the factor 1 - beta is missing": [decayed(lambda w, new, lr, d: lr * d * w, heavy=True)],
            "the weights do not decay": [decayed(lambda w, new, lr, d: 0)],
            "the weights grow": [decayed(lambda w, new, lr, d: -lr * d * w)],
            "the decay is doubled": [decayed(lambda w, new, lr, d: 2 * lr * d * w)],
        },
    ),
    "weight_decay.adamw": (
        [adamw_in_lines, adamw_by_the_paper],
        {
            "an L2 penalty in place of decay": [adam(into=1.0, shrink=lambda lr, d: 0)],
            "the decay lacks the learning rate": [adam(shrink=lambda lr, d: d)],
            "the bias is not corrected": [adam(correct=lambda t: None)],
            "t is one too large": [adam(correct=lambda t: t + 1)],
            "t is one too small": [adam(correct=lambda t: t - 1)],
            "the corrected averages are kept": [adamw_overwrites],
            "beta1 corrects both averages": [adamw_copied_line],
            "the decay is divided by the root of s": [adamw_over_the_root],
            "the square root is missing": [adam(root=lambda s: s)],
            "the average is squared": [adam(square=True)],
            "epsilon is inside of the square root": [adam(inside=True)],
            "the weights do not decay": [adam(shrink=lambda lr, d: 0)],
        },
    ),
    "weight_decay.remaining": (
        [
            lambda learning_rate, decay, steps: np.prod([1 - learning_rate * decay] * steps),
            lambda learning_rate, decay, steps: np.exp(steps * np.log1p(-learning_rate * decay)),
        ],
        {
            "the loss is added up": [lambda learning_rate, decay, steps: 1 - steps * learning_rate * decay],
            "the decay lacks the learning rate": [lambda learning_rate, decay, steps: (1 - decay) ** steps],
            "an approximation": [lambda learning_rate, decay, steps: np.exp(-steps * learning_rate * decay)],
            "the share that is lost": [
                lambda learning_rate, decay, steps: 1 - (1 - learning_rate * decay) ** steps
            ],
            "one step only": [lambda learning_rate, decay, steps: 1 - learning_rate * decay],
        },
    ),
    "dropout.mask": (
        [mask_by_binomial, mask_by_uniform, mask()],
        {
            "the same mask in each call": [
                mask(draw=lambda shape, rng: np.random.default_rng(1).random(shape))
            ],
            "one mask for the whole batch": [mask(draw=lambda shape, rng: rng.random(shape[1:]))],
            "one number for a whole row": [mask(draw=lambda shape, rng: rng.random((shape[0], 1)))],
            "kept and dropped are swapped": [
                mask(keep=lambda rate: rate), mask(keep=lambda rate: rate, scale=lambda rate: 1 / rate if rate else 1),
            ],
            "an exact number is dropped": [mask_by_choice, mask_by_shuffled_rows],
            "the scale is cut off to a whole number": [mask_of_integers],
            "scaled by the share that was drawn": [mask_by_mean],
            "no scale": [mask(scale=lambda rate: 1.0)],
            "multiplied by the share kept": [mask(scale=lambda rate: 1 - rate)],
            "divided by the share dropped": [mask(scale=lambda rate: 1 / rate if rate else 1)],
        },
    ),
    "dropout.forward": (
        [forward_by_where, forward_by_mask],
        {
            "dropout is on in prediction": [forward(mask(), lambda A, rate, M: A * M)],
            "the prediction is scaled": [forward(mask(), lambda A, rate, M: A * (1 - rate))],
            "dropout is off in training": [lambda A, rate, rng, training: A],
            "an exact number is dropped": [forward(mask_by_choice)],
            "the scale is cut off to a whole number": [forward(mask_of_integers)],
            "scaled by the share that was drawn": [forward(mask_by_mean)],
            "no scale": [forward(mask(scale=lambda rate: 1.0))],
            "one mask for the whole batch": [
                forward(mask(draw=lambda shape, rng: rng.random(shape[1:])))
            ],
            "the same mask in each call": [
                forward(mask(draw=lambda shape, rng: np.random.default_rng(1).random(shape)))
            ],
            "one number for a whole row": [
                forward(mask(draw=lambda shape, rng: rng.random((shape[0], 1))))
            ],
            "kept and dropped are swapped": [forward(mask(keep=lambda rate: rate))],
            "multiplied by the share kept": [forward(mask(scale=lambda rate: 1 - rate))],
            "divided by the share dropped": [forward(mask(scale=lambda rate: 1 / rate))],
        },
    ),
    "dropout.backward": (
        [lambda dA, mask: np.where(mask > 0, dA * mask, 0), lambda dA, mask: np.multiply(mask, dA)],
        {
            "the mask is missing": [lambda dA, mask: dA.copy()],
            "the scale is missing": [lambda dA, mask: np.where(mask != 0, dA, 0.0)],
            "the scale is there twice": [lambda dA, mask: dA * mask**2],
            "the scale is undone": [
                lambda dA, mask: np.where(mask != 0, dA / np.where(mask == 0, 1, mask), 0.0)
            ],
            "the mask is turned over": [lambda dA, mask: np.where(mask != 0, 0.0, dA)],
        },
    ),
    "dropout.check": (
        [slope_by_lists, slope_with_copies],
        {
            "other masks in the second cost": [slope_one_rng],
            "a one-sided difference": [slope_one_sided],
            "divided by h in place of 2 h": [slope_twice],
        },
    ),
    "evaluation.scale": (
        [standardise_by_scaler, standardise_by_columns],
        {
            "the test part is fitted to itself": [standardised(lambda train, test, part: part)],
            "the test part helps to fit": [
                standardised(lambda train, test, part: np.vstack([train, test]))
            ],
            "the training part is scaled before the test part": [standardised_in_turn],
            "each row is scaled by itself": [
                lambda train, test: [np.array([(r - r.mean()) / r.std() for r in X]) for X in (train, test)]
            ],
            "one mean for all columns": [
                lambda train, test: [(X - train.mean()) / train.std() for X in (train, test)]
            ],
            "divided by the variance": [
                standardised(lambda train, test, part: train, spread=lambda X: X.var(0))
            ],
            "the mean is not subtracted": [
                standardised(lambda train, test, part: train, centre=False)
            ],
        },
    ),
    "evaluation.stop": (
        [patience_by_epoch, patience_by_counter],
        {
            "the best weights go on changing": [patience(keep=same_array)],
            "the first rise ends training": [patience(stop=lambda since, bad, patience: since > 0)],
            "bad epochs are counted together": [
                patience(stop=lambda since, bad, patience: bad >= patience)
            ],
            "compared with the epoch before": [patience_by_last_cost, patience_of_last_cost],
            "as good counts as better": [patience(better=np.less_equal)],
            "the last weights without a stop": [patience_returns_w],
            "the highest cost is kept": [patience(better=np.greater)],
            "training never stops early": [patience(stop=lambda since, bad, patience: False)],
        },
    ),
    "evaluation.choose": (
        [
            lambda train_accuracy, validation_accuracy: validation_accuracy.argmax(),
            lambda train_accuracy, validation_accuracy: max(
                range(len(train_accuracy)), key=lambda i: validation_accuracy[i]
            ),
        ],
        {
            "chosen by the training accuracy": [
                lambda train_accuracy, validation_accuracy: train_accuracy.argmax()
            ],
            "chosen by the mean of both": [
                lambda train_accuracy, validation_accuracy: np.argmax(
                    (train_accuracy + validation_accuracy) / 2
                )
            ],
            "chosen by the smallest gap": [
                lambda train_accuracy, validation_accuracy: np.argmin(
                    abs(train_accuracy - validation_accuracy)
                )
            ],
            "the gap is subtracted": [
                lambda train_accuracy, validation_accuracy: np.argmax(
                    2 * validation_accuracy - np.maximum(train_accuracy, validation_accuracy)
                    + np.minimum(train_accuracy, validation_accuracy) - validation_accuracy
                )
            ],
            "the lowest in place of the highest": [
                lambda train_accuracy, validation_accuracy: validation_accuracy.argmin()
            ],
            "the accuracy in place of its number": [
                lambda train_accuracy, validation_accuracy: max(validation_accuracy)
            ],
        },
    ),
    "evaluation.pairs": (
        [pairs_by_hand, pairs_by_numpy],
        {
            "the pairs are torn apart": [
                lambda a, b: (a.mean() - b.mean(), np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a)))
            ],
            "the deviation in place of the standard error": [
                lambda a, b: (np.mean(a - b), np.std(a - b, ddof=1))
            ],
            "n in place of n - 1": [lambda a, b: (np.mean(a - b), np.std(a - b) / len(a) ** 0.5)],
            "the half width of an interval": [
                lambda a, b: (np.mean(a - b), 1.96 * pairs_by_numpy(a, b)[1])
            ],
            "n - 1 is there twice": [
                lambda a, b: (np.mean(a - b), np.std(a - b, ddof=1) / (len(a) - 1) ** 0.5)
            ],
            "b - a": [lambda a, b: pairs_by_numpy(b, a)],
        },
    ),
    "evaluation.verdict": (
        [verdict_by_sides, verdict_by_signs],
        {
            "compared with 0 in place of the margin": [
                lambda low, high, margin: 1 if low > 0 else (-1 if high < 0 else 0)
            ],
            "it fails only below minus the margin": [
                lambda low, high, margin: int(low > margin) - int(high < -margin)
            ],
            "only the middle is looked at": [
                lambda low, high, margin: 1 if np.mean([low, high]) > margin else -1
            ],
            "undecided is told as failed": [lambda low, high, margin: 1 if low > margin else -1],
            "undecided is told as held": [lambda low, high, margin: 1 if high > margin else -1],
        },
    ),
}  # fmt: skip

# The numbers of the list of mistakes, and where each is met.
MISTAKES = {
    1: ("batches.gradients", "the sum over the rows"),
    3: ("batches.gradients", "divided by batch_size where the batch is shorter"),
    4: ("batches.split", "the last batch is dropped"),
    5: ("batches.split", "X and y are mixed apart"),
    6: ("batches.split", "the same order in each epoch"),
    8: ("batches.split", "it changes what it was given"),
    9: ("batches.cost", "the mean of the batches' means"),
    10: ("backprop.step", "W2 is changed before the error passes through it"),
    11: ("backprop.delta", "the slope of the sigmoid is in it"),
    12: ("backprop.delta", "the quotient saturates"),
    14: ("backprop.cost", "the cost is infinite"),
    15: ("backprop.cost", "the worst errors are cut off"),
    16: ("backprop.cost", "the sign of the cost"),
    17: ("backprop.predict", "logits cut at 0.5"),
    18: ("momentum.step", "the factor 1 - beta is missing"),
    19: ("momentum.descend", "the velocity is set back in each step"),
    21: ("momentum.step", "the step goes along the old velocity"),
    23: ("momentum.step", "it changes what it was given"),
    24: ("momentum.corrected", "the bias is not corrected"),
    25: ("schedules.rates", "the steps are counted, not the epochs"),
    27: ("schedules.rates", "the epochs are counted from 1"),
    28: ("schedules.descend", "the schedule is computed and never used"),
    29: ("penalties.l2_gradient", "cost and gradient disagree"),
    30: ("penalties.l2_gradient", "the penalty is divided by the rows"),
    31: ("penalties.l2_gradient", "the bias is penalised"),
    32: ("penalties.l2_cost", "the norm is not squared"),
    33: ("weight_decay.step", "the decay is in the velocity"),
    34: ("weight_decay.step", "the decay lacks the learning rate"),
    37: ("penalties.l1", "a step along the subgradient"),
    38: ("penalties.compare", "the penalty is in the cost that is compared"),
    39: ("dropout.mask", "no scale"),
    40: ("dropout.mask", "multiplied by the share kept"),
    41: ("dropout.mask", "kept and dropped are swapped"),
    43: ("dropout.mask", "one mask for the whole batch"),
    44: ("dropout.mask", "the same mask in each call"),
    45: ("dropout.forward", "dropout is on in prediction"),
    47: ("dropout.backward", "the mask is missing"),
    48: ("dropout.check", "other masks in the second cost"),
    50: ("evaluation.scale", "the test part is fitted to itself"),
    51: ("evaluation.stop", "the best weights go on changing"),
    52: ("evaluation.choose", "chosen by the training accuracy"),
}
