"use strict";

/*
 * L2 and L1: a price on large weights (chapter 5).
 *
 *     C + l2/2 * sum w^2 + l1 * sum |w|
 *
 * L2 adds l2 * w to the gradient, L1 adds l1 * sign(w). A subgradient step of L1 hops over zero;
 * the *proximal* step stops there, so that weights become exactly zero. Biases are left alone.
 */

var Playground = Playground || {};

/** The L2 penalty as a rule: adds l2 * w to the gradient of every weight. Before momentum. */
Playground.L2 = class L2 {
  /** @param {number} l2 the strength, in [0, inf) */
  constructor(l2) {
    if (!(l2 >= 0 && l2 < Infinity)) {
      throw new RangeError(`l2 must be a number in [0, inf), got ${l2}`);
    }
    /** @type {number} */
    this.l2 = l2;
  }

  /**
   * Nothing to remember.
   * @returns {null}
   */
  start() {
    return null;
  }

  /**
   * Add the penalty's gradient to that of the weights; the biases come after them.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @returns {void}
   */
  edit(direction, parameters) {
    const w = parameters.weight_vector;
    for (let i = 0; i < w.length; i += 1) {
      direction[i] += this.l2 * w[i];
    }
  }

  /**
   * Return l2/2 * sum w^2, what the cost grows by.
   * @param {Playground.Parameters} parameters
   * @returns {number}
   */
  cost(parameters) {
    return parameters.weight_vector.reduce((sum, w) => sum + 0.5 * this.l2 * w * w, 0);
  }
};

/** The L1 penalty by its subgradient: adds l1 * sign(w), 0 at 0. */
Playground.L1 = class L1 {
  /** @param {number} l1 the strength, in [0, inf) */
  constructor(l1) {
    if (!(l1 >= 0 && l1 < Infinity)) {
      throw new RangeError(`l1 must be a number in [0, inf), got ${l1}`);
    }
    /** @type {number} */
    this.l1 = l1;
  }

  /**
   * Nothing to remember.
   * @returns {null}
   */
  start() {
    return null;
  }

  /**
   * Add the penalty's subgradient to the gradient of the weights.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @returns {void}
   */
  edit(direction, parameters) {
    const w = parameters.weight_vector;
    for (let i = 0; i < w.length; i += 1) {
      direction[i] += this.l1 * Math.sign(w[i]);
    }
  }

  /**
   * Return l1 * sum |w|, what the cost grows by.
   * @param {Playground.Parameters} parameters
   * @returns {number}
   */
  cost(parameters) {
    return parameters.weight_vector.reduce((sum, w) => sum + this.l1 * Math.abs(w), 0);
  }
};

/**
 * Return sign(w) * max(|w| - threshold, 0): towards zero, and not beyond.
 * @param {number} w
 * @param {number} threshold
 * @returns {number}
 */
Playground.soft_threshold = (w, threshold) => w - Math.min(Math.max(w, -threshold), threshold);

/** The L1 penalty by its proximal step: after each step, weights move rate * l1 towards 0. */
Playground.ProximalL1 = class ProximalL1 extends Playground.L1 {
  /**
   * Leave the direction as it is: the penalty acts after the step.
   * @returns {void}
   */
  edit() {}

  /**
   * Shrink the weights by the learning rate times the strength, at most to zero.
   * @param {Playground.Parameters} parameters
   * @param {number} learning_rate
   * @returns {void}
   */
  after_step(parameters, learning_rate) {
    const w = parameters.weight_vector;
    for (let i = 0; i < w.length; i += 1) {
      w[i] = Playground.soft_threshold(w[i], learning_rate * this.l1);
    }
  }
};
