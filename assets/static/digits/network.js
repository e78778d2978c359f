/* The network of the course, in the page: how it answers, and what its answer rests on.
 *
 * A network is a list of layers; a layer holds a table of weights, row by row (one row for each
 * input, one column for each neuron), and a bias for each neuron. That is how Keras stores it.
 * All numbers are 32-bit floats, as they are in Keras.
 */
(() => {
  "use strict";

  const { softmax } = window.course.shared;

  const PIECE = 100_000; // weights, or characters, that a phone unpacks before it is noticed

  /**
   * Unpack the weights of a script that `make weights` wrote.
   *
   * A weight is one character. Its place in `alphabet`, counted from the middle, is a whole number,
   * its level; level times the step of its neuron is the weight. Small levels are frequent, so they
   * have the characters that take one byte.
   *
   * @returns {{weights: Float32Array, biases: Float32Array}[]} the layers
   * @throws {Error} if a character is missing or has changed
   */
  function unpack(packed) {
    const pieces = unpacking(packed);
    for (;;) {
      const { done, value } = pieces.next();
      if (done) return value;
    }
  }

  /** The same in pieces, so that a page can do something else between them. */
  function* unpacking({ sizes, alphabet, layers, checksum }) {
    const levelOf = new Int16Array(0x10000);
    const middle = (alphabet.length - 1) / 2;
    for (let n = 0; n < alphabet.length; n++) levelOf[alphabet.charCodeAt(n)] = n - middle;

    const network = [];
    for (const [n, layer] of layers.entries()) {
      const steps = layer.steps.split(" ").map(Number);
      const weights = new Float32Array(sizes[n] * sizes[n + 1]);
      for (let i = 0; i < weights.length; i++) {
        if (i % PIECE === 0) yield;
        weights[i] = levelOf[layer.levels.charCodeAt(i)] * steps[i % steps.length];
      }
      network.push({ weights, biases: Float32Array.from(layer.biases.split(" ").map(Number)) });
    }

    let sum = 0; // changes with every character and with its place
    for (const { levels, steps, biases } of layers) {
      for (const text of [levels, steps, biases]) {
        for (let i = 0; i < text.length; i++) {
          if (i % PIECE === 0) yield;
          sum = (Math.imul(sum, 31) + text.charCodeAt(i)) >>> 0;
        }
      }
    }
    if (sum !== checksum) throw new Error("The weights are damaged.");
    return network;
  }

  /** The weighted sums of a layer, its biases added: `inputs @ weights + biases` in NumPy. */
  function sumsOf({ weights, biases }, inputs) {
    const sums = Float32Array.from(biases);
    for (let i = 0; i < inputs.length; i++) {
      if (inputs[i] === 0) continue; // paper, and neurons that are silent, add nothing
      const row = i * sums.length;
      for (let j = 0; j < sums.length; j++) sums[j] += inputs[i] * weights[row + j];
    }
    return sums;
  }

  const relu = (sums) => sums.map((sum) => Math.max(sum, 0));

  /**
   * Forward, as `forward` in chapter 5: the inputs of every layer are kept for the way back.
   *
   * @param pixels 784 numbers from 0 (paper) to 1 (ink), row by row
   * @returns {{layerInputs: Float32Array[], logits: Float32Array, probabilities: number[]}}
   *   `layerInputs` holds the pixels and the activity of both hidden layers, 512 numbers each.
   */
  function forward(network, pixels) {
    const layerInputs = [Float32Array.from(pixels)];
    for (const layer of network.slice(0, -1))
      layerInputs.push(relu(sumsOf(layer, layerInputs.at(-1))));
    const logits = sumsOf(network.at(-1), layerInputs.at(-1));
    return { layerInputs, logits, probabilities: softmax(logits) };
  }

  /**
   * What each pixel adds to the logit of `digit`, nearly: its gradient times its ink. The gradient
   * goes backward as in chapter 5, but down to the pixels: how the logit changes with each of them
   * (chapter 8, "What the network looks at"). Where there is no ink, it is not worked out.
   *
   * @returns {Float32Array} 784 numbers
   */
  function shares(network, layerInputs, digit) {
    let gradient = new Float32Array(10);
    gradient[digit] = 1;
    for (let n = network.length - 1; n >= 0; n--) {
      const { weights } = network[n];
      const above = gradient;
      gradient = layerInputs[n].map((input, i) => {
        if (input === 0) return 0; // no ink, or a ReLU that is silent
        const row = i * above.length;
        let sum = 0; // one number of `above @ weights.T`
        for (let j = 0; j < above.length; j++) sum += above[j] * weights[row + j];
        return sum;
      });
    }
    return gradient.map((slope, i) => slope * layerInputs[0][i]);
  }

  window.course.network = { forward, shares, unpack, unpacking };
})();

/* And the reader's own network: "Teach it" has trained it, the digit reader reads with it.
 *
 * A network is {tables, measured}, with the tables of Keras: [{shape, values}, …]. The browser
 * keeps it where it lets a page keep anything; else it goes from one page to the other.
 */
(() => {
  "use strict";

  const ADDRESS = "digit-reader.html?digit-reader.network=own";

  /** Ask the browser's store: `act` gets it, and returns a request whose result is promised. */
  async function store(mode, act) {
    const database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open("course", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("networks");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => resolve(opening.result);
    });
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("networks", mode);
      database.close(); // when the transaction has ended
      const request = act(transaction.objectStore("networks"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** Rejects where nothing can be kept. */
  const keep = (network) => store("readwrite", (networks) => networks.put(network, "own"));

  /** Open the digit reader with this network, which it asks for. */
  function read(network) {
    const reader = window.open(ADDRESS);
    if (!reader) return location.assign(ADDRESS);
    window.addEventListener("message", ({ source, data }) => {
      if (source === reader && data === "own") reader.postMessage({ network }, "*");
    });
  }

  /** The network that the page which opened this one holds; nothing, if that does not answer. */
  const held = () =>
    new Promise((resolve) => {
      if (!window.opener) return resolve();
      window.addEventListener("message", ({ source, data }) => {
        if (source === window.opener) resolve(data?.network);
      });
      window.opener.postMessage("own", "*");
      setTimeout(resolve, 3000);
    });

  /** The sizes of a network's layers; an error if its tables are not those of one for digits. */
  function sizesOf(tables) {
    const sizes = [784];
    for (const [n, { shape, values }] of tables.entries()) {
      const isWeights = n % 2 === 0;
      if (isWeights) sizes.push(shape[1]);
      const wanted = isWeights ? sizes.slice(-2) : sizes.slice(-1);
      const count = wanted.reduce((product, size) => product * size);
      if (String(shape) !== String(wanted) || values.length !== count) throw new Error("shapes");
    }
    if (sizes.at(-1) !== 10 || tables.length % 2) throw new Error("not ten digits");
    return sizes;
  }

  /** The reader's network as network.js has it, and what was measured; without `layers` a damaged
   * one, or one that is wanted and not there; or nothing. */
  async function find() {
    const isWanted = new URLSearchParams(location.search).get("digit-reader.network") === "own";
    let kept;
    try {
      kept = isWanted && (await held());
      kept ||= await store("readonly", (networks) => networks.get("own"));
      const { tables, measured } = kept;
      sizesOf(tables);
      const layers = tables
        .map(({ values }, n) => ({ weights: values, biases: tables[n + 1]?.values }))
        .filter((_, n) => n % 2 === 0);
      return { layers, measured, isWanted };
    } catch {
      return kept || isWanted ? {} : null;
    }
  }

  window.course = { ...window.course, own: { find, keep, read, sizesOf } };
})();
