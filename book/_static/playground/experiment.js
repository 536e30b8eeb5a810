"use strict";

/*
 * A run with all its knobs: the one thing that the page has to know.
 *
 *     const run = new Playground.Experiment({ seed: 7, momentum: "Momentum", l2: 0.01 });
 *     run.step();                                  // one mini-batch
 *     run.epoch();                                 // to the end of this epoch
 *     run.look();                                  // costs, accuracies, rate, gradient's length
 *     const map = new Playground.DecisionMap(100, 100, [-4, 4, -1.5, 1.5]);
 *     map.fill(run);                               // map.values: predictions, top row first
 *     run.histogram(50, -2, 2);                    // how many weights lie in each bin
 *     run.rewind();                                // back to the same start
 *     Playground.python(run.settings, 100);        // the same run with course_lib
 *
 * Settings that are left out are those of DEFAULTS, `run.settings` has all of them. A wrong one is
 * a RangeError that names it; other settings need a new Experiment({ ...run.settings, l2: 0 }).
 *
 * What is drawn, and in which order, is what the book's notebooks do. A generator of the seed draws
 * the initial weights and then, epoch by epoch, the order of the samples; one of [seed, 7] draws
 * the masks of dropout, one of [seed, 8] the labels to flip. So two runs of one seed and of one
 * shape have the same start, batches and masks. Training points don't depend on the seed, and
 * fresh points come from a generator of 1 000 000.
 */

var Playground = Playground || {};

/**
 * All knobs. Strengths and rates of 0 mean that a trick is off.
 * @typedef {object} Settings
 * @property {"hard_points" | "small_points" | "spirals" | "own"} data
 * @property {"variance" | "standard deviation" | "nothing"} scale_by of the hard points
 * @property {number} n_samples of the spirals
 * @property {number} turns of the spirals
 * @property {number} noise of the spirals
 * @property {ReadonlyArray<readonly [number, number, number]>} own points: x1, x2, label 0 or 1
 * @property {number} flipped the share of training labels that are wrong
 * @property {number} n_fresh points that are never trained on; own points have none
 * @property {ReadonlyArray<number>} hidden units of each hidden layer
 * @property {"relu" | "sigmoid" | "tanh"} activation
 * @property {"sigmoid_cross_entropy" | "sigmoid_quadratic" | "squared_error"} loss
 * @property {"normal" | "one_over_root_n" | "he" | "glorot" | "source"} start
 * @property {number} scale of the initial weights; for "source" their standard deviation
 * @property {number} bias_scale of the initial biases, which "source" draws like its weights
 * @property {number} seed
 * @property {boolean} shuffle whether each epoch has an order of its own
 * @property {number} batch_size
 * @property {number} learning_rate
 * @property {"constant" | "exponential_decay" | "step_decay" | "inverse_time_decay" |
 *   "cosine_decay"} schedule
 * @property {"epoch" | "step"} every whether the rate falls after each epoch or each step
 * @property {number} decay share of the rate that an epoch takes away (exponential_decay)
 * @property {number} factor of each cut (step_decay)
 * @property {number} every_epochs epochs between cuts (step_decay)
 * @property {number} half_time epochs until the rate is half (inverse_time_decay)
 * @property {number} epochs until the rate is 0 (cosine_decay)
 * @property {number} warm_up epochs in which the rate rises
 * @property {"none" | "Momentum" | "HeavyBall" | "Nesterov" | "Adam"} momentum
 * @property {number} beta of momentum, beta1 of Adam
 * @property {number} beta2 of Adam
 * @property {number} l2
 * @property {number} l1 by its subgradient
 * @property {number} proximal_l1 by its proximal step
 * @property {number} weight_decay decoupled
 * @property {number} dropout the share of hidden units dropped
 * @property {number} input_dropout the share of inputs dropped
 * @property {"example" | "batch"} one_mask_per
 */

/** @type {Readonly<Settings>} */
Playground.DEFAULTS = Object.freeze({
  data: "hard_points",
  scale_by: "variance",
  n_samples: 200,
  turns: 1,
  noise: 0.05,
  own: [],
  flipped: 0,
  n_fresh: 2000,
  hidden: [3, 4],
  activation: "relu",
  loss: "sigmoid_cross_entropy",
  start: "he",
  scale: 1,
  bias_scale: 0,
  seed: 7,
  shuffle: true,
  batch_size: 10,
  learning_rate: 0.1,
  schedule: "constant",
  every: "epoch",
  decay: 0.015,
  factor: 0.5,
  every_epochs: 30,
  half_time: 50,
  epochs: 100,
  warm_up: 0,
  momentum: "none",
  beta: 0.9,
  beta2: 0.999,
  l2: 0,
  l1: 0,
  proximal_l1: 0,
  weight_decay: 0,
  dropout: 0,
  input_dropout: 0,
  one_mask_per: "example",
});

