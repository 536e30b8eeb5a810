"use strict";

/*
 * Mini-batches: which samples a step looks at (chapter 2).
 *
 * An epoch visits every sample once. With a batch size B it takes ceil(n / B) steps; the last batch
 * may be short, and its gradient is the mean over its own rows. Before each epoch the samples are
 * put in a fresh order, drawn from the generator that is passed in.
 */

var Playground = Playground || {};

/** The batches of one epoch after the other, each sample in exactly one of them. */
Playground.Minibatches = class Minibatches {
  /**
   * @param {Float64Array} X one row per sample
   * @param {Float64Array} targets one number per sample
   * @param {number} batch_size
   * @param {Playground.Generator | null} rng null keeps the order of the rows
   */
  constructor(X, targets, batch_size, rng) {
    const n_samples = targets.length;
    if (!Number.isInteger(batch_size) || batch_size < 1 || batch_size > n_samples) {
      throw new RangeError(
        `batch_size must be a whole number in [1, ${n_samples}], got ${batch_size}`,
      );
    }
    /** @type {Float64Array} */
    this.all_X = X;
    /** @type {Float64Array} */
    this.all_targets = targets;
    /** @type {number} */
    this.batch_size = batch_size;
    /** @type {Playground.Generator | null} */
    this.rng = rng;
    /** @type {number} */
    this.n_features = X.length / n_samples;
    /** @type {number} */
    this.n_steps = Math.ceil(n_samples / batch_size);
    /**
     * Which sample comes when in this epoch.
     * @type {Uint32Array}
     */
    this.order = Uint32Array.from({ length: n_samples }, (_, i) => i);
    /**
     * The rows of the present batch; of a short one, the first `n_samples` count.
     * @type {Float64Array}
     */
    this.X = new Float64Array(batch_size * this.n_features);
    /** @type {Float64Array} */
    this.targets = new Float64Array(batch_size);
    /** @type {number} */
    this.n_samples = 0;
  }

  /**
   * Draw the order of an epoch.
   * @returns {void}
   */
  shuffle() {
    if (this.rng !== null) {
      this.order.forEach((_, i) => (this.order[i] = i));
      this.rng.shuffle(this.order);
    }
  }

  /**
   * Take the batch of a step; the first step of an epoch draws its order.
   * @param {number} step from 0 to n_steps - 1
   * @returns {void}
   */
  take(step) {
    if (step === 0) {
      this.shuffle();
    }
    const { n_features } = this;
    const start = step * this.batch_size;
    this.n_samples = Math.min(this.batch_size, this.order.length - start);
    for (let row = 0; row < this.n_samples; row += 1) {
      const sample = this.order[start + row];
      this.targets[row] = this.all_targets[sample];
      for (let j = 0; j < n_features; j += 1) {
        this.X[row * n_features + j] = this.all_X[sample * n_features + j];
      }
    }
  }
};
