// Filters the table of all claims. Without this script the page shows them all.
(() => {
  "use strict";
  const table = document.querySelector("table.ledger");
  if (!table) return;
  const rows = [...table.tBodies[0].rows];
  const fields = [
    ["chapter", "Chapter"],
    ["source", "Source"],
    ["verdict", "Verdict"],
    ["together", "For all at once"],
    ["status", "Status"],
  ];

  const form = document.createElement("form");
  form.className = "ledger-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the claims");
  const labelled = (text, control) => {
    const label = document.createElement("label");
    label.append(text, control);
    form.append(label);
    return control;
  };
  const selects = fields.map(([key, text]) => {
    const select = document.createElement("select");
    select.name = key;
    const values = [...new Set(rows.map((row) => row.dataset[key]))];
    if (key !== "chapter") values.sort();
    select.add(new Option("all", ""));
    values.forEach((value) => {
      const count = rows.filter((row) => row.dataset[key] === value).length;
      select.add(new Option(`${value} (${count})`, value));
    });
    return labelled(text, select);
  });
  const words = document.createElement("input");
  words.type = "search";
  words.name = "words";
  labelled("Words", words);
  const reset = document.createElement("button");
  reset.type = "reset";
  reset.textContent = "Show all";
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  form.append(reset, status);

  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    rows.forEach((row) => {
      const text = row.textContent.toLowerCase();
      row.hidden = !(
        selects.every((select) => !select.value || row.dataset[select.name] === select.value) &&
        wanted.every((word) => text.includes(word))
      );
      left += !row.hidden;
    });
    status.textContent = `${left} of ${rows.length} claims are shown.`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  (table.closest(".pst-scrollable-table-container") || table).before(form);
  filter();
})();