/** The seeds that stand beside the run's own. */
Playground.SEEDS = Object.freeze({ masks: 7, flips: 8, spirals: 0, fresh: 1_000_000 });

/** A run of one network with some settings: its data, its parameters, its next step. */
Playground.Experiment = class Experiment {
  /** @param {Partial<Settings>} settings */
  constructor(settings = {}) {
    /** @type {Readonly<Settings>} */
    this.settings = Playground.checked({ ...Playground.DEFAULTS, ...settings });
    const { points, fresh } = Playground.points_of(this.settings);
    /**
     * The training points, flipped labels included.
     * @type {LabelledPoints}
     */
    this.points = points;
    /** @type {LabelledPoints | null} */
    this.fresh = fresh;
    /** @type {Playground.Training} */
    this.training = Playground.training_of(this.settings, points);
  }

  /**
   * Go back to the start: the same weights, and from there the same batches and masks.
   * @returns {void}
   */
  rewind() {
    this.training = Playground.training_of(this.settings, this.points);
  }

  /**
   * Take one step.
   * @returns {void}
   */
  step() {
    this.training.step();
  }

  /**
   * Take steps to the end of this epoch.
   * @returns {void}
   */
  epoch() {
    const { training } = this;
    do {
      training.step();
    } while (training.step_of_epoch > 0 && training.diverged === null);
  }

  /**
   * Return what the run looks like now. Costs are without a penalty; that stands beside them.
   * @returns {{epochs_done: number, steps_done: number, learning_rate: number,
   *   gradient_length: number, train: {cost: number, accuracy: number},
   *   fresh: {cost: number, accuracy: number} | null, penalty: number}}
   */
  look() {
    const { training, points, fresh } = this;
    const { network, parameters } = training;
    return {
      epochs_done: training.epochs_done,
      steps_done: training.steps_done,
      learning_rate: training.learning_rate,
      gradient_length: training.gradient_length,
      train: network.evaluate(parameters, points.X, points.y),
      fresh: fresh && network.evaluate(parameters, fresh.X, fresh.y),
      penalty: this.penalty(),
    };
  }

  /**
   * Return what the penalties add to the cost.
   * @returns {number}
   */
  penalty() {
    const { l2, l1, proximal_l1 } = this.settings;
    const { parameters } = this.training;
    const of_l1 = new Playground.L1(l1 + proximal_l1).cost(parameters);
    return new Playground.L2(l2).cost(parameters) + of_l1;
  }

  /**
   * Return how many weights lie in each of `n_bins` equal bins from `low` to `high`, the upper end
   * counted with the last one; weights beyond are in none.
   * @param {number} n_bins
   * @param {number} low
   * @param {number} high
   * @returns {Uint32Array}
   */
  histogram(n_bins, low, high) {
    const counts = new Uint32Array(n_bins);
    for (const w of this.training.parameters.weight_vector) {
      if (w >= low && w <= high) {
        const bin = Math.floor(((w - low) / (high - low)) * n_bins);
        counts[Math.min(bin, n_bins - 1)] += 1;
      }
    }
    return counts;
  }
};

/** What a network says of each point of a grid. */
Playground.DecisionMap = class DecisionMap {
  /**
   * @param {number} n_columns at least 2
   * @param {number} n_rows at least 2
   * @param {readonly [number, number, number, number]} extent left, right, bottom, top
   */
  constructor(n_columns, n_rows, extent) {
    const [left, right, bottom, top] = extent;
    /** @type {number} */
    this.n_columns = n_columns;
    /** @type {number} */
    this.n_rows = n_rows;
    /**
     * The grid's points, row by row from the top, each row from the left.
     * @type {Float64Array}
     */
    this.X = new Float64Array(2 * n_columns * n_rows);
    /** @type {Float64Array} */
    this.values = new Float64Array(n_columns * n_rows);
    for (let row = 0; row < n_rows; row += 1) {
      for (let column = 0; column < n_columns; column += 1) {
        const i = 2 * (row * n_columns + column);
        this.X[i] = left + ((right - left) * column) / (n_columns - 1);
        this.X[i + 1] = top + ((bottom - top) * row) / (n_rows - 1);
      }
    }
  }

  /**
   * Let the present network of a run say what it thinks of every point.
   * @param {Playground.Experiment} run
   * @returns {void}
   */
  fill(run) {
    run.training.network.predict(run.training.parameters, this.X, this.values);
  }
};

