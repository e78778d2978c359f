/* Chapter 5: the small graph, number by number, forward and then backward. */
(() => {
  "use strict";

  const { Explorable, button, clamp, format, html, say, svg } = window.course.shared;

  // --- the model: s = w1 x, h = tanh(s), y = w2 h, L = (y − t)² ----------------------------------

  /** The numbers on the way forward. */
  function forward({ x, t, w1, w2 }) {
    const s = w1 * x;
    const h = Math.tanh(s);
    const y = w2 * h;
    return { s, h, y, L: (y - t) ** 2 };
  }

  /** The derivative of the loss by each number: each is the one after it times a small one. */
  function backward({ x, t, w1, w2 }) {
    const { h, y } = forward({ x, t, w1, w2 });
    const byY = 2 * (y - t);
    const byH = byY * w2;
    const byS = byH * (1 - h ** 2);
    return { L: 1, y: byY, t: -byY, w2: byY * h, h: byH, s: byS, w1: byS * x, x: byS * w1 };
  }

  /** The loss with one input a little larger and a little smaller, and the slope between them. */
  function measure(inputs, name, nudge) {
    const lossAt = (value) => forward({ ...inputs, [name]: value }).L;
    const [above, below] = [lossAt(inputs[name] + nudge), lossAt(inputs[name] - nudge)];
    return { above, below, slope: (above - below) / (2 * nudge) };
  }

  window.course.backpropagation = { backward, forward, measure };

  // --- the element -------------------------------------------------------------------------------

  // The order of the clicks: the values forward, then the derivatives, the last layer's first.
  const STEPS = [
    ...["s", "h", "y", "L"].map((name) => ["value", name]),
    ...["L", "y", "w2", "h", "s", "w1"].map((name) => ["slope", name]),
  ];
  const CHAIN = ["x", "s", "h", "y", "L"];
  const OPERATIONS = ["× w₁", "tanh", "× w₂", "(y − t)²"]; // between them
  const INPUTS = ["x", "w1", "w2", "t"];
  const NUDGES = { 0.5: 1, 0.1: 1, 0.01: 2, 0.00001: 5 }; // with the decimals that each needs
  const [RADIUS, MIDDLE] = [17, 100]; // of the circles in the drawing, and their height
  const number = (value) => ({ value, min: -3, max: 3, step: 0.1 });

  /** The numbers as text; `prefix` goes before each of their names. */
  const written = (numbers, decimals, prefix = "") =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [prefix + name, format(value, decimals)]),
    );

  const text = (x, y, classes, ...content) =>
    svg(`text.${classes}`, { x, y, "text-anchor": "middle" }, content);

  /** An arrow from one place to another at the same height. */
  function arrow(x1, x2, y, colour) {
    const head = 6 * Math.sign(x2 - x1);
    const d = `M${x1},${y}H${x2}m${-head},-4l${head},4l${-head},4`;
    return svg(`path.line.thin.${colour}`, { d });
  }

  class Backpropagation extends Explorable {
    static key = "backpropagation";
    static asInText = { at: STEPS.length };
    static fields = {
      x: number(2),
      w1: number(0.5),
      w2: number(2),
      t: number(1),
      at: { value: 0, min: 0, max: STEPS.length, step: 1 },
      nudged: { value: "none", options: ["none", ...INPUTS] },
      nudge: { value: 0.00001, options: [0.5, 0.1, 0.01, 0.00001] },
    };

    layout() {
      const own = this.words;
      this.graph = svg("svg", { role: "img" });
      new ResizeObserver(() => this.isConnected && this.drawGraph()).observe(this.graph);
      this.next = button(own.next, () => this.go(1));
      this.next.classList.add("primary");
      this.last = button(own.back, () => this.go(-1));
      const all = button(own.all, () => this.go(STEPS.length));
      const first = button(own.first, () => this.go(-STEPS.length));
      const { nudge, nudged } = Backpropagation.fields;
      const sizes = nudge.options.map((size) => format(size, NUDGES[size]));
      this.sizes = this.choice("nudge", own.size, sizes);
      this.check = html("tbody");
      this.moves = {};
      const check = html("div", [
        this.choice(
          "nudged",
          own.nudge,
          nudged.options.map((name) => own.names[name]),
        ),
        this.sizes,
        html("table", this.check),
      ]);
      const sliders = INPUTS.map((name) => this.slider(name, own.inputs[name]));
      return [
        this.graph,
        html("div.buttons", this.next, this.last, all, first),
        html("div.panels", html("div", sliders), check),
      ];
    }

    go(steps) {
      this.moves = {};
      this.set({ at: clamp(this.state.at + steps, 0, STEPS.length) });
    }

    get inputs() {
      const { x, t, w1, w2 } = this.state;
      return { x, t, w1, w2 };
    }

    /**
     * The numbers now; `moves` notes which of them moved, and which way, since the inputs changed.
     */
    compare() {
      const { inputs } = this;
      const now = { value: { x: inputs.x, ...forward(inputs) }, slope: backward(inputs) };
      const key = Object.values(inputs).join();
      if (this.seen && this.seen !== key) {
        this.moves = {};
        for (const [kind, name] of [...STEPS, ["value", "x"]]) {
          const change = now[kind][name] - this.now[kind][name];
          this.moves[kind + name] = Math.abs(change) < 1e-12 ? 0 : Math.sign(change);
        }
      }
      if (this.state.at === 0) this.moves = {}; // nothing to compare yet
      this.seen = key;
      return now;
    }

    isShown(kind, name) {
      const place = STEPS.findIndex(([k, n]) => k === kind && n === name);
      return place < this.state.at; // −1, the input, is always shown
    }

    /**
     * A number of the graph: its value if it is there already, marked if it is new or has moved.
     */
    numeral(kind, name, x, y, colour) {
      const shown = this.isShown(kind, name);
      const isNew = STEPS[this.state.at - 1]?.join() === `${kind},${name}`;
      const moved = shown ? ["▼", "", "▲"][(this.moves[kind + name] || 0) + 1] : "";
      const numeral = shown ? format(this.now[kind][name], 3) : "?";
      const element = text(x, y, colour, numeral, svg("tspan.moved", moved));
      element.setAttribute("font-weight", isNew ? 700 : 400);
      const mark = { x: x - 27, y: y - 14, width: 54, height: 19, rx: 5 };
      return isNew ? [svg(`rect.mark.${colour}`, mark), element] : [element];
    }

    drawGraph() {
      const { names, forward, backward } = this.words;
      const width = clamp(this.graph.clientWidth, 240, 560);
      const side = width < 500 ? 26 : 60;
      const at = (place) => side + (place * (width - 2 * side)) / 4;
      this.graph.setAttribute("viewBox", `0 0 ${width} 210`);
      this.graph.replaceChildren(
        text(width / 2, 14, "blue", forward),
        arrow(8, width - 8, 24, "blue"),
        ...OPERATIONS.flatMap((operation, n) => [
          arrow(at(n) + RADIUS + 3, at(n + 1) - RADIUS - 3, MIDDLE, "grey"),
          text(at(n + 0.5), MIDDLE - 22, "tick", operation),
        ]),
        ...CHAIN.flatMap((name, n) => [
          svg("circle.hollow.grey", { cx: at(n), cy: MIDDLE, r: RADIUS }),
          text(at(n), MIDDLE + 5, "name", names[name]),
          ...this.numeral("value", name, at(n), MIDDLE - 42, "blue"),
          ...(n ? this.numeral("slope", name, at(n), MIDDLE + 38, "orange") : []),
        ]),
        ...["w1", "w2"].flatMap((name, n) => [
          text(at(2 * n + 0.5), MIDDLE + 44, "purple", names[name]),
          ...this.numeral("slope", name, at(2 * n + 0.5), MIDDLE + 65, "purple"),
        ]),
        arrow(width - 8, 8, 182, "orange"),
        text(width / 2, 202, "orange", backward),
      );
    }

    draw() {
      const { state, words: own } = this;
      this.now = this.compare();
      this.drawGraph();
      this.next.setAttribute("aria-disabled", state.at === STEPS.length);
      this.last.setAttribute("aria-disabled", state.at === 0);
      const told = this.reason();
      this.graph.setAttribute("aria-label", say(own.drawing, { told }));
      this.sizes.hidden = state.nudged === "none";
      this.check.replaceChildren();
      return state.nudged === "none" ? told : `${told} ${this.nudge()}`;
    }

    /** Fill the table that checks a derivative; what it shows, in a sentence. */
    nudge() {
      const { words: own } = this;
      const { nudged, nudge } = this.state;
      const name = own.names[nudged];
      const size = format(nudge, NUDGES[nudge]);
      const { above, below, slope } = measure(this.inputs, nudged, nudge);
      const told = this.now.slope[nudged];
      const row = (label, value) => html("tr", html("td", label), html("td", format(value, 6)));
      this.check.replaceChildren(
        row(say(own.nudged, { name, size: `+ ${size}` }), above),
        row(say(own.nudged, { name, size: `− ${size}` }), below),
        row(say(own.quotient, { size }), slope),
        row(say(own.says, { name }), told),
      );
      const verdict = Math.abs(slope - told) < 1e-6 ? own.same : own.nearly;
      const values = { name, measured: format(slope, 4), told: format(told, 4) };
      return `${say(own.agrees, values)} ${verdict}`;
    }

    reason() {
      const { state, words: own, now } = this;
      if (Object.keys(this.moves).length) {
        const moved = STEPS.filter(
          ([kind, name]) => this.isShown(kind, name) && this.moves[kind + name],
        );
        return moved.length ? this.moved(moved) : own.still;
      }
      if (state.at === 0) return own.start;
      const [kind, name] = STEPS[state.at - 1];
      const values = {
        ...written(now.value, 3),
        ...written(this.inputs, 1),
        ...written(now.slope, 3, "by_"),
      };
      const told = say(own[kind][name], values);
      return state.at === STEPS.length ? `${told} ${say(own.done, values)}` : told;
    }

    /** Which numbers of the graph moved, as steps, in a sentence. */
    moved(steps) {
      const { moved, names } = this.words;
      const namesOf = (which) =>
        steps.flatMap(([kind, name]) => (kind === which ? names[name] : [])).join(", ");
      const [values, slopes] = [namesOf("value"), namesOf("slope")];
      const sentence = values && slopes ? moved.both : values ? moved.values : moved.slopes;
      return say(sentence, { values, slopes });
    }
  }

  customElements.define("course-backpropagation", Backpropagation);
})();
