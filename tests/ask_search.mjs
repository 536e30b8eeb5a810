// Asks the search of a built book without a browser: `node ask_search.mjs _build/html < questions.json`
// prints for each question the addresses of the pages found, as JSON.
import fs from "node:fs";
import vm from "node:vm";

const folder = `${process.argv[2]}/_static/search/`;
for (const name of ["minisearch.js", "stemmer.js", "index.js", "engine.js"]) {
  vm.runInThisContext(fs.readFileSync(folder + name, "utf8"), name);
}
const search = courseSearch.prepare(courseSearchIndex, MiniSearch, Stemmer);
await search.ready;
const questions = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(questions.map((question) => search(question))));
