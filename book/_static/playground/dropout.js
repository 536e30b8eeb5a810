"use strict";

/*
 * Dropout: in every step, some units are missing (chapter 7).
 *
 * For each sample of each step every unit of a layer is dropped with probability p, the *rate*,
 * and what is left is scaled up, so that the expected sum stays what it was:
 *
 *     h~ = m * h ,    m_i = 0 with probability p, 1/(1-p) otherwise.
 *
 * The way back passes through the same mask. A prediction uses all units, and no mask.
 */

var Playground = Playground || {};

/** A network that is trained with dropout: every gradient is taken with fresh masks. */
Playground.DropoutNetwork = class DropoutNetwork extends Playground.Network {
  /**
   * @param {ReadonlyArray<number>} layer_sizes
   * @param {number | ReadonlyArray<number>} rate the share of units dropped, in [0, 1): of each
   *   hidden layer, or one number for each layer but the last, inputs first
   * @param {Playground.Generator} rng draws the masks, and nothing else
   * @param {string} activation
   * @param {string} loss
   * @param {"example" | "batch"} one_mask_per
   */
  constructor(layer_sizes, rate, rng, activation, loss, one_mask_per = "example") {
    super(layer_sizes, activation, loss);
    const n_layers = layer_sizes.length - 1;
    /** @type {ReadonlyArray<number>} */
    this.rates =
      typeof rate === "number" ? [0, ...new Array(n_layers - 1).fill(rate)] : [...rate];
    if (this.rates.length !== n_layers || !this.rates.every((p) => p >= 0 && p < 1)) {
      throw new RangeError(`rate must be in [0, 1) for each layer but the last, got ${rate}`);
    }
    /** @type {Playground.Generator} */
    this.rng = rng;
    /** @type {"example" | "batch"} */
    this.one_mask_per = one_mask_per;
    /** @type {Float64Array[]} */
    this.masks = [];
    /**
     * The layers' values with their masks on.
     * @type {Float64Array[]}
     */
    this.masked = [];
    /** @type {number} */
    this.masked_capacity = 0;
  }

  /**
   * Draw a mask for each layer with a rate: row by row, and in each row layer by layer.
   * @param {number} n_samples
   * @returns {void}
   */
  draw_masks(n_samples) {
    if (n_samples > this.masked_capacity) {
      this.masked_capacity = n_samples;
      const sizes = this.layer_sizes.slice(0, -1);
      this.masks = sizes.map((n) => new Float64Array(n_samples * n));
      this.masked = sizes.map((n) => new Float64Array(n_samples * n));
    }
    const n_rows = this.one_mask_per === "example" ? n_samples : 1;
    for (let row = 0; row < n_rows; row += 1) {
      for (let k = 0; k < this.rates.length; k += 1) {
        const rate = this.rates[k];
        const n_units = this.layer_sizes[k];
        for (let i = 0; rate > 0 && i < n_units; i += 1) {
          this.masks[k][row * n_units + i] = this.rng.random() >= rate ? 1 / (1 - rate) : 0;
        }
      }
    }
  }

  /**
   * Return the values of layer k with its mask on.
   * @param {Float64Array} values
   * @param {number} k
   * @param {number} n_samples
   * @returns {Float64Array}
   */
  with_mask(values, k, n_samples) {
    if (k >= this.rates.length || this.rates[k] === 0) {
      return values;
    }
    this.times_mask(values, k, n_samples * this.layer_sizes[k], this.masked[k]);
    return this.masked[k];
  }

  /**
   * out <- values * mask of layer k.
   * @param {Float64Array} values
   * @param {number} k
   * @param {number} count
   * @param {Float64Array} out
   * @returns {void}
   */
  times_mask(values, k, count, out) {
    const mask = this.masks[k];
    const period = this.one_mask_per === "example" ? count : this.layer_sizes[k];
    for (let i = 0; i < count; i += 1) {
      out[i] = values[i] * mask[i % period];
    }
  }

  /**
   * Write the gradient with fresh masks, the same forward and back.
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} X
   * @param {Float64Array} targets
   * @param {number} n_samples
   * @param {Playground.Parameters} out
   * @returns {void}
   */
  gradient(parameters, X, targets, n_samples, out) {
    if (this.rates.every((rate) => rate === 0)) {
      super.gradient(parameters, X, targets, n_samples, out);
      return;
    }
    this.reserve(n_samples);
    this.draw_masks(n_samples);
    const { layers } = this;
    layers[0] = X;
    const last = parameters.weights.length - 1;
    const masked = [this.with_mask(X, 0, n_samples)];
    parameters.weights.forEach((W, k) => {
      Playground.weighted_sums(masked[k], W, parameters.biases[k], n_samples, layers[k + 1]);
      if (k < last) {
        this.activate(layers[k + 1], n_samples * this.layer_sizes[k + 1]);
      }
      masked.push(this.with_mask(layers[k + 1], k + 1, n_samples));
    });
    this.backward(parameters, masked, targets, n_samples, out);
  }

  /**
   * delta <- delta * mask * f'(z): the slope is that of the values without their mask.
   * @param {Float64Array} delta
   * @param {number} k
   * @param {number} count
   * @returns {void}
   */
  times_slope(delta, k, count) {
    if (this.rates[k] > 0) {
      this.times_mask(delta, k, count, delta);
    }
    super.times_slope(delta, k, count);
  }
};
