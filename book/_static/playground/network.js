"use strict";

/*
 * A network: weighted sums, an activation, and the way back (chapter 1).
 *
 * Forward, with h_0 = X and one row per sample,
 *
 *     z_k = h_{k-1} W_k + b_k ,    h_k = f(z_k) ,
 *
 * and backward, from the derivative of the loss by the last z,
 *
 *     dC/dW_k = h_{k-1}^T delta_k ,    dC/db_k = sum over rows of delta_k ,
 *     delta_{k-1} = delta_k W_k^T * f'(z_{k-1}) .
 *
 * What is computed on the way lies in arrays that the network keeps, so that a step makes none.
 */

var Playground = Playground || {};

/**
 * Functions f, and their derivatives written with the output h = f(z).
 * @type {Record<string, {value: (z: number) => number, derivative: (h: number) => number}>}
 */
Playground.ACTIVATIONS = {
  relu: { value: (z) => Math.max(z, 0), derivative: (h) => Math.sign(h) },
  sigmoid: { value: (z) => Playground.sigmoid(z), derivative: (h) => h * (1 - h) },
  tanh: { value: (z) => Math.tanh(z), derivative: (h) => 1 - h * h },
};

/**
 * out <- A B + b, for A of n_rows x n_in, B of n_in x n_out, and one row b.
 * Four rows of B at a time: each number of `out` is fetched a quarter as often.
 * @param {Float64Array} A
 * @param {Float64Array} B
 * @param {Float64Array} b
 * @param {number} n_rows
 * @param {Float64Array} out
 * @returns {void}
 */
Playground.weighted_sums = (A, B, b, n_rows, out) => {
  const n_out = b.length;
  const n_in = B.length / n_out;
  for (let row = 0; row < n_rows; row += 1) {
    const of_A = row * n_in;
    const of_out = row * n_out;
    for (let j = 0; j < n_out; j += 1) {
      out[of_out + j] = b[j];
    }
    let i = 0;
    for (; i + 4 <= n_in; i += 4) {
      const a0 = A[of_A + i];
      const a1 = A[of_A + i + 1];
      const a2 = A[of_A + i + 2];
      const a3 = A[of_A + i + 3];
      const b0 = i * n_out;
      const b1 = b0 + n_out;
      const b2 = b1 + n_out;
      const b3 = b2 + n_out;
      for (let j = 0; j < n_out; j += 1) {
        out[of_out + j] += a0 * B[b0 + j] + a1 * B[b1 + j] + a2 * B[b2 + j] + a3 * B[b3 + j];
      }
    }
    for (; i < n_in; i += 1) {
      const a = A[of_A + i];
      for (let j = 0; j < n_out; j += 1) {
        out[of_out + j] += a * B[i * n_out + j];
      }
    }
  }
};

/**
 * out <- H^T delta, for H of n_rows x n_in and delta of n_rows x n_out.
 * @param {Float64Array} H
 * @param {Float64Array} delta
 * @param {number} n_rows
 * @param {number} n_out
 * @param {Float64Array} out
 * @returns {void}
 */
Playground.weight_gradient = (H, delta, n_rows, n_out, out) => {
  const n_in = out.length / n_out;
  out.fill(0);
  for (let row = 0; row < n_rows; row += 1) {
    for (let i = 0; i < n_in; i += 1) {
      const h = H[row * n_in + i];
      for (let j = 0; j < n_out; j += 1) {
        out[i * n_out + j] += h * delta[row * n_out + j];
      }
    }
  }
};

/**
 * out <- delta W^T, for delta of n_rows x n_out and W of n_in x n_out.
 * @param {Float64Array} delta
 * @param {Float64Array} W
 * @param {number} n_rows
 * @param {number} n_out
 * @param {Float64Array} out
 * @returns {void}
 */
Playground.error_below = (delta, W, n_rows, n_out, out) => {
  const n_in = W.length / n_out;
  for (let row = 0; row < n_rows; row += 1) {
    for (let i = 0; i < n_in; i += 1) {
      let sum = 0;
      for (let j = 0; j < n_out; j += 1) {
        sum += delta[row * n_out + j] * W[i * n_out + j];
      }
      out[row * n_in + i] = sum;
    }
  }
};

