// Sends a reader of an old link on to the evidence page, where its section is now.
(() => {
  "use strict";
  const { evidence, moved } = document.currentScript.dataset;
  const anchors = new Set(moved.split(" ").filter(Boolean));
  const follow = () => {
    let anchor;
    try {
      anchor = decodeURIComponent(location.hash.slice(1));
    } catch {
      return; // no address that this book ever had
    }
    if (anchors.has(anchor)) {
      location.replace(`${evidence}#${encodeURIComponent(anchor)}`);
    }
  };
  addEventListener("hashchange", follow);
  follow();
})();
