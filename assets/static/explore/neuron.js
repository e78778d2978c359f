/* Chapter 1: move a neuron's weights and bias, and see its line move. */
(function () {
  "use strict";

  const CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]];
  const WANTED = { and: [0, 0, 0, 1], or: [0, 1, 1, 1], xor: [0, 1, 1, 0] };
  const SQUARE = [-0.5, 1.5]; // how far the drawing of the plane reaches, as in the chapter

  // --- the model: threshold neurons {w1, w2, b} ---------------------------------------------------

  const sum = ({ w1, w2, b }, [first, second]) => first * w1 + second * w2 + b;

  /** 1 where the weighted sum with the bias is above 0, else 0: `fires` of the chapter. */
  const fires = (neuron, point) => (sum(neuron, point) > 0 ? 1 : 0);

  /** The answer of one neuron, or of [first hidden, second hidden, output]. */
  function answer(neurons, point) {
    if (neurons.length === 1) return fires(neurons[0], point);
    return fires(neurons[2], [fires(neurons[0], point), fires(neurons[1], point)]);
  }

  /** The part of a convex polygon where the neuron's sum, times `side`, is not below 0. */
  function clip(polygon, neuron, side) {
    return polygon.flatMap((point, n) => {
      const next = polygon[(n + 1) % polygon.length];
      const here = side * sum(neuron, point);
      const there = side * sum(neuron, next);
      const kept = here >= 0 ? [point] : [];
      if (here * there < 0) {
        const share = here / (here - there);
        kept.push([point[0] + share * (next[0] - point[0]), point[1] + share * (next[1] - point[1])]);
      }
      return kept;
    });
  }

  /** The plane cut along the neurons' lines: polygons, each with the answer inside of it. */
  function regions(neurons) {
    const [low, high] = SQUARE;
    const cuts = neurons.length === 1 ? neurons : neurons.slice(0, 2);
    let parts = [[[low, low], [high, low], [high, high], [low, high]]];
    for (const neuron of cuts) {
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

  const model = { CORNERS, WANTED, answer, fires, foot, regions, sum };
  if (typeof module !== "undefined") module.exports = model;
  if (typeof HTMLElement === "undefined") return;
  window.course = { ...window.course, neuron: model };

  // --- the element --------------------------------------------------------------------------------

  const { Explorable, axes, draggable, format, html, onGrid, picture, scale, svg, clamp } =
    window.course.shared;

  const TEXT = {
    title: "Move it: one neuron, one line",
    question: "The neuron answers 1 on the orange side of its line. Drag the ring to move the line and the arrow to turn it, or use the sliders. Can you get all four corners right?",
    task: "Task",
    tasks: ["AND", "OR", "XOR"],
    network: "Network",
    networks: ["one neuron", "a hidden layer of two"],
    moved: "Neuron to move",
    neurons: ["first hidden", "second hidden", "output"],
    weight: (n) => `weight ${n}`,
    bias: "bias",
    plane: "The inputs, and the answer everywhere",
    hiddenPlane: "What the output neuron sees",
    inputs: ["first input", "second input"],
    hidden: ["first hidden", "second hidden"],
    columns: ["input", "sum", "answer", "wanted"],
    hiddenColumns: ["input", "hidden", "sum", "answer", "wanted"],
    right: "right",
    wrong: "wrong",
    count: (n) => `${n} of 4 right.`,
    because: (corner, total, got) =>
      `At (${corner}) the sum is ${total}${got ? ", above 0, so the answer is 1" : ", not above 0, so the answer is 0"}; ${1 - got} is wanted.`,
    three: "Three is the most that one line can do for XOR: no line has (0, 1) and (1, 0) on one side and the other two corners on the other. Add a hidden layer.",
    flat: "With both weights 0 there is no line: the answer is the same everywhere.",
    strip: "A hint: the two orange corners fit into a strip between two lines.",
    once: "One line is enough for this task.",
    won: "Two lines and a neuron that joins their answers: the hidden layer has changed the question into one that a single neuron can answer.",
    solved: "The first hidden neuron says “at least one”, the second “not both”, and the output neuron “both of these”: that is XOR.",
  };

  const number = (value, limit) => ({ value, min: -limit, max: limit, step: 0.1 });
  const NEURONS = { a: [1, 1, -0.5], b: [1, -1, 0.5], o: [1, 1, -1.5] };
  const SOLUTION = { task: "xor", network: "two", b1: -1, b2: -1, bb: 1.5 };
  const STYLE = { a: ["green", null], b: ["purple", "7 4"], o: ["grey", null] };
  const ARROW = 0.22; // the length in the drawing of a weight of 1

  const fields = {
    task: { value: "xor", options: ["and", "or", "xor"] },
    network: { value: "one", options: ["one", "two"] },
    moved: { value: "a", options: ["a", "b", "o"] },
  };
  for (const [name, [w1, w2, b]] of Object.entries(NEURONS)) {
    Object.assign(fields, {
      [`${name}1`]: number(w1, 3),
      [`${name}2`]: number(w2, 3),
      [`${name}b`]: number(b, 5),
    });
  }

  /** A square with the corners of the task and a line, to be dragged, for each neuron of `names`. */
  class Plane {
    constructor(host, names) {
      this.host = host;
      this.names = names;
      this.picture = picture(300, 300);
      this.x = scale(SQUARE, [36, 292]);
      this.y = scale(SQUARE, [258, 6]);
      this.handles = names.map((name) => this.handlesOf(name));
      this.picture.append(...this.handles.flatMap(({ arrow, tip, grip }) => [arrow, tip, grip]));
    }

    handlesOf(name) {
      const [colour] = STYLE[name];
      const grab = (shape) => svg("g", {}, svg("circle", { r: 20, class: "grip" }), shape);
      const arrow = svg("path", { class: `line ${colour}` });
      const drag = (handle, move) =>
        draggable(this.picture, handle, (x, y) => move(this.x.back(x), this.y.back(y)));
      const head = svg("path", { d: "M10,0L-8,8V-8Z", class: `full ${colour}` });
      const tip = drag(grab(head), (x, y) => {
        const [fromX, fromY] = foot(this.host.neuron(name));
        this.move(name, (x - fromX) / ARROW, (y - fromY) / ARROW, fromX, fromY);
      });
      const ring = svg("circle", { r: 7, class: `hollow ${colour}` });
      const grip = drag(grab(ring), (x, y) => {
        const { w1, w2 } = this.host.neuron(name);
        this.move(name, w1, w2, clamp(x, ...SQUARE), clamp(y, ...SQUARE));
      });
      tip.classList.add("tip");
      return { name, arrow, tip, grip };
    }

    /** Give the neuron these weights, and the bias that lets its line go through a point. */
    move(name, w1, w2, x, y) {
      w1 = onGrid(fields[`${name}1`], w1);
      w2 = onGrid(fields[`${name}2`], w2);
      const b = onGrid(fields[`${name}b`], -(w1 * x + w2 * y));
      this.host.set({ moved: name, [`${name}1`]: w1, [`${name}2`]: w2, [`${name}b`]: b });
    }

    draw(neurons, marks, names) {
      const { x, y, picture } = this;
      const place = ([first, second]) => `${x(first)},${y(second)}`;
      const cut = names.filter((name) => this.names.includes(name));
      picture.draw(
        regions(neurons).map(({ polygon, answer }) =>
          svg("polygon", { points: polygon.map(place).join(" "), style: `fill: var(--${answer ? "one" : "zero"})` }),
        ),
        axes({
          x, y, box: [36, 6, 292, 258], xTicks: [0, 1], yTicks: [0, 1],
          xLabel: this.labels[0], yLabel: this.labels[1],
        }),
        cut.map((name) => {
          const { w1, w2 } = this.host.neuron(name);
          const [footX, footY] = foot(this.host.neuron(name));
          const [colour, dashes] = STYLE[name];
          const reach = w1 || w2 ? 4 / Math.hypot(w1, w2) : 0;
          const ends = [-reach, reach].map((t) => place([footX - t * w2, footY + t * w1]));
          const line = { points: ends.join(" "), class: `line ${colour}`, "stroke-dasharray": dashes };
          // A drawing inside of the drawing cuts the line off at the edges of the square.
          const frame = { x: 36, y: 6, width: 256, height: 252, viewBox: "36 6 256 252" };
          return svg("svg", frame, svg("polyline", line));
        }),
        marks.map(({ corner, wanted, right, aside = 0 }) => {
          const [left, top] = [x(corner[0]) + aside, y(corner[1])];
          return [
            wanted
              ? svg("rect", { x: left - 7, y: top - 7, width: 14, height: 14, class: "full orange" })
              : svg("circle", { cx: left, cy: top, r: 8, class: "full blue" }),
            svg(
              "text",
              { x: left + (aside ? -11 : 11), y: top - 9, "text-anchor": aside ? "end" : "start", "font-weight": 600 },
              `${wanted} ${right ? "✓" : "✗"}`,
            ),
          ];
        }).flat(),
      );
      for (const { name, arrow, tip, grip } of this.handles) {
        const shown = names.includes(name);
        for (const part of [arrow, tip, grip]) part.style.display = shown ? "" : "none";
        if (!shown) continue;
        const neuron = this.host.neuron(name);
        const start = foot(neuron).map((c) => clamp(c, ...SQUARE));
        const end = [start[0] + ARROW * neuron.w1, start[1] + ARROW * neuron.w2];
        const inside = end.map((c) => clamp(c, ...SQUARE));
        arrow.setAttribute("d", `M${place(start)}L${place(inside)}`);
        const angle = (-180 / Math.PI) * Math.atan2(neuron.w2, neuron.w1);
        tip.setAttribute("transform", `translate(${place(inside)}) rotate(${angle})`);
        grip.setAttribute("transform", `translate(${place(start)})`);
      }
    }
  }

  class Neuron extends Explorable {
    static key = "neuron";
    static fields = fields;
    static asInText = SOLUTION;
    static TEXT = TEXT;

    /** The neuron of this name, as the state has it. */
    neuron(name) {
      return { w1: this.state[`${name}1`], w2: this.state[`${name}2`], b: this.state[`${name}b`] };
    }

    layout() {
      const own = this.words;
      this.plane = new Plane(this, ["a", "b"]);
      this.plane.labels = own.inputs;
      this.hiddenPlane = new Plane(this, ["o"]);
      this.hiddenPlane.labels = own.hidden;
      this.table = html("tbody");
      this.head = html("tr");
      const sliders = (name) =>
        html(
          "div",
          { "data-neuron": name },
          this.slider(`${name}1`, own.weight(1)),
          this.slider(`${name}2`, own.weight(2)),
          this.slider(`${name}b`, own.bias),
        );
      this.sliders = ["a", "b", "o"].map(sliders);
      this.moved = this.choice("moved", own.moved, own.neurons);
      const panel = (title, plane) =>
        html("div", {}, html("p", { class: "caption" }, html("strong", {}, title)), plane.picture);
      this.planePart = panel(own.plane, this.plane);
      this.hiddenPart = panel(own.hiddenPlane, this.hiddenPlane);
      return [
        html(
          "div",
          { class: "panels" },
          this.planePart,
          this.hiddenPart,
          html(
            "div",
            {},
            this.choice("task", own.task, own.tasks),
            this.choice("network", own.network, own.networks),
            this.moved,
            this.sliders,
          ),
          html("table", {}, html("thead", {}, this.head), this.table),
        ),
      ];
    }

    draw() {
      const { state, words: own } = this;
      const two = state.network === "two";
      const names = two ? ["a", "b", "o"] : ["a"];
      const neurons = names.map((name) => this.neuron(name));
      const shown = two ? state.moved : "a";
      this.moved.hidden = !two;
      this.hiddenPart.hidden = !two;
      this.planePart.classList.toggle("tall", !two);
      for (const part of this.sliders) part.hidden = part.dataset.neuron !== shown;

      const rows = CORNERS.map((corner, n) => {
        const hidden = two ? neurons.slice(0, 2).map((neuron) => fires(neuron, corner)) : corner;
        const got = answer(neurons, corner);
        const wanted = WANTED[state.task][n];
        return { corner, hidden, got, wanted, total: sum(neurons.at(-1), hidden), right: got === wanted };
      });
      this.plane.draw(neurons, rows, names);
      if (two) {
        // Corners that the hidden layer sends to the same place stand side by side there.
        const met = {};
        const marks = rows.map((row) => {
          const before = (met[row.hidden] = (met[row.hidden] || 0) + 1) - 1;
          return { ...row, corner: row.hidden, aside: before ? -20 * before : 0 };
        });
        this.hiddenPlane.draw([this.neuron("o")], marks, ["o"]);
      }

      const columns = two ? own.hiddenColumns : own.columns;
      this.head.replaceChildren(...columns.map((column) => html("th", { scope: "col" }, column)));
      this.table.replaceChildren(
        ...rows.map(({ corner, hidden, got, wanted, total, right }) =>
          html(
            "tr",
            {},
            html("td", {}, `(${corner.join(", ")})`),
            two && html("td", {}, `(${hidden.join(", ")})`),
            html("td", {}, format(total, 1)),
            html("td", {}, String(got)),
            html("td", {}, `${wanted} `, html("span", { role: "img", "aria-label": right ? own.right : own.wrong }, right ? "✓" : "✗")),
          ),
        ),
      );

      const count = rows.filter((row) => row.right).length;
      const finding = [own.count(count), this.reason(rows, count, two)].join(" ");
      this.plane.picture.describe(`${own.plane}. ${own.count(count)}`);
      this.hiddenPlane.picture.describe(own.hiddenPlane);
      return finding;
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
      const because = own.because(corner.join(", "), format(total, 1), got);
      return two && state.task === "xor" ? `${because} ${own.strip}` : because;
    }
  }

  customElements.define("course-neuron", Neuron);
})();
