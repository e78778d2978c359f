/* Chapter 1: move a neuron's weights and bias, and see its line move. */
(() => {
  "use strict";

  const { Explorable, Plot, clamp, format, html, onGrid, say, svg } = window.course.shared;

  const CORNERS = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
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
    const [low, high] = SQUARE;
    let parts = [
      [
        [low, low],
        [high, low],
        [high, high],
        [low, high],
      ],
    ];
    for (const neuron of neurons.slice(0, 2)) {
      parts = parts.flatMap((part) => [clip(part, neuron, 1), clip(part, neuron, -1)]);
      parts = parts.filter((part) => part.length > 2);
    }
    return parts.map((polygon) => {
      const middle = [0, 1].map((n) => polygon.reduce((all, p) => all + p[n], 0) / polygon.length);
      return { polygon, answer: answer(neurons, middle) };
    });
  }

  /** The point of the neuron's line that is nearest to the middle of the drawing. */
  function foot(neuron) {
    const size = neuron.w1 ** 2 + neuron.w2 ** 2;
    const back = size ? sum(neuron, [0.5, 0.5]) / size : 0;
    return [0.5 - back * neuron.w1, 0.5 - back * neuron.w2];
  }

  window.course.neuron = { CORNERS, WANTED, answer, fires, foot, regions, sum };

  // --- the element -------------------------------------------------------------------------------

  const number = (value, limit) => ({ value, min: -limit, max: limit, step: 0.1 });
  const SOLUTION = { task: "xor", network: "two", b1: -1, b2: -1, bb: 1.5 };
  const COLOURS = { a: "green", b: "purple", o: "grey" };
  const DASHES = { b: "7 4" };
  const ARROW = 0.22; // the length in the drawing of a weight of 1

  const fields = {
    task: { value: "xor", options: ["and", "or", "xor"] },
    network: { value: "one", options: ["one", "two"] },
    moved: { value: "a", options: ["a", "b", "o"] },
  };
  for (const [name, w1, w2, b] of [
    ["a", 1, 1, -0.5],
    ["b", 1, -1, 0.5],
    ["o", 1, 1, -1.5],
  ]) {
    fields[`${name}1`] = number(w1, 3);
    fields[`${name}2`] = number(w2, 3);
    fields[`${name}b`] = number(b, 5);
  }

  /**
   * A square with the corners of the task and a line, to be dragged, for each neuron of `names`.
   */
  class Plane extends Plot {
    constructor(host, names, labels) {
      const ticks = [
        [0, 1],
        [0, 1],
      ];
      super({ x: SQUARE, y: SQUARE, ticks, labels, box: [36, 6, 292, 258], size: [300, 300] });
      this.host = host;
      this.handles = names.map((name) => this.handlesOf(name));
    }

    handlesOf(name) {
      const colour = COLOURS[name];
      const arrow = svg(`path.line.${colour}`);
      this.picture.append(arrow);
      const head = svg(`path.full.${colour}`, { d: "M10,0L-8,8V-8Z" });
      const tip = this.handle(head, (x, y) => {
        const [fromX, fromY] = foot(this.host.neuron(name));
        this.move(name, (x - fromX) / ARROW, (y - fromY) / ARROW, fromX, fromY);
      });
      tip.classList.add("tip");
      const ring = svg(`circle.hollow.${colour}`, { r: 7 });
      const grip = this.handle(ring, (x, y) => {
        const { w1, w2 } = this.host.neuron(name);
        this.move(name, w1, w2, clamp(x, ...SQUARE), clamp(y, ...SQUARE));
      });
      return { name, arrow, tip, grip };
    }

    /** Give the neuron these weights, and the bias that lets its line go through a point. */
    move(name, first, second, x, y) {
      const w1 = onGrid(fields[`${name}1`], first);
      const w2 = onGrid(fields[`${name}2`], second);
      const b = onGrid(fields[`${name}b`], -(w1 * x + w2 * y));
      this.host.set({ moved: name, [`${name}1`]: w1, [`${name}2`]: w2, [`${name}b`]: b });
    }

    /** Show the answers of `neurons`, the lines of those called `names`, and marks at corners. */
    show(neurons, names, marks) {
      const shown = this.handles.filter(({ name }) => names.includes(name));
      this.draw(
        regions(neurons).map(({ polygon, answer }) => {
          const points = polygon.map((corner) => this.place(corner)).join(" ");
          return svg("polygon", { points, style: `fill: var(--${answer ? "one" : "zero"})` });
        }),
        this.axes(),
        shown.map(({ name }) => this.inside(this.lineOf(name))),
        marks.map((mark) => this.mark(mark)),
      );
      for (const handles of this.handles) this.moveHandles(handles, shown.includes(handles));
    }

    lineOf(name) {
      const { w1, w2 } = this.host.neuron(name);
      const [x, y] = foot(this.host.neuron(name));
      const reach = w1 || w2 ? 4 / Math.hypot(w1, w2) : 0;
      const ends = [-reach, reach].map((t) => [x - t * w2, y + t * w1]);
      return this.line(ends, COLOURS[name], DASHES[name]);
    }

    /** A corner's wanted answer, and whether it is right; `aside` are pixels to the side. */
    mark({ corner, wanted, right, aside = 0 }) {
      const [x, y] = [this.x(corner[0]) + aside, this.y(corner[1])];
      const text = { x: x + (aside ? -11 : 11), y: y - 9, "text-anchor": aside ? "end" : "start" };
      return [
        wanted
          ? svg("rect.full.orange", { x: x - 7, y: y - 7, width: 14, height: 14 })
          : svg("circle.full.blue", { cx: x, cy: y, r: 8 }),
        svg("text", { ...text, "font-weight": 600 }, `${wanted} ${right ? "✓" : "✗"}`),
      ];
    }

    moveHandles({ name, arrow, tip, grip }, shown) {
      for (const part of [arrow, tip, grip]) part.style.display = shown ? "" : "none";
      const { w1, w2 } = this.host.neuron(name);
      const start = foot({ w1, w2, b: this.host.neuron(name).b }).map((c) => clamp(c, ...SQUARE));
      const end = [start[0] + ARROW * w1, start[1] + ARROW * w2].map((c) => clamp(c, ...SQUARE));
      const angle = (-180 / Math.PI) * Math.atan2(w2, w1);
      arrow.setAttribute("d", `M${this.place(start)}L${this.place(end)}`);
      tip.setAttribute("transform", `translate(${this.place(end)}) rotate(${angle})`);
      grip.setAttribute("transform", `translate(${this.place(start)})`);
    }
  }

  class Neuron extends Explorable {
    static key = "neuron";
    static fields = fields;
    static asInText = SOLUTION;

    /** The neuron of this name, as the state has it. */
    neuron(name) {
      return { w1: this.state[`${name}1`], w2: this.state[`${name}2`], b: this.state[`${name}b`] };
    }

    layout() {
      const own = this.words;
      this.plane = new Plane(this, ["a", "b"], own.inputs);
      this.hiddenPlane = new Plane(this, ["o"], own.hidden);
      this.head = html("tr");
      this.table = html("tbody");
      this.moved = this.choice("moved", own.moved, own.neurons);
      this.sliders = ["a", "b", "o"].map((name) =>
        html("div", { "data-neuron": name }, [
          this.slider(`${name}1`, say(own.weight, { n: 1 })),
          this.slider(`${name}2`, say(own.weight, { n: 2 })),
          this.slider(`${name}b`, own.bias),
        ]),
      );
      const controls = [
        this.choice("task", own.task, own.tasks),
        this.choice("network", own.network, own.networks),
        this.moved,
        this.sliders,
      ];
      const planes = [this.plane.panel, this.hiddenPlane.panel];
      const table = html("table", html("thead", this.head), this.table);
      return [html("div.panels", planes, html("div", controls), table)];
    }

    draw() {
      const { state, words: own } = this;
      const two = state.network === "two";
      const names = two ? ["a", "b", "o"] : ["a"];
      const shown = two ? state.moved : "a";
      this.moved.hidden = !two;
      this.hiddenPlane.panel.hidden = !two;
      this.plane.panel.classList.toggle("tall", !two);
      for (const part of this.sliders) part.hidden = part.dataset.neuron !== shown;

      const neurons = names.map((name) => this.neuron(name));
      const rows = CORNERS.map((corner, n) => {
        const hidden = two ? neurons.slice(0, 2).map((neuron) => fires(neuron, corner)) : corner;
        const got = answer(neurons, corner);
        const wanted = WANTED[state.task][n];
        const total = sum(neurons.at(-1), hidden);
        return { corner, hidden, got, wanted, total, right: got === wanted };
      });
      const count = rows.filter((row) => row.right).length;
      this.plane.show(neurons, names, rows);
      const told = say(own.count, { n: count });
      this.plane.tell(`${own.plane}. ${told}`, own.plane);
      if (two) this.hiddenPlane.show([this.neuron("o")], ["o"], this.marksOf(rows));
      this.hiddenPlane.tell(own.hiddenPlane, own.hiddenPlane);
      this.fillTable(rows, two);
      return `${told} ${this.reason(rows, count, two)}`;
    }

    /** Corners that the hidden layer sends to the same place stand side by side there. */
    marksOf(rows) {
      return rows.map((row, n) => {
        const same = rows.slice(0, n).filter(({ hidden }) => `${hidden}` === `${row.hidden}`);
        return { ...row, corner: row.hidden, aside: -20 * same.length };
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
          format(total, 1),
          got,
          [`${wanted} `, html("span", label, right ? "✓" : "✗")],
        ];
        return html(
          "tr",
          cells.map((cell) => html("td", cell)),
        );
      });
      this.table.replaceChildren(...lines);
    }

    reason(rows, count, two) {
      const { state, words: own } = this;
      if (count === 4 && !two) return own.once;
      if (count === 4) {
        const asInText = Object.entries(SOLUTION).every(([name, value]) => state[name] === value);
        return asInText ? own.solved : own.won;
      }
      if (count === 3 && !two && state.task === "xor") return own.three;
      if (!two && !state.a1 && !state.a2) return own.flat;
      const { corner, total, got } = rows.find((row) => !row.right);
      const values = { corner: corner.join(", "), total: format(total, 1) };
      const because = say(own.because[got], values);
      return two && state.task === "xor" ? `${because} ${own.strip}` : because;
    }
  }

  customElements.define("course-neuron", Neuron);
})();
