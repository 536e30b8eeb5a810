"use strict";

/*
 * Momentum: steps along an average of the gradients (chapter 3).
 *
 *     averaged:    v <- beta v + (1 - beta) g ,   the step goes along v
 *     heavy ball:  v <- beta v + g ,              the step goes along v
 *     Nesterov:    v <- beta v + g ,              the step goes along g + beta v
 *
 * The heavy ball and Nesterov's momentum need a learning rate that is 1 - beta times as large.
 */

var Playground = Playground || {};

/** Averaged momentum: v <- beta v + (1 - beta) g, and the step goes along v. */
Playground.Momentum = class Momentum {
  /** @param {number} beta the share of the velocity that is kept in each step, in [0, 1) */
  constructor(beta) {
    if (!(beta >= 0 && beta < 1)) {
      throw new RangeError(`beta must be a number in [0, 1), got ${beta}`);
    }
    /** @type {number} */
    this.beta = beta;
  }

  /**
   * Return a velocity at rest.
   * @param {Playground.Parameters} parameters
   * @returns {Float64Array}
   */
  start(parameters) {
    return new Float64Array(parameters.vector.length);
  }

  /**
   * Average the gradient into the velocity; the step goes along it.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} velocity
   * @returns {void}
   */
  edit(direction, parameters, velocity) {
    const { beta } = this;
    for (let i = 0; i < direction.length; i += 1) {
      velocity[i] = beta * velocity[i] + (1 - beta) * direction[i];
      direction[i] = velocity[i];
    }
  }
};

/** The heavy ball: v <- beta v + g, and the step goes along v. */
Playground.HeavyBall = class HeavyBall extends Playground.Momentum {
  /**
   * Add the gradient to what is left of the velocity; the step goes along it.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} velocity
   * @returns {void}
   */
  edit(direction, parameters, velocity) {
    const { beta } = this;
    for (let i = 0; i < direction.length; i += 1) {
      velocity[i] = beta * velocity[i] + direction[i];
      direction[i] = velocity[i];
    }
  }
};

/** Nesterov's momentum: v <- beta v + g, and the step goes along g + beta v. */
Playground.Nesterov = class Nesterov extends Playground.Momentum {
  /**
   * Update the velocity first, and look one more step of it ahead.
   * @param {Float64Array} direction
   * @param {Playground.Parameters} parameters
   * @param {Float64Array} velocity
   * @returns {void}
   */
  edit(direction, parameters, velocity) {
    const { beta } = this;
    for (let i = 0; i < direction.length; i += 1) {
      velocity[i] = beta * velocity[i] + direction[i];
      direction[i] += beta * velocity[i];
    }
  }
};