/**
 * The range of every number among the settings: [low, high], and whether an end is left out.
 * @type {Record<string, {low: number, high: number, open_low?: boolean, open_high?: boolean,
 *   whole?: boolean}>}
 */
Playground.RANGES = {
  n_samples: { low: 2, high: 10_000, whole: true },
  turns: { low: 0, high: 10, open_low: true },
  noise: { low: 0, high: 10 },
  flipped: { low: 0, high: 1 },
  n_fresh: { low: 4, high: 100_000, whole: true },
  scale: { low: 0, high: 1000 },
  bias_scale: { low: 0, high: 1000 },
  seed: { low: 0, high: 2 ** 32 - 1, whole: true },
  batch_size: { low: 1, high: 10_000, whole: true },
  learning_rate: { low: 0, high: 1e6, open_low: true },
  decay: { low: 0, high: 1, open_high: true },
  factor: { low: 0, high: 1, open_high: true },
  every_epochs: { low: 1, high: 1e6, whole: true },
  half_time: { low: 0, high: 1e6, open_low: true },
  epochs: { low: 0, high: 1e6, open_low: true },
  warm_up: { low: 0, high: 1e6 },
  beta: { low: 0, high: 1, open_high: true },
  beta2: { low: 0, high: 1, open_high: true },
  l2: { low: 0, high: 1e6 },
  l1: { low: 0, high: 1e6 },
  proximal_l1: { low: 0, high: 1e6 },
  weight_decay: { low: 0, high: 1e6 },
  dropout: { low: 0, high: 1, open_high: true },
  input_dropout: { low: 0, high: 1, open_high: true },
};

/**
 * The words that a setting may be.
 * @type {Record<string, ReadonlyArray<string>>}
 */
Playground.CHOICES = {
  data: ["hard_points", "small_points", "spirals", "own"],
  scale_by: ["variance", "standard deviation", "nothing"],
  activation: ["relu", "sigmoid", "tanh"],
  loss: ["sigmoid_cross_entropy", "sigmoid_quadratic", "squared_error"],
  start: ["normal", "one_over_root_n", "he", "glorot", "source"],
  schedule: [
    "constant",
    "exponential_decay",
    "step_decay",
    "inverse_time_decay",
    "cosine_decay",
  ],
  every: ["epoch", "step"],
  momentum: ["none", "Momentum", "HeavyBall", "Nesterov", "Adam"],
  one_mask_per: ["example", "batch"],
};

/**
 * Return the settings if all of them are in their range, or say which one is not.
 * @param {Settings} settings
 * @returns {Readonly<Settings>}
 */
Playground.checked = (settings) => {
  for (const [name, value] of Object.entries(settings)) {
    const range = Playground.RANGES[name];
    const choices = Playground.CHOICES[name];
    if (range) {
      const { low, high, open_low = false, open_high = false, whole = false } = range;
      const inside =
        typeof value === "number" &&
        (open_low ? value > low : value >= low) &&
        (open_high ? value < high : value <= high);
      if (!inside || (whole && !Number.isInteger(value))) {
        const ends = `${open_low ? "(" : "["}${low}, ${high}${open_high ? ")" : "]"}`;
        const kind = whole ? "a whole number" : "a number";
        throw new RangeError(`${name} must be ${kind} in ${ends}, got ${value}`);
      }
    } else if (choices && !choices.includes(String(value))) {
      throw new RangeError(`${name} must be one of ${choices.join(", ")}, got ${value}`);
    } else if (!(name in Playground.DEFAULTS)) {
      throw new RangeError(`${name} is no setting`);
    }
  }
  if (typeof settings.shuffle !== "boolean") {
    throw new RangeError(`shuffle must be true or false, got ${settings.shuffle}`);
  }
  if (settings.n_fresh % 4 !== 0) {
    throw new RangeError(`n_fresh must be a multiple of 4, got ${settings.n_fresh}`);
  }
  for (const [x1, x2, label] of settings.own) {
    if (!Number.isFinite(x1) || !Number.isFinite(x2) || (label !== 0 && label !== 1)) {
      throw new RangeError(`own must hold [x1, x2, label 0 or 1], got ${[x1, x2, label]}`);
    }
  }
  if (!settings.hidden.every((n) => Number.isInteger(n) && n >= 1 && n <= 1000)) {
    throw new RangeError(`hidden must be whole numbers in [1, 1000], got ${settings.hidden}`);
  }
  return Object.freeze(settings);
};

