/* Runs the digit reader's functions on what test_digits.py wrote: node digits_run.js JOB FOLDER. */
const fs = require("node:fs");
const path = require("node:path");
const { forward, shares, unpack } = require("../assets/static/digits/network.js");
const { change, prepare } = require("../assets/static/digits/prepare.js");

const [job, folder] = process.argv.slice(2);
const file = (name) => path.join(folder, name);
const floats = (name) => {
  const { buffer, byteOffset, length } = fs.readFileSync(file(name));
  return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
};
const write = (name, arrays) => {
  const rows = arrays.map((array) => Float32Array.from(array));
  fs.writeFileSync(file(name), Buffer.concat(rows.map((row) => Buffer.from(row.buffer))));
};

/** Rows of 784 pixels to rows of ten probabilities, and for the first hundred their shares. */
function answer(network) {
  const pixels = floats("pixels.f32");
  const images = Array.from({ length: pixels.length / 784 }, (_, n) =>
    pixels.subarray(784 * n, 784 * (n + 1)));
  const answers = images.map((image) => forward(network, image));
  write("probabilities.f32", answers.map((answer) => answer.probabilities));
  write("shares.f32", answers.slice(0, 100).map(({ layerInputs, probabilities }) =>
    shares(network, layerInputs, probabilities.indexOf(Math.max(...probabilities)))));
}

const jobs = {
  /** The network from six tables of floats, one after the other, as Keras gives them. */
  tables() {
    const all = floats("tables.f32");
    const sizes = [784, 512, 512, 10];
    let place = 0;
    const take = (count) => all.subarray(place, (place += count));
    answer(sizes.slice(1).map((size, n) => ({ weights: take(sizes[n] * size), biases: take(size) })));
  },
  /** The network from a file like weights.js. */
  packed() {
    answer(unpack(require(file("weights.js"))));
  },
  /** Drawings of four bytes a pixel to 784 pixels each; -1 everywhere where no ink was found. */
  prepare() {
    const bytes = fs.readFileSync(file("drawings.rgba"));
    let place = 0;
    write("prepared.f32", JSON.parse(fs.readFileSync(file("sizes.json"))).map(([width, height]) => {
      const rgba = bytes.subarray(place, (place += 4 * width * height));
      return prepare(rgba, width, height) || new Float32Array(784).fill(-1);
    }));
  },
  /** One image of 784 pixels, changed in each of the ways of changes.json. */
  change() {
    const pixels = floats("pixels.f32");
    const ways = JSON.parse(fs.readFileSync(file("changes.json")));
    write("changed.f32", ways.map((way) => change(pixels, way)));
  },
};
jobs[job]();
