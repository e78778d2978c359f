/* "Teach it": the network of chapter 7 is trained in the page, and reads what the reader draws. */
(() => {
  "use strict";

  const { Explorable, Plot, button, defaults, dice, format, html } = window.course.shared;
  const { percent, say, short, slider, svg, total } = window.course.shared;
  const { Paper, SIDE, canvasOf, chooser } = window.course.paper;
  const { prepare } = window.course.prepareDigit;
  const { coloursOf, makeBar, makeProbes, paintPixels, paintShares, showBars } =
    window.course.inside;
  const { kernels, makeEngine, npz, own, work } = window.course;

  const FOLDER = document.currentScript.src.replace(/[^/]*$/, "");
  const PARTS = 7; // files of 10,000 images each
  const MOST = Math.log10(0.999); // a slider's rates are powers of ten: 10⁻⁴ … 1
  const BATCH = 250;
  const RIVAL = 0.5; // the rate of plain steps in a race
  const PRESETS = {
    // by the headings of the page, to which chapters lead
    "the-recipe": {},
    "a-hundred-images": { images: 100, steps: 300 },
    "shuffled-labels": { images: 1000, labels: "shuffled", steps: 600 },
    "no-sevens": { hidden: "7" },
    "no-activation": { activation: "none" },
    "ten-layers-sigmoid": { layers: "64-64-64-64-64-64-64-64-64-64", activation: "sigmoid" },
    "a-race": { optimizer: "race" },
    "break-it-rescue-it": { steps: 1856 },
    "few-neurons": { layers: "16" },
    "in-a-hurry": { layers: "128-128" },
    "two-workers": { workers: 2 },
  };
  const LAYERS = /^[1-9]\d{0,3}(-[1-9]\d{0,3}){0,11}$/;

  /** The first program that this browser can run: each needs 128-bit SIMD, the first one more. */
  function kernelBytes() {
    const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    try {
      return kernels.map(bytesOf).find((bytes) => WebAssembly.validate(bytes)) ?? null;
    } catch {
      return null;
    }
  }

  /** A title, and what it is about on a line of its own. */
  const caption = (title, told) =>
    html("p.caption", html("strong", title), told && [html("br"), told]);

  /** Of how many workers each piece of each worker is the sum, after some turns of the ring. */
  function sumsAfter(turns, count) {
    const sums = Array.from({ length: count }, () => new Array(count).fill(1));
    for (let turn = 0; turn < turns; turn++)
      for (let rank = 0; rank < count; rank++)
        sums[rank][(rank - turn - 1 + 2 * count) % count] = Math.min(turn + 2, count);
    return sums;
  }

  class TeachIt extends Explorable {
    static key = "teach-it";
    static fields = {
      layers: {
        value: "512-512",
        accepts: (text) =>
          LAYERS.test(text) && text.split("-").every((n) => n % 8 === 0 && n <= 1024),
      },
      activation: { value: "relu", options: ["relu", "tanh", "sigmoid", "none"] },
      optimizer: { value: "adam", options: ["adam", "sgd", "race"] },
      rate: { value: 0.004, min: 0.0001, max: 2, step: 0.0001 },
      images: { value: 58_000, min: 10, max: 58_000, step: 1 },
      labels: { value: "right", options: ["right", "shuffled"] },
      hidden: { value: "none", options: ["none", ..."0123456789"] },
      steps: { value: 928, min: 1, max: 9280, step: 1 },
      seed: { value: 1, min: 1, max: 999, step: 1 },
      workers: { value: 1, options: [1, 2, 3, 4] },
    };

    connectedCallback() {
      super.connectedCallback();
      if (!this.choose(location.hash.slice(1))) return;
      // Who comes for an experiment comes to do it: its heading stands far below, and tells the end.
      addEventListener("load", () => requestAnimationFrame(() => this.scrollIntoView()));
    }

    // --- the parts -------------------------------------------------------------------------------

    layout() {
      const { words } = this;
      this.kernel = kernelBytes();
      this.parts = [];
      this.team = [];
      const told = { scene() {}, ink: () => this.later(), pen: (news) => this.tell(news) };
      this.paper = new Paper(words, told);
      this.paper.pen.width = 30;
      const restored = () => {
        clearTimeout(this.emptied); // one picture after the other can be painted again
        this.emptied = setTimeout(() => this.repaint(), 100);
      };
      this.addEventListener("contextrestored", restored, true);
      this.message = html("p.digits-message", { role: "status" });
      this.tell("");
      this.strip = html("div.teach-strip", { hidden: "" });
      const right = html("div", this.makeProgress(), this.makeWall());
      this.end = html("div.teach-end", { hidden: "" });
      document.addEventListener("visibilitychange", () => this.sleep());
      window.addEventListener("hashchange", () => this.choose(location.hash.slice(1)));
      window.course.images = (part, text) => {
        this.parts[part] = text;
        this.worker?.postMessage({ images: { part, text } });
      };
      this.paper.redraw();
      this.probes = makeProbes();
      return [
        this.makeNow(),
        this.makeControls(),
        this.message,
        this.strip,
        html("div.panels", { style: "--least: 15rem" }, this.makePaper(), right),
        this.makeRing(),
        this.makePictures(),
        this.end,
        this.makeExperiments(),
        ...this.probes,
      ];
    }

    /** What matters, in one line: the reader's digit, how it is read, how many are, the button. */
    makeNow() {
      this.pinned = canvasOf(28, 28);
      this.verdict = html("p.digits-verdict", this.words.draw);
      this.accuracy = html("span", "–");
      const label = html("span.teach-label", this.words.curve);
      const accuracy = html("p.teach-accuracy", this.accuracy, label);
      this.starter = button(this.words.begin, () => this.press(), ".primary.steady");
      return html("div.teach-now", this.pinned, this.verdict, accuracy, this.starter);
    }

    /** Set what an experiment asks for, and say what to expect; other names mean nothing. */
    choose(name) {
      if (!Object.hasOwn(PRESETS, name)) return false;
      this.set({ ...defaults(TeachIt.fields), ...PRESETS[name] });
      this.moment = ["ask", this.words.presets[name][1]];
      this.update();
      return true;
    }

    /** A page that is hidden does not go on: a browser would let it sleep in the middle. */
    sleep() {
      if (document.hidden ? !this.running : !this.asleep) return;
      this.asleep = document.hidden;
      this.go(!this.asleep);
      this.tell("");
    }

    makePaper() {
      const { words } = this;
      this.bars = Array.from({ length: 10 }, (_, digit) => makeBar("li", {}, digit));
      const clear = button(words.clear, () => this.paper.clear());
      const keys = html("p.digits-small", { id: "digits-keys" }, words.keys);
      const rows = this.bars.map(({ row }) => row);
      const list = html("ul.teach-bars", { "aria-label": words.probabilities }, rows);
      const buttons = html("div.buttons", clear);
      return html("div", caption(words.yours), this.paper.sheet, buttons, list, keys);
    }

    makeProgress() {
      const { words } = this;
      this.plot = new Plot({
        x: [0, this.state?.steps ?? 928],
        y: [0, 100],
        ticks: [[], [0, 50, 90, 100]],
        labels: words.axes,
        box: [34, 6, 336, 168],
        size: [346, 204],
      });
      this.plot.tell(words.curve, "", words.curve);
      this.plot.draw(this.plot.axes());
      this.told = html("p.digits-small", words.untrained);
      const move = (place) => this.show(Math.round(place));
      this.history = slider(words.history, { min: 0, max: 0, step: 1 }, move);
      this.history.hidden = true;
      return html("div", this.plot.panel, this.told, this.history);
    }

    makePictures() {
      const { words } = this;
      this.neurons = Array.from({ length: 24 }, (_, neuron) => {
        const picture = canvasOf(28, 28);
        const click = () => this.open(neuron);
        const label = say(words.neuron, { number: neuron + 1 });
        const attributes = { type: "button", "aria-pressed": false, "aria-label": label, click };
        return html("button", attributes, picture);
      });
      this.opened = canvasOf(28, 28);
      this.openedTold = html("figcaption.digits-small", words.pressNeuron);
      const group = { role: "group", "aria-label": words.first };
      const grid = html("div.digits-samples.teach-neurons", group, this.neurons);
      const opened = html("figure.teach-opened", this.opened, this.openedTold);
      return html("div", caption(words.first, words.firstTold), grid, opened);
    }

    /** Each sets the state, and says what to expect. */
    makeExperiments() {
      const { words } = this;
      const pick = (name) => {
        this.choose(name);
        this.scrollIntoView(); // what it asks, and the button that answers, stand at the top
        this.starter.focus({ preventScroll: true });
      };
      const buttons = Object.keys(PRESETS).map((name) =>
        button(words.presets[name][0], () => pick(name)),
      );
      const workers = this.choice("workers", words.workers, [1, 2, 3, 4]);
      workers.hidden = !((navigator.hardwareConcurrency ?? 1) > 1 || this.state.workers > 1);
      const group = { role: "group", "aria-label": words.experiments };
      const title = html("span", words.experiments);
      return html("div", group, html("div.buttons", title, buttons), workers);
    }

    /** Several workers: how their gradients are added up, and how fast they are together. */
    makeRing() {
      const { words } = this;
      this.ring = svg("svg.teach-ring", { viewBox: "0 0 300 170", role: "img" });
      this.ringTold = html("p.digits-small");
      this.speeds = html("ul.teach-bars", { "aria-label": words.speeds });
      const ring = html("div", caption(words.ring), this.ring, this.ringTold);
      const speeds = html("div", caption(words.speeds), this.speeds);
      this.sharing = html("div.panels", { style: "--least: 15rem", hidden: "" }, ring, speeds);
      return this.sharing;
    }

    makeWall() {
      const { words } = this;
      this.wallTold = html("span", words.wallTold);
      this.wall = html("div.teach-wall", { role: "img", "aria-label": words.wall });
      return html("div", caption(words.wall, this.wallTold), this.wall);
    }

    makeControls() {
      const { words } = this;
      this.again = button(words.again, () => this.begin());
      this.slow = button(words.slow, () => this.setSlow(!this.isSlow));
      this.slow.setAttribute("aria-pressed", false);
      const put = (power) => this.setRate(power);
      this.rate = slider(words.rate, { min: -4, max: 0, step: 0.05, name: "rate" }, put);
      this.rate.hidden = this.again.hidden = this.slow.hidden = true;
      this.saver = button(words.save, () => this.save());
      this.saver.hidden = true;
      const opens = chooser(words.openFile, ".npz", (file) => this.openFile(file));
      this.reader = button(words.openReader, () => own.read(this.own), ".primary");
      this.reader.hidden = true;
      const { again, slow, saver, reader } = this;
      const buttons = html("div.buttons", reader, again, slow, saver, opens);
      return html("div.teach-controls", buttons, this.rate);
    }

    // --- training --------------------------------------------------------------------------------

    get options() {
      const { layers, optimizer, labels, hidden, workers, ...others } = this.state;
      const hiddenLayers = this.kernel ? layers.split("-").map(Number) : [64];
      const isRace = optimizer === "race";
      return {
        ...others,
        sizes: [784, ...hiddenLayers, 10],
        batch: BATCH,
        shuffled: labels === "shuffled",
        hidden: hidden === "none" ? null : Number(hidden),
        optimizer: isRace ? "adam" : optimizer,
        rival: isRace && RIVAL,
        workers: isRace ? 1 : workers, // the rival learns alone
      };
    }

    /** Workers with a network that has not learnt anything yet, or one with `known` weights. */
    start(known) {
      for (const worker of this.team) worker.terminate();
      const { kernel, options } = this;
      if (known) Object.assign(options, { sizes: own.sizesOf(known), workers: 1 });
      const count = options.workers;
      const address = URL.createObjectURL(new Blob([`(${work})(${makeEngine}, ${dice})`]));
      this.team = Array.from({ length: count }, () => new Worker(address));
      URL.revokeObjectURL(address);
      if (this.reports?.length > 1)
        this.ghost = this.reports.map((one) => [one.step, 100 * one.accuracy]);
      this.plan = this.shown = null;
      this.running = false;
      this.reports = [];
      this.showNothing();
      this.end.hidden = this.strip.hidden = this.history.hidden = true;
      this.reader.hidden = this.saver.hidden = true;
      this.started = JSON.stringify(this.options);
      const ports = this.team.map(() => new MessageChannel());
      for (const [rank, worker] of this.team.entries()) {
        worker.onerror = (event) => {
          event.preventDefault();
          this.fail();
        };
        const next = ports[rank].port1;
        const before = ports[(rank + count - 1) % count].port2;
        const ring = { rank, count, next, before };
        worker.postMessage({ start: { kernel, options, known, ring } }, [next, before]);
      }
      [this.worker] = this.team;
      this.worker.onmessage = ({ data }) => this.hear(data);
      this.worker.postMessage({ set: { paused: true } });
      this.sharing.hidden = count === 1;
      this.drawRing(0);
      this.sendDigit();
    }

    /** As long as nothing has been learnt; only the curve before stays, in grey. */
    showNothing() {
      const { words, plot } = this;
      this.told.textContent = words.untrained;
      this.accuracy.textContent = "–";
      this.scaleCurve();
      plot.drawInside(this.ghost && plot.line(this.ghost, "thin.grey"));
      this.wallTold.textContent = words.wallTold;
      for (const canvas of this.wall.children) canvas.classList.remove("teach-right");
      this.pictures = null;
      this.openedTold.textContent = words.pressNeuron;
      const canvases = this.neurons.map((neuron) => neuron.firstChild);
      for (const { brush } of [...canvases, this.opened]) brush.clearRect(0, 0, 28, 28);
    }

    scaleCurve() {
      const { steps } = this.options;
      this.plot.reach([0, steps], [0, 100]);
      this.plot.ticks[0] = [0, steps / 2, steps];
    }

    /** A worker has failed: nothing goes on, and one can begin anew. */
    fail() {
      for (const worker of this.team) worker.terminate();
      const nothing = { team: [], worker: null, plan: null, running: false, started: null };
      Object.assign(this, { ...nothing, asleep: false, moment: undefined });
      this.starter.textContent = this.words.begin;
      this.update();
      this.tell(this.words.broken);
    }

    begin() {
      this.start();
      this.plan = {};
      this.flipped = null;
      this.hasBroken = false;
      this.moment = ["tried", this.words.begun];
      this.marks = [0.2, 0.5, 0.9, 0.97];
      this.go(true);
      this.setSlow(false);
      this.rate.show(Math.log10(this.state.rate), this.words.recipe);
      this.rate.hidden = this.slow.hidden = this.again.hidden = false;
      this.update();
      this.tell("");
      for (const [part, text] of this.parts.entries()) window.course.images(part, text);
      this.load(this.parts.length);
    }

    /** Load the images, one file after the other: by script elements, also over file://. */
    load(part) {
      if (part === PARTS || this.loading || !this.worker) return;
      this.loading = true;
      const script = html("script", { src: `${FOLDER}images/${part}.js` });
      script.onload = script.onerror = ({ type }) => {
        script.remove();
        this.loading = false;
        if (type === "load" && this.parts[part]) return this.load(part + 1);
        const again = button(this.words.tryAgain, () => this.load(part));
        this.message.replaceChildren(this.words.failed, " ", again);
      };
      this.tell(say(this.words.loading, { part: part + 1, parts: PARTS }), true);
      if (part === PARTS - 1) this.tell("");
      document.head.append(script);
    }

    /** The first button: begin, pause, go on, or begin anew. */
    press() {
      if (this.plan && !this.plan.done) this.go(!this.running);
      else this.begin();
    }

    go(running) {
      this.running = running;
      this.starter.textContent = running ? this.words.pause : this.words.goOn;
      this.worker.postMessage({ set: { paused: !running } });
    }

    setSlow(isSlow) {
      this.isSlow = isSlow;
      this.slow.setAttribute("aria-pressed", isSlow);
      this.strip.hidden = !isSlow;
      this.worker.postMessage({ set: { slow: isSlow } });
    }

    setRate(power) {
      const rate = 10 ** Math.min(power, MOST);
      this.rate.show(power, short(rate));
      this.worker.postMessage({ set: { rate } });
    }

    // --- what the worker tells -------------------------------------------------------------------

    hear({ batch, digit, done, loaded, report, turn, wall }) {
      if (digit !== undefined) this.showDigit(digit);
      if (turn) this.drawRing(turn);
      if (wall) this.buildWall(wall);
      if (loaded === PARTS) this.tell("");
      if (batch) this.showBatch(batch);
      if (report) {
        const last = Number(this.history.querySelector("input").value);
        const follows = last >= this.reports.length - 1;
        this.reports.push(report);
        if (follows) this.show(this.reports.length - 1);
        if (report.speed) this.showSpeed(report.speed);
        this.watch(report);
      }
      if (done) this.finish(done);
    }

    /** The ring after some turns of a step: each square is a piece, the darker the fuller. */
    drawRing(turn) {
      const { words, ring } = this;
      const { workers: count } = this.options;
      if (count === 1) return;
      const turns = 2 * (count - 1);
      const place = (n, gap = 0) => {
        const angle = 2 * Math.PI * (n / count) - Math.PI / 2 + gap;
        return [150 + 100 * Math.cos(angle), 85 + 62 * Math.sin(angle)];
      };
      const gap = 0.36;
      const workers = sumsAfter(turn || turns, count).map((sums, rank) => {
        const [x, y] = place(rank);
        const left = x - 7 * count;
        const square = { y: y - 6, width: 12, height: 12 };
        const squares = sums.map((sum, n) =>
          svg("rect.full.blue", { x: left + 14 * n, ...square, "fill-opacity": sum / count }),
        );
        const arrow = `M${place(rank, gap)} A100 62 0 0 1 ${place(rank + 1, -gap)}`;
        const [tip, end] = [place(rank + 1, -gap), place(rank + 1, -gap - 0.06)];
        const [dx, dy] = [tip[0] - end[0], tip[1] - end[1]];
        const wing = (side) => `${end[0] - side * dy},${end[1] + side * dx}`;
        const way = { d: arrow, pathLength: 24 };
        return [
          svg(`path.line.thin.grey${this.running ? ".teach-flow" : ""}`, way),
          svg("polygon.full.grey", { points: `${tip} ${wing(0.6)} ${wing(-0.6)}` }),
          svg("rect.hollow", { x: left - 5, y: y - 10, width: 14 * count + 8, height: 20, rx: 3 }),
          squares,
        ];
      });
      const told = turn < count ? words.turnAdds : words.turnPasses;
      const share = format(BATCH / count);
      this.ringTold.textContent = turn
        ? say(told, { turn, turns })
        : say(words.ringTold, { count, share, turns });
      ring.replaceChildren(
        svg("title", say(words.ringPicture, { count })),
        ...workers.flat(Infinity),
      );
    }

    /** Images a second with so many workers, beside those with others in the same training. */
    showSpeed(speed) {
      const { workers, rate, seed, ...same } = this.options;
      const training = JSON.stringify(same);
      if (this.timed?.training !== training) this.timed = { training, speeds: {} };
      const { speeds } = this.timed;
      speeds[workers] = speed;
      const most = Math.max(...Object.values(speeds));
      const bars = Object.entries(speeds).map(([count, one]) => {
        const bar = makeBar("li", {}, count);
        bar.show(one / most, format(one));
        return bar.row;
      });
      this.speeds.replaceChildren(...bars);
    }

    buildWall({ pixels, labels }) {
      this.sixty = { pixels, labels };
      this.wall.replaceChildren(
        ...labels.map((_, n) => {
          const canvas = canvasOf(28, 28);
          paintPixels(canvas, pixels.subarray(784 * n, 784 * (n + 1)));
          return canvas;
        }),
      );
    }

    /** A browser that was short of memory has emptied all pictures. */
    repaint() {
      if (this.sixty) this.buildWall(this.sixty);
      this.show(this.place);
    }

    /** One step, slowly: ten images of the batch, what was read, and the loss. */
    showBatch({ step, loss, pixels, read, labels }) {
      const { words } = this;
      this.strip.hidden = false;
      const right = read.filter((digit, n) => digit === labels[n]).length;
      const told = say(words.batch, { step: format(step), loss: format(loss, 2), right });
      const pictures = read.map((digit, n) => {
        const canvas = canvasOf(28, 28);
        paintPixels(canvas, pixels.slice(784 * n, 784 * (n + 1)));
        const look = digit === labels[n] ? "blue" : "orange";
        const sign = digit === labels[n] ? `${digit} ✓` : `${digit} ≠ ${labels[n]}`;
        return html("figure", canvas, html(`figcaption.${look}`, sign));
      });
      this.strip.replaceChildren(html("p.caption", told), html("div", pictures));
      if (step === 10 && !this.isSlow) setTimeout(() => (this.strip.hidden = !this.isSlow), 1500);
    }

    /** Show what was reported at one moment. */
    show(place) {
      const { words, reports } = this;
      const report = reports[place];
      if (!report) return;
      this.colours = coloursOf(this.probes);
      this.place = place;
      const isLast = place === reports.length - 1;
      const shown = isLast ? null : report.step;
      if (shown !== this.shown) this.worker.postMessage({ set: { shown } });
      this.shown = shown;
      if (isLast) this.drawRing(0);
      this.history.hidden = reports.length < 3;
      this.history.querySelector("input").max = reports.length - 1;
      this.history.show(place, say(words.step, { step: format(report.step) }));
      this.accuracy.textContent = say(words.percent, { share: percent(report.accuracy) });
      const told = { step: format(report.step), loss: short(report.loss ?? 2.3) };
      const rival = report.rival && say(words.rival, { share: percent(report.rival) });
      this.told.textContent = [say(words.watched, told), rival].filter(Boolean).join("; ");
      this.scaleCurve();
      const points = reports.map(({ step, accuracy }) => [step, 100 * accuracy]);
      const rivals = reports.map(({ step, rival }) => [step, 100 * rival]);
      this.plot.draw(
        this.plot.axes(),
        this.plot.inside(this.ghost && this.plot.line(this.ghost, "thin.grey")),
        report.rival && this.plot.line(rivals, "orange"),
        this.plot.line(points, "blue"),
        this.plot.dot(points[place], 5, "full.orange"),
      );
      this.plot.tell(words.curve, "", `${words.curve}: ${this.accuracy.textContent}`);
      if (isLast) this.showDigit(report.digit);
      this.showPictures(report.pictures);
      const wrong = [...this.wall.children].filter((canvas, n) => {
        const isRight = report.wall[n] === this.sixty.labels[n];
        canvas.classList.toggle("teach-right", isRight);
        return !isRight;
      }).length;
      this.wallTold.textContent = say(words.misread, { n: wrong });
      this.wall.setAttribute("aria-label", `${words.wall}: ${this.wallTold.textContent}`);
    }

    /** Say what happens when it happens: a limit is passed, or the reader's digit turns. */
    watch({ accuracy, digit, step }) {
      const { words } = this;
      const at = { step: format(step), share: percent(accuracy) };
      if (this.marks[0] <= accuracy) {
        while (this.marks[0] <= accuracy) this.marks.shift();
        this.moment = ["tried", say(accuracy < 0.9 ? words.learns : words.reads, at)];
      }
      if (digit) {
        const read = digit.indexOf(Math.max(...digit));
        if (this.flipped !== null && read !== this.flipped)
          this.moment = ["tried", say(words.flips, { ...at, before: this.flipped, after: read })];
        this.flipped = read;
      }
      const wasGood = this.reports.some((report) => report.accuracy > 0.5);
      if (this.hasBroken ? accuracy > 0.9 : wasGood && accuracy < 0.2) {
        this.hasBroken = !this.hasBroken;
        const told = this.hasBroken ? ["wrong", words.broke] : ["done", words.rescued];
        this.moment = [told[0], say(told[1], at)];
      }
      this.update();
    }

    /** The network is the reader's: to be read with, to be saved, and kept by the browser. */
    async take(network) {
      const { words } = this;
      this.own = network;
      this.saver.hidden = false;
      this.reader.hidden = this.state.activation !== "relu";
      if (this.reader.hidden) return this.tell(words.justReLU);
      await own.keep(network).then(
        () => this.tell(words.kept, true),
        () => this.tell(words.notKept),
      );
    }

    finish({ confusion, measured, tables }) {
      const { words } = this;
      this.running = false;
      this.take({ tables, measured });
      this.starter.textContent = words.begin;
      this.plan.done = true;
      const count = total(confusion.flat());
      const share = total(confusion.map((row, n) => row[n])) / count;
      const half = 1.96 * Math.sqrt((share * (1 - share)) / count);
      const told = { share: format(100 * share, 2), half: format(100 * half, 2) };
      this.moment = ["done", say(words.done, told)];
      const head = [..."0123456789"].map((name) => html("th", { scope: "col" }, name));
      const rows = confusion.map((row, label) => {
        const look = (number, read) => (number && read !== label ? "td.orange" : "td");
        const cells = row.map((number, n) => html(look(number, n), number ? format(number) : "·"));
        return html("tr", html("th", { scope: "row" }, label), cells);
      });
      const title = html("caption", words.confusion);
      const parts = [html("thead", html("tr", html("td"), head)), html("tbody", rows)];
      this.end.replaceChildren(html("table.teach-confusion", title, parts));
      this.end.hidden = false;
      this.sendDigit();
      this.update();
    }

    // --- what is drawn ---------------------------------------------------------------------------

    later() {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0;
        if (!this.worker && !this.paper.isBlank) this.start();
        this.sendDigit();
      });
    }

    sendDigit() {
      const { canvas, isBlank } = this.paper;
      const rgba = canvas.brush.getImageData(0, 0, SIDE, SIDE).data;
      this.pixels = (!isBlank && prepare(rgba, SIDE, SIDE).digits[0]) || null;
      this.worker?.postMessage({ digit: this.pixels });
      paintPixels(this.pinned, this.pixels);
      if (!this.pixels) this.showDigit(null);
    }

    showDigit(probabilities) {
      const { words } = this;
      showBars(this.bars, probabilities, (one) => say(words.percent, { share: percent(one) }));
      const most = probabilities && Math.max(...probabilities);
      this.verdict.textContent = probabilities
        ? say(words.readsYours, { digit: probabilities.indexOf(most), share: percent(most) })
        : words.draw;
    }

    /** Weights as colours: blue where ink speaks for the neuron, orange where against it. */
    paintWeights(canvas, weights) {
      const most = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1;
      paintShares(canvas, this.colours, (i) => weights[i] / most);
    }

    showPictures(pictures) {
      this.pictures = pictures;
      for (const [n, weights] of pictures.entries())
        this.paintWeights(this.neurons[n].firstChild, weights);
      if (this.asked !== undefined) this.open(this.asked);
    }

    /** The weights of one neuron over the reader's digit: what each pixel adds to its sum. */
    open(neuron) {
      const { words, pictures, pixels } = this;
      this.asked = neuron;
      for (const [n, one] of this.neurons.entries()) one.setAttribute("aria-pressed", n === neuron);
      if (!pictures) return;
      const over = pixels
        ? pictures[neuron].map((weight, i) => weight * pixels[i])
        : pictures[neuron];
      this.paintWeights(this.opened, over);
      const told = { number: neuron + 1, sum: format(total(over), 2) };
      this.openedTold.textContent = say(pixels ? words.overYours : words.alone, told);
    }

    // --- files -----------------------------------------------------------------------------------

    save() {
      const file = new Blob([npz.writeNpz(this.own.tables)]);
      const link = html("a", { href: URL.createObjectURL(file), download: "digits.npz" });
      link.click();
      URL.revokeObjectURL(link.href);
    }

    async openFile(file) {
      try {
        const tables = npz.readNpz(new Uint8Array(await file.arrayBuffer()));
        const layers = own.sizesOf(tables).slice(1, -1).join("-");
        if (!TeachIt.fields.layers.accepts(layers)) throw new Error("other layers");
        this.set({ layers });
        this.start(tables);
        this.take({ tables });
        this.moment = ["tried", say(this.words.openedFile, { name: file.name })];
      } catch {
        this.tell(say(this.words.notNetwork, { name: file.name }));
      }
      this.update();
    }

    // --- the element -----------------------------------------------------------------------------

    tell(sentence, isGood = false) {
      const always = this.kernel ? "" : this.words.noKernel;
      const now = this.asleep ? this.words.asleep : sentence; // also while images come
      this.message.textContent = [always, now].filter(Boolean).join(" ");
      this.message.classList.toggle("teach-good", isGood);
    }

    /** Called when the state has changed, too: then the training that ran is another one. */
    draw() {
      if (this.started && this.started !== JSON.stringify(this.options)) {
        this.start();
        this.starter.textContent = this.words.begin;
        this.moment = undefined;
        this.tell("");
      }
      return this.moment ?? ["ask", this.words.start];
    }
  }

  customElements.define("course-teach-it", TeachIt);
})();
