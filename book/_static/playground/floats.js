"use strict";

var Playground = Playground || {};

/**
 * Return the numbers of 64 bits that `data.js` has written as text (base64, the lowest byte first).
 * @param {string} text
 * @returns {Float64Array}
 */
Playground.floats = (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const lowest_byte_first = true;
  return Float64Array.from({ length: bytes.length / 8 }, (_, k) =>
    view.getFloat64(8 * k, lowest_byte_first),
  );
};
