// Shows what the search finds, in the dialog behind Ctrl+K and on the page of the search. Index and
// ranking are loaded when somebody begins to search, as scripts, so that it works from a folder, too.
(() => {
  "use strict";
  const root = document.documentElement.dataset.content_root || "./";
  const NEEDED = ["minisearch.js", "stemmer.js", "index.js", "engine.js"];
  let engine;

  const load = (name) =>
    new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = `${root}_static/search/${name}`;
      script.onload = done;
      script.onerror = () => failed(new Error(`${script.src} could not be loaded`));
      document.head.append(script);
    });
  const wake = () =>
    (engine ??= Promise.all(NEEDED.map(load)).then(async () => {
      const search = courseSearch.prepare(courseSearchIndex, MiniSearch, Stemmer);
      await search.ready;
      return search;
    }));

  const made = (name, className, ...inside) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    node.append(...inside);
    return node;
  };
  const linked = (address, anchor, ...inside) => {
    const link = made("a", "", ...inside);
    link.href = root + address + (anchor && `#${encodeURIComponent(anchor)}`);
    return link;
  };
  const row = ({ address, title, kind, places }) => {
    const item = made("li", "course-search-page");
    const [first] = places;
    item.append(
      made("p", "course-search-title", linked(address, "", title), made("span", "course-search-kind", kind)),
    );
    const list = made("ul");
    places.forEach(({ anchor, heading, excerpt }) => {
      const words = excerpt.map(([text, hit]) => (hit ? made("mark", "", text) : text));
      const place = made("li");
      if (anchor || heading !== title) place.append(linked(address, anchor, heading));
      if (words.length) place.append(made("p", "", ...words));
      if (place.childNodes.length && (place !== first || words.length)) list.append(place);
    });
    item.append(list);
    return item;
  };

  // Let a form show below itself what is found while somebody types.
  const attach = (form, limit, changed = () => {}) => {
    const input = form.querySelector("input");
    const status = made("p", "course-search-status");
    status.setAttribute("role", "status");
    const list = made("ol", "course-search-list");
    form.after(status, list);
    let asked = "";

    const show = async () => {
      const question = input.value;
      if (question === asked) return;
      asked = question;
      changed(question.trim());
      if (!question.trim()) {
        status.textContent = "";
        list.replaceChildren();
        return;
      }
      let search;
      try {
        search = await wake();
      } catch (problem) {
        status.textContent = `The search does not work here: ${problem.message}.`;
        return;
      }
      if (question !== asked) return; // somebody has typed on
      const found = search(question, { limit });
      list.replaceChildren(...found.map(row));
      const pages = found.length === 1 ? "1 page" : `${found.length} pages`;
      status.textContent = found.length
        ? `${found.length === limit ? `The best ${pages}` : pages}, the best first.`
        : "Nothing found. Try fewer words, or another word for it.";
      status.dataset.asked = question;
    };

    let waiting;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(show, 120);
    });
    input.addEventListener("focus", () => wake().catch(() => {}));
    // The arrows go through the links, from the field and back to it.
    form.parentElement.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const stops = [input, ...list.querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement);
      if (!step || at < 0) return;
      event.preventDefault();
      stops[Math.max(0, Math.min(stops.length - 1, at + step))].focus();
    });
    show();
    return show;
  };

  const dialog = document.querySelector("#pst-search-dialog");
  if (dialog) {
    const form = dialog.querySelector("form");
    // A close button for who has no key Escape and covers the page behind.
    const close = made("button", "course-search-close", "Close");
    close.type = "button";
    close.addEventListener("click", () => dialog.close());
    form.append(close);
    attach(form, 8);
    // A link to a place on the page that is open leaves it open: close the dialog above it.
    dialog.addEventListener("click", (event) => {
      if (event.target.closest?.(".course-search-list a")) dialog.close();
    });
  }

  const place = document.querySelector("#course-search");
  if (place) {
    const form = place.querySelector("form");
    const input = form.querySelector("input");
    const plain = document.title;
    input.value = new URLSearchParams(location.search).get("q") || "";
    const show = attach(form, 20, (question) => {
      document.title = question ? `${question} – ${plain}` : plain;
      const address = question ? `?q=${encodeURIComponent(question)}` : location.pathname;
      try {
        history.replaceState(null, "", address);
      } catch {
        // some browsers forbid it for a page that was opened as a file
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      show();
    });
    input.focus();
  }
})();
