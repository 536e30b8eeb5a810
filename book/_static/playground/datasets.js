"use strict";

/*
 * Points of two classes in the plane: the two problems of the sources, spirals, a reader's own.
 *
 * A problem of the sources is a mixture of normal clouds. Its points were drawn by an old generator
 * and are stored in `data.js`; fresh ones are drawn from the same clouds and scaled with the
 * *training* points' figures, x = (raw - centre) / spread.
 */

var Playground = Playground || {};

/**
 * Points of two classes: a row x1, x2 of X for each label 0 or 1 of y.
 * @typedef {{X: Float64Array, y: Float64Array}} LabelledPoints
 */

/**
 * A normal cloud of a mixture, all of one class; `share` of the points lie in it.
 * @typedef {object} Cloud
 * @property {number} label
 * @property {number} share
 * @property {readonly [number, number]} mean
 * @property {readonly [number, number]} standard_deviation
 */

{
  /** @type {ReadonlyArray<Cloud>} */
  const HARD_CLOUDS = [
    { label: 0, share: 0.5, mean: [0, 0], standard_deviation: [2, 0.5] },
    { label: 1, share: 0.25, mean: [0, 4], standard_deviation: [0.5, 1] },
    { label: 1, share: 0.25, mean: [0, -4], standard_deviation: [0.5, 1] },
  ];
  /** @type {ReadonlyArray<Cloud>} */
  const SMALL_CLOUDS = [
    { label: 0, share: 0.5, mean: [0, 0], standard_deviation: [2, 0.5] },
    { label: 1, share: 0.25, mean: [1, 2], standard_deviation: [0.5, 1] },
    { label: 1, share: 0.25, mean: [0, -2], standard_deviation: [0.5, 1] },
  ];

  /** Training points of two classes, and all that is needed to draw more. */
  Playground.ToyPoints = class ToyPoints {
    /**
     * @param {Float64Array} X
     * @param {Float64Array} y
     * @param {ReadonlyArray<Cloud>} clouds
     * @param {ReadonlyArray<number>} centre
     * @param {ReadonlyArray<number>} spread
     */
    constructor(X, y, clouds, centre, spread) {
      /** @type {Float64Array} */
      this.X = X;
      /** @type {Float64Array} */
      this.y = y;
      /** @type {ReadonlyArray<Cloud>} */
      this.clouds = clouds;
      /** @type {ReadonlyArray<number>} */
      this.centre = centre;
      /** @type {ReadonlyArray<number>} */
      this.spread = spread;
    }

    /**
     * Draw new points of the same mixture, cloud after cloud; then they are put in random order.
     * @param {number} n_samples a positive multiple of 4
     * @param {Playground.Generator} rng
     * @returns {LabelledPoints}
     */
    fresh(n_samples, rng) {
      if (!(n_samples > 0 && n_samples % 4 === 0)) {
        throw new RangeError(`n_samples must be a positive multiple of 4, got ${n_samples}`);
      }
      const raw = new Float64Array(2 * n_samples);
      const labels = new Float64Array(n_samples);
      let row = 0;
      for (const { label, share, mean, standard_deviation } of this.clouds) {
        for (const end = row + share * n_samples; row < end; row += 1) {
          labels[row] = label;
          raw[2 * row] = rng.normal(mean[0], standard_deviation[0]);
          raw[2 * row + 1] = rng.normal(mean[1], standard_deviation[1]);
        }
      }
      const order = rng.permutation(n_samples);
      const X = raw.map((_, i) => {
        const feature = i % 2;
        const value = raw[2 * order[Math.floor(i / 2)] + feature];
        return (value - this.centre[feature]) / this.spread[feature];
      });
      return { X, y: labels.map((_, i) => labels[order[i]]) };
    }
  };

  /**
   * Return the labels of a text of zeros and ones.
   * @param {string} text
   * @returns {Float64Array}
   */
  const labels_of = (text) => Float64Array.from(text, Number);

  /**
   * The 1000 points of the hard problem, which no straight line can part.
   * @param {string} scale_by what each centred feature is divided by: "variance", "standard
   *   deviation" or "nothing"
   * @returns {Playground.ToyPoints}
   */
  Playground.hard_points = (scale_by = "variance") => {
    const { X, y, centre, spread } = Playground.data.hard_points;
    /** @type {Record<string, number[]>} */
    const spreads = spread;
    const by = spreads[scale_by];
    const scaled = Playground.floats(X).map((value, i) => value / by[i % 2]);
    return new Playground.ToyPoints(scaled, labels_of(y), HARD_CLOUDS, centre, by);
  };

  /**
   * The 100 points of the small problem, few enough to be learned by heart.
   * @returns {Playground.ToyPoints}
   */
  Playground.small_points = () => {
    const { X, y, centre, spread } = Playground.data.small_points;
    const points = Playground.floats(X);
    return new Playground.ToyPoints(points, labels_of(y), SMALL_CLOUDS, centre, spread);
  };

  /**
   * Draw points of two spirals; call it again for fresh ones.
   *
   *     angle = 2 pi * turns * r + pi * label ,   x = r (cos angle, sin angle) + noise * N(0, 1)^2
   * @param {number} n_samples at least 2
   * @param {Playground.Generator} rng
   * @param {{turns?: number, noise?: number}} options
   * @returns {LabelledPoints}
   */
  Playground.spirals = (n_samples, rng, { turns = 1, noise = 0.05 } = {}) => {
    const y = Float64Array.from({ length: n_samples }, (_, i) => i % 2);
    const radius = y.map(() => rng.random());
    const X = new Float64Array(2 * n_samples);
    radius.forEach((r, i) => {
      const angle = 2 * Math.PI * turns * r + Math.PI * y[i];
      X[2 * i] = r * Math.cos(angle) + noise * rng.standard_normal();
      X[2 * i + 1] = r * Math.sin(angle) + noise * rng.standard_normal();
    });
    return { X, y };
  };

  /**
   * Return a copy of the labels in which a share of them is wrong.
   * @param {Float64Array} y
   * @param {number} share in [0, 1]
   * @param {Playground.Generator} rng
   * @returns {Float64Array}
   */
  Playground.flip_labels = (y, share, rng) => {
    if (!(share >= 0 && share <= 1)) {
      throw new RangeError(`share must be a number in [0, 1], got ${share}`);
    }
    const flipped = y.slice();
    for (const i of rng.permutation(y.length).slice(0, Math.floor(share * y.length + 0.5))) {
      flipped[i] = 1 - flipped[i];
    }
    return flipped;
  };
}
