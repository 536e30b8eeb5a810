"use strict";

/*
 * What the network is judged by: an output and its loss in one piece (chapter 1).
 *
 * Both are functions of the last weighted sum z (the *logit*) and the target y of one sample; the
 * cost is the mean over the samples. For the matching pairs the derivative by z is prediction minus
 * target,
 *
 *     dC/dz = p - y .
 */

var Playground = Playground || {};

/**
 * An output with its loss, for one sample.
 * @typedef {object} Loss
 * @property {(z: number, y: number) => number} cost
 * @property {(z: number, y: number) => number} delta the derivative of the cost by z
 * @property {(z: number) => number} prediction
 * @property {boolean} classifies whether there is a right answer, yes where z > 0
 */

/**
 * Return 1 / (1 + e^-z), as (1 + tanh(z/2)) / 2, which never overflows.
 * @param {number} z
 * @returns {number}
 */
Playground.sigmoid = (z) => 0.5 + 0.5 * Math.tanh(0.5 * z);

/** @type {Record<string, Loss>} */
Playground.LOSSES = {
  // C = -y ln p - (1 - y) ln(1 - p) = ln(1 + e^z) - y z
  sigmoid_cross_entropy: {
    cost: (z, y) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y * z,
    delta: (z, y) => Playground.sigmoid(z) - y,
    prediction: (z) => Playground.sigmoid(z),
    classifies: true,
  },
  // C = (p - y)^2 / 2, and dC/dz = (p - y) p (1 - p): where p is near 0 or 1, learning stands still
  sigmoid_quadratic: {
    cost: (z, y) => 0.5 * (Playground.sigmoid(z) - y) ** 2,
    delta: (z, y) => {
      const p = Playground.sigmoid(z);
      return (p - y) * p * (1 - p);
    },
    prediction: (z) => Playground.sigmoid(z),
    classifies: true,
  },
  // C = (z - y)^2 / 2: regression, the weighted sum itself is the output
  squared_error: {
    cost: (z, y) => 0.5 * (z - y) ** 2,
    delta: (z, y) => z - y,
    prediction: (z) => z,
    classifies: false,
  },
};
