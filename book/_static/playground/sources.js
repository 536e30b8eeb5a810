"use strict";

/*
 * The initial weights of the sources' numpy networks, and the old generator that drew them.
 *
 * numpy's `RandomState` is the Mersenne Twister of Matsumoto and Nishimura (1998): 624 words of
 * state, turned over all at once. Its normal numbers come in pairs, by Marsaglia's polar method: a
 * point (x, y) in the unit circle, at the distance r from the centre, gives
 *
 *     x f  and  y f ,    f = sqrt(-2 ln(r^2) / r^2) .
 */

var Playground = Playground || {};

/** numpy's old generator: uniform and normal numbers. */
Playground.RandomState = class RandomState {
  /** @param {number} seed a whole number in [0, 2^32) */
  constructor(seed) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32) {
      throw new RangeError(`seed must be a whole number in [0, 2**32), got ${seed}`);
    }
    /** @type {Uint32Array} */
    this.state = new Uint32Array(624);
    /** @type {number} */
    this.place = 624;
    /**
     * The other half of a pair.
     * @type {number | null}
     */
    this.kept = null;
    let word = seed;
    for (let k = 0; k < 624; k += 1) {
      this.state[k] = word;
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + k + 1) >>> 0;
    }
  }

  /**
   * Return 32 random bits.
   * @returns {number}
   */
  next32() {
    const { state } = this;
    if (this.place === 624) {
      this.place = 0;
      for (let k = 0; k < 624; k += 1) {
        const joined = (state[k] & 0x80000000) | (state[(k + 1) % 624] & 0x7fffffff);
        const twist = (joined & 1) === 1 ? 0x9908b0df : 0;
        state[k] = state[(k + 397) % 624] ^ (joined >>> 1) ^ twist;
      }
    }
    let bits = state[this.place];
    this.place += 1;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  /**
   * Return a number in [0, 1), a multiple of 2^-53.
   * @returns {number}
   */
  random() {
    const upper = this.next32() >>> 5;
    return (upper * 0x4000000 + (this.next32() >>> 6)) / 0x20000000000000;
  }

  /**
   * Return a number of N(0, 1).
   * @returns {number}
   */
  standard_normal() {
    if (this.kept !== null) {
      const kept = this.kept;
      this.kept = null;
      return kept;
    }
    let x;
    let y;
    let square;
    do {
      x = 2 * this.random() - 1;
      y = 2 * this.random() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    this.kept = factor * x;
    return factor * y;
  }
};

/**
 * Draw the initial weights of the sources: N(0, scale), layer by layer weights and then biases.
 * @param {ReadonlyArray<number>} layer_sizes
 * @param {number} seed
 * @param {number} scale
 * @returns {Playground.Parameters}
 */
Playground.source_initial_parameters = (layer_sizes, seed = 1234, scale = 0.5) => {
  const random_state = new Playground.RandomState(seed);
  const parameters = new Playground.Parameters(layer_sizes);
  parameters.weights.forEach((W, k) => {
    for (const window_of of [W, parameters.biases[k]]) {
      window_of.forEach((_, i) => (window_of[i] = scale * random_state.standard_normal()));
    }
  });
  return parameters;
};
