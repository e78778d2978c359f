/* Chapter 4: choose an activation function, stack layers, and see what is left of the gradient. */
(function () {
  "use strict";

  // --- the model ----------------------------------------------------------------------------------

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  /** Each function with its derivative, `slope`, and the most that the derivative can be. */
  const FUNCTIONS = {
    none: { value: (z) => z, slope: () => 1, most: 1 },
    sigmoid: { value: sigmoid, slope: (z) => sigmoid(z) * (1 - sigmoid(z)), most: 0.25 },
    tanh: { value: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2, most: 1 },
    relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0), most: 1 },
    step: { value: (z) => (Math.sign(z) + 1) / 2, slope: () => 0, most: 0 },
  };

  /** How far the first weights are spread when n numbers enter and n leave: Keras's initializers. */
  const SPREADS = {
    plain: () => 0.05,
    glorot: (n) => Math.sqrt(2 / (n + n)),
    he: (n) => Math.sqrt(2 / n),
  };

  /** One number through `layers` layers of one neuron with weight 1: what comes out, its slope. */
  function chain(name, layers, z) {
    const { value, slope } = FUNCTIONS[name];
    let product = 1;
    for (let layer = 0; layer < layers; layer++) {
      product *= slope(z);
      z = value(z);
    }
    return { value: z, slope: product };
  }

  /** rows × inner times inner × columns, the second one times `factor`; or columns × inner, turned. */
  function multiply(left, right, rows, inner, columns, factor, turned) {
    const product = new Float64Array(rows * columns);
    const step = turned ? 1 : columns;
    for (let place = 0; place < product.length; place++) {
      const column = place % columns;
      let from = Math.floor(place / columns) * inner;
      const end = from + inner;
      let by = turned ? column * inner : column;
      let sum = 0;
      for (; from < end; from++, by += step) sum += left[from] * right[by];
      product[place] = factor * sum;
    }
    return product;
  }

  /**
   * How strongly the loss depends on the outputs of each layer: `gradient_sizes` of the chapter.
   * `inputs`, a batch of rows of `width` numbers, go through square matrices `layers`, each times
   * `spread`, and one for ten classes, `last`; `labels` are the right ones. Without biases.
   */
  function gradientSizes({ name, inputs, layers, last, labels, width, spread, lastSpread }) {
    const { value, slope } = FUNCTIONS[name];
    const rows = labels.length;
    const sums = [];
    let outputs = inputs;
    for (const weights of layers) {
      sums.push(multiply(outputs, weights, rows, width, width, spread));
      outputs = sums.at(-1).map(value);
    }
    const logits = multiply(outputs, last, rows, width, 10, lastSpread);
    const byLogits = new Float64Array(logits.length);
    for (let row = 0; row < rows; row++) {
      const own = logits.subarray(10 * row, 10 * row + 10);
      const highest = Math.max(...own);
      const powers = own.map((logit) => Math.exp(logit - highest));
      const all = powers.reduce((sum, power) => sum + power);
      powers.forEach((power, n) => {
        byLogits[10 * row + n] = (power / all - (labels[row] === n ? 1 : 0)) / rows;
      });
    }
    let gradient = multiply(byLogits, last, rows, 10, width, lastSpread, true);
    const sizes = [];
    for (let layer = layers.length - 1; layer >= 0; layer--) {
      sizes.unshift(Math.sqrt(gradient.reduce((all, by) => all + by * by, 0)));
      const bySums = gradient.map((by, place) => by * slope(sums[layer][place]));
      if (layer) gradient = multiply(bySums, layers[layer], rows, width, width, spread, true);
    }
    return sizes;
  }

  /** `count` random numbers with mean 0 and spread 1, always the same ones for the same seed. */
  function random(count, seed) {
    const numbers = new Float64Array(count);
    for (let n = 0, state = seed; n < count; n++) {
      state = (state + 0x6d2b79f5) | 0; // mulberry32
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      numbers[n] = Math.sqrt(12) * (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 - 0.5);
    }
    return numbers;
  }

  const [WIDTH, BATCH] = [100, 8]; // the chapter's width; fewer examples give nearly the same

  let drawn; // the random numbers, drawn once
  /** What is left of the last layer's gradient at each layer of a fresh network, 1 at the last. */
  function left(name, weights, depth) {
    drawn ||= {
      inputs: random(BATCH * WIDTH, 1),
      last: random(10 * WIDTH, 2),
      labels: Array.from(random(BATCH, 3), (number) => Math.floor(1e3 * Math.abs(number)) % 10),
      layers: [],
    };
    while (drawn.layers.length < depth) {
      drawn.layers.push(random(WIDTH * WIDTH, 10 + drawn.layers.length));
    }
    const sizes = gradientSizes({
      ...drawn, name, width: WIDTH,
      layers: drawn.layers.slice(0, depth),
      spread: SPREADS[weights](WIDTH),
      lastSpread: Math.sqrt(2 / (WIDTH + 10)),
    });
    return sizes.map((size) => size / sizes.at(-1));
  }

  const model = { FUNCTIONS, SPREADS, chain, gradientSizes, left };
  if (typeof module !== "undefined") module.exports = model;
  if (typeof HTMLElement === "undefined") return;
  window.course = { ...window.course, activation: model };

  // --- the element --------------------------------------------------------------------------------

  const { Explorable, axes, clamp, draggable, format, html, onGrid, picture, scale, short, svg } =
    window.course.shared;

  const TEXT = {
    title: "Move it: how much gradient is left?",
    question: "Choose a function, stack layers, choose the first weights. How much of the last layer’s gradient gets through to the first?",
    function: "Activation function",
    functions: ["none", "sigmoid", "tanh", "ReLU", "step"],
    weights: "First weights",
    initial: ["plain", "Glorot", "He"],
    layers: "layers",
    z: "input z",
    curve: "The function",
    stack: (n) => `${n} layers of one neuron`,
    network: (n) => `${n} layers of 100 neurons`,
    at: (value, slope) => `value ${value}, slope ${slope}`,
    rest: (share) => `left at layer 1: ${share}`,
    z_axis: "z",
    valueAxis: "value (solid), slope (dashed)",
    layerAxis: "layer",
    restAxis: "gradient, last layer = 1",
    left: (share, n) => `Of the gradient at layer ${n}, ${share} is left at layer 1.`,
    percent: (number) => `${number} %`,
    step: "A step is flat everywhere: its derivative is 0, and no gradient gets past it. The layers before it cannot learn.",
    none: "Nothing bends: whatever the weights, these layers together are one layer.",
    limit: (most, n, power) => `The sigmoid’s slope is at most ${most}, so the activations alone leave no more than ${most} to the power of ${n}: ${power} (dashed). What the weights do comes on top.`,
    vanishes: "It vanishes: the first layers will hardly learn.",
    grows: "It grows on its way: these weights are too large for this function.",
    keeps: "These weights suit this function: the gradient arrives.",
    shrinks: "It shrinks at every layer.",
  };

  const BOX = [34, 6, 216, 188];
  const LOWEST = -18; // the power of ten at the bottom of the chart

  class Activation extends Explorable {
    static key = "activation";
    static TEXT = TEXT;
    static fields = {
      function: { value: "sigmoid", options: Object.keys(FUNCTIONS) },
      weights: { value: "plain", options: Object.keys(SPREADS) },
      layers: { value: 12, min: 2, max: 20, step: 1 },
      z: { value: 1, min: -4, max: 4, step: 0.1 },
    };

    /** The gradients of many layers would hold up a page that loads: they wait for a reader's first sign. */
    connectedCallback() {
      super.connectedCallback();
      const wake = () => this.asked || this.update();
      if (location.hash) return wake(); // before the page moves to a place below
      for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"]) {
        addEventListener(sign, wake, { once: true, passive: true });
      }
    }

    layout() {
      const own = this.words;
      this.shares = null; // not known before the second draw()
      this.x = scale([-4, 4], [BOX[0], BOX[2]]);
      this.y = scale([-1.2, 2], [BOX[3], BOX[1]]);
      const panel = (what) => {
        this[what] = picture(222, 224);
        this[`${what}Title`] = html("strong");
        this[`${what}Told`] = html("span");
        const caption = html("p", { class: "caption" }, this[`${what}Title`], html("br"), this[`${what}Told`]);
        return html("div", {}, caption, this[what]);
      };
      const parts = ["curve", "stack", "network"].map(panel);
      this.ring = svg(
        "g",
        {},
        svg("circle", { r: 20, class: "grip" }),
        svg("circle", { r: 6, class: "hollow blue" }),
      );
      draggable(this.curve, this.ring, (x) => this.set({ z: onGrid(Activation.fields.z, this.x.back(x)) }));
      this.curve.append(this.ring);
      return [
        html(
          "div",
          { class: "panels", style: "--least: 12rem" },
          parts,
          html(
            "div",
            { class: "wide controls" },
            this.choice("function", own.function, own.functions),
            this.choice("weights", own.weights, own.initial),
            this.slider("layers", own.layers),
            this.slider("z", own.z),
          ),
        ),
      ];
    }

    /** A function and its slope over z, and the point at the z of the state. */
    plot(drawing, at, here) {
      const [from, top, to, bottom] = BOX;
      const places = Array.from({ length: 321 }, (_, n) => -4 + n / 40);
      const found = places.map(at);
      const line = (what, attributes) => {
        const points = places.map((z, n) => `${this.x(z).toFixed(1)},${this.y(found[n][what]).toFixed(1)}`);
        return svg("polyline", { points: points.join(" "), ...attributes });
      };
      const frame = { x: from, y: top, width: to - from, height: bottom - top };
      drawing.draw(
        axes({
          x: this.x, y: this.y, box: BOX, xTicks: [-4, 0, 4], yTicks: [-1, 0, 1, 2],
          xLabel: this.words.z_axis, yLabel: this.words.valueAxis,
        }),
        svg(
          "svg",
          { ...frame, viewBox: Object.values(frame).join(" ") },
          svg("line", { x1: this.x(this.state.z), x2: this.x(this.state.z), y1: top, y2: bottom, class: "line thin grey" }),
          line("slope", { class: "line orange", "stroke-dasharray": "6 4" }),
          line("value", { class: "line blue" }),
          svg("circle", { cx: this.x(this.state.z), cy: this.y(here.slope), r: 4, class: "full orange" }),
          svg("circle", { cx: this.x(this.state.z), cy: this.y(here.value), r: 4, class: "full blue" }),
        ),
      );
    }

    draw() {
      const { words: own } = this;
      const { function: name, weights, layers, z } = this.state;
      const asked = [name, weights, layers].join();
      if (this.shares && this.asked !== asked) {
        this.shares = left(name, weights, layers); // a tenth of a second
        this.asked = asked;
      }
      const shares = (this.shares ??= []);
      const one = chain(name, 1, z);
      const many = chain(name, layers, z);
      this.plot(this.curve, (at) => chain(name, 1, at), one);
      this.plot(this.stack, (at) => chain(name, layers, at), many);
      this.ring.setAttribute("transform", `translate(${this.x(z)} ${clamp(this.y(one.value), BOX[1], BOX[3])})`);
      this.drawShares(shares, FUNCTIONS[name].most);

      const at = ({ value, slope }) => own.at(short(value), short(slope));
      const tell = (what, title, told) => {
        this[`${what}Title`].textContent = title;
        this[`${what}Told`].textContent = told;
        this[what].describe(told ? `${title}, ${told}` : title);
      };
      tell("curve", own.curve, at(one));
      tell("stack", own.stack(layers), at(many));
      tell("network", own.network(layers), shares.length ? own.rest(this.share(shares[0])) : "");
      return shares.length ? this.reason(name, layers, shares[0]) : "";
    }

    /** A share, as a percentage where that reads well. */
    share(number) {
      if (Number.isNaN(number)) return format(0);
      return number >= 0.001 ? this.words.percent(short(100 * number)) : short(number);
    }

    drawShares(shares, most) {
      const { layers } = this.state;
      const box = [52, ...BOX.slice(1)]; // room for the powers of ten
      const x = scale([1, layers], [box[0] + 6, box[2] - 6]);
      const y = scale([LOWEST, 3], [BOX[3], BOX[1]]);
      const height = (share) => y(share > 0 ? Math.max(Math.log10(share), LOWEST) : LOWEST);
      const ticks = [0, -6, -12, -18].map((power) => [power, power ? short(10 ** power).split("×\u00a0")[1] : "1"]);
      const limit = shares.map((_, n) => most ** (layers - 1 - n));
      const points = (numbers) => numbers.map((share, n) => `${x(n + 1)},${height(share)}`).join(" ");
      const middle = Math.round((1 + layers) / 2);
      this.network.draw(
        axes({
          x, y, box, xTicks: [...new Set([1, middle, layers])], yTicks: ticks,
          xLabel: this.words.layerAxis, yLabel: this.words.restAxis,
        }),
        svg("polyline", { points: points(limit), class: "line thin grey", "stroke-dasharray": "4 4" }),
        svg("polyline", { points: points(shares), class: "line purple" }),
        ...shares.map((share, n) =>
          svg("circle", { cx: x(n + 1), cy: height(share), r: 3.5, class: share > 0 ? "full purple" : "hollow purple" }),
        ),
      );
    }

    reason(name, layers, first) {
      const own = this.words;
      if (name === "step") return own.step;
      const told = [own.left(this.share(first), layers)];
      const { most } = FUNCTIONS[name];
      if (most < 1 && first < 0.01) told.push(own.vanishes);
      if (most < 1) told.push(own.limit(format(most, 2), layers - 1, short(most ** (layers - 1))));
      else if (first > 5) told.push(own.grows);
      else if (first > 0.1) told.push(own.keeps);
      else told.push(first < 0.01 ? own.vanishes : own.shrinks);
      if (name === "none") told.push(own.none);
      return told.join(" ");
    }
  }

  customElements.define("course-activation", Activation);
})();
