"use strict";

/*
 * The lines of Python that make the same run with `course_lib`: what a reader can paste into a
 * notebook. They name only what differs from the package's defaults, or is in use.
 */

var Playground = Playground || {};

/**
 * Return a number, a text, or a list of them as Python writes it.
 * @param {number | string | boolean | ReadonlyArray<any>} value
 * @returns {string}
 */
Playground.python_value = (value) => {
  if (typeof value === "object") {
    return `[${value.map(Playground.python_value).join(", ")}]`;
  }
  if (typeof value === "boolean") {
    return value ? "True" : "False";
  }
  return typeof value === "string" ? `"${value}"` : String(value);
};

/**
 * Return the Python lines of a run of so many epochs.
 * @param {Partial<Settings>} settings
 * @param {number} epochs
 * @returns {string}
 */
Playground.python = (settings, epochs) => {
  const all = Playground.checked({ ...Playground.DEFAULTS, ...settings });
  const value = Playground.python_value;
  /** @type {Map<string, Set<string>>} */
  const imports = new Map();
  /**
   * Import a name, and return it.
   * @param {string} module
   * @param {string} name
   */
  const from = (module, name) => {
    imports.set(module, (imports.get(module) ?? new Set()).add(name));
    return name;
  };
  /** @param {...(number | number[])} seed */
  const rng = (...seed) => `np.random.default_rng(${seed.map(value).join(", ")})`;
  const { SEEDS } = Playground;

  const lines = [];
  let fresh = true;
  if (all.data === "own") {
    fresh = false;
    const rows = all.own.map((row) => `    ${value(row)},`);
    lines.push("points = np.array([", ...rows, "], dtype=float)");
    lines.push("X, y = points[:, :2].copy(), points[:, 2].astype(int)");
  } else if (all.data === "spirals") {
    const call = from("datasets.spirals", "spirals");
    const shape = `turns=${all.turns}, noise=${all.noise}`;
    lines.push(`X, y = ${call}(${all.n_samples}, ${rng(SEEDS.spirals)}, ${shape})`);
    lines.push(`fresh = ${call}(${all.n_fresh}, ${rng(SEEDS.fresh)}, ${shape})`);
  } else {
    const scale = all.data === "hard_points" ? value(all.scale_by) : "";
    lines.push(`points = ${from("datasets", all.data)}(${scale})`, "X, y = points.X, points.y");
    lines.push(`fresh = points.fresh(${all.n_fresh}, ${rng(SEEDS.fresh)})`);
  }
  if (all.flipped > 0) {
    const flips = rng([all.seed, SEEDS.flips]);
    lines.push(`y = ${from("datasets.spirals", "flip_labels")}(y, ${all.flipped}, ${flips})`);
  }

  lines.push("", `sizes = ${value([2, ...all.hidden, 1])}`, `rng = ${rng(all.seed)}`);
  if (all.start === "source") {
    const call = from("sources.numpy_network", "source_initial_parameters");
    lines.push(`parameters = ${call}(sizes, seed=${all.seed}, scale=${all.scale})`);
  } else {
    const call = from("parameters", "initial_parameters");
    const scales = `scale=${all.scale}, bias_scale=${all.bias_scale}`;
    lines.push(`parameters = ${call}(sizes, rng, ${value(all.start)}, ${scales})`);
  }
  const form = `activation=${value(all.activation)}, loss=${value(all.loss)}`;
  if (all.dropout > 0 || all.input_dropout > 0) {
    const rates = value([all.input_dropout, ...all.hidden.map(() => all.dropout)]);
    const masks = rng([all.seed, SEEDS.masks]);
    lines.push(
      `network = ${from("dropout", "DropoutNetwork")}(`,
      `    sizes, ${rates}, ${masks},`,
      `    ${form}, one_mask_per=${value(all.one_mask_per)},`,
      ")",
    );
  } else {
    lines.push(`network = ${from("network", "Network")}(sizes, ${form})`);
  }

  const every = `every=${value(all.every)}`;
  const kinds = {
    constant: "",
    exponential_decay: `${all.decay}, ${every}`,
    step_decay: `${all.factor}, ${all.every_epochs}`,
    inverse_time_decay: `${all.half_time}, ${every}`,
    cosine_decay: `${all.epochs}, ${every}`,
  };
  let rate = value(all.learning_rate);
  if (all.schedule !== "constant") {
    rate = `${from("schedules", all.schedule)}(${rate}, ${kinds[all.schedule]})`;
  }
  if (all.warm_up > 0) {
    rate = `${from("schedules", "warm_up")}(${rate}, ${all.warm_up})`;
  }

  const rules = [];
  if (all.l2 > 0) {
    rules.push(`${from("penalties", "L2")}(${all.l2})`);
  }
  if (all.l1 > 0) {
    rules.push(`${from("penalties", "L1")}(${all.l1})`);
  }
  if (all.momentum === "Adam") {
    rules.push(`${from("weight_decay", "Adam")}(${all.beta}, ${all.beta2})`);
  } else if (all.momentum !== "none") {
    rules.push(`${from("momentum", all.momentum)}(${all.beta})`);
  }
  if (all.proximal_l1 > 0) {
    rules.push(`${from("penalties", "ProximalL1")}(${all.proximal_l1})`);
  }
  if (all.weight_decay > 0) {
    rules.push(`${from("weight_decay", "WeightDecay")}(${all.weight_decay})`);
  }

  lines.push(
    "",
    `history = ${from("training", "train")}(`,
    "    network, parameters, X, y,",
    `    epochs=${epochs}, batch_size=${all.batch_size}, rng=${all.shuffle ? "rng" : "None"},`,
    `    learning_rate=${rate},`,
    `    rules=[${rules.join(", ")}],${fresh ? " held_out=fresh," : ""}`,
    ")",
  );
  const modules = [...imports.keys()].sort().map((module) => {
    const names = [...(imports.get(module) ?? [])].sort();
    return `from course_lib.${module} import ${names.join(", ")}`;
  });
  return ["import numpy as np", "", ...modules, "", ...lines, ""].join("\n");
};
