/* Chapter 5: the small graph, number by number, forward and then backward. */
(function () {
  "use strict";

  // --- the model: s = w1 x, h = tanh(s), y = w2 h, L = (y − t)² ------------------------------------

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

  const model = { backward, forward, measure };
  if (typeof module !== "undefined") module.exports = model;
  if (typeof HTMLElement === "undefined") return;
  window.course = { ...window.course, backpropagation: model };

  // --- the element --------------------------------------------------------------------------------

  const { Explorable, format, html, svg } = window.course.shared;

  const TEXT = {
    title: "Move it: forward, then backward",
    question: "Click through the numbers one by one. Where does each come from, and which of them move when you change an input?",
    inputs: { x: "input x", w1: "weight w₁", w2: "weight w₂", t: "target t" },
    names: { none: "nothing", x: "x", w1: "w₁", w2: "w₂", t: "t", s: "s", h: "h", y: "y", L: "L" },
    next: "Next number",
    back: "One back",
    all: "All numbers",
    first: "From the start",
    nudge: "Nudge it: check a derivative by moving one number a little",
    size: "By how much",
    forward: "forward: values",
    backward: "backward: derivatives of the loss",
    drawing: (told) => `The graph from x to the loss L. ${told}`,
    start: "The input, the weights and the target are given. Press “Next number”.",
    value: {
      s: ({ w1, x }, { s }) => `Forward: s = w₁ · x = ${w1} · ${x} = ${s}`,
      h: (_, { s, h }) => `Forward: h = tanh(s) = tanh(${s}) = ${h}`,
      y: ({ w2 }, { h, y }) => `Forward: y = w₂ · h = ${w2} · ${h} = ${y}`,
      L: ({ t }, { y, L }) => `Forward: L = (y − t)² = (${y} − ${t})² = ${L}`,
    },
    slope: {
      L: () => "Backward: we start at the loss. When it changes a little, it changes by just as much: its derivative by itself is 1.",
      y: ({ t }, { y }, by) => `Backward: the derivative by y is 1 · 2 (y − t) = 2 · (${y} − ${t}) = ${by.y}`,
      w2: (_, { h }, by) => `Backward: the derivative by w₂ is (that by y) · h = ${by.y} · ${h} = ${by.w2}, because y = w₂ · h.`,
      h: ({ w2 }, _, by) => `Backward: the derivative by h is (that by y) · w₂ = ${by.y} · ${w2} = ${by.h}, because y = w₂ · h.`,
      s: (_, { h }, by) => `Backward: the derivative by s is (that by h) · (1 − h²) = ${by.h} · (1 − ${h}²) = ${by.s}`,
      w1: ({ x }, _, by) => `Backward: the derivative by w₁ is (that by s) · x = ${by.s} · ${x} = ${by.w1}, because s = w₁ · x.`,
    },
    done: (by) => `All there: each orange number is the one on its right times one small derivative. Turn w₁ up a little, and the loss changes by ${by} times as much.`,
    moved: (values, slopes) =>
      `Your change moved ${[values, slopes && `the derivatives by ${slopes}`].filter(Boolean).join(", and ")}.`,
    still: "Your change moved none of the numbers shown.",
    nudged: (name, size) => `${name} ${size} gives the loss`,
    quotient: (size) => `their difference, divided by 2 · ${size}`,
    says: (name) => `derivative by ${name}, from backpropagation`,
    agrees: (name, measured, told) => `Nudging ${name} gives ${measured}, backpropagation says ${told}.`,
    same: "The same.",
    nearly: "Not quite the same: with a smaller nudge they come closer.",
  };

  // The order of the clicks: the values forward, then the derivatives, the last layer's first.
  const STEPS = [
    ...["s", "h", "y", "L"].map((name) => ["value", name]),
    ...["L", "y", "w2", "h", "s", "w1"].map((name) => ["slope", name]),
  ];
  const CHAIN = ["x", "s", "h", "y", "L"];
  const INPUTS = ["x", "w1", "w2", "t"];
  const number = (value) => ({ value, min: -3, max: 3, step: 0.1 });

  /** The same object with `write` applied to each of its values. */
  const each = (object, write) =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, write(value)]));

  class Backpropagation extends Explorable {
    static key = "backpropagation";
    static TEXT = TEXT;
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
      this.next = this.button(own.next, () => this.go(1));
      this.next.classList.add("primary");
      this.last = this.button(own.back, () => this.go(-1));
      this.sizes = this.choice("nudge", own.size, ["0.5", "0.1", "0.01", "0.00001"].map((s) => format(Number(s), s.length - 2)));
      this.check = html("tbody");
      this.moves = {};
      return [
        this.graph,
        html(
          "div",
          { class: "buttons" },
          this.next,
          this.last,
          this.button(own.all, () => this.go(STEPS.length)),
          this.button(own.first, () => this.go(-STEPS.length)),
        ),
        html(
          "div",
          { class: "panels" },
          html("div", {}, INPUTS.map((name) => this.slider(name, own.inputs[name]))),
          html(
            "div",
            {},
            this.choice("nudged", own.nudge, ["none", ...INPUTS].map((name) => own.names[name])),
            this.sizes,
            html("table", {}, this.check),
          ),
        ),
      ];
    }

    go(steps) {
      this.moves = {};
      const at = this.state.at + steps;
      this.set({ at: Math.max(0, Math.min(STEPS.length, at)) });
    }

    /** Which of the numbers moved, and which way, when the inputs changed. */
    compare() {
      const { x, t, w1, w2 } = this.state;
      const inputs = { x, t, w1, w2 };
      const now = { value: { x, ...forward(inputs) }, slope: backward(inputs) };
      const key = Object.values(inputs).join();
      if (this.seen && this.seen !== key) {
        this.moves = {};
        for (const [kind, name] of [...STEPS, ["value", "x"]]) {
          const change = now[kind][name] - this.earlier[kind][name];
          this.moves[kind + name] = Math.abs(change) < 1e-12 ? 0 : Math.sign(change);
        }
      }
      if (this.state.at === 0) this.moves = {}; // nothing to compare yet
      this.seen = key;
      this.earlier = now;
      return now;
    }

    shown(kind, name) {
      const place = STEPS.findIndex(([k, n]) => k === kind && n === name);
      return place < this.state.at; // −1, the input, is always shown
    }

    /** A number of the graph: its value if it is there already, marked if it is new or has moved. */
    numeral(kind, name, x, y, colour) {
      const shown = this.shown(kind, name);
      const latest = STEPS[this.state.at - 1];
      const isNew = latest && latest[0] === kind && latest[1] === name;
      const arrow = shown ? ["▼", "", "▲"][(this.moves[kind + name] || 0) + 1] : "";
      const text = shown ? format(this.now[kind][name], 3) : "?";
      return [
        isNew ? svg("rect", { x: x - 27, y: y - 14, width: 54, height: 19, rx: 5, class: `mark ${colour}` }) : "",
        svg(
          "text",
          { x, y, "text-anchor": "middle", class: colour, "font-weight": isNew ? 700 : 400 },
          text,
          svg("tspan", { class: "moved" }, arrow),
        ),
      ];
    }

    drawGraph() {
      const width = Math.min(Math.max(this.graph.clientWidth, 240), 560);
      const side = width < 500 ? 26 : 60;
      const at = (place) => side + (place * (width - 2 * side)) / 4;
      const [radius, middle] = [17, 100];
      const own = this.words;
      const link = (x1, x2, y, colour) => {
        const head = 6 * Math.sign(x2 - x1);
        const d = `M${x1},${y}H${x2}m${-head},-4l${head},4l${-head},4`;
        return svg("path", { d, class: `line thin ${colour}` });
      };
      const operations = ["× w₁", "tanh", "× w₂", "(y − t)²"];
      this.graph.setAttribute("viewBox", `0 0 ${width} 210`);
      this.graph.replaceChildren(
        svg("text", { x: width / 2, y: 14, "text-anchor": "middle", class: "blue" }, own.forward),
        link(8, width - 8, 24, "blue"),
        ...operations.flatMap((operation, n) => [
          link(at(n) + radius + 3, at(n + 1) - radius - 3, middle, "grey"),
          svg("text", { x: (at(n) + at(n + 1)) / 2, y: middle - 22, "text-anchor": "middle", class: "tick" }, operation),
        ]),
        ...CHAIN.flatMap((name, n) => [
          svg("circle", { cx: at(n), cy: middle, r: radius, class: "hollow grey" }),
          svg("text", { x: at(n), y: middle + 5, "text-anchor": "middle", class: "name" }, own.names[name]),
          ...this.numeral("value", name, at(n), middle - 42, "blue"),
          ...(name === "x" ? [] : this.numeral("slope", name, at(n), middle + 38, "orange")),
        ]),
        ...[["w1", 0.5], ["w2", 2.5]].flatMap(([name, place]) => [
          svg("text", { x: at(place), y: middle + 44, "text-anchor": "middle", class: "purple" }, own.names[name]),
          ...this.numeral("slope", name, at(place), middle + 65, "purple"),
        ]),
        link(width - 8, 8, 182, "orange"),
        svg("text", { x: width / 2, y: 202, "text-anchor": "middle", class: "orange" }, own.backward),
      );
    }

    draw() {
      const { state, words: own } = this;
      this.now = this.compare();
      this.drawGraph();
      this.next.setAttribute("aria-disabled", state.at === STEPS.length);
      this.last.setAttribute("aria-disabled", state.at === 0);
      const isNudged = state.nudged !== "none";
      this.sizes.hidden = !isNudged;
      this.check.replaceChildren(...(isNudged ? this.nudgeRows() : []));
      const told = this.reason();
      this.graph.setAttribute("aria-label", own.drawing(told));
      return isNudged ? `${told} ${this.verdict()}` : told;
    }

    measured() {
      const { nudged, nudge } = this.state;
      return { ...measure(this.state, nudged, nudge), told: this.now.slope[nudged] };
    }

    nudgeRows() {
      const { words: own } = this;
      const { nudged, nudge } = this.state;
      const name = own.names[nudged];
      const size = format(nudge, nudge < 0.01 ? 5 : nudge < 0.1 ? 2 : 1);
      const { above, below, slope, told } = this.measured();
      return [
        [own.nudged(name, `+ ${size}`), above],
        [own.nudged(name, `− ${size}`), below],
        [own.quotient(size), slope],
        [own.says(name), told],
      ].map(([label, value]) => html("tr", {}, html("td", {}, label), html("td", {}, format(value, 6))));
    }

    verdict() {
      const { words: own } = this;
      const { slope, told } = this.measured();
      const agrees = own.agrees(own.names[this.state.nudged], format(slope, 4), format(told, 4));
      return `${agrees} ${Math.abs(slope - told) < 1e-6 ? own.same : own.nearly}`;
    }

    reason() {
      const { state, words: own, now } = this;
      const three = (value) => format(value, 3);
      const slopes = each(now.slope, three);
      if (Object.keys(this.moves).length) {
        const moved = STEPS.filter(([kind, name]) => this.shown(kind, name) && this.moves[kind + name]);
        const of = (which) => moved.filter(([kind]) => kind === which).map(([, name]) => own.names[name]).join(", ");
        return moved.length ? own.moved(of("value"), of("slope")) : own.still;
      }
      if (state.at === 0) return own.start;
      const [kind, name] = STEPS[state.at - 1];
      const inputs = each({ x: state.x, t: state.t, w1: state.w1, w2: state.w2 }, (value) => format(value, 1));
      const told = own[kind][name](inputs, each(now.value, three), slopes);
      return state.at === STEPS.length ? `${told} ${own.done(slopes.w1)}` : told;
    }
  }

  customElements.define("course-backpropagation", Backpropagation);
})();