/**
 * Return the training points, flipped labels included, and the fresh ones.
 * @param {Readonly<Settings>} settings
 * @returns {{points: LabelledPoints, fresh: LabelledPoints | null}}
 */
Playground.points_of = (settings) => {
  const { data, n_samples, turns, noise, n_fresh, own, flipped, seed } = settings;
  const fresh_rng = Playground.default_rng(Playground.SEEDS.fresh);
  let points;
  let fresh = null;
  if (data === "own") {
    if (own.length === 0) {
      throw new RangeError("own must have at least one point");
    }
    points = {
      X: Float64Array.from(own.flatMap(([x1, x2]) => [x1, x2])),
      y: Float64Array.from(own, ([, , label]) => label),
    };
  } else if (data === "spirals") {
    const rng = Playground.default_rng(Playground.SEEDS.spirals);
    points = Playground.spirals(n_samples, rng, { turns, noise });
    fresh = Playground.spirals(n_fresh, fresh_rng, { turns, noise });
  } else {
    const { hard_points, small_points } = Playground;
    const toy = data === "hard_points" ? hard_points(settings.scale_by) : small_points();
    points = toy;
    fresh = toy.fresh(n_fresh, fresh_rng);
  }
  const { X } = points;
  const flips = Playground.default_rng([seed, Playground.SEEDS.flips]);
  const y = flipped > 0 ? Playground.flip_labels(points.y, flipped, flips) : points.y;
  return { points: { X, y }, fresh };
};

/**
 * Return the schedule of the learning rate.
 * @param {Readonly<Settings>} settings
 * @returns {Schedule}
 */
Playground.schedule_of = (settings) => {
  const { learning_rate, schedule, every, warm_up } = settings;
  const { decay, factor, every_epochs, half_time, epochs } = settings;
  const P = Playground;
  const kinds = {
    constant: () => P.constant(learning_rate),
    exponential_decay: () => P.exponential_decay(learning_rate, decay, every),
    step_decay: () => P.step_decay(learning_rate, factor, every_epochs),
    inverse_time_decay: () => P.inverse_time_decay(learning_rate, half_time, every),
    cosine_decay: () => P.cosine_decay(learning_rate, epochs, every),
  };
  const after = kinds[schedule]();
  return warm_up > 0 ? P.warm_up(after, warm_up) : after;
};

/**
 * Return the rules in their order: penalties enter the velocity, the decay does not.
 * @param {Readonly<Settings>} settings
 * @returns {Rule[]}
 */
Playground.rules_of = (settings) => {
  const { l2, l1, momentum, beta, beta2, proximal_l1, weight_decay } = settings;
  const P = Playground;
  /** @type {Rule[]} */
  const rules = [];
  if (l2 > 0) {
    rules.push(new P.L2(l2));
  }
  if (l1 > 0) {
    rules.push(new P.L1(l1));
  }
  if (momentum === "Adam") {
    rules.push(new P.Adam(beta, beta2));
  } else if (momentum !== "none") {
    const kinds = { Momentum: P.Momentum, HeavyBall: P.HeavyBall, Nesterov: P.Nesterov };
    rules.push(new kinds[momentum](beta));
  }
  if (proximal_l1 > 0) {
    rules.push(new P.ProximalL1(proximal_l1));
  }
  if (weight_decay > 0) {
    rules.push(new P.WeightDecay(weight_decay));
  }
  return rules;
};

/**
 * Return a run at its start.
 * @param {Readonly<Settings>} settings
 * @param {LabelledPoints} points
 * @returns {Playground.Training}
 */
Playground.training_of = (settings, points) => {
  const { hidden, activation, loss, start, scale, bias_scale, seed, batch_size } = settings;
  const { dropout, input_dropout, one_mask_per, shuffle } = settings;
  const sizes = [2, ...hidden, 1];
  const rng = Playground.default_rng(seed);
  const parameters =
    start === "source"
      ? Playground.source_initial_parameters(sizes, seed, scale)
      : Playground.initial_parameters(sizes, rng, start, { scale, bias_scale });
  const rates = [input_dropout, ...hidden.map(() => dropout)];
  const masks = Playground.default_rng([seed, Playground.SEEDS.masks]);
  const network = rates.some((rate) => rate > 0)
    ? new Playground.DropoutNetwork(sizes, rates, masks, activation, loss, one_mask_per)
    : new Playground.Network(sizes, activation, loss);
  return new Playground.Training(network, parameters, points.X, points.y, {
    batch_size,
    learning_rate: Playground.schedule_of(settings),
    rng: shuffle ? rng : null,
    rules: Playground.rules_of(settings),
  });
};
