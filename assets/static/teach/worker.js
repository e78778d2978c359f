/* What the workers of "Teach it" do: the first one trains, and tells the page what it sees on the
 * way; the others, if there are any, take a share of each batch, and all add up their gradients.
 *
 * The page sends {start}, {images}, {digit} and {set}; it gets {loaded}, {batch}, {turn}, {digit},
 * {report} and {done}. The function is sent as text, so it knows nothing that it is not given.
 */
(() => {
  "use strict";

  function work(makeEngine, dice) {
    const PART = 10_000; // images in each file
    const WATCHED = 2_000; // the first ones are only watched, the other 58,000 learnt from
    const WALL = 60; // of these are shown while they are misread
    const EVERY = 25; // steps from one report to the next
    const PICTURES = 24; // neurons whose weights are shown
    const SNAPSHOTS = 40; // of all weights, 2.7 MB each; when there are more, every second one goes

    const parts = []; // {pixels, labels}: seven of them, the last with the test images
    const set = { paused: false, slow: false, rate: null, shown: null }; // shown: a step, or now
    const rest = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
    let [run, digit, order] = [null, null, null];
    let unpacked = Promise.resolve(); // one part after the other: a later one can be ready first

    /** Ten thousand labels, then their pixels, two in a byte, packed as a zip packs. */
    async function unpack(text) {
      const characters = atob(text);
      const packed = new Uint8Array(characters.length);
      for (let n = 0; n < packed.length; n++) packed[n] = characters.charCodeAt(n);
      const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
      const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
      return { labels: bytes.subarray(0, PART), pixels: bytes.subarray(PART) };
    }

    const GREYS = Float32Array.from({ length: 16 }, (_, grey) => grey / 15);
    const labelOf = (image) => parts[Math.floor(image / PART)].labels[image % PART];

    /** Write the 784 pixels of an image, from 0 (paper) to 1 (ink), into `table`. */
    function copy(image, table, start) {
      const { pixels } = parts[Math.floor(image / PART)];
      let from = (image % PART) * 392;
      for (let to = start; to < start + 784; to += 2, from++) {
        table[to] = GREYS[pixels[from] >> 4];
        table[to + 1] = GREYS[pixels[from] & 15];
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

    /** The neighbours in the ring: messages go to the next worker, and come from the one before. */
    function ringOf({ rank, count, next, before }) {
      const [come, waiting] = [[], []];
      if (before)
        before.onmessage = ({ data }) => (waiting.length ? waiting.shift()(data) : come.push(data));
      return {
        ...{ rank, count },
        send: (data, buffers) => next.postMessage(data, buffers), // these go, without a copy
        receive: () => (come.length ? come.shift() : new Promise((go) => waiting.push(go))),
      };
    }

    function begin({ kernel, options, known, ring }) {
      const { Network, addUp, scheduled } = makeEngine(kernel);
      const random = dice(options.seed);
      const network = new Network({ ...options, random });
      if (known) network.take(known);
      order = null;
      run = {
        ...{ network, addUp, scheduled, options, random, ring: ringOf(ring) },
        first: network.layers[0].weights.slice(),
        rival: options.rival && new Network({ ...options, random: dice(options.seed) }),
        labels: new Map(),
        snapshots: [],
        apart: 1, // reports from one snapshot to the next
        reports: 0,
        speed: { images: 0, time: 0 },
        finished: Boolean(known),
      };
      if (ring.rank) return help();
      tellDigit();
      return known ? null : loop();
    }

    /** A share of a batch: its gradient, the sum of all, and the same step as everybody. */
    async function learn(labels, { total, rate, optimizer }) {
      const { network, ring, addUp } = run;
      network.differentiate(labels, labels.length, total);
      await addUp(network.gradients, ring);
      network.update(rate, optimizer);
    }

    /** The shares of the workers behind this one. */
    function handOn(parcels, how) {
      const buffers = parcels.map(({ pixels }) => pixels.buffer);
      if (parcels.length) run.ring.send({ parcels, ...how }, buffers);
    }

    /** What another worker does: take the first parcel, hand the others on, learn. */
    async function help() {
      for (;;) {
        const { parcels, ...how } = await run.ring.receive();
        const { pixels, labels } = parcels.shift();
        handOn(parcels, how);
        run.network.inputs[0].set(pixels);
        await learn(labels, how);
      }
    }

    /** The label that the network is taught: another one where labels are shuffled. */
    function taught(image) {
      if (!run.options.shuffled) return labelOf(image);
      if (!run.labels.has(image)) run.labels.set(image, Math.floor(run.random() * 10));
      return run.labels.get(image);
    }

    const isSlow = () => run.network.step < 10 || set.slow;

    async function step() {
      const { network, options, rival, ring, speed } = run;
      const began = performance.now();
      const chosen = nextBatch();
      const total = chosen.length;
      const start = (n) => Math.floor((n * total) / ring.count);
      const shares = Array.from({ length: ring.count }, (_, n) =>
        chosen.slice(start(n), start(n + 1)),
      );
      const labels = chosen.map(taught);
      const rate = set.rate ?? run.scheduled(options.rate, network.step, options.steps);
      const how = { total, rate, optimizer: options.optimizer };
      const parcels = shares.slice(1).map((images, n) => {
        const pixels = new Float32Array(784 * images.length);
        for (const [place, image] of images.entries()) copy(image, pixels, 784 * place);
        return { pixels, labels: labels.slice(start(n + 1), start(n + 2)) };
      });
      handOn(parcels, how);
      const [mine] = shares;
      for (const [n, image] of mine.entries()) copy(image, network.inputs[0], 784 * n);
      if (rival) {
        rival.inputs[0].set(network.inputs[0]);
        const rivals = run.scheduled(options.rival, network.step, options.steps);
        rival.learn(labels, total, set.rate ?? rivals, "sgd");
      }
      const pixels = isSlow() && network.inputs[0].slice(0, 7840);
      ring.turned = pixels ? showTurn : null;
      await learn(labels.slice(0, mine.length), how);
      run.loss = network.gradients[network.parameters.length];
      if (!pixels) {
        speed.images += total;
        speed.time += performance.now() - began;
        return;
      }
      const read = mine.slice(0, 10).map((_, n) => mostOf(network.probabilities(n)));
      postMessage({ batch: { step: network.step, loss: run.loss, pixels, read, labels } });
      await rest(600);
    }

    const mostOf = (probabilities) => probabilities.indexOf(Math.max(...probabilities));

    /** What goes round the ring, slowly enough to be seen. */
    function showTurn(turn) {
      postMessage({ turn });
      return rest(250);
    }

    /** The pinned digit's ten probabilities, now or as they were at the step that is shown. */
    function readDigit(step = null) {
      if (!digit) return null;
      const { network, snapshots } = run;
      const then = step !== null && snapshots.findLast((one) => one.step <= step);
      const now = then && network.parameters.slice();
      if (then) network.parameters.set(then.parameters);
      network.inputs[0].set(digit);
      network.forward(1);
      const probabilities = network.probabilities(0);
      if (then) network.parameters.set(now);
      return probabilities;
    }

    function tellDigit() {
      if (run) postMessage({ digit: readDigit(set.shown) });
    }

    function keep() {
      const { network, snapshots } = run;
      if (run.reports++ % run.apart) return;
      snapshots.push({ step: network.step, parameters: network.parameters.slice() });
      if (snapshots.length <= SNAPSHOTS) return;
      run.snapshots = snapshots.filter((_, n) => n % 2 === 0);
      run.apart *= 2;
    }

    function accuracyOf(network) {
      const { digits } = network.read(WATCHED, copy);
      const right = digits.filter((read, image) => read === labelOf(image)).length;
      return { accuracy: right / WATCHED, digits };
    }

    function report() {
      const { network, rival, speed } = run;
      const { accuracy, digits } = accuracyOf(network);
      const width = network.widths[1];
      const pictures = Array.from({ length: PICTURES }, (_, neuron) => {
        const { weights } = network.layers[0];
        return Float32Array.from({ length: 784 }, (_, pixel) => {
          const place = pixel * width + neuron;
          return weights[place] - run.first[place];
        });
      });
      run.reported = network.step;
      keep();
      postMessage({
        report: {
          ...{ accuracy, pictures },
          step: network.step,
          loss: run.loss,
          rival: rival && accuracyOf(rival).accuracy,
          speed: speed.time && (1000 * speed.images) / speed.time,
          wall: digits.slice(0, WALL),
          digit: readDigit(),
        },
      });
    }

    /** The last judgement: the 10,000 test images, which nothing else looked at. */
    function judge() {
      const { network } = run;
      const confusion = Array.from({ length: 10 }, () => new Array(10).fill(0));
      const { digits, sure } = network.read(PART, (n, ...place) => copy(6 * PART + n, ...place));
      const isRight = Array.from(digits, (read, n) => {
        const label = labelOf(6 * PART + n);
        confusion[label][read] += 1;
        return read === label;
      });
      const watched = network.read(WATCHED, copy).sure.sort();
      /** How good a limit is below which a share of the watched images stays, as in chapter 9. */
      const rates = (share) => {
        const limit = watched[share * WATCHED];
        const count = (isOne) => isRight.filter((right, n) => isOne(right, sure[n] < limit)).length;
        const refused = count((_, isRefused) => isRefused);
        const mistakes = count((right) => !right);
        return {
          limit,
          digitsRefused: (100 * refused) / PART,
          acceptedRight:
            (100 * count((right, isRefused) => right && !isRefused)) / (PART - refused),
          mistakesRefused:
            (100 * count((right, isRefused) => !right && isRefused)) / (mistakes || 1),
        };
      };
      const accuracy = (100 * isRight.filter(Boolean).length) / PART;
      const measured = { accuracy, unsure: rates(0.03), noDigit: rates(0.01) };
      postMessage({ done: { confusion, measured, tables: network.tables() } });
    }

    /** Train for a moment, then let messages in. */
    async function loop() {
      const { network, options } = run;
      let until = 0;
      while (!run.finished) {
        const { step: at } = network;
        if (set.paused || !parts.length) {
          await rest(50);
          continue;
        }
        const isLast = at === options.steps;
        if ((at % EVERY === 0 || at < 10 || isLast) && run.reported !== at) report();
        if (!isLast) await step();
        else if (!parts[6])
          await rest(50); // the test images are still on their way
        else run.finished = true;
        if (performance.now() < until) continue;
        await rest(0);
        until = performance.now() + 120; // a browser waits 4 ms each time
      }
      judge();
    }

    async function take({ part, text }) {
      const { labels, pixels } = await unpack(text);
      parts[part] = { labels, pixels };
      const wall = part === 0 && {
        pixels: imagesOf(0, WALL),
        labels: Array.from(labels.subarray(0, WALL)),
      };
      postMessage({ loaded: parts.length, wall });
    }

    self.onunhandledrejection = ({ reason }) => {
      throw reason; // so that the page hears of it
    };
    self.onmessage = ({ data }) => {
      if (data.start) begin(data.start);
      if (data.images) unpacked = unpacked.then(() => take(data.images));
      if (data.digit !== undefined) digit = data.digit;
      if (data.set) Object.assign(set, data.set);
      const isAsked = data.digit !== undefined || data.set?.shown !== undefined;
      if (isAsked && run && (set.paused || run.finished || !parts.length || set.shown !== null))
        tellDigit();
    };
  }

  window.course.work = work;
})();
