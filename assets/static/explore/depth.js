/* Chapter 2: choose layers and widths, and count what they cost. */
(() => {
  "use strict";

  const { Explorable, button, choice, format, html, say, svg } = window.course.shared;

  const HIDDEN = 8; // layers at most
  const WIDEST = 1024; // neurons in a layer at most

  // --- the model: a network is the list of its layers' sizes, the inputs first -------------------

  const pairs = (sizes) => sizes.slice(1).map((size, n) => [sizes[n], size]);
  const total = (numbers) => numbers.reduce((all, number) => all + number, 0);

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
  const [TOP, BOTTOM] = [16, 190]; // of a column in the drawing
  const MOST = 8; // neurons drawn in a column, as in the chapter
  const DOTS = 10; // pixels that the dots of a longer column take from the gaps between its neurons

  // A slider of widths cannot have a thousand places: small numbers singly, then in growing steps.
  const KNOWN = [199, 250, 784, 1000]; // widths of the course between those steps
  const WIDTHS = Array.from({ length: WIDEST }, (_, n) => n + 1).filter(
    (n) => n <= 32 || (n <= 128 && n % 8 === 0) || n % 32 === 0 || KNOWN.includes(n),
  );

  /** Where the neurons of a layer stand in its column. */
  function heights(size) {
    const shown = Math.min(size, MOST);
    const dots = size > MOST ? DOTS : 0;
    const gap = (BOTTOM - TOP - dots) / (MOST - 1);
    return Array.from({ length: shown }, (_, n) => {
      const apart = n < shown / 2 ? -dots / 2 : dots / 2;
      return (TOP + BOTTOM) / 2 + (n - (shown - 1) / 2) * gap + apart;
    });
  }

  class Depth extends Explorable {
    static key = "depth";
    static fields = {
      sizes: { value: "5-7-7-7-7-3", accepts: (string) => read(string) !== undefined },
      batch: { value: 250, options: BATCHES },
    };

    get sizes() {
      return read(this.state.sizes);
    }

    /** Take these sizes if they are within the limits; `why` explains the change. */
    take(sizes, why) {
      const string = sizes.join("-");
      if (read(string)) {
        this.earlier = why && this.sizes;
        this.why = why;
        this.set({ sizes: string });
      } else {
        this.note.textContent = say(this.words.full, { layers: HIDDEN, neurons: format(WIDEST) });
      }
    }

    layout() {
      const own = this.words;
      this.chosen = "all";
      this.drawing = svg("svg", { role: "img" });
      this.buttons = html("div");
      this.numbers = html("tbody");
      this.bar = html("div.bar", { "aria-hidden": "true" });
      this.legend = html("ul.legend");
      new ResizeObserver(() => this.isConnected && this.drawNetwork()).observe(this.drawing);
      const controls = html("div", [
        this.layersSlider(),
        this.buttons,
        this.widthSlider(),
        this.batchSlider(),
        html("div.buttons", [
          button(own.deeper, () => this.take(deeper(this.sizes), "deeper")),
          button(own.wider, () => this.take(wider(this.sizes), "wider")),
          button(own.project, () => this.take([784, 512, 512, 10])),
        ]),
      ]);
      const costs = html("div", html("table", this.numbers), this.bar, this.legend);
      return [this.drawing, html("div.panels", controls, costs)];
    }

    layersSlider() {
      const get = () => this.sizes.length - 2;
      const put = (count) => {
        const [first, ...hidden] = this.sizes;
        const last = hidden.pop();
        const next = Array.from({ length: count }, (_, n) => hidden[n] || hidden.at(-1) || 7);
        this.take([first, ...next, last]);
      };
      const text = () => format(get());
      return this.range("sizes", this.words.layers, { min: 0, max: HIDDEN }, { get, put, text });
    }

    /** Moves through WIDTHS; it shows the first of the chosen layers. */
    widthSlider() {
      const width = () => this.sizes.find((_, n) => this.isChosen(n)) ?? 0;
      const get = () => WIDTHS.findIndex((n) => n >= width());
      const put = (place) =>
        this.take(this.sizes.map((size, n) => (this.isChosen(n) ? WIDTHS[place] : size)));
      const text = () => format(width());
      const limits = { min: 0, max: WIDTHS.length - 1 };
      return this.range("sizes", this.words.width, limits, { get, put, text });
    }

    batchSlider() {
      const get = () => BATCHES.indexOf(this.state.batch);
      const put = (place) => this.set({ batch: BATCHES[place] });
      const text = () => format(this.state.batch);
      const limits = { min: 0, max: BATCHES.length - 1 };
      return this.range("batch", this.words.batch, limits, { get, put, text });
    }

    /** The row of layers to choose from; the focus stays where it was. */
    drawButtons() {
      const { length } = this.sizes;
      if (this.chosen !== "all" && this.chosen >= length) this.chosen = "all";
      if (this.shown !== length) {
        this.shown = length;
        const { all, input, hidden, output, layer } = this.words;
        const inner = this.sizes.slice(1, -1).map((_, n) => say(hidden, { n: n + 1 }));
        const put = (place) => {
          this.chosen = place ? place - 1 : "all";
          this.update();
        };
        this.layers = choice(layer, "depth-layer", [all, input, ...inner, output], put);
        this.buttons.replaceChildren(this.layers);
      }
      this.layers.check(this.chosen === "all" ? 0 : this.chosen + 1);
    }

    isChosen(n) {
      return this.chosen === "all" ? n > 0 && n < this.sizes.length - 1 : this.chosen === n;
    }

    drawNetwork() {
      const { sizes } = this;
      const width = Math.max(this.drawing.clientWidth, 240);
      const side = width < 500 ? 22 : 40;
      const x = (column) => side + (column * (width - 2 * side)) / (sizes.length - 1);
      const links = pairs(sizes.map(heights)).flatMap(([from, to], column) =>
        from.flatMap((y1) => to.map((y2) => `M${x(column)},${y1}L${x(column + 1)},${y2}`)),
      );
      const counts = sizes.map((size) => format(size)).join(", ");
      const told = say(this.words.drawing, { sizes: counts });
      this.drawing.setAttribute("viewBox", `0 0 ${width} 232`);
      this.drawing.setAttribute("aria-label", told);
      this.drawing.replaceChildren(
        svg("path.line.grey", { d: links.join(""), style: "stroke-width: .5" }),
        ...sizes.flatMap((size, n) => this.column(size, n, x(n))),
      );
    }

    /** The neurons of a layer, how many they are, and a line below if it is chosen. */
    column(size, n, x) {
      const colour = n === 0 ? "blue" : n === this.sizes.length - 1 ? "orange" : "green";
      const chosen = this.isChosen(n);
      const text = { x, "text-anchor": "middle" };
      return [
        ...heights(size).map((cy) => svg(`circle.full.${colour}`, { cx: x, cy, r: 6 })),
        svg("text", { ...text, y: (TOP + BOTTOM) / 2 + 5 }, size > MOST && "⋮"),
        svg("text", { ...text, y: 216, "font-weight": chosen ? 700 : 400 }, format(size)),
        svg(`path.line.${colour}`, { d: chosen ? `M${x - 12},223H${x + 12}` : "" }),
      ];
    }

    draw() {
      const { sizes, words: own } = this;
      this.drawButtons();
      this.drawNetwork();
      const parts = memory(sizes, this.state.batch);
      const row = (name, value) => html("tr", html("td", name), html("td", html("strong", value)));
      this.numbers.replaceChildren(
        row(own.weights, format(parameters(sizes))),
        row(own.work, format(multiplications(sizes))),
        row(own.bytes, format(1e6 * total(parts))),
      );
      const background = (n) => `background: var(--${COLOURS[n]})`;
      const share = (n) => `flex-grow: ${parts[n] / total(parts)}`;
      this.bar.replaceChildren(
        ...parts.map((_, n) => html("span", { style: `${share(n)}; ${background(n)}` })),
      );
      this.legend.replaceChildren(
        ...parts.map((part, n) => {
          const told = say(own.pair, { name: own.parts[n], value: format(1e6 * part) });
          return html("li", html("i", { style: background(n) }), told);
        }),
      );
      return this.reason(sizes);
    }

    reason(sizes) {
      const { words: own, earlier, why } = this;
      this.earlier = this.why = undefined; // said once, of the last change
      if (earlier && sizes.length > 2) {
        const ratio = (count) => format(count(sizes) / count(earlier), 2);
        const values = { weights: ratio(parameters), work: ratio(multiplications) };
        return `${say(own.change, values)} ${own.sentence[why]}`;
      }
      const terms = pairs(sizes).map(([n, m]) => `(${format(n)} · ${format(m)} + ${format(m)})`);
      return say(own.was, { n: format(parameters(sizes)), formula: terms.join(" + ") });
    }
  }

  customElements.define("course-depth", Depth);
})();
