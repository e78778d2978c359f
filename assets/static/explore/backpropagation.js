/* Chapter 5: two small graphs, number by number, forward and then backward. */
(() => {
  "use strict";

  const { Explorable, button, clamp, format, html, isStill, say, svg, total } =
    window.course.shared;

  // --- the model: two graphs of the chapter ------------------------------------------------------

  /**
   * `nodes` are columns and rows, `edges` lead from one to another, with what is done on the way and
   * how far along that is written. `values` are formulas in the order of the way forward. `slopes`
   * are the derivatives of the loss, in the order of the way back: of each those that it is made of,
   * by the numbers in between, and the local derivative that stands with each.
   */
  const GRAPHS = {
    chain: {
      nodes: { x: [0, 0], s: [1, 0], h: [2, 0], y: [3, 0], L: [4, 0] },
      edges: [
        ["x", "s", "× w₁"],
        ["s", "h", "tanh"],
        ["h", "y", "× w₂"],
        ["y", "L", "(y − t)²"],
      ],
      values: {
        s: ["{w1} · {x}", (v) => v.w1 * v.x],
        h: ["tanh({s})", (v) => Math.tanh(v.s)],
        y: ["{w2} · {h}", (v) => v.w2 * v.h],
        L: ["({y} − {t})²", (v) => (v.y - v.t) ** 2],
      },
      slopes: {
        by_y: { by_L: ["2 · ({y} − {t})", (v) => 2 * (v.y - v.t)] },
        by_w2: { by_y: ["{h}", (v) => v.h] },
        by_h: { by_y: ["{w2}", (v) => v.w2] },
        by_s: { by_h: ["(1 − {h}²)", (v) => 1 - v.h ** 2] },
        by_w1: { by_s: ["{x}", (v) => v.x] },
        by_x: { by_s: ["{w1}", (v) => v.w1] },
        by_t: { by_y: ["(−1)", () => -1] },
      },
    },
    paths: {
      nodes: {
        ...{ x: [0, 0], s1: [1, -1], s2: [1, 1], h1: [2, -1], h2: [2, 1] },
        ...{ y1: [3, -1], y2: [3, 1], L: [4, 0] },
      },
      edges: [
        ["x", "s1", "× w₁"],
        ["x", "s2", "× {a}"],
        ["s1", "h1", "tanh"],
        ["s2", "h2", "tanh"],
        ["h1", "y1", "× w₂"],
        ["h1", "y2", "× 1", 0.72],
        ["h2", "y1", "× (−1)", 0.72],
        ["h2", "y2", "× 1"],
        ["y1", "L", ""],
        ["y2", "L", ""],
      ],
      values: {
        s1: ["{w1} · {x}", (v) => v.w1 * v.x],
        s2: ["{a} · {x}", (v) => v.a * v.x],
        h1: ["tanh({s1})", (v) => Math.tanh(v.s1)],
        h2: ["tanh({s2})", (v) => Math.tanh(v.s2)],
        y1: ["{w2} · {h1} − {h2}", (v) => v.w2 * v.h1 - v.h2],
        y2: ["{h1} + {h2}", (v) => v.h1 + v.h2],
        L: ["({y1} − {t})² + ({y2} − {t})²", (v) => (v.y1 - v.t) ** 2 + (v.y2 - v.t) ** 2],
      },
      slopes: {
        by_y1: { by_L: ["2 · ({y1} − {t})", (v) => 2 * (v.y1 - v.t)] },
        by_y2: { by_L: ["2 · ({y2} − {t})", (v) => 2 * (v.y2 - v.t)] },
        by_w2: { by_y1: ["{h1}", (v) => v.h1] },
        by_h1: { by_y1: ["{w2}", (v) => v.w2], by_y2: ["1", () => 1] },
        by_h2: { by_y1: ["(−1)", () => -1], by_y2: ["1", () => 1] },
        by_s1: { by_h1: ["(1 − {h1}²)", (v) => 1 - v.h1 ** 2] },
        by_s2: { by_h2: ["(1 − {h2}²)", (v) => 1 - v.h2 ** 2] },
        by_w1: { by_s1: ["{x}", (v) => v.x] },
        by_x: { by_s1: ["{w1}", (v) => v.w1], by_s2: ["{a}", (v) => v.a] },
        by_t: { by_y1: ["(−1)", () => -1], by_y2: ["(−1)", () => -1] },
      },
    },
  };
  const INPUTS = ["x", "w1", "w2", "t"];
  const GIVEN = { a: -0.25, by_L: 1 }; // the weight of the second path, and where the way back begins

  /** The numbers on the way forward. */
  function forward(inputs, { values } = GRAPHS.chain) {
    const numbers = { ...inputs, ...GIVEN };
    for (const [name, [, compute]] of Object.entries(values)) numbers[name] = compute(numbers);
    return numbers;
  }

  /** Over each path a product; their sum. */
  const slopeOf = (numbers, paths) =>
    total(Object.entries(paths).map(([from, [, local]]) => numbers[from] * local(numbers)));

  /** The numbers on both ways: "by_x" is the derivative of the loss by x. */
  function backward(inputs, graph = GRAPHS.chain) {
    const numbers = forward(inputs, graph);
    for (const [name, paths] of Object.entries(graph.slopes)) {
      numbers[name] = slopeOf(numbers, paths);
    }
    return numbers;
  }

  /** The loss with one input a little larger and a little smaller, and the slope between them. */
  function measure(inputs, name, nudge, graph) {
    const lossAt = (value) => forward({ ...inputs, [name]: value }, graph).L;
    const [above, below] = [lossAt(inputs[name] + nudge), lossAt(inputs[name] - nudge)];
    return { above, below, slope: (above - below) / (2 * nudge) };
  }

  const DECIMALS = 3; // of the numbers in the graph

  const isBack = (name) => name.startsWith("by_");

  /** "∂L/∂w₁" of "by_w1", and "w₁" of "w1". */
  const nameOf = (name) =>
    name.replace(/^by_/, "∂L/\u2060∂").replace(/\d/, (digit) => "₀₁₂"[Number(digit)]);

  /** The formula of a number, in names and in numbers with as many digits as a calculator needs. */
  function explain(inputs, name, graph = GRAPHS.chain) {
    const exact = backward(inputs, graph);
    const paths = graph.slopes[name];
    const products = Object.entries(paths ?? {}).map(([from, [local]]) => `{${from}} · ${local}`);
    const sum = [products.join(" + "), (numbers) => slopeOf(numbers, paths)];
    const [formula, compute] = graph.values[name] ?? sum;
    const isGiven = (key) => key in inputs || key in GIVEN;
    const round = (decimals) => {
      const short = ([key, number]) => [key, isGiven(key) ? number : +number.toFixed(decimals)];
      return Object.fromEntries(Object.entries(exact).map(short));
    };
    const result = compute(exact).toFixed(DECIMALS);
    let decimals = DECIMALS;
    while (decimals < 9 && compute(round(decimals)).toFixed(DECIMALS) !== result) decimals += 1;
    const write = (key) =>
      key === "by_L" ? "1" : format(exact[key], key === "a" ? 2 : isGiven(key) ? 1 : decimals);
    // A number below 0 stands in brackets, but not at the beginning and not in other ones.
    const numbers = formula.replace(/(^|\(|.)\{(\w+)\}/g, (_, before, key) => {
      const bare = !before || before === "(" || exact[key] >= 0 || write(key)[0] !== "−";
      return before + (bare ? write(key) : `(${write(key)})`);
    });
    const names = formula.replace(/\{(\w+)\}/g, (_, key) =>
      key === "a" ? write(key) : nameOf(key),
    );
    return { names, numbers, result: format(compute(exact), DECIMALS) };
  }

  window.course.backpropagation = { GRAPHS, backward, explain, forward, measure };

  // --- the element -------------------------------------------------------------------------------

  /** The order of the clicks: the values forward, then the derivatives, the last layer's first. */
  const stepsOf = ({ values, slopes }) =>
    [...Object.keys(values), "by_L", ...Object.keys(slopes)].filter(
      (name) => !/by_[xt]/.test(name),
    );
  const MOST = stepsOf(GRAPHS.paths).length;
  const NUDGES = { 0.5: 1, 0.1: 1, 0.01: 2, 0.00001: 5 }; // with the decimals that each needs
  const [RADIUS, HEIGHT, PACE] = [17, 322, 1300]; // of circles, of the drawing; milliseconds
  // Where the numbers of a node stand above and below it, in each row: value, name, derivative.
  const BESIDE = { "-1": [-58, -42, -26], 0: [-42, 34, 50], 1: [34, 50, 66] };
  const number = (value) => ({ value, min: -3, max: 3, step: 0.1 });

  const text = (x, y, classes, ...content) =>
    svg(`text.${classes}`, { x, y, "text-anchor": "middle" }, content);

  const colourOf = (name) => (isBack(name) ? "orange" : "blue");

  /** An arrow between two places, shorter by `gap` at both ends. */
  function arrow([x1, y1], [x2, y2], colour, gap = 0) {
    const length = Math.hypot(x2 - x1, y2 - y1);
    const [right, down] = [(x2 - x1) / length, (y2 - y1) / length];
    const [fromX, fromY] = [x1 + gap * right, y1 + gap * down];
    const [toX, toY] = [x2 - gap * right, y2 - gap * down];
    const wing = (side) => `${-6 * right - side * 4 * down},${-6 * down + side * 4 * right}`;
    const d = `M${fromX},${fromY}L${toX},${toY}l${wing(1)}M${toX},${toY}l${wing(-1)}`;
    return svg(`path.line.thin.${colour}`, { d });
  }

  class Backpropagation extends Explorable {
    static key = "backpropagation";
    static fields = {
      graph: { value: "chain", options: Object.keys(GRAPHS) },
      x: number(2),
      w1: number(0.5),
      w2: number(2),
      t: number(1),
      at: { value: 0, min: 0, max: MOST, step: 1 },
      nudged: { value: "none", options: ["none", ...INPUTS] },
      nudge: { value: 0.00001, options: [0.5, 0.1, 0.01, 0.00001] },
    };

    layout() {
      const own = this.words;
      this.picture = this.canvas(() => this.drawGraph());
      this.next = button(own.next, () => this.go(1), ".primary");
      this.last = button(own.back, () => this.go(-1));
      const all = button(own.all, () => this.go(MOST));
      const { nudge, nudged } = Backpropagation.fields;
      const sizes = nudge.options.map((size) => format(size, NUDGES[size]));
      this.sizes = this.choice("nudge", own.size, sizes);
      this.rows = html("tbody");
      this.check = html("table.check", this.rows);
      this.moves = {};
      const nudges = nudged.options.map((name) => (name === "none" ? own.none : nameOf(name)));
      const check = html("div", [this.choice("nudged", own.nudge, nudges), this.sizes, this.check]);
      const sliders = INPUTS.map((name) => this.slider(name, own.inputs[name]));
      return [
        this.choice("graph", own.graph, own.graphs),
        this.picture,
        html("div.buttons", this.next, this.last, all),
        html("div.panels", html("div", sliders), check),
      ];
    }

    /** A graph begins with its first number. */
    set(change) {
      super.set("graph" in change ? { at: 0, ...change } : change);
    }

    go(steps) {
      this.moves = {};
      const before = this.at;
      this.set({ at: clamp(before + steps, 0, this.steps.length) });
      if (steps === 1 && this.at > before && !isStill()) this.travel();
    }

    get graph() {
      return GRAPHS[this.state.graph];
    }

    get steps() {
      return stepsOf(this.graph);
    }

    get at() {
      return Math.min(this.state.at, this.steps.length);
    }

    get inputs() {
      const { x, t, w1, w2 } = this.state;
      return { x, t, w1, w2 };
    }

    /** The numbers now; `moves` notes which moved, and which way, since the inputs changed. */
    compare() {
      const { graph, inputs } = this;
      const now = backward(inputs, graph);
      const key = [this.state.graph, ...Object.values(inputs)].join();
      if (this.seen && this.seen !== key) {
        this.moves = {};
        for (const name of [...this.steps, "x"]) {
          const change = now[name] - this.now[name];
          this.moves[name] = Math.abs(change) < 1e-12 ? 0 : Math.sign(change);
        }
      }
      if (this.at === 0) this.moves = {}; // nothing to compare yet
      this.seen = key;
      return now;
    }

    isShown(name) {
      return this.steps.indexOf(name) < this.at; // inputs, always
    }

    /** A number of the graph if it is there already, marked if it is new or has moved. */
    numeral(name, x, y) {
      this.spots[name] = [x, y];
      const colour = colourOf(name);
      const shown = this.isShown(name);
      const isNew = this.steps[this.at - 1] === name;
      const moved = shown ? ["▼", "", "▲"][(this.moves[name] || 0) + 1] : "";
      const numeral = shown ? format(this.now[name], DECIMALS) : "?";
      const element = text(x, y, `halo.${colour}`, numeral, svg("tspan.moved", moved));
      element.setAttribute("font-weight", isNew ? 700 : 400);
      const mark = { x: x - 29, y: y - 14, width: 58, height: 19, rx: 5 };
      const all = isNew ? [svg(`rect.mark.${colour}`, mark), element] : [element];
      if (isNew) this.fresh = all;
      return all;
    }

    drawGraph() {
      const { nodes, edges } = this.graph;
      const { forward, backward } = this.words;
      const width = clamp(this.picture.clientWidth, 240, 640);
      const side = width < 500 ? 28 : 60;
      const at = (place) => side + (place * (width - 2 * side)) / 4;
      const spot = (name) => [at(nodes[name][0]), 145 + 43 * nodes[name][1]];
      const low = this.state.graph === "chain" ? 226 : 272; // the row of the weights
      Object.assign(this, { spots: {}, fresh: [] });
      this.picture.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      this.picture.replaceChildren(
        text(width / 2, 14, "blue", forward),
        arrow([8, 22], [width - 8, 22], "blue"),
        ...edges.map(([from, to]) => arrow(spot(from), spot(to), "grey", RADIUS + 3)),
        ...edges.map(([from, to, operation, along = 0.5]) => {
          const [[x1, y1], [x2, y2]] = [spot(from), spot(to)];
          const [x, y] = [x1 + along * (x2 - x1), y1 + along * (y2 - y1) + 4];
          const up = y1 === y2 ? { 0: 22, 1: -12, [-1]: 12 }[nodes[from][1]] : 0;
          return text(x, y - up, "tick.halo", say(operation, { a: format(GIVEN.a, 2) }));
        }),
        ...Object.entries(nodes).flatMap(([name, [, row]]) => {
          const [x, y] = spot(name);
          const [value, named, slope] = BESIDE[row];
          return [
            svg("circle.hollow.grey", { cx: x, cy: y, r: RADIUS }),
            text(x, y + 5, "name", nameOf(name)),
            ...this.numeral(name, x, y + value),
            ...(name === "x"
              ? []
              : [
                  text(x, y + named, "tick.halo", nameOf(`by_${name}`)),
                  ...this.numeral(`by_${name}`, x, y + slope),
                ]),
          ];
        }),
        ...["w1", "w2"].flatMap((name, n) => [
          text(at(2 * n + 0.5), low, "blue", this.given(name)),
          text(at(2 * n + 0.5) - 30, low + 17, "tick", `${nameOf(`by_${name}`)} =`),
          ...this.numeral(`by_${name}`, at(2 * n + 0.5) + 26, low + 17),
        ]),
        text(at(4) - 4, low, "blue", this.given("t")),
        arrow([width - 8, HEIGHT - 24], [8, HEIGHT - 24], "orange"),
        text(width / 2, HEIGHT - 6, "orange", backward),
      );
    }

    given(name) {
      return `${nameOf(name)} = ${format(this.state[name], 1)}`;
    }

    /** Let the numbers that the new one is made of slide to it, and pick up their factors. */
    travel() {
      const name = this.steps[this.at - 1];
      const paths = this.graph.slopes[name] ?? {};
      const before = this.graph.edges.filter(([, to]) => to === name).map(([from]) => from);
      const end = this.spots[name];
      const glide = { duration: PACE, easing: "ease-in-out", fill: "both" };
      for (const from of [...before, ...Object.keys(paths)]) {
        const start = this.spots[from];
        const middle = start.map((c, n) => (c + end[n]) / 2);
        const moveTo = (place) => `translate(${place.map((c) => `${c}px`)})`;
        const value = format(this.now[from], DECIMALS);
        const factor = paths[from] && format(paths[from][1](this.now), DECIMALS);
        const labels = [value, factor ? `${value} · ${factor}` : value].map((label) =>
          text(0, 0, `halo.${colourOf(name)}`, label),
        );
        const walker = svg("g.walker", labels);
        this.picture.append(walker);
        labels[0].animate({ opacity: [1, 1, 0, 0], offset: [0, 0.3, 0.35, 1] }, glide);
        labels[1].animate({ opacity: [0, 0, 1, 1], offset: [0, 0.3, 0.35, 1] }, glide);
        const places = [start, middle, middle, end].map(moveTo);
        const walk = walker.animate({ transform: places, offset: [0, 0.35, 0.6, 1] }, glide);
        walk.onfinish = () => walker.remove();
      }
      for (const element of this.fresh) {
        element.animate({ opacity: [0, 0, 1], offset: [0, 0.9, 1] }, glide);
      }
    }

    draw() {
      const { state, words: own } = this;
      this.now = this.compare();
      this.drawGraph();
      this.next.setAttribute("aria-disabled", this.at === this.steps.length);
      this.last.setAttribute("aria-disabled", this.at === 0);
      const [kind, told, right] = this.reason();
      this.picture.setAttribute("aria-label", say(own.drawing, { told }));
      const isIdle = state.nudged === "none";
      for (const part of [this.sizes, this.check]) part.classList.toggle("kept", isIdle);
      const nudged = this.nudge(isIdle ? "w1" : state.nudged);
      return [kind, isIdle ? told : `${told} ${nudged}`, right];
    }

    /** Fill the table that checks a derivative; what it shows, in a sentence. */
    nudge(nudged) {
      const { words: own } = this;
      const { nudge } = this.state;
      const name = nameOf(nudged);
      const size = format(nudge, NUDGES[nudge]);
      const { above, below, slope } = measure(this.inputs, nudged, nudge, this.graph);
      const told = this.now[`by_${nudged}`];
      // As many decimals as a calculator needs that divides by so small a number.
      const row = (label, value, more = 0) =>
        html("tr", html("td", label), html("td", format(value, 5 + more)));
      const most = NUDGES[nudge] + 1;
      this.rows.replaceChildren(
        row(say(own.nudged, { name, size: `+ ${size}` }), above, most),
        row(say(own.nudged, { name, size: `− ${size}` }), below, most),
        row(say(own.quotient, { size }), slope),
        row(say(own.says, { name }), told),
      );
      const verdict = Math.abs(slope - told) < 1e-6 ? own.same : own.nearly;
      const values = { name, measured: format(slope, 4), told: format(told, 4) };
      return `${say(own.agrees, values)} ${verdict}`;
    }

    reason() {
      const { at, steps, words: own, now } = this;
      const isDone = at === steps.length;
      const [first, second] = [now.by_w1, now.by_w2].map(Math.abs);
      const right = first > second ? 0 : first < second ? 1 : 2;
      const end = isDone ? ["done", right] : ["tried"];
      if (Object.keys(this.moves).length) {
        const moved = steps.filter((name) => this.isShown(name) && this.moves[name]);
        return [end[0], moved.length ? this.moved(moved) : own.still, end[1]];
      }
      if (at === 0) return ["ask", own.start];
      const name = steps[at - 1];
      if (name === "by_L") return ["tried", own.loss];
      const { names, numbers, result } = explain(this.inputs, name, this.graph);
      const formula = `${nameOf(name)} = ${names} = ${numbers} = ${result}`;
      const told = [say(own.step[isBack(name) ? "slope" : "value"], { formula })];
      const paths = Object.keys(this.graph.slopes[name] ?? {});
      if (paths.length > 1) told.push(say(own.meet, { name: nameOf(name.slice(3)) }));
      const isFlat = Math.abs(now[name.replace("by_s", "h")]) > 0.995;
      if (name.startsWith("by_s") && isFlat) told.push(own.flat);
      if (isDone && this.state.nudged === "none")
        told.push(say(own.done, { by_w1: format(now.by_w1, DECIMALS) }));
      return [end[0], told.join(" "), end[1]];
    }

    /** Which numbers of the graph moved, in a sentence. */
    moved(names) {
      const { moved } = this.words;
      const [values, slopes] = [false, true].map((back) =>
        names
          .filter((name) => isBack(name) === back)
          .map(nameOf)
          .join(", "),
      );
      const sentence = values && slopes ? moved.both : values ? moved.values : moved.slopes;
      return say(sentence, { values, slopes });
    }
  }

  customElements.define("course-backpropagation", Backpropagation);
})();
