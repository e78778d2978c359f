/* What the worker of "Teach it" does: it trains, and tells the page what it sees on the way.
 *
 * The page sends {start}, {images}, {digit}, {set} and {save}; it gets {loaded}, {batch}, {report}
 * and {done}. The function is sent as text, so it knows nothing that it is not given.
 */
(() => {
  "use strict";

  function work(makeEngine) {
    const PART = 10_000; // images in each file
    const WATCHED = 2_000; // the first ones are only watched, the other 58,000 learnt from
    const WALL = 60; // of these are shown while they are misread
    const EVERY = 25; // steps from one report to the next
    const PICTURES = 24; // neurons whose weights are shown

    const parts = []; // {pixels, labels}: seven of them, the last with the test images
    const set = { paused: false, slow: false, rate: null };
    let [run, digit, order] = [null, null, null];

    /** Numbers from 0 to below 1, the same for the same seed ("mulberry32" by Tommy Ettinger). */
    function dice(seed) {
      let state = seed;
      return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
      };
    }

    /** Ten thousand labels, then their pixels, two in a byte, packed as a zip packs. */
    async function unpack(text) {
      const packed = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
      const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
      return { labels: bytes.subarray(0, PART), pixels: bytes.subarray(PART) };
    }

    const labelOf = (image) => parts[Math.floor(image / PART)].labels[image % PART];

    /** Write the 784 pixels of an image, from 0 (paper) to 1 (ink), into `table`. */
    function copy(image, table, start) {
      const { pixels } = parts[Math.floor(image / PART)];
      let from = (image % PART) * 392;
      for (let to = start; to < start + 784; to += 2, from++) {
        table[to] = (pixels[from] >> 4) / 15;
        table[to + 1] = (pixels[from] & 15) / 15;
      }
    }

    function imagesOf(first, count) {
      const table = new Float32Array(784 * count);
      for (let n = 0; n < count; n++) copy(first + n, table, 784 * n);
      return table;
    }

    /** The next images to learn from: all once, in a new order, before any comes again. */
    function nextBatch() {
      const { images, batch, hidden } = run.options;
      const end = Math.min(WATCHED + images, 6 * PART, parts.length * PART); // of what is here
      if (!order || order.at + batch > order.list.length) {
        const list = [];
        for (let image = WATCHED; image < end; image++)
          if (labelOf(image) !== hidden) list.push(image);
        for (let n = list.length - 1; n > 0; n--) {
          const other = Math.floor(run.random() * (n + 1));
          [list[n], list[other]] = [list[other], list[n]];
        }
        order = { list, at: 0 };
      }
      const chosen = order.list.slice(order.at, order.at + batch);
      order.at += batch;
      return chosen;
    }

    function begin({ kernel, options, known }) {
      const { Network, scheduled } = makeEngine(kernel);
      const random = dice(options.seed);
      const network = new Network({ ...options, random });
      if (known) network.take(known);
      order = null;
      const first = network.layers[0].weights.slice();
      run = {
        first,
        network,
        scheduled,
        options,
        random,
        labels: new Map(),
        finished: Boolean(known),
      };
      tellDigit();
    }

    /** The label that the network is taught: another one where labels are shuffled. */
    function taught(image) {
      if (!run.options.shuffled) return labelOf(image);
      if (!run.labels.has(image)) run.labels.set(image, Math.floor(run.random() * 10));
      return run.labels.get(image);
    }

    function step() {
      const { network, options } = run;
      const chosen = nextBatch();
      for (const [n, image] of chosen.entries()) copy(image, network.inputs[0], 784 * n);
      const labels = chosen.map(taught);
      const rate = set.rate ?? run.scheduled(options.rate, network.step, options.steps);
      run.loss = network.learn(labels, chosen.length, rate, options.optimizer);
      if (network.step > 10 && !set.slow) return;
      const read = chosen.slice(0, 10).map((_, n) => {
        const probabilities = network.probabilities(n);
        return probabilities.indexOf(Math.max(...probabilities));
      });
      const pixels = Array.from(network.inputs[0].subarray(0, 10 * 784));
      postMessage({ batch: { step: network.step, loss: run.loss, pixels, read, labels } });
    }

    /** The pinned digit's ten probabilities. */
    function readDigit() {
      if (!digit) return null;
      run.network.inputs[0].set(digit);
      run.network.forward(1);
      return run.network.probabilities(0);
    }

    function tellDigit() {
      if (run) postMessage({ digit: readDigit() });
    }

    function report() {
      const { network } = run;
      const { digits } = network.read(imagesOf(0, WATCHED));
      const right = digits.filter((read, image) => read === labelOf(image)).length;
      const width = network.widths[1];
      const pictures = Array.from({ length: PICTURES }, (_, neuron) => {
        const { weights } = network.layers[0];
        return Float32Array.from({ length: 784 }, (_, pixel) => {
          const place = pixel * width + neuron;
          return weights[place] - run.first[place];
        });
      });
      postMessage({
        report: {
          step: network.step,
          loss: run.loss,
          accuracy: right / WATCHED,
          pictures,
          wall: digits.slice(0, WALL),
          digit: readDigit(),
        },
      });
    }

    /** The last judgement: the 10,000 test images, which nothing else looked at. */
    function judge() {
      const confusion = Array.from({ length: 10 }, () => new Array(10).fill(0));
      const { digits } = run.network.read(imagesOf(6 * PART, PART));
      digits.forEach((read, n) => {
        confusion[labelOf(6 * PART + n)][read] += 1;
      });
      postMessage({ done: { confusion, tables: run.network.tables() } });
    }

    /** Train for a moment, then let messages in. */
    function loop() {
      const wait = (milliseconds) => setTimeout(loop, milliseconds);
      if (!run || run.finished) return;
      if (set.paused || !parts.length) return wait(50);
      const { network, options } = run;
      const until = performance.now() + 120; // a browser waits 4 ms each time
      do {
        const { step: at } = network;
        if (at % EVERY === 0 || at < 10 || at === options.steps) report();
        if (network.step >= options.steps) {
          if (!parts[6]) return wait(50); // the test images are still on their way
          run.finished = true;
          return judge();
        }
        step();
        if (network.step <= 10 || set.slow) return wait(600);
      } while (performance.now() < until);
      return wait(0);
    }

    self.onmessage = async ({ data }) => {
      if (data.start) {
        begin(data.start);
        loop();
      }
      if (data.images) {
        const { labels, pixels } = await unpack(data.images.text);
        parts[data.images.part] = { labels, pixels };
        const wall = data.images.part === 0 && {
          pixels: imagesOf(0, WALL),
          labels: Array.from(labels.subarray(0, WALL)),
        };
        postMessage({ loaded: parts.filter(Boolean).length, wall });
      }
      if (data.digit !== undefined) {
        digit = data.digit;
        if (run && (set.paused || run.finished || !parts.length)) tellDigit();
      }
      if (data.set) Object.assign(set, data.set);
    };
  }

  window.course.work = work;
})();
