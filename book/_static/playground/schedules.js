"use strict";

/*
 * Learning-rate decay: large steps first, small ones at the end (chapter 4).
 *
 * A schedule is a function from the epochs done, t, a number that grows with every step, to the
 * learning rate of the next step:
 *
 *     exponential: initial * (1 - decay)^t          step:    initial * factor^floor(t / k)
 *     1/t:         initial / (1 + t / half_time)    cosine:  initial / 2 * (1 + cos(pi t / T))
 *
 * The counter is always the *epoch*. With "epoch" the rate holds within an epoch, with "step" it
 * shrinks from step to step along the same curve.
 */

var Playground = Playground || {};

/** @typedef {(epochs_done: number) => number} Schedule */

{
  /**
   * Return the whole epochs done. A warm-up of 0.1 epochs makes 3.9999999999999996 of the fourth.
   * @param {number} epochs_done
   * @returns {number}
   */
  const whole_epochs = (epochs_done) => Math.floor(epochs_done + 1e-9);

  /**
   * Return the schedule initial * share(t), t being the whole epochs done, or all of them.
   * @param {string} every
   * @param {number} initial
   * @param {(t: number) => number} share
   * @returns {Schedule}
   */
  const counted = (every, initial, share) =>
    every === "epoch"
      ? (epochs_done) => initial * share(whole_epochs(epochs_done))
      : (epochs_done) => initial * share(epochs_done);

  /**
   * Return the same rate for ever.
   * @param {number} rate
   * @returns {Schedule}
   */
  Playground.constant = (rate) => () => rate;

  /**
   * initial * (1 - decay)^t: each epoch takes the share `decay` away.
   * @param {number} initial
   * @param {number} decay in [0, 1)
   * @param {string} every "epoch" or "step"
   * @returns {Schedule}
   */
  Playground.exponential_decay = (initial, decay, every = "epoch") =>
    counted(every, initial, (t) => (1 - decay) ** t);

  /**
   * initial * factor^floor(t / k): every k epochs the rate is cut.
   * @param {number} initial
   * @param {number} factor in [0, 1)
   * @param {number} every_epochs
   * @returns {Schedule}
   */
  Playground.step_decay = (initial, factor, every_epochs) =>
    counted("epoch", initial, (t) => factor ** Math.floor(t / every_epochs));

  /**
   * initial / (1 + t / half_time), which falls like 1/t.
   * @param {number} initial
   * @param {number} half_time epochs until the rate is half
   * @param {string} every "epoch" or "step"
   * @returns {Schedule}
   */
  Playground.inverse_time_decay = (initial, half_time, every = "epoch") =>
    counted(every, initial, (t) => 1 / (1 + t / half_time));

  /**
   * initial / 2 * (1 + cos(pi t / T)), which ends at 0 after T epochs.
   * @param {number} initial
   * @param {number} epochs
   * @param {string} every "epoch" or "step"
   * @returns {Schedule}
   */
  Playground.cosine_decay = (initial, epochs, every = "step") =>
    counted(every, initial, (t) => 0.5 * (1 + Math.cos(Math.PI * Math.min(t / epochs, 1))));

  /**
   * Rise linearly from 0 to the first rate, and then follow the schedule.
   * @param {Schedule} schedule
   * @param {number} epochs of the warm-up
   * @returns {Schedule}
   */
  Playground.warm_up = (schedule, epochs) => (epochs_done) =>
    epochs_done < epochs
      ? schedule(0) * (epochs_done / epochs)
      : schedule(epochs_done - epochs);
}
