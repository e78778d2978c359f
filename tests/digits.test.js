/* The digit reader without a page: node --test tests/ */
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const { forward, pixelGradient, shares, softmax, unpack } = require("../assets/static/digits/network.js");
const { boxes, centre, change, prepare, resize } = require("../assets/static/digits/prepare.js");
const packed = require("../assets/static/digits/weights.js");
const { images: samples } = require("../assets/static/digits/samples.js");
const { FOLDER, faults, open } = require("./words.js");
const measured = JSON.parse(fs.readFileSync(path.join(__dirname, "digits.json")));

const network = unpack(packed);
const pixelsOf = ({ pixels }) => Float32Array.from(Buffer.from(pixels, "base64"), (byte) => byte / 255);
const near = (one, other, by) => assert.ok(Math.abs(one - other) <= by, `${one} is not near ${other}`);

test("a layer multiplies, adds its biases and applies ReLU", () => {
  const small = [
    { weights: Float32Array.of(1, -1, 2, 0), biases: Float32Array.of(0.5, -0.25) },
    { weights: Float32Array.of(1, 3, -2, 1), biases: Float32Array.of(0, 1) },
  ];
  const { layerInputs, logits } = forward(small, [1, 2]);
  assert.deepEqual([...layerInputs[1]], [5.5, 0]); // 1·1 + 2·2 + 0.5, and −1·1 + 0·2 − 0.25 is below 0
  assert.deepEqual([...logits], [5.5, 17.5]);
});

test("softmax adds up to 1, also where a power would overflow", () => {
  assert.deepEqual(softmax([0, 0]), [0.5, 0.5]);
  assert.deepEqual(softmax([1000, 0]), [1, 0]);
});

test("the sample images get the probabilities that Keras gave them", () => {
  assert.equal(samples.length, measured.sample_probabilities.length);
  samples.forEach((sample, n) => {
    const { probabilities } = forward(network, pixelsOf(sample));
    probabilities.forEach((p, digit) => near(p, measured.sample_probabilities[n][digit], 1e-5));
  });
});

test("among the samples are right answers for each digit, and mistakes", () => {
  const answers = samples.map((sample) => {
    const { probabilities } = forward(network, pixelsOf(sample));
    return probabilities.indexOf(Math.max(...probabilities));
  });
  const right = samples.filter((sample, n) => sample.label === answers[n]);
  assert.equal(new Set(right.map((sample) => sample.label)).size, 10);
  assert.ok(samples.length - right.length >= 4);
});

test("the gradient says what a nudged pixel does to the logit", () => {
  const step = 1 / 64;
  for (const [n, digit] of [[0, 0], [4, 9], [7, 7], [12, 3]]) {
    const pixels = pixelsOf(samples[n]);
    const gradient = pixelGradient(network, forward(network, pixels).layerInputs, digit);
    const largest = Math.max(...gradient.map(Math.abs));
    let tested = 0;
    for (let i = 0; i < 784; i++) {
      const nudged = (by) => {
        const moved = Float32Array.from(pixels);
        moved[i] += by;
        return forward(network, moved).logits[digit];
      };
      const [above, here, below] = [nudged(step), nudged(0), nudged(-step)];
      const bend = Math.abs(above + below - 2 * here) / step; // a ReLU switches on the way
      if (bend > 0.004 * largest) continue;
      near(gradient[i], (above - below) / (2 * step), 0.004 * largest);
      tested += 1;
    }
    assert.ok(tested > 500, `${tested} of 784 pixels could be tested`);
  }
});

test("a share is the gradient times the ink, so paper has none", () => {
  const pixels = pixelsOf(samples[2]);
  const { layerInputs } = forward(network, pixels);
  const gradient = pixelGradient(network, layerInputs, 2);
  shares(network, layerInputs, 2).forEach((share, i) => near(share, gradient[i] * pixels[i], 1e-6));
});

test("weights that were cut short or changed are refused", () => {
  const spoil = (change) => {
    const copy = structuredClone(packed);
    change(copy.layers);
    return copy;
  };
  const other = packed.alphabet[0];
  for (const spoiled of [
    spoil((layers) => (layers[0].levels = layers[0].levels.slice(0, -1))),
    spoil((layers) => (layers[1].levels = other + layers[1].levels.slice(1))),
    spoil((layers) => (layers[2].biases = layers[2].biases.replace("1", "2"))),
    spoil((layers) => layers.pop()),
  ]) {
    assert.throws(() => unpack(spoiled), /damaged/);
  }
});

