/* The digit reader: draw, choose or change a digit, and watch a network of the course read it. */
(() => {
  "use strict";

  const { Explorable, button, format, html, readState, say, slider, wordsOf } =
    window.course.shared;
  const { Answer, Guess, Loading, MARK, Opener, named, own, samples } = window.course;
  const { Inside, paintPixels } = window.course.inside;
  const { Paper, SIDE, canvasOf } = window.course.paper;
  const { change, pixelsOf, prepare } = window.course.prepareDigit;
  const { forward, shares } = window.course.network;

  const WIDTHS = { min: 12, max: 54, step: 6, value: 30 }; // of the pen
  const CHANGES = {
    right: { min: -8, max: 8, step: 1 },
    down: { min: -8, max: 8, step: 1 },
    turn: { min: -90, max: 90, step: 5 },
    thicker: { min: 0, max: 4, step: 1 },
    noise: { min: 0, max: 0.5, step: 0.05 },
  };
  const UNITS = {
    turn: (n) => `${format(n)}°`,
    noise: (n) => format(n, 2),
    pixels: (n, decimals) => `${format(n, decimals)}\u00a0px`,
  };

  /** The mean of the last thirty numbers: a browser's clock is coarse. */
  function meanOf(numbers) {
    numbers.splice(0, numbers.length - 30);
    return numbers.reduce((sum, number) => sum + number) / numbers.length;
  }

  const NETWORKS = [...Object.keys(samples.networks), "own"];

  class DigitReader extends HTMLElement {
    static key = "digit-reader";
    static fields = { mark: MARK, network: { value: NETWORKS[0], options: NETWORKS } };

    connectedCallback() {
      if (this.paper) return;
      this.words = wordsOf(this);
      this.state = readState(DigitReader.key, DigitReader.fields, location.search);
      this.times = { answer: [], both: [] };
      this.speed = html("p.digits-small");
      this.spoken = html("p.visually-hidden", { role: "status" });
      this.message = html("p.digits-message", { role: "status" });
      const speak = (sentence) => {
        this.spoken.textContent = sentence;
      };
      const told = { scene: (isNew) => this.take(isNew), ink: () => this.later(), pen: speak };
      this.paper = new Paper(this.words, told);
      this.loading = new Loading(this.words, () => this.later());
      const ask = (digit) => this.ask(digit);
      this.answer = new Answer(this.words, this.loading.element, ask, speak);
      this.inside = new Inside(this.words, () => this.later());
      const begin = () => this.asItWas();
      const put = (mark) => this.put({ mark });
      this.guess = new Guess(this.words, this.paper, this.state.mark, { begin, put });
      this.replaceChildren(...this.layout());
      if (this.state.network !== "own") this.loading.choose(this.state.network);
      this.asItWas();
      this.listen();
      this.paper.redraw();
      own.find().then((found) => {
        if (found?.layers) this.loading.give(found);
        else if (found) this.tell(this.words.noOwn);
      });
    }

    // --- the parts -------------------------------------------------------------------------------

    layout() {
      const { words } = this;
      const hints = [
        html("p.digits-small", { id: "digits-keys" }, words.keys),
        html("p.digits-small", words.drop),
      ];
      const main = [html("div", this.makeSheet(), this.makeTools()), this.answer.element];
      return [
        this.guess.element,
        html("div.digits-main", main, html("div", hints)),
        this.makeNetworks(),
        this.inside.element,
        this.inside.opening,
        this.makeSamples(),
        this.makeChanges(),
        this.speed,
        this.spoken,
      ];
    }

    /** The paper, and on it what the sliders do to the digit: they stand far below. */
    makeSheet() {
      this.changed = button("", () => this.asItWas(), ".digits-changed");
      return html("div.digits-sheet", this.paper.sheet, this.changed);
    }

    makeTools() {
      const { words, paper } = this;
      this.undo = button(words.undo, () => paper.undo());
      this.clear = button(words.clear, () => paper.clear());
      const show = (scene) => paper.add(scene);
      this.opener = new Opener(words, show, (sentence) => this.tell(sentence));
      const put = (number) => {
        paper.pen.width = number;
        width.show(number, UNITS.pixels(number / 15, 1));
        paper.showPen();
      };
      const width = slider(words.width, { name: "width", ...WIDTHS }, put);
      put(WIDTHS.value);
      const buttons = html("div.buttons", this.undo, this.clear, this.opener.controls);
      return html("div", buttons, width, this.message);
    }

    /** One network or the other, and what the difference is. */
    makeNetworks() {
      const { words, loading } = this;
      const choose = (network) => {
        this.put({ network });
        loading.choose(network);
      };
      this.networks = NETWORKS.map((name) => ({
        name,
        button: button(words.networks[name].name, () => choose(name)),
      }));
      this.about = html("span.digits-small");
      const title = html("span.digits-title", { id: "digits-networks" }, words.network);
      const buttons = this.networks.map((network) => network.button);
      const group = { role: "group", "aria-labelledby": "digits-networks" };
      return html("div.digits-networks", group, title, html("div.buttons", buttons), this.about);
    }

    makeSamples() {
      const { words } = this;
      this.samples = samples.images.map(({ label, ...image }, sample) => {
        const picture = canvasOf(28, 28);
        const pixels = pixelsOf(image);
        paintPixels(picture, pixels);
        const click = () => this.paper.add({ picture, pixels, sample, label });
        const name = say(words.sample, { number: sample + 1, label });
        const attributes = { type: "button", "aria-pressed": false, "aria-label": name, click };
        return html("button", attributes, picture);
      });
      const note = html("span.digits-small", ` ${words.mistakes}`);
      const title = html("p.digits-title", { id: "digits-samples" }, words.samples, note);
      const group = { role: "group", "aria-labelledby": "digits-samples" };
      return html("div.digits-part", group, title, html("div.digits-samples", this.samples));
    }

    makeChanges() {
      const { words } = this;
      this.sliders = Object.entries(CHANGES).map(([name, limits]) => {
        const put = (number) => this.change(name, number);
        return slider(words.sliders[name], { name, ...limits }, put);
      });
      const title = html("p.digits-title", { id: "digits-changes" }, words.changes);
      const back = button(words.asItWas, () => this.asItWas());
      const sliders = html("div.digits-sliders", this.sliders, html("div.buttons", back));
      const group = { role: "group", "aria-labelledby": "digits-changes" };
      return html("div.digits-part", group, title, sliders);
    }

    /** Change the digit in one of the ways of CHANGES. */
    change(name, number) {
      this.changes[name] = number;
      const { words } = this;
      const written = (one) => (UNITS[one] ?? UNITS.pixels)(this.changes[one]);
      this.sliders[Object.keys(CHANGES).indexOf(name)].show(number, written(name));
      const all = Object.keys(this.changes).filter((one) => this.changes[one]);
      const told = all.map((one) => `${words.sliders[one]} ${written(one)}`).join(", ");
      this.changed.hidden = !told;
      this.changed.textContent = say(words.changed, { changes: told });
      this.later();
    }

    asItWas() {
      this.changes = {};
      for (const name of Object.keys(CHANGES)) this.change(name, 0);
    }

    listen() {
      this.opener.listen(this);
      for (const sign of ["pointerover", "focusin"]) {
        this.addEventListener(sign, () => this.loading.start());
      }
      const repaint = () => this.later();
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
      new MutationObserver(repaint).observe(document.body, { attributeFilter: ["data-theme"] });
    }

    // --- what happens ----------------------------------------------------------------------------

    /** Change some of the state, which stands in the page's address. */
    put(change) {
      Object.assign(this.state, change);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => Explorable.prototype.remember.call(this), 300);
    }

    /** There is another scene on the paper. */
    take(isNew) {
      if (isNew) {
        this.loading.start(); // if a picture is pasted before anything else
        this.opener.cancel();
      }
      this.guess.leave();
      this.asked = null;
      this.tell("");
    }

    tell(sentence) {
      this.message.textContent = sentence;
    }

    /** Show what the bar of a digit stands for; a second press goes back to the answer. */
    ask(digit) {
      this.asked = this.asked === digit ? null : digit;
      this.later();
    }

    /** Show everything anew, at most once a frame. */
    later() {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0;
        this.show();
      });
    }

    /** What is on the paper as `prepare` gives it: a field for each digit, or a problem. */
    prepared() {
      const { scene, isBlank, canvas } = this.paper;
      if (scene.pixels) return { digits: [scene.pixels] };
      if (!scene.strokes || isBlank) return { digits: [], ...scene };
      return prepare(canvas.brush.getImageData(0, 0, SIDE, SIDE).data, SIDE, SIDE);
    }

    show() {
      const { answer, loading, paper, words } = this;
      this.inside.readColours();
      const { digits, problem } = this.prepared();
      const fields = digits.map((field) => change(field, this.changes));
      const [pixels = null] = fields;
      const answered = pixels && loading.network ? this.read(pixels) : null;
      this.answered = answered;
      this.undo.setAttribute("aria-disabled", paper.scenes.length < 2);
      this.clear.setAttribute("aria-disabled", paper.isBlank);
      this.samples.forEach((sample, n) => {
        sample.setAttribute("aria-pressed", paper.scene.sample === n);
      });
      for (const { name, button } of this.networks) {
        button.setAttribute("aria-pressed", name === loading.chosen);
        button.hidden = name === "own" && !loading.own;
      }
      const { accuracy } = loading.measured;
      const about = accuracy ? words.networks[loading.chosen].about : words.opened;
      this.about.textContent = say(about, { accuracy: format(accuracy, 2) });
      if (answered && fields.length > 1) this.showSeveral(fields);
      else if (answered) answer.show(answered, loading.measured, paper.scene.label);
      else if (pixels) answer.tell("start", words.wait);
      else if (paper.isBlank) answer.tell("start", words.start, words.why.start);
      else answer.tell("start", words.problems[problem]);
      this.dataset.state = answer.state;
      answer.showBars(answered?.probabilities, this.asked);
      this.inside.show(pixels, answered);
      this.guess.hear(answered?.probabilities);
    }

    /** Several digits are read one by one. */
    showSeveral(fields) {
      const { network, measured } = this.loading;
      const all = fields.map((pixels) => forward(network, pixels).probabilities);
      this.answer.showSeveral(all, measured);
    }

    /** The network's answer, and what speaks for it or for the digit that is asked for. */
    read(pixels) {
      const { answer, both } = this.times;
      const began = performance.now();
      const { network } = this.loading;
      const { layerInputs, probabilities } = forward(network, pixels);
      answer.push(performance.now() - began);
      const digit = this.asked ?? probabilities.indexOf(Math.max(...probabilities));
      const read = { network, layerInputs, probabilities, digit, named: named(this.words, digit) };
      read.shares = shares(network, layerInputs, digit);
      both.push(performance.now() - began);
      const [alone, together] = [meanOf(answer), meanOf(both)].map((time) => format(time, 1));
      this.speed.textContent = say(this.words.speed, { answer: alone, both: together });
      return read;
    }
  }

  customElements.define("course-digit-reader", DigitReader);
})();
