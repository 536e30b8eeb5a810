"use strict";

/*
 * The one loop of the course, a step at a time (chapter 1).
 *
 * For every mini-batch: take the gradient of the mean cost at the present parameters, let each
 * *rule* edit it, and step against it,
 *
 *     theta <- theta - rate * direction .
 *
 * Every trick is a rule, a schedule for the rate, or a part of the network; this loop never
 * changes. The order of the rules is the method: each edits what the one before it left.
 */

var Playground = Playground || {};

/**
 * One trick that edits the direction of a step, and perhaps acts after it.
 * @typedef {object} Rule
 * @property {(parameters: Playground.Parameters) => any} start what it remembers during one run
 * @property {(direction: Float64Array, parameters: Playground.Parameters, state: any) => void} edit
 * @property {(parameters: Playground.Parameters, learning_rate: number) => void} [after_step]
 */

/** A run: parameters that are trained in place, and where it has got to. */
Playground.Training = class Training {
  /**
   * @param {Playground.Network} network
   * @param {Playground.Parameters} parameters they are changed
   * @param {Float64Array} X one row per sample
   * @param {Float64Array} targets one number per sample
   * @param {object} how
   * @param {number} how.batch_size samples per step
   * @param {Schedule} how.learning_rate
   * @param {Playground.Generator | null} how.rng draws the orders; null keeps that of the rows
   * @param {ReadonlyArray<Rule>} [how.rules]
   */
  constructor(network, parameters, X, targets, { batch_size, learning_rate, rng, rules = [] }) {
    /** @type {Playground.Network} */
    this.network = network;
    /** @type {Playground.Parameters} */
    this.parameters = parameters;
    /** @type {Playground.Minibatches} */
    this.batches = new Playground.Minibatches(X, targets, batch_size, rng);
    /** @type {Schedule} */
    this.schedule = learning_rate;
    /** @type {{rule: Rule, state: any}[]} */
    this.edits = rules.map((rule) => ({ rule, state: rule.start(parameters) }));
    /** @type {Playground.Parameters} */
    this.gradient = parameters.like();
    /**
     * Whole epochs done.
     * @type {number}
     */
    this.epoch = 0;
    /**
     * Steps done in this epoch.
     * @type {number}
     */
    this.step_of_epoch = 0;
    /**
     * The length of the last step's gradient, before any rule.
     * @type {number}
     */
    this.gradient_length = Number.NaN;
    /**
     * Where the cost stopped being finite; null as long as it is.
     * @type {{epoch: number, step: number, learning_rate: number} | null}
     */
    this.diverged = null;
  }

  /**
   * Epochs done, a number that grows with every step.
   * @returns {number}
   */
  get epochs_done() {
    return this.epoch + this.step_of_epoch / this.batches.n_steps;
  }

  /**
   * Steps done.
   * @returns {number}
   */
  get steps_done() {
    return this.epoch * this.batches.n_steps + this.step_of_epoch;
  }

  /**
   * The rate of the step that comes next.
   * @returns {number}
   */
  get learning_rate() {
    return this.schedule(this.epochs_done);
  }

  /**
   * Take one step; where the run has diverged, none.
   * @returns {void}
   */
  step() {
    if (this.diverged !== null) {
      return;
    }
    const { network, parameters, batches, gradient } = this;
    const rate = this.learning_rate;
    batches.take(this.step_of_epoch);
    network.gradient(parameters, batches.X, batches.targets, batches.n_samples, gradient);
    const direction = gradient.vector;
    this.gradient_length = Playground.length_of(direction);
    for (const { rule, state } of this.edits) {
      rule.edit(direction, parameters, state);
    }
    const { vector } = parameters;
    for (let i = 0; i < vector.length; i += 1) {
      vector[i] -= rate * direction[i];
    }
    for (const { rule } of this.edits) {
      if (rule.after_step) {
        rule.after_step(parameters, rate);
      }
    }
    this.step_of_epoch += 1;
    // NaN and Infinity anywhere above reach the output's bias, if a step later.
    if (!Number.isFinite(vector[vector.length - 1])) {
      const { epoch, step_of_epoch } = this;
      this.diverged = { epoch: epoch + 1, step: step_of_epoch, learning_rate: rate };
    }
    if (this.step_of_epoch === batches.n_steps) {
      this.epoch += 1;
      this.step_of_epoch = 0;
    }
  }
};

/**
 * Return the length of a vector: the root of the sum of its squares.
 * @param {Float64Array} vector
 * @returns {number}
 */
Playground.length_of = (vector) => {
  let sum = 0;
  for (let i = 0; i < vector.length; i += 1) {
    sum += vector[i] * vector[i];
  }
  return Math.sqrt(sum);
};
