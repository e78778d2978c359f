/* Chapter 1: move a neuron's weights and bias, and see its line move. */
(() => {
  "use strict";

  const { Explorable, Plot, button, clamp, format, html, onGrid, say, svg } = window.course.shared;

  const CORNERS = [0, 1].flatMap((first) => [0, 1].map((second) => [first, second]));
  const WANTED = { and: [0, 0, 0, 1], or: [0, 1, 1, 1], xor: [0, 1, 1, 0] };
  const SQUARE = [-0.5, 1.5]; // how far the drawing of the plane reaches, as in the chapter

  // --- the model: threshold neurons {w1, w2, b} --------------------------------------------------

  const sum = ({ w1, w2, b }, [first, second]) => first * w1 + second * w2 + b;

  /** 1 where the weighted sum with the bias is above 0, else 0: `fires` of the chapter. */
  const fires = (neuron, point) => (sum(neuron, point) > 0 ? 1 : 0);

  /** The answer of one neuron, or of [first hidden, second hidden, output]. */
  function answer([first, second, output], point) {
    return output
      ? fires(output, [fires(first, point), fires(second, point)])
      : fires(first, point);
  }

  /** The part of a convex polygon where the neuron's sum, times `side`, is not below 0. */
  function clip(polygon, neuron, side) {
    return polygon.flatMap((point, n) => {
      const next = polygon[(n + 1) % polygon.length];
      const here = side * sum(neuron, point);
      const there = side * sum(neuron, next);
      const kept = here >= 0 ? [point] : [];
      const share = here / (here - there);
      const cut = [0, 1].map((axis) => point[axis] + share * (next[axis] - point[axis]));
      return here * there < 0 ? [...kept, cut] : kept;
    });
  }

  /** The plane cut along the neurons' lines: polygons, each with the answer inside of it. */
  function regions(neurons) {
    let parts = [[0, 2, 3, 1].map((n) => CORNERS[n].map((end) => SQUARE[end]))];
    for (const neuron of neurons.slice(0, 2)) {
      parts = parts.flatMap((part) => [clip(part, neuron, 1), clip(part, neuron, -1)]);
      parts = parts.filter((part) => part.length > 2);
    }
    return parts.map((polygon) => {
      const middle = [0, 1].map((n) => polygon.reduce((all, p) => all + p[n], 0) / polygon.length);
      return { polygon, answer: answer(neurons, middle) };
    });
  }

  /** The point of the neuron's line that is nearest to another; without a line, that point. */
  function nearest(neuron, point) {
    const size = neuron.w1 ** 2 + neuron.w2 ** 2;
    const back = size ? sum(neuron, point) / size : 0;
    return [point[0] - back * neuron.w1, point[1] - back * neuron.w2];
  }

  window.course.neuron = { CORNERS, WANTED, answer, fires, nearest, regions, sum };

  // --- the element -------------------------------------------------------------------------------

  const TASKS = ["and", "or", "xor"];
  const number = (value, limit, step) => ({ value, min: -limit, max: limit, step });
  const NAMES = ["a", "b", "o"]; // first hidden, or the only one; second hidden; output
  /** What an address says of neurons: for each its two weights and its bias. */
  const given = (...neurons) =>
    Object.fromEntries(
      neurons.flatMap((numbers, n) => numbers.map((number, m) => [NAMES[n] + "12b"[m], number])),
    );
  const SOLUTIONS = {
    and: { network: "one", moved: "a", ...given([1, 1, -1.5]) },
    or: { network: "one", moved: "a", ...given([1, 1, -0.5]) },
    xor: { network: "two", ...given([1, 1, -0.5], [-1, -1, 1.5], [1, 1, -1.5]) },
  };
  const COLOURS = { a: "green", b: "purple", o: "grey" };
  const DASHES = { b: "7 4" };
  const [ARROW, SHORTEST] = [0.2, 0.2]; // the length in the drawing of a weight of 1, and of 0
  const MIDDLE = [0.5, 0.5];
  const TRIES = 5; // answers of one neuron to XOR before the hidden layer is offered

  const fields = {
    task: { value: "and", options: TASKS },
    network: { value: "one", options: ["one", "two"] },
    moved: { value: "a", options: NAMES },
  };
  const first = given([1, 1, -0.5], [1, -1, 0.5], [1, 1, -1.5]);
  for (const [name, value] of Object.entries(first)) {
    // A bias is fine enough for a ring that stays under a pointer.
    fields[name] = name.endsWith("b") ? number(value, 5, 0.01) : number(value, 3, 0.1);
  }

  /** A square with the four corners, and a line, to be dragged, for each neuron. */
  class Plane extends Plot {
    constructor(host) {
      const frame = { across: [0, 1], up: [0, 1], box: [36, 6, 292, 258], size: [300, 300] };
      super({ x: SQUARE, y: SQUARE, ...frame });
      this.host = host;
      this.handles = NAMES.map((name) => this.handlesOf(name));
      this.walkers = CORNERS.map(() => svg("g.walker"));
      this.picture.append(...this.walkers);
    }

    handlesOf(name) {
      const colour = COLOURS[name];
      const arrow = svg(`path.line.${colour}`);
      this.picture.append(arrow);
      const own = { name, arrow, at: MIDDLE, way: [Math.SQRT1_2, Math.SQRT1_2] };
      own.ring = this.handle(svg(`circle.hollow.${colour}`, { r: 7 }), (x, y) => {
        const { w1, w2 } = this.host.neuron(name);
        own.at = [clamp(x, ...SQUARE), clamp(y, ...SQUARE)];
        this.move(own, w1, w2);
      });
      const head = svg(`path.full.${colour}`, { d: "M10,0L-8,8V-8Z" });
      own.tip = this.handle(head, (x, y) => {
        const [right, up] = [x - own.at[0], y - own.at[1]];
        const length = Math.hypot(right, up);
        const size = Math.max(0, length - SHORTEST) / ARROW;
        if (length > 0.02) own.way = [right / length, up / length];
        this.move(own, size * own.way[0], size * own.way[1]);
      });
      own.tip.classList.add("tip");
      return own;
    }

    /** Give the neuron these weights, and the bias that lets its line go through its ring. */
    move({ name, at }, first, second) {
      const w1 = onGrid(fields[`${name}1`], first);
      const w2 = onGrid(fields[`${name}2`], second);
      const b = onGrid(fields[`${name}b`], -(w1 * at[0] + w2 * at[1]));
      this.host.set({ moved: name, [`${name}1`]: w1, [`${name}2`]: w2, [`${name}b`]: b });
    }

    /** Show the answers of `neurons`, the lines of those called `names`, and the corners. */
    show(neurons, names, marks) {
      const shown = this.handles.filter(({ name }) => names.includes(name));
      for (const handles of this.handles) this.moveHandles(handles, shown.includes(handles));
      this.draw(
        regions(neurons).map(({ polygon, answer }) => {
          const points = polygon.map((corner) => this.place(corner)).join(" ");
          return svg("polygon", { points, style: `fill: var(--${answer ? "one" : "zero"})` });
        }),
        this.axes(),
        marks.map(({ from, at }) => this.line([from, at], "thin.grey", "2 5")),
        this.inside(shown.map(({ name, at }) => this.lineOf(name, at))),
      );
      for (const [n, mark] of marks.entries()) this.mark(this.walkers[n], mark);
    }

    lineOf(name, [x, y]) {
      const { w1, w2 } = this.host.neuron(name);
      const reach = w1 || w2 ? 4 / Math.hypot(w1, w2) : 0;
      const ends = [-reach, reach].map((t) => [x - t * w2, y + t * w1]);
      return this.line(ends, COLOURS[name], DASHES[name]);
    }

    /** Bring a corner to its place: what is wanted there, and whether it is answered. */
    mark(walker, { from, at, aside, alone, wanted, right }) {
      const text = { "text-anchor": "middle", "font-weight": 600 };
      const sign = alone ? { x: from[0] ? 20 : -20, y: from[1] ? -12 : 22 } : { x: 0, y: -17 };
      walker.style.transform = `translate(${this.x(at[0]) + aside}px, ${this.y(at[1])}px)`;
      walker.replaceChildren(
        wanted
          ? svg("rect.hollow.orange", { x: -10, y: -10, width: 20, height: 20 })
          : svg("circle.hollow.blue", { r: 11 }),
        svg("text", { ...text, y: 5 }, wanted),
        svg("text.halo", { ...text, ...sign }, right ? "✓" : "✗"),
      );
    }

    /** The ring stays where it was dragged to if that is on the line, and inside. */
    moveHandles(own, shown) {
      const { name, arrow, tip, ring } = own;
      for (const part of [arrow, tip, ring]) part.style.display = shown ? "" : "none";
      const neuron = this.host.neuron(name);
      const { w1, w2 } = neuron;
      const size = Math.hypot(w1, w2);
      const isInside = (point) => point.every((c) => c >= SQUARE[0] && c <= SQUARE[1]);
      const places = [own.at, MIDDLE].map((point) => nearest(neuron, point));
      own.at = places.find(isInside) ?? places[1].map((c) => clamp(c, ...SQUARE));
      if (size) own.way = [w1 / size, w2 / size];
      // As long as the weights are large, but not over the edge.
      const room = own.way.map((c, n) => (c && (c > 0 ? SQUARE[1] : SQUARE[0]) - own.at[n]) / c);
      const most = Math.min(...room.filter(Number.isFinite));
      const length = Math.max(SHORTEST, Math.min(SHORTEST + ARROW * size, most));
      const end = own.at.map((c, n) => c + length * own.way[n]);
      const angle = (-180 / Math.PI) * Math.atan2(own.way[1], own.way[0]);
      arrow.setAttribute("d", `M${this.place(own.at)}L${this.place(end)}`);
      this.put(tip, end, `rotate(${angle})`);
      this.put(ring, own.at);
    }
  }

  class Neuron extends Explorable {
    static key = "neuron";
    static fields = fields;

    /** The neuron of this name, as the state has it. */
    neuron(name) {
      return { w1: this.state[`${name}1`], w2: this.state[`${name}2`], b: this.state[`${name}b`] };
    }

    layout() {
      const own = this.words;
      this.plane = new Plane(this);
      this.head = html("tr");
      this.table = html("tbody");
      this.moved = this.choice("moved", own.moved, own.neurons);
      this.network = this.choice("network", own.network, own.networks);
      const bias = (name) => ({
        limits: { ...fields[name], step: 0.1 },
        text: () => format(this.state[name], 2),
      });
      this.sliders = NAMES.map((name) =>
        html("div", { "data-neuron": name }, [
          this.slider(`${name}1`, say(own.weight, { n: 1 })),
          this.slider(`${name}2`, say(own.weight, { n: 2 })),
          this.slider(`${name}b`, own.bias, bias(`${name}b`)),
        ]),
      );
      const show = button(own.show, () => this.solve());
      // Last what is not there in the beginning: its place is kept, and must not look like a gap.
      const late = [this.network, this.moved];
      const controls = [this.climb(), this.sliders, html("div.buttons", show), late];
      const table = html("table", html("thead", this.head), this.table);
      const parts = [html("div.controls", controls), html("div.wide", table)];
      return [html("div.panels", this.plane.panel, parts)];
    }

    forget() {
      Object.assign(this, { answers: "", tries: 0, count: undefined });
    }

    /** The neurons of the text for this task; that earns nothing. */
    solve() {
      this.touched = false;
      this.put(SOLUTIONS[this.state.task]);
    }

    set(change) {
      const touched = !("task" in change) && (this.touched || !("network" in change));
      Object.assign(this, { touched });
      this.put(change);
    }

    draw() {
      const { state, words: own } = this;
      const two = state.network === "two";
      const names = two ? NAMES : ["a"];
      const moved = two ? state.moved : "a";
      const neurons = names.map((name) => this.neuron(name));
      const rows = CORNERS.map((corner, n) => {
        const hidden = two ? neurons.slice(0, 2).map((neuron) => fires(neuron, corner)) : corner;
        const got = answer(neurons, corner);
        const wanted = WANTED[state.task][n];
        const total = sum(neurons.at(-1), hidden);
        return { corner, hidden, got, wanted, total, right: got === wanted };
      });
      const count = rows.filter((row) => row.right).length;
      const finding = this.reason(rows, count, two);

      this.moved.classList.toggle("kept", !two);
      this.network.classList.toggle("kept", !two && this.tries < TRIES);
      for (const part of this.sliders) part.hidden = part.dataset.neuron !== moved;
      // The output neuron sees the corners where the hidden ones have brought them.
      const isBehind = moved === "o";
      const title = isBehind ? own.hiddenPlane : own.plane;
      this.plane.labels = isBehind ? own.hidden : own.inputs;
      const shown = isBehind ? [[this.neuron("o")], ["o"]] : [neurons, names.slice(0, 2)];
      this.plane.show(...shown, this.marksOf(rows, isBehind));
      this.plane.tell(title, say(own.count, { n: count }));
      this.fillTable(rows, two);
      return finding;
    }

    /** Corners that come to the same place stand side by side there. */
    marksOf(rows, isBehind) {
      const places = rows.map(({ corner, hidden }) => (isBehind ? hidden : corner));
      return rows.map((row, n) => {
        const same = places.flatMap((place, m) => (`${place}` === `${places[n]}` ? [m] : []));
        const aside = 25 * (same.indexOf(n) - (same.length - 1) / 2);
        return { ...row, from: row.corner, at: places[n], aside, alone: !isBehind };
      });
    }

    fillTable(rows, two) {
      const { words: own } = this;
      const columns = two ? own.hiddenColumns : own.columns;
      this.head.replaceChildren(...columns.map((column) => html("th", { scope: "col" }, column)));
      const lines = rows.map(({ corner, hidden, got, wanted, total, right }) => {
        const label = { role: "img", "aria-label": right ? own.right : own.wrong };
        const cells = [
          `(${corner.join(", ")})`,
          ...(two ? [`(${hidden.join(", ")})`] : []),
          format(total, 2),
          got,
          [`${wanted} `, html("span", label, right ? "✓" : "✗")],
        ];
        return cells.map((cell) => html("td", cell));
      });
      this.table.replaceChildren(...lines.map((line) => html("tr", line)));
    }

    /** The finding; it counts what was tried, and what was earned by moving something. */
    reason(rows, count, two) {
      const { state, words: own } = this;
      const { task } = state;
      const isAlone = task === "xor" && !two;
      const answers = `${task} ${two} ${rows.map(({ got }) => got)}`;
      if (isAlone && this.touched && answers !== this.answers) this.tries += 1;
      this.answers = answers;
      const before = this.count ?? count;
      this.count = count;
      const told = say(own.count, { n: count });
      const right = this.tries >= TRIES || (two && task === "xor") ? 2 : undefined;
      if (count === 4) {
        const known = Object.entries(SOLUTIONS.xor).every(([key, value]) => state[key] === value);
        const why = two ? (task === "xor" && known ? own.solved : own.won) : own.once;
        return this.earn(`${told} ${why}`, right, this.touched && before < 4);
      }
      const last = this.neuron(two ? "o" : "a");
      if (!last.w1 && !last.w2) return ["wrong", own.flat];
      if (!this.touched) return ["ask", `${own.start} ${told}`];
      const kind = count === 3 ? "nearly" : "tried";
      if (isAlone && this.tries >= TRIES) return [kind, `${told} ${own.three}`, right];
      const { corner, total, got } = rows.find((row) => !row.right);
      const values = { corner: corner.join(", "), total: format(total, 2) };
      const because = say(own.because[got], values);
      return [kind, `${told} ${because} ${two && task === "xor" ? own.strip : ""}`];
    }
  }

  customElements.define("course-neuron", Neuron);
})();
