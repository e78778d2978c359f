/* The weights of the digit reader's two networks: each comes when it is needed. */
(() => {
  "use strict";

  const { button, html, say } = window.course.shared;
  const { forward, shares, unpacking } = window.course.network;
  const { pixelsOf, prepare } = window.course.prepareDigit;
  const { SIDE } = window.course.paper;
  const { samples } = window.course;

  const FOLDER = document.currentScript.src.replace(/[^/]*$/, "");

  /** Let the browser do what waits, before we go on. */
  const pause = () => new Promise((resolve) => setTimeout(resolve));

  /** A browser is slow with code that it meets for the first time: not while somebody draws. */
  async function warmUp(network) {
    const blank = new Uint8ClampedArray(4 * SIDE * SIDE).fill(255);
    blank.fill(100, 0, 4 * SIDE * 200); // with ink on it
    for (let turn = 0; turn < 3; turn++) {
      await pause();
      prepare(blank, SIDE, SIDE);
      await pause();
      const { layerInputs } = forward(network, pixelsOf(samples.images[turn]));
      await pause();
      shares(network, layerInputs, turn);
    }
  }

  /**
   * Loads the networks of `samples.networks`, one when it is asked for. `network` is the one that
   * was chosen, or nothing as long as it is not there; `done` is called when that changes.
   */
  class Loading {
    constructor(words, done) {
      Object.assign(this, { words, done });
      this.networks = {};
      this.asked = new Set(); // names of those that are on their way, there, or failed
      this.failed = new Set();
      [this.chosen] = Object.keys(samples.networks);
      this.element = html("div.digits-loading");
    }

    get network() {
      return this.networks[this.chosen];
    }

    /** What was measured with the chosen network. */
    get measured() {
      return this.chosen === "own" ? this.own : samples.networks[this.chosen];
    }

    /** The reader's own network is there, too; without limits it never says that it is not sure. */
    give({ layers, measured, isWanted }) {
      this.own = measured ?? { unsure: { limit: 0 }, noDigit: { limit: 0 } };
      this.networks.own = layers;
      this.asked.add("own");
      if (isWanted) this.choose("own");
      else this.done();
    }

    start() {
      this.begun = true; // who only reads need not wait for any
      if (this.asked.has(this.chosen)) return;
      this.asked.add(this.chosen);
      this.load(this.chosen);
    }

    choose(name) {
      this.chosen = name;
      if (this.network) this.element.replaceChildren();
      if (this.begun) this.again();
      this.done();
    }

    /** Whoever comes back to what has failed asks for it again; a mere movement does not. */
    again() {
      if (this.failed.delete(this.chosen)) this.asked.delete(this.chosen);
      this.start();
    }

    /** By a script element: over file:// nothing else may read a file. */
    load(name) {
      const { file, kilobytes, version } = samples.networks[name];
      const told = say(this.words.loading, { size: kilobytes });
      this.show(name, html("p", told), html("progress", { "aria-label": told }));
      const script = html("script", { src: `${FOLDER}${file}?v=${version}` });
      script.onerror = () => this.fail(name, this.words.failed);
      script.onload = () => {
        script.remove();
        const { weights } = window.course;
        delete window.course.weights; // a million characters that nobody else needs
        this.take(name, weights).catch(() => this.fail(name, this.words.damaged));
      };
      document.head.append(script);
    }

    /** How far a network is; nobody who has chosen the other wants to know. */
    show(name, ...parts) {
      if (name === this.chosen) this.element.replaceChildren(...parts);
    }

    async take(name, weights) {
      const pieces = unpacking(weights);
      let piece = pieces.next();
      for (; !piece.done; piece = pieces.next()) await pause();
      await warmUp(piece.value);
      this.networks[name] = piece.value;
      this.show(name);
      this.done();
    }

    fail(name, sentence) {
      this.failed.add(name);
      const again = button(this.words.again, () => this.again());
      this.show(name, html("p", { role: "alert" }, sentence), again);
      this.done();
    }
  }

  window.course.Loading = Loading;
})();
