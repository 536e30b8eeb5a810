"use strict";

/*
 * All numbers that training changes, in one flat vector (chapter 1).
 *
 *     theta = (W_1, ..., W_L, b_1, ..., b_L)
 *
 * `weights[k]` and `biases[k]` are windows into that vector, no copies. A matrix lies row by row:
 * the weight from input i to output j of a layer with n outputs is entry i * n + j.
 */

var Playground = Playground || {};

/** Weights and biases of a network, as windows of one flat vector. */
Playground.Parameters = class Parameters {
  /** @param {ReadonlyArray<number>} layer_sizes units per layer, inputs first */
  constructor(layer_sizes) {
    if (layer_sizes.length < 2 || !layer_sizes.every((n) => Number.isInteger(n) && n >= 1)) {
      throw new RangeError(`layer_sizes must be two whole numbers or more, got ${layer_sizes}`);
    }
    /** @type {ReadonlyArray<number>} */
    this.layer_sizes = [...layer_sizes];
    const n_layers = layer_sizes.length - 1;
    const inputs = layer_sizes.slice(0, n_layers);
    const outputs = layer_sizes.slice(1);
    /** @type {number} */
    this.n_weights = inputs.reduce((sum, n_in, k) => sum + n_in * outputs[k], 0);
    /** @type {Float64Array} */
    this.vector = new Float64Array(outputs.reduce((sum, n_out) => sum + n_out, this.n_weights));
    /** @type {Float64Array} */
    this.weight_vector = this.vector.subarray(0, this.n_weights);
    let start = 0;
    /** @param {number} length */
    const window_of = (length) => this.vector.subarray(start, (start += length));
    /** @type {Float64Array[]} */
    this.weights = inputs.map((n_in, k) => window_of(n_in * outputs[k]));
    /** @type {Float64Array[]} */
    this.biases = outputs.map(window_of);
  }

  /**
   * Return parameters of the same shape, filled with zeros.
   * @returns {Parameters}
   */
  like() {
    return new Parameters(this.layer_sizes);
  }

  /**
   * Return a copy that shares no memory with this one.
   * @returns {Parameters}
   */
  copy() {
    const twin = this.like();
    twin.vector.set(this.vector);
    return twin;
  }
};

/**
 * The standard deviation of a layer's initial weights, from its numbers of inputs and outputs.
 * @type {Record<string, (n_in: number, n_out: number) => number>}
 */
Playground.SCHEMES = {
  normal: () => 1,
  one_over_root_n: (n_in) => Math.sqrt(1 / n_in),
  he: (n_in) => Math.sqrt(2 / n_in),
  glorot: (n_in, n_out) => Math.sqrt(2 / (n_in + n_out)),
};

/**
 * Draw initial weights W_k ~ N(0, (scale * s_k)^2), s_k from the scheme; biases
 * ~ N(0, bias_scale^2), or zero. Layer by layer: its weights first, and then its biases.
 * @param {ReadonlyArray<number>} layer_sizes
 * @param {Playground.Generator} rng
 * @param {string} scheme one of SCHEMES
 * @param {{scale?: number, bias_scale?: number}} options
 * @returns {Playground.Parameters}
 */
Playground.initial_parameters = (layer_sizes, rng, scheme = "glorot", options = {}) => {
  const { scale = 1, bias_scale = 0 } = options;
  const parameters = new Playground.Parameters(layer_sizes);
  parameters.weights.forEach((W, k) => {
    const deviation = Playground.SCHEMES[scheme](layer_sizes[k], layer_sizes[k + 1]);
    W.forEach((_, i) => (W[i] = rng.normal(0, scale * deviation)));
    if (bias_scale > 0) {
      const b = parameters.biases[k];
      b.forEach((_, i) => (b[i] = rng.normal(0, bias_scale)));
    }
  });
  return parameters;
};
