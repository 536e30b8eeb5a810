// Finds the pages that answer a question. It knows no page and no window: `courseSearch.prepare`
// takes the index, MiniSearch and a stemmer, and returns a function from a question to pages.
// courseSearch works in a browser and in node alike.
globalThis.courseSearch = (() => {
  "use strict";

  const GREEK = {
    α: "alpha", β: "beta", γ: "gamma", δ: "delta", ε: "epsilon", η: "eta", θ: "theta", κ: "kappa",
    λ: "lambda", μ: "mu", π: "pi", ρ: "rho", σ: "sigma", τ: "tau", φ: "phi", ω: "omega", "∇": "nabla",
  };
  // Words that say that it is a question, and not what it is about.
  const EMPTY = new Set(
    ("a about am an and any are as at be been but by can could did do does for from get gets give had has " +
      "have how i if in into is it its me mean means my near of on one or our shall should so some such than " +
      "that the their them then there these they this to use was we were what when where whether " +
      "which who why will with would you your s t don doesn isn won")
      .split(" "),
  );
  // Other words for the same thing: those that students bring along, and those that the book uses.
  // A word of a line finds the others, too, for less. Two words are a phrase.
  const SAME = [
    ["loss", "cost"],
    ["go up", "rise", "climb", "increase", "grow", "explode"],
    ["goes up", "rise", "climb", "increase", "grow", "explode"],
    ["go down", "fall", "decrease"],
    ["nan", "inf", "diverge", "DivergenceError"],
    ["imbalanced", "unbalanced", "rare"],
    ["initialize", "initialization", "initialise", "initial", "start"],
    ["regularize", "regularise", "regularization", "regularisation", "penalty"],
    ["normalize", "normalise", "normalization", "normalisation", "standardize", "scale"],
    ["overfit", "overfitting", "memorise"],
    ["test", "held-out", "unseen", "fresh"],
    ["validation", "held-out"],
    ["learning rate", "eta", "rate"],
    ["lr", "rate", "eta"],
    ["minibatch", "batch"],
    ["computer", "machine", "processor"],
    ["different", "differ", "other"],
    ["keep", "survivors", "kept"],
    ["backprop", "backpropagation", "backward"],
    ["optimizer", "optimiser", "rule"],
    ["neuron", "unit"],
    ["epoch", "epochs"],
    ["install", "environment"],
    ["warmup", "warm-up"],
    ["homework", "problem set"],
    ["assignment", "problem set"],
    ["submit", "hand in"],
  ];
  // What a word counts by where it stands, and what the words beside it change.
  const WEIGHTS = {
    fields: { heading: 2, title: 1, text: 1, bold: 1, topics: 2, code: 0.4 },
    same: 0.7, // a word of the same meaning
    prefix: 0.4, // only begun
    fuzzy: 0.3, // mistyped
    covered: 1, // the power of the share of the question's words that a place has
    pairs: 0.5, // words that follow each other in the question do so in the text
    exact: 0.5, // the heading is the question, neither more nor less
    beside: 0.3, // other sections of a page that answer, too
    kinds: { Lesson: 1, Start: 1, Reference: 0.8, Evidence: 0.6, Problem: 0.7, For: 0.6, Glossary: 0.6, Functions: 0.5 },
  };

  // The words of a text. `weight_decay` and `ProximalL1` count as a whole and in their parts.
  const split = (text) => {
    const plain = text.normalize("NFKC").replace(/[α-ω∇]/g, (sign) => ` ${GREEK[sign] || sign} `);
    const found = [];
    for (const [word] of plain.matchAll(/[\p{L}\p{N}]+(?:[._'’][\p{L}\p{N}]+)*/gu)) {
      const whole = word.replace(/['’].*$/, "");
      found.push(whole.toLowerCase());
      const parts = whole.match(/\p{Lu}+(?!\p{Ll})\p{N}*|\p{Lu}?\p{Ll}+|\p{N}+(?:\.\p{N}+)?|\p{L}+/gu) || [];
      if (parts.length > 1 && !/^\p{N}/u.test(whole)) {
        parts.forEach((part) => found.push(part.toLowerCase()));
      }
    }
    return found;
  };

  const prepare = (index, MiniSearch, Stemmer, weights = WEIGHTS) => {
    const stemmer = new Stemmer();
    const stems = new Map();
    const stem = (word) => {
      if (!stems.has(word)) stems.set(word, /^[a-z]{3,}$/.test(word) ? stemmer.stemWord(word) : word);
      return stems.get(word);
    };
    const words = (text) => split(text).map(stem);

    const same = new Map();
    const phrases = [];
    SAME.forEach((line) => {
      line.forEach((one) => {
        const key = words(one).join(" ");
        const others = line.filter((other) => other !== one).flatMap(words);
        same.set(key, [...new Set([...(same.get(key) || []), ...others])]);
        if (key.includes(" ")) phrases.push(key);
      });
    });

    const mini = new MiniSearch({
      fields: Object.keys(weights.fields),
      tokenize: words,
      processTerm: (term) => term,
    });
    const { pages, entries } = index;
    const ready = mini.addAllAsync(
      entries.map(([page, anchor, heading, text, bold, code], id) => {
        const [, title, , topics] = pages[page];
        return { id, heading, title, text, bold, code, topics: anchor ? "" : topics };
      }),
      { chunkSize: 100 },
    );
    const headings = entries.map(([, , heading]) => new Set(words(heading)));
    const lines = []; // of each entry all words in their order, made when they are asked for
    const line = (id) => (lines[id] ??= ` ${words(entries[id].slice(2, 4).join(" ")).join(" ")} `);

    // The words that a question is about; `means` tells of each word and of each of the same meaning
    // which of the words of the question it stands for.
    const read = (question) => {
      const all = split(question);
      const telling = all.filter((word) => !EMPTY.has(word));
      const asked = [...new Set((telling.length ? telling : all).map(stem))];
      const line = ` ${all.map(stem).join(" ")} `;
      const means = new Map(asked.map((one) => [one, [one]]));
      const add = (key, stands) =>
        (same.get(key) || []).forEach((other) => {
          if (!asked.includes(other)) means.set(other, [...(means.get(other) || []), ...stands]);
        });
      asked.forEach((one) => add(one, [one]));
      phrases
        .filter((phrase) => line.includes(` ${phrase} `))
        .forEach((phrase) => add(phrase, phrase.split(" ").filter((one) => asked.includes(one))));
      const more = [...means.keys()].filter((one) => !asked.includes(one));
      return { asked, more, means };
    };

    const weigh = (asked, more, whole) => {
      const terms = [...asked, ...more];
      const last = asked[asked.length - 1];
      const options = {
        tokenize: () => terms,
        boost: weights.fields,
        boostTerm: (term, place) => (place < asked.length ? 1 : weights.same),
        weights: { prefix: weights.prefix, fuzzy: weights.fuzzy },
        // The last word may be unfinished.
        prefix: (term) => !whole && term === last && term.length > 2,
      };
      const found = mini.search(terms.join(" "), options);
      // What nothing was found for may be mistyped.
      const known = new Set(found.flatMap((one) => one.queryTerms));
      const unknown = new Set(asked.filter((term) => !known.has(term) && term.length > 3));
      if (!unknown.size) return found;
      return mini.search(terms.join(" "), { ...options, fuzzy: (term) => (unknown.has(term) ? 0.25 : false) });
    };

    // At most `limit` pages, the best first, each with the best three of its places.
    const search = (question, { limit = 20, places = 3 } = {}) => {
      const { asked, more, means } = read(question);
      if (!asked.length) return [];
      const found = new Map();
      const wanted = new Set(asked);
      const pairs = asked.slice(1).map((word, i) => ` ${asked[i]} ${word} `);
      weigh(asked, more, /\s$/.test(question)).forEach((one) => {
        const [page, anchor, heading, text] = entries[one.id];
        const both = [...headings[one.id]].filter((word) => wanted.has(word)).length;
        const either = new Set([...headings[one.id], ...wanted]).size;
        const kind = weights.kinds[pages[page][2].split(" ")[0]] || 1;
        const covered = new Set(one.queryTerms.flatMap((term) => means.get(term) || [])).size;
        const together = pairs.filter((pair) => line(one.id).includes(pair)).length;
        const score =
          (one.score / one.queryTerms.length) *
          (covered / asked.length) ** weights.covered *
          (1 + (weights.exact * both) / either) *
          (1 + (weights.pairs * together) / Math.max(1, pairs.length)) *
          kind;
        if (!found.has(page)) found.set(page, []);
        found.get(page).push({ score, anchor, heading, text, terms: new Set(one.terms) });
      });
      const ranked = [...found].map(([page, all]) => {
        all.sort((one, other) => other.score - one.score);
        const rest = all.slice(1, 4).reduce((sum, one) => sum + one.score, 0);
        return { page, score: all[0].score + weights.beside * rest, best: all.slice(0, places) };
      });
      ranked.sort((one, other) => other.score - one.score || one.page - other.page);
      return ranked.slice(0, limit).map(({ page, score, best }) => {
        const [address, title, kind] = pages[page];
        return {
          address, title, kind, score,
          places: best
            .filter((one) => one.score > best[0].score / 4)
            .map(({ anchor, heading, text, terms }) => ({ anchor, heading, excerpt: excerpt(text, terms) })),
        };
      });
    };

    // About 160 letters of a text where most of the words stand together, in pieces [text, is it one?].
    const excerpt = (text, terms, length = 160) => {
      const spots = [...text.matchAll(/[\p{L}\p{N}_.'’]+|[β-ω]/gu)].map((match) => ({
        start: match.index,
        end: match.index + match[0].replace(/[.'’]+$/, "").length,
        term: words(match[0]).find((word) => terms.has(word)),
      }));
      const hits = spots.filter((spot) => spot.term);
      let best = { count: -1, start: 0 };
      hits.forEach((first) => {
        const inside = hits.filter((hit) => hit.start >= first.start && hit.end < first.start + length);
        const count = new Set(inside.map((hit) => hit.term)).size;
        if (count > best.count) best = { count, start: first.start };
      });
      // Begin with a sentence if one begins near by, else with a word.
      const near = text.slice(Math.max(0, best.start - 80), best.start);
      const sentence = near.search(/(?<=[.?!·] )[^.?!·]*$/);
      let start = best.start - (best.start <= 80 ? near.length : sentence >= 0 ? near.length - sentence : 30);
      if (start > 0 && sentence < 0) start = text.indexOf(" ", start) + 1;
      let end = Math.min(text.length, start + length);
      if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), start + 1);
      const pieces = [];
      if (start > 0 && sentence < 0) pieces.push(["… ", false]);
      let at = start;
      hits.filter((hit) => hit.start >= start && hit.end <= end).forEach((hit) => {
        if (hit.start > at) pieces.push([text.slice(at, hit.start), false]);
        pieces.push([text.slice(hit.start, hit.end), true]);
        at = hit.end;
      });
      if (end > at) pieces.push([text.slice(at, end), false]);
      if (end < text.length) pieces.push([" …", false]);
      return pieces;
    };

    search.ready = ready;
    return search;
  };

  return { prepare, split, WEIGHTS };
})();
