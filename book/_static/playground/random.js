"use strict";

/*
 * numpy's random numbers: the same seed gives the same draws here and in a notebook.
 *
 * A seed passes three stages. `SeedSequence` stirs its words until every bit of it counts
 * everywhere. `PCG64` takes what comes out as the start of its 128 bits, and steps from state to
 * state,
 *
 *     state <- state * multiplier + increment  (mod 2^128);
 *
 * each state gives 64 random bits. `Generator` makes numbers of the bits: uniform, normal, or the
 * places of a shuffle. Uniform numbers and orders are equal to numpy's to the last bit. A normal
 * number of the tail passes through a logarithm, whose last bit is the browser's own.
 *
 * JavaScript's numbers hold 53 bits and its bit operations 32, so that 128 bits are four words.
 *
 * References: O'Neill (2014), "PCG", for the generator and its seeding; O'Neill (2015), "Developing
 * a seed_seq alternative", for the stirring; Marsaglia and Tsang (2000) for the ziggurat. Which
 * of their variants, and in which order the bits are used: numpy 2, `numpy/random`.
 */

var Playground = Playground || {};
{
  const TWO_TO_16 = 0x10000;
  const TWO_TO_32 = 0x100000000;

  /**
   * A seed as numpy takes it: a whole number of at least 0, or several. Above 2^53 - 1 as a bigint.
   * @typedef {number | bigint | ReadonlyArray<number | bigint>} Seed
   */

  /**
   * Return the 32-bit words of a seed, lowest first; several numbers give theirs one by one.
   * @param {Seed} seed
   * @returns {number[]}
   */
  const words_of = (seed) => {
    if (typeof seed === "object") {
      return seed.flatMap(words_of);
    }
    if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
      throw new RangeError(`seed must be a whole number below 2**53 or a bigint, got ${seed}`);
    }
    if (seed < 0) {
      throw new RangeError(`seed must be at least 0, got ${seed}`);
    }
    const words = [];
    let rest = BigInt(seed);
    do {
      words.push(Number(rest & 0xffffffffn));
      rest >>= 32n;
    } while (rest > 0n);
    return words;
  };

  /** Stirs a seed into as many random words as are asked for, and gives seeds to its children. */
  Playground.SeedSequence = class SeedSequence {
    /**
     * @param {Seed} entropy the seed
     * @param {ReadonlyArray<number>} spawn_key which child of which child this is
     */
    constructor(entropy, spawn_key = []) {
      /** @type {Seed} */
      this.entropy = entropy;
      /** @type {ReadonlyArray<number>} */
      this.spawn_key = spawn_key;
      /** @type {number} */
      this.n_children_spawned = 0;
      const words = words_of(entropy);
      if (spawn_key.length > 0) {
        while (words.length < 4) {
          words.push(0); // so that no seed is taken for another one's child
        }
        words.push(...spawn_key.flatMap(words_of));
      }
      /** @type {Uint32Array} */
      this.pool = SeedSequence.stirred(words);
    }

    /**
     * Return four words in which every bit of the given ones counts everywhere.
     * @param {number[]} words
     * @returns {Uint32Array}
     */
    static stirred(words) {
      const pool = new Uint32Array(4);
      let constant = 0x43b0d7e5;
      /** @param {number} value */
      const hashed = (value) => {
        value ^= constant;
        constant = Math.imul(constant, 0x931e8875);
        value = Math.imul(value, constant);
        return value ^ (value >>> 16);
      };
      /**
       * @param {number} x
       * @param {number} y
       */
      const mixed = (x, y) => {
        const value = Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y);
        return value ^ (value >>> 16);
      };
      for (let k = 0; k < 4; k += 1) {
        pool[k] = hashed(words[k] ?? 0);
      }
      for (let from = 0; from < 4; from += 1) {
        for (let to = 0; to < 4; to += 1) {
          if (from !== to) {
            pool[to] = mixed(pool[to], hashed(pool[from]));
          }
        }
      }
      for (const word of words.slice(4)) {
        for (let to = 0; to < 4; to += 1) {
          pool[to] = mixed(pool[to], hashed(word));
        }
      }
      return pool;
    }

    /**
     * Return `n_words` random words of 32 bits.
     * @param {number} n_words
     * @returns {Uint32Array}
     */
    generate_state(n_words) {
      const state = new Uint32Array(n_words);
      let constant = 0x8b51f9dd;
      for (let k = 0; k < n_words; k += 1) {
        let value = this.pool[k % 4] ^ constant;
        constant = Math.imul(constant, 0x58f38ded);
        value = Math.imul(value, constant);
        state[k] = value ^ (value >>> 16);
      }
      return state;
    }

    /**
     * Return the seeds of `n_children` further generators, each independent of all others.
     * @param {number} n_children
     * @returns {SeedSequence[]}
     */
    spawn(n_children) {
      const children = [];
      for (let k = 0; k < n_children; k += 1) {
        const key = [...this.spawn_key, this.n_children_spawned];
        children.push(new SeedSequence(this.entropy, key));
        this.n_children_spawned += 1;
      }
      return children;
    }
  };

  // The multiplier, lowest word first, each also in halves of 16 bits.
  const MULTIPLIER = [0x9fccf645, 0x4385df64, 0x1fc65da4, 0x2360ed05];
  const LOW_HALF = MULTIPLIER.map((word) => word % TWO_TO_16);
  const HIGH_HALF = MULTIPLIER.map((word) => Math.floor(word / TWO_TO_16));

  /**
   * Return the upper 32 of the 64 bits of a * MULTIPLIER[k]. No part of the sum exceeds 2^53.
   * @param {number} a
   * @param {number} k
   * @returns {number}
   */
  const upper_word = (a, k) => {
    const high = a * HIGH_HALF[k]; // counts 2^16 times
    const upper = Math.floor(high / TWO_TO_16);
    const rest = (high - upper * TWO_TO_16) * TWO_TO_16 + a * LOW_HALF[k];
    return upper + Math.floor(rest / TWO_TO_32);
  };

  /** 128 bits of state, four words with the lowest first; each step gives 64 random bits. */
  Playground.PCG64 = class PCG64 {
    /** @param {Playground.SeedSequence} seed_seq */
    constructor(seed_seq) {
      /** @type {Playground.SeedSequence} */
      this.seed_seq = seed_seq;
      // Words of 64 bits, the upper one first: of the initial state, then of the increment.
      const [s2, s3, s0, s1, i2, i3, i0, i1] = seed_seq.generate_state(8);
      // The increment is odd: twice what was drawn, and 1.
      /** @type {number} */
      this.i0 = ((i0 << 1) | 1) >>> 0;
      /** @type {number} */
      this.i1 = ((i1 << 1) | (i0 >>> 31)) >>> 0;
      /** @type {number} */
      this.i2 = ((i2 << 1) | (i1 >>> 31)) >>> 0;
      /** @type {number} */
      this.i3 = ((i3 << 1) | (i2 >>> 31)) >>> 0;
      /** @type {number} */
      this.s0 = 0;
      /** @type {number} */
      this.s1 = 0;
      /** @type {number} */
      this.s2 = 0;
      /** @type {number} */
      this.s3 = 0;
      /**
       * The upper word of the last 64 bits.
       * @type {number}
       */
      this.upper = 0;
      /**
       * The lower word of the last 64 bits.
       * @type {number}
       */
      this.lower = 0;
      /** @type {number} */
      this.kept = -1; // half of 64 bits, when only 32 were asked for
      this.next64(); // from 0 to the increment
      this.add(s0, s1, s2, s3);
      this.next64();
    }

    /**
     * Add to the state, mod 2^128.
     * @param {number} a0
     * @param {number} a1
     * @param {number} a2
     * @param {number} a3
     * @returns {void}
     */
    add(a0, a1, a2, a3) {
      let sum = this.s0 + a0;
      this.s0 = sum >>> 0;
      sum = this.s1 + a1 + (sum >= TWO_TO_32 ? 1 : 0);
      this.s1 = sum >>> 0;
      sum = this.s2 + a2 + (sum >= TWO_TO_32 ? 1 : 0);
      this.s2 = sum >>> 0;
      this.s3 = (this.s3 + a3 + (sum >= TWO_TO_32 ? 1 : 0)) >>> 0;
    }

    /**
     * Step, and leave 64 random bits in `upper` and `lower`.
     * @returns {void}
     */
    next64() {
      const { s0, s1, s2, s3 } = this;
      const [m0, m1, m2, m3] = MULTIPLIER;
      // state * multiplier as in school, column by column; what is above 2^128 is left out.
      const column0 = (Math.imul(s0, m0) >>> 0) + this.i0;
      const column1 =
        upper_word(s0, 0) + (Math.imul(s0, m1) >>> 0) + (Math.imul(s1, m0) >>> 0) + this.i1 +
        (column0 >= TWO_TO_32 ? 1 : 0);
      const column2 =
        upper_word(s0, 1) + upper_word(s1, 0) + (Math.imul(s0, m2) >>> 0) +
        (Math.imul(s1, m1) >>> 0) + (Math.imul(s2, m0) >>> 0) + this.i2 +
        Math.floor(column1 / TWO_TO_32);
      const column3 =
        upper_word(s0, 2) + upper_word(s1, 1) + upper_word(s2, 0) + (Math.imul(s0, m3) >>> 0) +
        (Math.imul(s1, m2) >>> 0) + (Math.imul(s2, m1) >>> 0) + (Math.imul(s3, m0) >>> 0) +
        this.i3 + Math.floor(column2 / TWO_TO_32);
      this.s0 = column0 >>> 0;
      this.s1 = column1 >>> 0;
      this.s2 = column2 >>> 0;
      this.s3 = column3 >>> 0;
      // The two halves of the state on top of each other, turned by its 6 highest bits.
      let low = this.s2 ^ this.s0;
      let high = this.s3 ^ this.s1;
      const turn = this.s3 >>> 26;
      if (turn >= 32) {
        [low, high] = [high, low];
      }
      const by = turn % 32;
      if (by > 0) {
        [low, high] = [(low >>> by) | (high << (32 - by)), (high >>> by) | (low << (32 - by))];
      }
      this.lower = low >>> 0;
      this.upper = high >>> 0;
    }

    /**
     * Return 32 random bits: the lower half of 64, and the next time the upper half.
     * @returns {number}
     */
    next32() {
      if (this.kept >= 0) {
        const kept = this.kept;
        this.kept = -1;
        return kept;
      }
      this.next64();
      this.kept = this.upper;
      return this.lower;
    }
  };

  // The layers of the ziggurat under the bell curve, as numpy stores them.
  const ziggurat = {
    tail: 3.6541528853610088,
    one_over_tail: 0.27366123732975828,
    widths: Playground.floats(Playground.data.ziggurat.widths),
    inside: Playground.floats(Playground.data.ziggurat.inside),
    heights: Playground.floats(Playground.data.ziggurat.heights),
  };

  /** Random numbers of several kinds, from one stream of bits. */
  Playground.Generator = class Generator {
    /** @param {Playground.PCG64} bit_generator */
    constructor(bit_generator) {
      /** @type {Playground.PCG64} */
      this.bit_generator = bit_generator;
    }

    /**
     * Return a number in [0, 1): 53 bits, as a multiple of 2^-53.
     * @returns {number}
     */
    random() {
      const bits = this.bit_generator;
      bits.next64();
      return (bits.upper * 0x200000 + (bits.lower >>> 11)) / 0x20000000000000;
    }

    /**
     * Return a number of N(0, 1), by the ziggurat: the bell curve is covered by 256 layers of one
     * area. Choose a layer and a place in it; nearly always that is below the curve.
     * @returns {number}
     */
    standard_normal() {
      const bits = this.bit_generator;
      const { widths, inside, heights, tail, one_over_tail } = ziggurat;
      for (;;) {
        bits.next64();
        const layer = bits.lower & 0xff;
        const sign = (bits.lower & 0x100) === 0 ? 1 : -1;
        const sign_in_tail = (bits.lower & 0x20000) === 0 ? 1 : -1;
        const place = (bits.upper & 0x1fffffff) * 0x800000 + (bits.lower >>> 9); // 52 bits
        const x = sign * place * widths[layer];
        if (place < inside[layer]) {
          return x;
        }
        if (layer === 0) {
          // The lowest layer has the tail, beyond `tail`: Marsaglia (1964).
          for (;;) {
            const beyond = -one_over_tail * Math.log1p(-this.random());
            const y = -Math.log1p(-this.random());
            if (y + y > beyond * beyond) {
              return sign_in_tail * (tail + beyond);
            }
          }
        }
        const height = (heights[layer - 1] - heights[layer]) * this.random() + heights[layer];
        if (height < Math.exp(-0.5 * x * x)) {
          return x;
        }
      }
    }

    /**
     * Return a number of N(mean, standard_deviation^2).
     * @param {number} mean
     * @param {number} standard_deviation
     * @returns {number}
     */
    normal(mean, standard_deviation) {
      return mean + standard_deviation * this.standard_normal();
    }

    /**
     * Return a whole number from 0 to `highest`, which is below 2^31: take as many bits as it has,
     * again and again until they don't exceed it.
     * @param {number} highest
     * @returns {number}
     */
    interval(highest) {
      if (highest === 0) {
        return 0;
      }
      const mask = 0xffffffff >>> Math.clz32(highest);
      let value;
      do {
        value = this.bit_generator.next32() & mask;
      } while (value > highest);
      return value;
    }

    /**
     * Put the items in a random order, in place: from the end, each changes places with one of
     * those up to it, itself among them.
     * @param {{[index: number]: number, readonly length: number}} items
     * @returns {void}
     */
    shuffle(items) {
      for (let i = items.length - 1; i > 0; i -= 1) {
        const j = this.interval(i);
        const kept = items[i];
        items[i] = items[j];
        items[j] = kept;
      }
    }

    /**
     * Return the numbers from 0 to n - 1 in a random order.
     * @param {number} n
     * @returns {Uint32Array}
     */
    permutation(n) {
      const order = Uint32Array.from({ length: n }, (_, i) => i);
      this.shuffle(order);
      return order;
    }

    /**
     * Return `n_children` further generators, each independent of all others.
     * @param {number} n_children
     * @returns {Generator[]}
     */
    spawn(n_children) {
      return this.bit_generator.seed_seq
        .spawn(n_children)
        .map((seed_seq) => new Generator(new Playground.PCG64(seed_seq)));
    }
  };

  /**
   * Return the generator of a seed.
   * @param {Seed} seed
   * @returns {Playground.Generator}
   */
  Playground.default_rng = (seed) =>
    new Playground.Generator(new Playground.PCG64(new Playground.SeedSequence(seed)));
}
