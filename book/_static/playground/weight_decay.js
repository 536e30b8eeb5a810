"use strict";

/*
 * Weight decay: weights that shrink by themselves (chapter 6).
 *
 *     w <- w - rate * direction - rate * decay * w
 *
 * Without momentum this is the L2 penalty. With it the two part: the penalty's gradient is averaged
 * into the velocity, the decay never enters it. *Adam* is here only because the difference is
 * largest with it.
 */

var Playground = Playground || {};

/** Decoupled weight decay: each step takes the share rate * decay of every weight. Comes last. */
Playground.WeightDecay = class WeightDecay {
  /** @param {number} decay in [0, inf) */
  constructor(decay) {
    if (!(decay >= 0 && decay < Infinity)) {
      throw new RangeError(`decay must be a number in [0, inf), got ${decay}`);
    }
    /** @type {number} */
    this.decay = decay;
  }

  /**
   * Nothing to remember.
   * @returns {null}
   */
  start() {
    return null;
  }

  /**
   * Let the step take a share of every weight; the biases come after them.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @returns {void}
   */
  edit(direction, parameters) {
    const w = parameters.weight_vector;
    for (let i = 0; i < w.length; i += 1) {
      direction[i] += this.decay * w[i];
    }
  }
};

/**
 * What Adam remembers in a run: two averages, and the steps done.
 * @typedef {{mean: Float64Array, mean_square: Float64Array, steps: number}} AdamState
 */

/**
 * Adam: the averaged gradient over the root of the averaged square, start-up bias corrected.
 *
 *     m <- beta1 m + (1 - beta1) g ,    s <- beta2 s + (1 - beta2) g^2 ,
 *     direction = (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)
 */
Playground.Adam = class Adam {
  /**
   * @param {number} beta1 in [0, 1)
   * @param {number} beta2 in [0, 1)
   * @param {number} epsilon in (0, inf)
   */
  constructor(beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8) {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new RangeError(`beta1 and beta2 must be numbers in [0, 1), got ${beta1}, ${beta2}`);
    }
    if (!(epsilon > 0 && epsilon < Infinity)) {
      throw new RangeError(`epsilon must be a number in (0, inf), got ${epsilon}`);
    }
    /** @type {number} */
    this.beta1 = beta1;
    /** @type {number} */
    this.beta2 = beta2;
    /** @type {number} */
    this.epsilon = epsilon;
  }

  /**
   * Return averages of nothing, and no steps done.
   * @param {Playground.Parameters} parameters
   * @returns {AdamState}
   */
  start(parameters) {
    const count = parameters.vector.length;
    return { mean: new Float64Array(count), mean_square: new Float64Array(count), steps: 0 };
  }

  /**
   * Average the gradient and its square; the step goes along their quotient.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @param {AdamState} state
   * @returns {void}
   */
  edit(direction, parameters, state) {
    const { beta1, beta2, epsilon } = this;
    const { mean, mean_square } = state;
    state.steps += 1;
    const share1 = 1 - beta1 ** state.steps;
    const share2 = 1 - beta2 ** state.steps;
    for (let i = 0; i < direction.length; i += 1) {
      const g = direction[i];
      mean[i] += (1 - beta1) * (g - mean[i]);
      mean_square[i] += (1 - beta2) * (g * g - mean_square[i]);
      direction[i] = mean[i] / share1 / (Math.sqrt(mean_square[i] / share2) + epsilon);
    }
  }
};
