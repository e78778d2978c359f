// The scripts' words in two languages: what one of the tables lacks, or has wrong.
"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const vm = require("node:vm");

const FOLDER = join(__dirname, "../assets/static");

/** What scripts, run as by a page of this language, leave in `window.course` and as elements. */
function open(language, files) {
  const elements = {};
  const page = {
    URLSearchParams,
    HTMLElement: class {},
    customElements: { define: (name, element) => (elements[name] = element) },
    document: { documentElement: { lang: language }, currentScript: { src: "" } },
  };
  page.window = vm.createContext(page);
  for (const file of files) vm.runInContext(readFileSync(join(FOLDER, file), "utf8"), page);
  return { ...page.course, elements };
}

// What a function of a table is tried with: each time other numbers for its parameters.
const TRIES = [[1, 1, 1], [17, 25, 0], [4, 60, 1], [0, 3, 0]];

/** An object whose every part is a number of its own. */
const parts = (number) =>
  new Proxy({}, {
    get: (_, part) => number + [...part].reduce((sum, c) => (3 * sum + c.charCodeAt(0)) % 997, 0),
  });

/** The sentences that a function gives; it gets objects where it takes them apart, else numbers. */
function sentences(make) {
  const wrap = /^\(.*\{/.test(String(make).split("=>")[0]) ? parts : (number) => number;
  return TRIES.map((numbers) => make(...numbers.map(wrap)));
}

/** The numbers in a sentence, as English writes them: 1 234,5 and 1,234.5 are 1234.5. */
const numbers = (sentence) =>
  (sentence.replace(/(?<=\d)[\u202f,](?=\d{3}\b)/g, "").match(/\d+(?:[.,]\d+)?/g) || [])
    .map((number) => number.replace(",", "."))
    .sort()
    .join(" ");

const TYPOGRAPHY = {
  fr: {
    "no-break space before : ; ? ! %": /[^\u00a0\u202f][;?!%»]|[^\u00a0\u202f]:(?=\s)|«[^\u00a0]/,
    "the apostrophe is ’": /'/,
    "quotation marks are « »": /["“”]/,
    "the decimal sign is a comma": /\d\.\d/,
  },
};
const SYMBOL = /^\p{Letter}[₀-₉]?$/u;

/**
 * What is wrong with `table`, in `language`, against the English one. `same` are the words that both
 * may have in common; formulas and numbers without a word are the same in all languages.
 */
function* faults(english, table, language, same = [], place = "") {
  const kind = (value) => (Array.isArray(value) ? "a list" : typeof value);
  if (kind(english) !== kind(table)) {
    yield `${place}: ${kind(english)} became ${kind(table)}`;
  } else if (typeof english === "object") {
    for (const key of new Set([...Object.keys(english), ...Object.keys(table)])) {
      yield* faults(english[key], table[key], language, same, `${place}.${key}`);
    }
  } else if (typeof english === "function") {
    if (english.length !== table.length) yield `${place}: other parameters`;
    const ours = sentences(english);
    for (const [n, sentence] of sentences(table).entries()) {
      yield* faults(ours[n], sentence, language, same, `${place}()`);
    }
  } else {
    if (numbers(english) !== numbers(table)) yield `${place}: ${english} became ${table}`;
    const word = /\p{Letter}/u.test(english) && !SYMBOL.test(english);
    if (english === table && word && !same.includes(english)) yield `${place} is English: ${english}`;
    for (const [fault, pattern] of Object.entries(TYPOGRAPHY[language] ?? {})) {
      if (pattern.test(table)) yield `${place}: ${fault}: ${table}`;
    }
  }
}

module.exports = { FOLDER, faults, open };
