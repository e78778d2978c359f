// The models of the explorables, against numbers that the chapters' own cells computed.
// tests/test_explore.py writes these into the file that VECTORS names, and runs this file.
"use strict";

const assert = require("node:assert/strict");
const { readdirSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const vm = require("node:vm");
const { FOLDER, faults, open } = require("./words.js");

const load = (name) => require(`../assets/static/explore/${name}.js`);
const vectors = JSON.parse(readFileSync(process.env.VECTORS));

/** Numbers, or lists of them, that differ by no more than `most`. */
function close(ours, theirs, most = 1e-9) {
  if (Array.isArray(theirs)) {
    assert.equal(ours.length, theirs.length);
    theirs.forEach((number, n) => close(ours[n], number, most));
  } else {
    assert.ok(Math.abs(ours - theirs) <= most * Math.max(1, Math.abs(theirs)), `${ours}, not ${theirs}`);
  }
}

/** The derivative of `f` at `z`, measured. */
const measured = (f, z) => (f(z + 1e-5) - f(z - 1e-5)) / 2e-5;

// --- the neuron ---------------------------------------------------------------------------------

test("a neuron fires where the chapter's does", () => {
  const { fires } = load("neuron");
  for (const { w1, w2, b, answers } of vectors.neuron.single) {
    const got = vectors.neuron.points.map((point) => fires({ w1, w2, b }, point));
    assert.deepEqual(got, answers);
  }
});

test("the chapter's two hidden neurons compute XOR, and the same everywhere else", () => {
  const { CORNERS, WANTED, answer } = load("neuron");
  const network = [{ w1: 1, w2: 1, b: -0.5 }, { w1: -1, w2: -1, b: 1.5 }, { w1: 1, w2: 1, b: -1.5 }];
  assert.deepEqual(CORNERS, vectors.neuron.corners);
  assert.deepEqual(WANTED.xor, vectors.neuron.xor);
  assert.deepEqual(CORNERS.map((corner) => answer(network, corner)), vectors.neuron.xor);
  assert.deepEqual(vectors.neuron.points.map((point) => answer(network, point)), vectors.neuron.network);
});

test("no single neuron of the sliders gets XOR right, and every line is drawn where it is", () => {
  const { CORNERS, WANTED, answer, foot, regions, sum } = load("neuron");
  let best = 0;
  for (let w1 = -30; w1 <= 30; w1 += 2) {
    for (let w2 = -30; w2 <= 30; w2 += 2) {
      for (let b = -50; b <= 50; b += 2) {
        const neuron = { w1: w1 / 10, w2: w2 / 10, b: b / 10 };
        const right = CORNERS.filter((corner, n) => answer([neuron], corner) === WANTED.xor[n]);
        best = Math.max(best, right.length);
        if (w1 || w2) close(sum(neuron, foot(neuron)), 0);
      }
    }
  }
  assert.equal(best, 3);
  const area = (polygon) =>
    polygon.reduce((all, [x, y], n) => {
      const [nextX, nextY] = polygon[(n + 1) % polygon.length];
      return all + (x * nextY - nextX * y) / 2;
    }, 0);
  for (const { w1, w2, b } of vectors.neuron.single) {
    const neurons = [{ w1, w2, b }, { w1: w2, w2: b, b: w1 }, { w1: 1, w2: -1, b: 0.5 }];
    close(regions(neurons).reduce((all, part) => all + area(part.polygon), 0), 4);
    for (const { polygon, answer: told } of regions(neurons)) {
      const middle = [0, 1].map((n) => polygon.reduce((all, p) => all + p[n], 0) / polygon.length);
      assert.equal(told, answer(neurons, middle));
    }
  }
});

// --- depth --------------------------------------------------------------------------------------

test("weights, multiplications and memory are the chapter's", () => {
  const { memory, multiplications, parameters } = load("depth");
  for (const { sizes, batch, ...theirs } of vectors.depth) {
    assert.equal(parameters(sizes), theirs.parameters);
    assert.equal(multiplications(sizes), theirs.multiplications);
    close(memory(sizes, batch), theirs.memory, 1e-12);
  }
});

test("twice as deep and twice as wide, and which sizes are a network", () => {
  const { deeper, multiplications, read, wider } = load("depth");
  assert.deepEqual(deeper([5, 7, 8, 3]), [5, 7, 7, 8, 8, 3]);
  assert.deepEqual(wider([5, 7, 8, 3]), [5, 14, 16, 3]);
  const inner = (sizes) => multiplications(sizes.slice(1, -1));
  assert.equal(inner(wider([1, 512, 512, 512, 1])), 4 * inner([1, 512, 512, 512, 1]));
  assert.deepEqual(read("784-512-512-10"), [784, 512, 512, 10]);
  for (const wrong of ["", "5", "5-", "5-0-3", "5-1025-3", "5-1.5-3", "a-b", "5--3", "1-2-3-4-5-6-7-8-9-10-11"]) {
    assert.equal(read(wrong), undefined, wrong);
  }
});

// --- descent ------------------------------------------------------------------------------------

test("points, loss, gradient and path are the chapter's", () => {
  const { POINTS, descend, gradient, loss } = load("descent");
  close(POINTS, vectors.descent.points, 1e-15);
  for (const { weight, bias, ...theirs } of vectors.descent.places) {
    close(loss(weight, bias), theirs.loss);
    close(gradient(weight, bias), theirs.gradient);
    close(measured((w) => loss(w, bias), weight), gradient(weight, bias)[0], 1e-7);
    close(measured((b) => loss(weight, b), bias), gradient(weight, bias)[1], 1e-7);
  }
  for (const { rate, path } of vectors.descent.paths) close(descend(rate, 25, [3.5, -1.5]), path);
});

test("the bowl's bottom is flat, its rings are level, and a path that runs away ends", () => {
  const { bowl, descend, gradient, loss } = load("descent");
  const { bottom, axes, angle } = bowl();
  close(gradient(...bottom), [0, 0]);
  for (let turn = 0; turn < 12; turn++) {
    const [along, across] = [axes[0] * Math.cos(turn), axes[1] * Math.sin(turn)];
    const place = [
      bottom[0] + along * Math.cos(angle) - across * Math.sin(angle),
      bottom[1] + along * Math.sin(angle) + across * Math.cos(angle),
    ];
    close(loss(...place) - loss(...bottom), 1);
  }
  const path = descend(1.2, 100, [3.5, -1.5]);
  assert.ok(path.length < 101 && path.flat().every(Number.isFinite));
});

test("random search keeps the best of its tries, and the same seed throws the same", () => {
  const { loss, searchAtRandom } = load("descent");
  const { tries, best } = searchAtRandom(300, 7);
  assert.equal(loss(...best), Math.min(...tries.map((place) => loss(...place))));
  assert.ok(tries.every(([w, b]) => w >= -1 && w <= 4 && b >= -2 && b <= 3));
  assert.deepEqual(searchAtRandom(300, 7), { tries, best });
  assert.notDeepEqual(searchAtRandom(300, 8).tries, tries);
  const mean = (n) => tries.reduce((all, place) => all + place[n], 0) / 300;
  assert.ok(Math.abs(mean(0) - 1.5) < 0.3 && Math.abs(mean(1) - 0.5) < 0.3);
  assert.equal(searchAtRandom(0, 7).best, undefined);
});

// --- activation ---------------------------------------------------------------------------------

test("functions and derivatives are the chapter's, and the derivatives are right", () => {
  const { FUNCTIONS, chain } = load("activation");
  for (const [name, { z, value, slope }] of Object.entries(vectors.activation.functions)) {
    close(z.map(FUNCTIONS[name].value), value);
    if (slope) close(z.map(FUNCTIONS[name].slope), slope);
    assert.ok(z.every((at) => FUNCTIONS[name].slope(at) <= FUNCTIONS[name].most));
    for (const at of z) {
      close(measured(FUNCTIONS[name].value, at), FUNCTIONS[name].slope(at), 1e-8);
      close(measured((x) => chain(name, 5, x).value, at), chain(name, 5, at).slope, 1e-7);
    }
  }
});

test("the gradient of each layer is the one that GradientTape computes", () => {
  const { gradientSizes } = load("activation");
  for (const { theirs, ...network } of vectors.activation.networks) {
    close(gradientSizes(network), theirs, 1e-9);
  }
});

test("what is left of the gradient is what the chapter's networks leave", () => {
  const { left } = load("activation");
  for (const { name, weights, shares } of vectors.activation.left) {
    // Other random numbers: each layer within a factor of 1.5, over ten powers of ten.
    left(name, weights, shares.length).forEach((share, n) => {
      assert.ok(Math.abs(Math.log(share / shares[n])) < Math.log(1.5), `${name}, layer ${n + 1}`);
    });
  }
  assert.equal(left("step", "plain", 12)[0], 0);
});

// --- backpropagation ----------------------------------------------------------------------------

test("the small graph has the chapter's numbers, forward and backward", () => {
  const { backward, forward, measure } = load("backpropagation");
  const { inputs, values, slopes, measured: theirs, losses } = vectors.backpropagation;
  for (const [name, value] of Object.entries(values)) close(forward(inputs)[name], value);
  for (const [name, slope] of Object.entries(slopes)) close(backward(inputs)[name], slope);
  for (const [name, slope] of Object.entries(theirs)) close(measure(inputs, name, 1e-5).slope, slope);
  for (const { w1, w2, loss } of losses) close(forward({ ...inputs, w1, w2 }).L, loss);
});

test("its derivatives are those that a nudge measures, wherever the sliders stand", () => {
  const { backward, measure } = load("backpropagation");
  for (const { w1, w2 } of vectors.backpropagation.losses) {
    const inputs = { x: w2 - w1, t: w1, w1, w2 };
    for (const name of ["x", "t", "w1", "w2"]) {
      close(measure(inputs, name, 1e-5).slope, backward(inputs)[name], 1e-6);
    }
  }
});

// --- what they share ----------------------------------------------------------------------------

const FIELDS = {
  w: { value: 1, min: -3, max: 3, step: 0.1 },
  task: { value: "xor", options: ["and", "xor"] },
  batch: { value: 250, options: [1, 250] },
};

test("numbers are written for readers", () => {
  const { format, short } = load("shared");
  assert.equal(format(-0.5, 1), "−0.5");
  assert.equal(format(-0.001, 2), "0.00");
  assert.equal(format(669706), "669,706");
  assert.equal(format(NaN), "?");
  assert.equal(format(-Infinity), "−∞");
  assert.equal(short(2.384e-7), "2.4\u00a0×\u00a010⁻⁷");
  assert.equal(short(0.1167), "0.117");
  assert.equal(short(0), "0");
});

test("an address holds what differs from the text, and comes back as it went", () => {
  const { readState, writeState } = load("shared");
  const state = { w: -2.3, task: "and", batch: 250 };
  const query = writeState("neuron", FIELDS, state, "?q=a+word&neuron.w=9");
  assert.equal(query, "?q=a+word&neuron.w=-2.3&neuron.task=and");
  assert.deepEqual(readState("neuron", FIELDS, query), state);
  assert.equal(writeState("neuron", FIELDS, readState("neuron", FIELDS, ""), query), "?q=a+word");
});

test("a malformed address is as in the text", () => {
  const { readState } = load("shared");
  const text = { w: 1, task: "xor", batch: 250 };
  const wrong = ["", "9", "-3.01", "1e9", "NaN", "Infinity", "0x1", " 1", "%", "%00", "<b>", "__proto__", "1".repeat(5000)];
  for (const value of wrong) {
    const query = Object.keys(FIELDS).map((name) => `neuron.${name}=${value}`).join("&");
    assert.deepEqual(readState("neuron", FIELDS, `?${query}`), text, value);
  }
  assert.equal(readState("neuron", FIELDS, "?neuron.w=0.123").w, 0.1);
});

// --- their words in other languages -------------------------------------------------------------

const NAMES = ["neuron", "depth", "descent", "activation", "backpropagation"];
const LANGUAGES = readdirSync(join(FOLDER, "explore")).flatMap((name) => name.match(/^\w\w(?=\.js)/) || []);
// The words that may be the same in another language.
const SAME = ["AND", "OR", "XOR", "tanh", "ReLU", "Glorot", "He", "gradient", "position", "Pause"];

/** The tables of all explorables: in English, in the language, and the helpers in that language. */
function tables(language) {
  const files = ["shared", language, ...NAMES].map((name) => `explore/${name}.js`);
  const { elements, shared, text } = open(language, files);
  const english = { shared: shared.TEXT };
  for (const name of NAMES) english[name] = elements[`course-${name}`].TEXT;
  return { english, shared, text };
}

for (const language of LANGUAGES) {
  test(`the explorables have all of their words in ${language}`, () => {
    const { english, text } = tables(language);
    assert.deepEqual([...faults(english, text, language, SAME)], []);
  });
}

const SPOILED = {
  "a key that is missing": ({ neuron }) => delete neuron.title,
  "a key too many": ({ depth }) => (depth.colour = "couleur"),
  "a list that is too short": ({ descent }) => descent.axes.pop(),
  "a word left in English": ({ neuron }) => (neuron.bias = "bias"),
  "a sentence left in English": ({ neuron }, english) => (neuron.count = english.neuron.count),
  "a number that is lost": ({ depth }) => (depth.was = (n) => `${n} poids et biais.`),
  "a number in another place": ({ activation }) => (activation.stack = () => "12 couches d’un neurone"),
  "a number that differs": ({ descent }) => (descent.run = "Faire 20 pas"),
  "a part of an object that is lost": ({ backpropagation }) =>
    (backpropagation.value.h = (_, { s }) => `Aller\u00a0: h = tanh(s) = tanh(${s})`),
  "a space that may break": ({ neuron }) => (neuron.task = "Quelle tâche ?"),
  "a decimal point": ({ activation }) => (activation.curve = "La dérivée en 0.5"),
  "a straight apostrophe": ({ depth }) => (depth.layers = "couches d'entrée"),
};

for (const [what, spoil] of Object.entries(SPOILED)) {
  test(`the check of the words finds ${what}`, () => {
    const { english, text } = tables("fr");
    spoil(text, english);
    assert.notDeepEqual([...faults(english, text, "fr", SAME)], []);
  });
}

test("a page shows its words in its language, in English where it has none, and its numbers too", () => {
  const { english, shared, text } = tables("fr");
  assert.equal(shared.words("neuron", english.neuron).bias, "biais");
  assert.equal(shared.format(-1234.5, 1), "−1\u202f234,5");
  assert.equal(shared.short(2.384e-7), "2,4\u00a0×\u00a010⁻⁷");
  assert.equal(shared.percent(0.985), "98,5");
  delete text.neuron.bias;
  assert.equal(shared.words("neuron", english.neuron).bias, "bias");
  const other = open("de", ["explore/shared.js"]).shared; // without a table of its own
  assert.equal(other.words("neuron", english.neuron).bias, "bias");
  assert.equal(other.format(1234.5, 1), "1,234.5");
});

test("whatever the language, an address is written as in English", () => {
  const { readState, writeState } = tables("fr").shared;
  const query = "?neuron.w=-2.3";
  assert.equal(writeState("neuron", FIELDS, { w: -2.3, task: "xor", batch: 250 }, ""), query);
  assert.equal(readState("neuron", FIELDS, query).w, -2.3);
  assert.equal(readState("neuron", FIELDS, "?neuron.w=-2,3").w, 1);
});

// --- what every page loads: site.js --------------------------------------------------------------

const site = require("../assets/static/site.js");
const SITE = join(__dirname, "../_build/html");

test("the site's scripts have all of their words in each language", () => {
  const { en, ...others } = site.TEXT;
  for (const [language, table] of Object.entries(others)) assert.deepEqual([...faults(en, table, language)], []);
  assert.deepEqual(Object.keys(others), LANGUAGES);
  assert.notDeepEqual([...faults(en, { ...others.fr, copy: en.copy }, "fr")], []);
});

/** The search of the built site in a language; with another stemmer, if one is given. */
function search(folder, stemmer) {
  const page = vm.createContext({});
  for (const file of ["search-data.js", "_static/vendor/minisearch.js", "_static/language_data.js"]) {
    vm.runInContext(readFileSync(join(SITE, folder, file), "utf8"), page);
  }
  const { COURSE_SECTIONS: sections, MiniSearch } = page;
  const engine = site.searchEngine(sections, MiniSearch, stemmer ?? vm.runInContext("new Stemmer()", page));
  /** Where all of the words stand, without guessing. */
  const places = (words) => new Set(engine.search(words, { combineWith: "AND" }).map(({ id }) => id));
  return { sections, places };
}

/** Words of the sections with an accent or a ligature that are not found without. */
function unfound({ sections, places }, typed) {
  const words = new Set(sections.map((section) => section.join(" ")).join(" ").match(/\p{Letter}+/gu));
  return [...words].filter((word) => typed(word) !== word && !isWithin(places(word), places(typed(word))));
}

const isWithin = (part, all) => part.size > 0 && [...part].every((place) => all.has(place));
const bare = (word) => word.replace(/œ/g, "oe").normalize("NFD").replace(/\p{Mark}/gu, "");

test("French words are found without their accents, and so are other forms of a word", () => {
  const french = search("fr");
  assert.deepEqual(unfound(french, bare), []);
  const forms = [
    ["réseaux", "reseau"], ["dérivées", "derivee"], ["couches cachées", "couche cachee"],
    ["entraîné", "entrainer"], ["l’apprentissage", "d'apprentissages"], ["poids", "POIDS"],
  ];
  for (const [one, other] of forms) {
    assert.ok(french.places(one).size > 3, one);
    assert.deepEqual(french.places(other), french.places(one), other);
  }
  assert.ok(unfound(french, (word) => `${bare(word)}x`).length > 100);
  const unstemmed = search("fr", { stemWord: (word) => word });
  assert.notDeepEqual(unstemmed.places("reseau"), unstemmed.places("réseaux"));
});

test("English words are found as before", () => {
  const { places } = search("");
  assert.deepEqual(places("neuron"), places("neurons"));
  assert.ok(places("gradient").size > 3);
});
