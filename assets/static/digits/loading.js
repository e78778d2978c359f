/* The weights of the digit reader come with the first sign of a hand. */
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

  /** Loads the network: `done` gets it and what was measured with it, or nothing if that failed. */
  class Loading {
    constructor(words, done) {
      Object.assign(this, { words, done });
      this.element = html("div.digits-loading");
    }

    start() {
      if (this.begun) return; // who only reads need not wait for them
      this.begun = true;
      this.load();
    }

    /** By a script element: over file:// nothing else may read a file. */
    load() {
      const told = say(this.words.loading, { size: samples.kilobytes });
      this.element.replaceChildren(html("p", told), html("progress", { "aria-label": told }));
      const script = html("script", { src: `${FOLDER}weights.js?v=${samples.version}` });
      script.onerror = () => this.fail(this.words.failed);
      script.onload = () => {
        script.remove();
        this.take(window.course.weights).catch(() => this.fail(this.words.damaged));
      };
      document.head.append(script);
    }

    async take(weights) {
      const pieces = unpacking(weights);
      let piece = pieces.next();
      for (; !piece.done; piece = pieces.next()) await pause();
      await warmUp(piece.value);
      this.element.replaceChildren();
      this.done(piece.value, weights.measured);
      delete window.course.weights; // a million characters that nobody needs any more
    }

    fail(sentence) {
      const again = button(this.words.again, () => this.load());
      this.element.replaceChildren(html("p", { role: "alert" }, sentence), again);
      this.done();
    }
  }

  window.course.Loading = Loading;
})();
