/* Chapter 2: choose layers and widths, and count what they cost. */
(() => {
  "use strict";

  const { Explorable, button, format, html, say, svg, total } = window.course.shared;

  const HIDDEN = 8; // layers at most
  const WIDEST = 1024; // neurons in a layer at most

  // --- the model: a network is the list of its layers' sizes, the inputs first -------------------

  const pairs = (sizes) => sizes.slice(1).map((size, n) => [sizes[n], size]);

  /** Weights and biases: `count_parameters` of the chapter. */
  const parameters = (sizes) => total(pairs(sizes).map(([n, m]) => n * m + m));

  /** Multiplications to send one example forward: `count_multiplications`. */
  const multiplications = (sizes) => total(pairs(sizes).map(([n, m]) => n * m));

  /** Millions of bytes for weights, gradient, Adam's memory and outputs: `memory_in_mb`. */
  function memory(sizes, batch) {
    const weights = parameters(sizes);
    return [weights, weights, 2 * weights, batch * total(sizes)].map((count) => (4 * count) / 1e6);
  }

  /** The same network with every hidden layer twice. */
  const deeper = (sizes) => [sizes[0], ...sizes.slice(1, -1).flatMap((s) => [s, s]), sizes.at(-1)];

  /** The same network with twice as many neurons in every hidden layer. */
  const wider = (sizes) => sizes.map((s, n) => (n && n < sizes.length - 1 ? 2 * s : s));

  /** The sizes in "784-512-10"; undefined if they are not those of a network within the limits. */
  function read(string) {
    const sizes = /^\d{1,4}(-\d{1,4})+$/.test(string) ? string.split("-").map(Number) : [];
    const good = sizes.length >= 2 && sizes.length <= HIDDEN + 2;
    return good && sizes.every((size) => size >= 1 && size <= WIDEST) ? sizes : undefined;
  }

  window.course.depth = { deeper, memory, multiplications, parameters, read, wider };

  // --- the element -------------------------------------------------------------------------------

  const BATCHES = [1, 32, 50, 100, 128, 250, 512, 1000];
  const COLOURS = ["blue", "green", "purple", "orange"];
  const [TALL, FLOOR, SIDE] = [150, 166, 18]; // of the tallest table, its ground, left and right
  const CELL = 6; // from here on, pixels for a weight, each has a square of its own

  // A slider of widths cannot have a thousand places: small numbers singly, then in growing steps.
  const KNOWN = [199, 250, 784, 1000]; // widths of the course between those steps
  const WIDTHS = Array.from({ length: WIDEST }, (_, n) => n + 1).filter(
    (n) => n <= 32 || (n <= 128 && n % 8 === 0) || n % 32 === 0 || KNOWN.includes(n),
  );

  class Depth extends Explorable {
    static key = "depth";
    static fields = {
      sizes: { value: "5-7-7-7-7-3", accepts: (string) => read(string) !== undefined },
      batch: { value: 250, options: BATCHES },
    };

    get sizes() {
      return read(this.state.sizes);
    }

    /** Take these sizes if they are within the limits; `why` says how they came from the others. */
    take(sizes, why) {
      const isIdle = `${sizes}` === `${this.sizes}`;
      const string = sizes.join("-");
      const full = { layers: HIDDEN, neurons: format(WIDEST) };
      this.problem = read(string) ? isIdle && this.words.idle : say(this.words.full, full);
      if (this.problem) return this.update();
      if (why) this.seen.set(why, format(parameters(sizes) / parameters(this.sizes), 2));
      this.change = why && { why, from: this.sizes, to: string };
      this.set({ sizes: string });
    }

    forget() {
      Object.assign(this, { chosen: 0, change: undefined, problem: "", seen: new Map() });
    }

    layout() {
      const own = this.words;
      this.drawing = this.canvas(() => this.drawTables());
      this.numbers = html("tbody");
      this.bar = html("div.bar", { "aria-hidden": "true" });
      this.legend = html("ul.legend");
      const buttons = html("div.buttons", [
        button(own.deeper, () => this.take(deeper(this.sizes), "deeper")),
        button(own.wider, () => this.take(wider(this.sizes), "wider")),
        button(own.project, () => this.take([784, 512, 512, 10])),
      ]);
      const costs = html("div", html("table", this.numbers), this.bar, this.legend);
      return [this.drawing, buttons, html("div.panels", html("div", this.sliders()), costs)];
    }

    sliders() {
      const { all, input, output, ...own } = this.words;
      const layers = this.slider("sizes", own.layers, {
        limits: { min: 0, max: HIDDEN },
        get: () => this.sizes.length - 2,
        put: (count) => {
          const [first, ...hidden] = this.sizes;
          const last = hidden.pop();
          const next = Array.from({ length: count }, (_, n) => hidden[n] || hidden.at(-1) || 7);
          this.take([first, ...next, last]);
        },
      });
      // Which layer is changed: 0 for all the hidden ones, then the inputs, and so on.
      const chosen = () => Math.min(this.chosen, this.sizes.length);
      const layer = this.slider("sizes", own.layer, {
        limits: { min: 0, max: HIDDEN + 2 },
        get: chosen,
        put: (place) => {
          this.chosen = Math.min(place, this.sizes.length);
          this.update();
        },
        text: () => ({ 0: all, 1: input, [this.sizes.length]: output })[chosen()] ?? chosen() - 1,
      });
      // Moves through WIDTHS; it shows the first of the chosen layers.
      const width = () => this.sizes.find((_, n) => this.isChosen(n)) ?? 0;
      const neurons = this.slider("sizes", own.width, {
        limits: { min: 0, max: WIDTHS.length - 1 },
        get: () => WIDTHS.findIndex((n) => n >= width()),
        put: (place) =>
          this.take(this.sizes.map((size, n) => (this.isChosen(n) ? WIDTHS[place] : size))),
        text: () => format(width()),
      });
      const batch = this.slider("batch", own.batch, {
        limits: { min: 0, max: BATCHES.length - 1 },
        get: () => BATCHES.indexOf(this.state.batch),
        put: (place) => this.set({ batch: BATCHES[place] }),
        text: () => format(this.state.batch),
      });
      return [layers, layer, neurons, batch];
    }

    isChosen(n) {
      const chosen = Math.min(this.chosen, this.sizes.length);
      return chosen ? chosen === n + 1 : n > 0 && n < this.sizes.length - 1;
    }

    /** What the last button changed, as long as nothing else has been changed. */
    get fresh() {
      return this.change?.to === this.state.sizes ? this.change : undefined;
    }

    /** Each table of weights to one scale, a row for each number that enters. */
    drawTables() {
      const { sizes, fresh } = this;
      const width = Math.max(this.drawing.clientWidth, 240);
      const room = width - 2 * SIDE;
      const least = Math.min(28, room / (sizes.length - 1)); // for the number below
      const slots = (unit) => sizes.slice(1).map((size) => Math.max(size * unit + 12, least));
      let unit = TALL / Math.max(...sizes.slice(0, -1));
      while (total(slots(unit)) > room + 1e-6) unit *= 0.98;
      const x = (column) => SIDE + total(slots(unit).slice(0, column));
      const tables = pairs(sizes).map((pair, n) => {
        const isNew = fresh?.why === "deeper" && n % 2 === 1;
        const tile = fresh?.why === "wider" && pairs(fresh.from)[n];
        return this.table(pair, x(n) + 6, unit, isNew, tile);
      });
      const told = say(this.words.drawing, { sizes: sizes.map((size) => format(size)).join(", ") });
      this.drawing.setAttribute("viewBox", `0 0 ${width} ${FLOOR + 28}`);
      this.drawing.setAttribute("aria-label", told);
      this.drawing.replaceChildren(
        ...tables.flat(Infinity),
        ...sizes.flatMap((size, n) => this.column(size, n, x(n), size * unit)),
      );
    }

    /** Rows times columns: the weights singly where there is room, or the `tile` it was before. */
    table([rows, columns], x, unit, isNew, tile) {
      const [width, height] = [Math.max(columns * unit, 1), Math.max(rows * unit, 1)];
      const y = (FLOOR - height) / 2;
      const grid = (everyRow, everyColumn) => {
        const across = Array.from({ length: Math.ceil(rows / everyRow) - 1 }, (_, n) => n + 1);
        const down = Array.from({ length: Math.ceil(columns / everyColumn) - 1 }, (_, n) => n + 1);
        return [
          ...across.map((n) => `M${x},${y + n * everyRow * unit}h${width}`),
          ...down.map((n) => `M${x + n * everyColumn * unit},${y}v${height}`),
        ].join("");
      };
      const count = format(rows * columns);
      const middle = { x: x + width / 2, y: FLOOR / 2 + 4, "text-anchor": "middle" };
      return [
        svg(`rect.cells.green${isNew ? ".new" : ""}`, { x, y, width, height }),
        svg("path.grid", { d: unit >= CELL ? grid(1, 1) : "" }),
        svg("path.tiles", { d: tile ? grid(...tile) : "" }),
        width > 8 * count.length + 6 && svg("text.halo", middle, count),
      ].filter(Boolean);
    }

    /** A layer, as long as it has neurons, how many these are, and a line below if it is chosen. */
    column(size, n, x, length) {
      const colour = n === 0 ? "blue" : n === this.sizes.length - 1 ? "orange" : "green";
      const chosen = this.isChosen(n);
      const text = { x, y: FLOOR + 14, "text-anchor": "middle" };
      const [from, to] = [-1, 1].map((end) => FLOOR / 2 + (end * Math.max(length, 2)) / 2);
      return [
        svg(`path.line.${colour}`, { d: `M${x},${from}V${to}` }),
        svg("text", { ...text, "font-weight": chosen ? 700 : 400 }, format(size)),
        svg(`path.line.${colour}`, { d: chosen ? `M${x - 12},${FLOOR + 22}h24` : "" }),
      ];
    }

    draw() {
      const { sizes, words: own } = this;
      this.drawTables();
      // In one unit, and the sum of what is shown, so that who adds it up finds the same.
      const parts = memory(sizes, this.state.batch);
      const [unit, many] = total(parts) >= 1 ? [own.megabytes, 1] : [own.kilobytes, 1000];
      const decimals = total(parts) < 0.01 ? 3 : 2; // a weight has 4 bytes
      const sized = parts.map((part) => Number((many * part).toFixed(decimals)));
      const bytes = (n) => say(unit, { n: format(n, decimals) });
      const row = (name, value) => html("tr", html("td", name), html("td", html("strong", value)));
      this.numbers.replaceChildren(
        row(own.weights, format(parameters(sizes))),
        row(own.work, format(multiplications(sizes))),
        row(own.bytes, bytes(total(sized))),
      );
      const background = (n) => `background: var(--${COLOURS[n]})`;
      const share = (n) => `flex-grow: ${parts[n] / total(parts)}`;
      this.bar.replaceChildren(
        ...parts.map((_, n) => html("span", { style: `${share(n)}; ${background(n)}` })),
      );
      this.legend.replaceChildren(
        ...sized.map((part, n) => {
          const told = say(own.pair, { name: own.parts[n], value: bytes(part) });
          return html("li", html("i", { style: background(n) }), told);
        }),
      );
      return this.reason(sizes);
    }

    reason(sizes) {
      const { words: own, fresh, seen } = this;
      const isDone = seen.size === 2;
      if (this.problem) return ["wrong", this.problem];
      const count = format(parameters(sizes));
      if (fresh) {
        const { why, from } = fresh;
        const added = Math.max(sizes.length - from.length, 0);
        const values = { before: format(parameters(from)), after: count, n: added };
        values.ratio = seen.get(why);
        const told = say(own.change, values);
        if (isDone) return ["done", `${told} ${say(own.both, Object.fromEntries(seen))}`, 1];
        return ["tried", `${told} ${say(own.sentence[why], values)} ${own.other[why]}`];
      }
      const terms = pairs(sizes).map(([n, m]) => `(${format(n)} · ${format(m)} + ${format(m)})`);
      if (terms.length > 5) terms.splice(2, terms.length - 3, "…");
      const was = say(own.was, { n: count, formula: terms.join(" + ") });
      return seen.size ? ["tried", was] : ["ask", `${own.start} ${was}`];
    }
  }

  customElements.define("course-depth", Depth);
})();
