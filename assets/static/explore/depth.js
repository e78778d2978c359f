/* Chapter 2: choose layers and widths, and count what they cost. */
(function () {
  "use strict";

  const HIDDEN = 8; // layers at most
  const WIDEST = 1024; // neurons in a layer at most

  // --- the model: a network is the list of its layers' sizes, the inputs first ---------------------

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

  const model = { deeper, memory, multiplications, parameters, read, wider };
  if (typeof module !== "undefined") module.exports = model;
  if (typeof HTMLElement === "undefined") return;
  window.course = { ...window.course, depth: model };

  // --- the element --------------------------------------------------------------------------------

  const { Explorable, format, html, svg } = window.course.shared;

  const TEXT = {
    title: "Move it: what a layer costs",
    question: "Choose how many hidden layers there are, and how wide each is. Which costs more, twice as deep or twice as wide?",
    layers: "hidden layers",
    layer: "Layer to change",
    all: "all hidden",
    input: "input",
    hidden: (n) => `hidden ${n}`,
    output: "output",
    width: "neurons",
    batch: "batch size",
    deeper: "Twice as deep",
    wider: "Twice as wide",
    project: "The project’s network",
    full: (layers, neurons) => `No more than ${layers} hidden layers of ${neurons} neurons here.`,
    weights: "weights and biases",
    work: "multiplications for one example",
    bytes: "bytes to train with Adam",
    parts: ["weights and biases, 4 bytes each", "gradient", "Adam’s memory", "outputs of the batch"],
    drawing: (sizes) => `A network with the layers ${sizes}.`,
    was: (n, formula) => `${formula} = ${n} weights and biases.`,
    change: (weights, work) => `Compared with the network before: ${weights} times the weights, ${work} times the multiplications.`,
    sentence: {
      deeper: "Each layer added costs the same again.",
      wider: "Between two hidden layers the table of weights has twice as many rows and twice as many columns: four times the weights. At both ends there are only twice as many.",
    },
  };

  const BATCHES = [1, 32, 50, 100, 128, 250, 512, 1000];
  const COLOURS = ["blue", "green", "purple", "orange"];
  const MOST = 8; // neurons drawn in a column, as in the chapter

  // A slider of widths cannot have a thousand places: small numbers singly, then in growing steps.
  const WIDTHS = Array.from({ length: WIDEST }, (_, n) => n + 1).filter(
    (n) => n <= 32 || (n <= 128 && n % 8 === 0) || n % 32 === 0 || [199, 250, 784, 1000].includes(n),
  );

  class Depth extends Explorable {
    static key = "depth";
    static TEXT = TEXT;
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
      if (read(string) === undefined) return this.refuse();
      this.earlier = why && this.sizes;
      this.why = why;
      this.set({ sizes: string });
    }

    refuse() {
      this.note.textContent = this.words.full(format(HIDDEN), format(WIDEST));
    }

    layout() {
      const own = this.words;
      this.chosen = "all";
      this.drawing = svg("svg", { role: "img" });
      this.buttons = html("div");
      this.numbers = html("tbody");
      this.bar = html("div", { class: "bar", "aria-hidden": "true" });
      this.legend = html("ul", { class: "legend" });
      new ResizeObserver(() => this.isConnected && this.drawNetwork()).observe(this.drawing);
      return [
        this.drawing,
        html(
          "div",
          { class: "panels" },
          html(
            "div",
            {},
            this.layersSlider(),
            this.buttons,
            this.widthSlider(),
            this.batchSlider(),
            html(
              "div",
              { class: "buttons" },
              this.button(own.deeper, () => this.take(deeper(this.sizes), "deeper")),
              this.button(own.wider, () => this.take(wider(this.sizes), "wider")),
              this.button(own.project, () => this.take([784, 512, 512, 10])),
            ),
          ),
          html("div", {}, html("table", {}, this.numbers), this.bar, this.legend),
        ),
      ];
    }

    /** A slider that belongs to no field of its own: `get` and `put` read and change the sizes. */
    range(field, label, max, get, put, show) {
      const output = html("span", { class: "value", "aria-hidden": "true" });
      const input = html("input", {
        type: "range", min: 0, max, "data-field": field, input: () => put(Number(input.value)),
      });
      this.sync.push(() => {
        input.value = get();
        output.textContent = show();
        input.setAttribute("aria-valuetext", show());
      });
      return html("label", { class: "slider" }, html("span", {}, label), input, output);
    }

    layersSlider() {
      const put = (count) => {
        const { sizes } = this;
        const hidden = sizes.slice(1, -1);
        const last = hidden.at(-1) || 7;
        const next = Array.from({ length: count }, (_, n) => hidden[n] || last);
        this.take([sizes[0], ...next, sizes.at(-1)]);
      };
      const get = () => this.sizes.length - 2;
      return this.range("sizes", this.words.layers, HIDDEN, get, put, () => format(get()));
    }

    widthSlider() {
      const places = () => {
        const last = this.sizes.length - 1;
        if (this.chosen === "all") return this.sizes.map((_, n) => n).slice(1, -1);
        return [Math.min(this.chosen, last)];
      };
      const width = () => this.sizes[places()[0]] || 0;
      const get = () => {
        const place = WIDTHS.findIndex((n) => n >= width());
        return place < 0 ? WIDTHS.length - 1 : place;
      };
      const put = (place) => {
        const { sizes } = this;
        for (const n of places()) sizes[n] = WIDTHS[place];
        this.take(sizes);
      };
      return this.range("sizes", this.words.width, WIDTHS.length - 1, get, put, () => format(width()));
    }

    batchSlider() {
      return this.range(
        "batch",
        this.words.batch,
        BATCHES.length - 1,
        () => BATCHES.indexOf(this.state.batch),
        (place) => this.set({ batch: BATCHES[place] }),
        () => format(this.state.batch),
      );
    }

    /** The name of each column. */
    names() {
      const last = this.sizes.length - 1;
      const { input, hidden, output } = this.words;
      return this.sizes.map((_, n) => (n === 0 ? input : n === last ? output : hidden(n)));
    }

    choose(place) {
      this.chosen = place;
      this.update();
    }

    /** The row of layers to choose from; the focus stays where it was. */
    drawButtons() {
      const names = [["all", this.words.all], ...this.names().map((name, n) => [n, name])];
      const shape = names.map(([, name]) => name).join();
      if (this.chosen !== "all" && this.chosen >= this.sizes.length) this.chosen = "all";
      if (this.shape !== shape) {
        this.shape = shape;
        this.radios = names.map(([place]) =>
          html("input", { type: "radio", name: "depth-layer", change: () => this.choose(place) }),
        );
        this.buttons.replaceChildren(
          html(
            "fieldset",
            { class: "choice" },
            html("legend", {}, this.words.layer),
            names.map(([, name], n) => html("label", {}, this.radios[n], html("span", {}, name))),
          ),
        );
      }
      names.forEach(([place], n) => (this.radios[n].checked = place === this.chosen));
    }

    drawNetwork() {
      const { sizes } = this;
      const width = Math.max(this.drawing.clientWidth, 240);
      const [top, bottom, side] = [16, 190, width < 500 ? 22 : 40];
      const x = (column) => side + (column * (width - 2 * side)) / (sizes.length - 1);
      const spots = sizes.map((size) => {
        const shown = Math.min(size, MOST);
        const gap = (bottom - top) / (MOST - 1);
        return Array.from({ length: shown }, (_, n) => {
          const apart = size > MOST ? (n < shown / 2 ? -5 : 5) : 0; // room for the dots
          return (top + bottom) / 2 + (n - (shown - 1) / 2) * (gap - (size > MOST ? 1.4 : 0)) + apart;
        });
      });
      const links = pairs(spots).flatMap(([from, to], column) =>
        from.flatMap((y1) => to.map((y2) => `M${x(column)},${y1}L${x(column + 1)},${y2}`)),
      );
      const colour = (n) => (n === 0 ? "blue" : n === sizes.length - 1 ? "orange" : "green");
      this.drawing.setAttribute("viewBox", `0 0 ${width} 232`);
      this.drawing.setAttribute("aria-label", this.words.drawing(sizes.map((s) => format(s)).join(", ")));
      this.drawing.replaceChildren(
        svg("path", { d: links.join(""), class: "line grey", style: "stroke-width: .5" }),
        ...spots.flatMap((column, n) => [
          ...column.map((y) => svg("circle", { cx: x(n), cy: y, r: 6, class: `full ${colour(n)}` })),
          sizes[n] > MOST
            ? svg("text", { x: x(n), y: (top + bottom) / 2 + 5, "text-anchor": "middle" }, "⋮")
            : "",
          svg(
            "text",
            { x: x(n), y: 216, "text-anchor": "middle", "font-weight": this.isChosen(n) ? 700 : 400 },
            format(sizes[n]),
          ),
          svg("path", {
            d: this.isChosen(n) ? `M${x(n) - 12},223H${x(n) + 12}` : "",
            class: `line ${colour(n)}`,
          }),
        ]),
      );
    }

    isChosen(n) {
      return this.chosen === "all" ? n > 0 && n < this.sizes.length - 1 : this.chosen === n;
    }

    draw() {
      const { sizes, words: own } = this;
      this.drawButtons();
      this.drawNetwork();
      const parts = memory(sizes, this.state.batch);
      const all = total(parts);
      const rows = [
        [own.weights, format(parameters(sizes))],
        [own.work, format(multiplications(sizes))],
        [own.bytes, format(1e6 * all)],
      ];
      this.numbers.replaceChildren(
        ...rows.map(([name, value]) =>
          html("tr", {}, html("td", {}, name), html("td", {}, html("strong", {}, value))),
        ),
      );
      this.bar.replaceChildren(
        ...parts.map((part, n) =>
          html("span", { style: `flex-grow: ${part / all}; background: var(--${COLOURS[n]})` }),
        ),
      );
      this.legend.replaceChildren(
        ...parts.map((part, n) =>
          html("li", {}, html("i", { style: `background: var(--${COLOURS[n]})` }), own.pair(own.parts[n], format(1e6 * part))),
        ),
      );
      return this.reason(sizes);
    }

    reason(sizes) {
      const { words: own, earlier, why } = this;
      this.earlier = this.why = undefined; // said once, of the last change
      if (earlier && sizes.length > 2) {
        const ratio = (count) => format(count(sizes) / count(earlier), 2);
        return `${own.change(ratio(parameters), ratio(multiplications))} ${own.sentence[why]}`;
      }
      const terms = pairs(sizes).map(([n, m]) => `${format(n)} · ${format(m)} + ${format(m)}`);
      return own.was(format(parameters(sizes)), terms.map((term) => `(${term})`).join(" + "));
    }
  }

  customElements.define("course-depth", Depth);
})();