test("the weights take at most 750 kB, nearly all as one byte", () => {
  const file = path.join(__dirname, "../assets/static/digits/weights.js");
  assert.ok(fs.statSync(file).size <= 750_000);
  const counts = packed.layers.map(({ levels }) => levels.length);
  assert.deepEqual(counts, [784 * 512, 512 * 512, 512 * 10]);
});

test("a new pixel is the mean of its old ones, and every old one is in one", () => {
  for (const [before, after] of [[20, 20], [40, 20], [50, 20], [5, 20], [7, 3], [1, 9]]) {
    const found = boxes(before, after);
    assert.equal(found.length, after);
    found.forEach(([from, to]) => assert.ok(from >= 0 && to > from && to <= before));
    if (before >= after) {
      found.slice(1).forEach(([from], n) => assert.equal(from, found[n][1]));
      assert.deepEqual([found[0][0], found.at(-1)[1]], [0, before]);
    }
  }
  const picture = { values: Float32Array.of(0, 1, 0.5, 0.5), width: 2, height: 2 };
  assert.deepEqual([...resize(picture, 1, 1).values], [0.5]);
});

test("a picture without ink gives null, and so does one of a single pixel", () => {
  assert.equal(prepare(new Uint8ClampedArray(4 * 50 * 30).fill(200), 50, 30), null);
  assert.equal(prepare(new Uint8ClampedArray(4), 1, 1), null);
});

test("ink is put where its centre of mass is in the middle", () => {
  const field = centre({ values: new Float32Array(20 * 4).fill(1), width: 4, height: 20 });
  const columns = [...field].flatMap((value, i) => (value ? [i % 28] : []));
  assert.deepEqual([Math.min(...columns), Math.max(...columns)], [12, 15]);
});

test("changes of size zero change nothing, and whole pixels move exactly", () => {
  const pixels = pixelsOf(samples[5]);
  assert.deepEqual(change(pixels, {}), pixels);
  const moved = change(pixels, { right: 3, down: -2 });
  for (let i = 0; i < 784; i++) {
    const [x, y] = [(i % 28) - 3, Math.floor(i / 28) + 2];
    assert.equal(moved[i], x < 0 || y > 27 ? 0 : pixels[y * 28 + x]);
  }
});

test("noise is the same each time, has the scale that is asked for, and stays within 0 and 1", () => {
  const grey = new Float32Array(784).fill(0.5);
  const noisy = change(grey, { noise: 0.1 });
  assert.deepEqual(noisy, change(grey, { noise: 0.1 }));
  const mean = noisy.reduce((sum, p) => sum + p) / 784;
  near(mean, 0.5, 0.015);
  near(Math.sqrt(noisy.reduce((sum, p) => sum + (p - mean) ** 2, 0) / 784), 0.1, 0.01);
  change(grey, { noise: 0.5 }).forEach((p) => assert.ok(p >= 0 && p <= 1));
});

const SCRIPTS = ["network", "prepare", "samples"];
const LANGUAGES = fs.readdirSync(path.join(FOLDER, "digits")).flatMap((name) => name.match(/^\w\w(?=\.js)/) || []);
const SAME = ["28 × 28 pixels"]; // what may be the same in another language

/** The reader's words in English and in a language. */
function tables(language) {
  const files = ["explore/shared", ...[...SCRIPTS, language, "reader"].map((name) => `digits/${name}`)];
  const { elements, text } = open(language, files.map((file) => `${file}.js`));
  return [elements["course-digit-reader"].TEXT, text.reader];
}

for (const language of LANGUAGES) {
  test(`the reader has all of its words in ${language}`, () => {
    const [english, table] = tables(language);
    assert.deepEqual([...faults(english, table, language, SAME)], []);
  });
}

test("the check of the words finds what is missing, English, or has lost a number", () => {
  const spoiled = {
    missing: (table) => delete table.why.read,
    English: (table, english) => (table.undo = english.undo),
    lost: (table) => (table.unsure = (digit) => `Je ne suis pas sûr. Peut-être un ${digit}.`),
    other: (table) => (table.active = (count) => `${count} des 500 neurones sont actifs`),
  };
  for (const [what, spoil] of Object.entries(spoiled)) {
    const [english, table] = tables("fr");
    spoil(table, english);
    assert.notDeepEqual([...faults(english, table, "fr", SAME)], [], what);
  }
});

test("numbers have the decimal sign of the page", () => {
  const [, french] = tables("fr");
  assert.deepEqual([0.0001, 0.5, 0.99999].map(french.share), ["<\u00a00,1\u00a0%", "50,0\u00a0%", ">\u00a099,9\u00a0%"]);
  assert.match(french.speed(0.25, 1.5), /1,5\sms/);
});