/** A fully connected network with one output: what it computes, and the gradient of its cost. */
Playground.Network = class Network {
  /**
   * @param {ReadonlyArray<number>} layer_sizes units per layer, inputs first
   * @param {string} activation one of ACTIVATIONS, for the hidden layers
   * @param {string} loss one of LOSSES
   */
  constructor(layer_sizes, activation = "relu", loss = "sigmoid_cross_entropy") {
    if (layer_sizes[layer_sizes.length - 1] !== 1) {
      throw new RangeError(`layer_sizes must end in one output, got ${layer_sizes}`);
    }
    /** @type {ReadonlyArray<number>} */
    this.layer_sizes = [...layer_sizes];
    /** @type {{value: (z: number) => number, derivative: (h: number) => number}} */
    this.activation = Playground.ACTIVATIONS[activation];
    /** @type {Loss} */
    this.loss = Playground.LOSSES[loss];
    /**
     * The last values of every layer: of `layers[0]` only the shape is right, see `forward`.
     * @type {Float64Array[]}
     */
    this.layers = [];
    /** @type {Float64Array[]} */
    this.deltas = [];
    /** @type {number} */
    this.capacity = 0;
  }

  /**
   * Have room for so many samples.
   * @param {number} n_samples
   * @returns {void}
   */
  reserve(n_samples) {
    if (n_samples > this.capacity) {
      this.capacity = n_samples;
      this.layers = this.layer_sizes.map((n) => new Float64Array(n_samples * n));
      this.deltas = this.layer_sizes.map((n) => new Float64Array(n_samples * n));
    }
  }

  /**
   * Return the layers' values [X, h_1, ..., z]: the last are weighted sums, not activated. They
   * are the network's own arrays, the next call overwrites them.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} X one row per sample; longer than needed is allowed
   * @param {number} n_samples
   * @returns {Float64Array[]}
   */
  forward(parameters, X, n_samples) {
    this.reserve(n_samples);
    const { layers } = this;
    layers[0] = X;
    const last = parameters.weights.length - 1;
    parameters.weights.forEach((W, k) => {
      Playground.weighted_sums(layers[k], W, parameters.biases[k], n_samples, layers[k + 1]);
      if (k < last) {
        this.activate(layers[k + 1], n_samples * this.layer_sizes[k + 1]);
      }
    });
    return layers;
  }

  /**
   * h <- f(z), in place.
   * @param {Float64Array} h
   * @param {number} count
   * @returns {void}
   */
  activate(h, count) {
    const { value } = this.activation;
    for (let i = 0; i < count; i += 1) {
      h[i] = value(h[i]);
    }
  }

  /**
   * Write the gradient of the mean cost into `out`, of the shape of the parameters.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} X
   * @param {Float64Array} targets
   * @param {number} n_samples
   * @param {Playground.Parameters} out
   * @returns {void}
   */
  gradient(parameters, X, targets, n_samples, out) {
    this.backward(parameters, this.forward(parameters, X, n_samples), targets, n_samples, out);
  }

  /**
   * The way back, from the layers' values to the gradient.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array[]} layers
   * @param {Float64Array} targets
   * @param {number} n_samples
   * @param {Playground.Parameters} out
   * @returns {void}
   */
  backward(parameters, layers, targets, n_samples, out) {
    const { deltas, layer_sizes } = this;
    const last = parameters.weights.length;
    this.output_delta(layers[last], targets, n_samples, deltas[last]);
    for (let k = last; k > 0; k -= 1) {
      const n_out = layer_sizes[k];
      Playground.weight_gradient(layers[k - 1], deltas[k], n_samples, n_out, out.weights[k - 1]);
      const bias = out.biases[k - 1];
      bias.fill(0);
      for (let i = 0; i < n_samples * n_out; i += 1) {
        bias[i % n_out] += deltas[k][i];
      }
      if (k > 1) {
        const count = n_samples * layer_sizes[k - 1];
        const W = parameters.weights[k - 1];
        Playground.error_below(deltas[k], W, n_samples, n_out, deltas[k - 1]);
        this.times_slope(deltas[k - 1], k - 1, count);
      }
    }
  }

  /**
   * delta <- the derivative of the mean cost by the last z.
   * @param {Float64Array} z
   * @param {Float64Array} targets
   * @param {number} n_samples
   * @param {Float64Array} delta
   * @returns {void}
   */
  output_delta(z, targets, n_samples, delta) {
    const share = 1 / n_samples;
    const of_loss = this.loss.delta;
    for (let i = 0; i < n_samples; i += 1) {
      delta[i] = of_loss(z[i], targets[i]) * share;
    }
  }

  /**
   * delta <- delta * f'(z) of a hidden layer, in place.
   * @param {Float64Array} delta
   * @param {number} k which layer
   * @param {number} count
   * @returns {void}
   */
  times_slope(delta, k, count) {
    const h = this.layers[k];
    const { derivative } = this.activation;
    for (let i = 0; i < count; i += 1) {
      delta[i] *= derivative(h[i]);
    }
  }

  /**
   * Write what the network says of each sample into `out`: probabilities, or numbers.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} X
   * @param {Float64Array} out of the length n_samples
   * @returns {void}
   */
  predict(parameters, X, out) {
    const { prediction } = this.loss;
    this.in_pieces(parameters, X, out.length, (z, first, count) => {
      for (let i = 0; i < count; i += 1) {
        out[first + i] = prediction(z[i]);
      }
    });
  }

  /**
   * Return the mean cost and the share of right answers; regression has none, it is NaN.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} X
   * @param {Float64Array} targets
   * @returns {{cost: number, accuracy: number}}
   */
  evaluate(parameters, X, targets) {
    const of_loss = this.loss.cost;
    let cost = 0;
    let right = 0;
    this.in_pieces(parameters, X, targets.length, (z, first, count) => {
      for (let i = 0; i < count; i += 1) {
        const y = targets[first + i];
        cost += of_loss(z[i], y);
        right += z[i] > 0 === y > 0.5 ? 1 : 0;
      }
    });
    const n_samples = targets.length;
    return {
      cost: cost / n_samples,
      accuracy: this.loss.classifies ? right / n_samples : Number.NaN,
    };
  }

  /**
   * Compute the last weighted sums of many samples, few at a time: what is in use stays small.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} X
   * @param {number} n_samples
   * @param {(z: Float64Array, first: number, count: number) => void} use
   * @returns {void}
   */
  in_pieces(parameters, X, n_samples, use) {
    const piece = 256;
    const n_in = this.layer_sizes[0];
    for (let first = 0; first < n_samples; first += piece) {
      const count = Math.min(piece, n_samples - first);
      const rows = X.subarray(first * n_in, (first + count) * n_in);
      const layers = this.forward(parameters, rows, count);
      use(layers[layers.length - 1], first, count);
    }
  }
};
