/* Chapter 4: choose an activation function, stack layers, and see what is left of the gradient. */
(() => {
  "use strict";

  const { Explorable, Plot, clamp, dice, format, html, onGrid, say, scale, short, svg } =
    window.course.shared;

  // --- the model ---------------------------------------------------------------------------------

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  /**
   * Each function with its derivative, `slope`, and the most that this can be, or for ReLU, which
   * has slope 1 half of the time, the root of the mean of its squares.
   */
  const FUNCTIONS = {
    none: { value: (z) => z, slope: () => 1, most: 1 },
    sigmoid: { value: sigmoid, slope: (z) => sigmoid(z) * (1 - sigmoid(z)), most: 0.25 },
    tanh: { value: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2, most: 1 },
    relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0), most: Math.sqrt(0.5) },
    step: { value: (z) => (Math.sign(z) + 1) / 2, slope: () => 0, most: 0 },
  };

  /**
   * How far the first weights are spread when n numbers enter and n leave: Keras's initializers.
   */
  const SPREADS = {
    small: () => 0.05,
    glorot: (n) => Math.sqrt(2 / (n + n)),
    he: (n) => Math.sqrt(2 / n),
    large: () => 0.5,
  };

  /** One number through `layers` layers of one neuron with weight 1: what comes out, its slope. */
  function chain(name, layers, z) {
    const { value, slope } = FUNCTIONS[name];
    const passed = { value: z, slope: 1 };
    for (let layer = 0; layer < layers; layer++) {
      passed.slope *= slope(passed.value);
      passed.value = value(passed.value);
    }
    return passed;
  }

  /**
   * rows × inner times inner × columns, the second one times `factor`; or columns × inner, turned.
   */
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
    const roll = dice(seed);
    return Float64Array.from({ length: count }, () => Math.sqrt(12) * (roll() - 0.5));
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
      ...drawn,
      name,
      width: WIDTH,
      layers: drawn.layers.slice(0, depth),
      spread: SPREADS[weights](WIDTH),
      lastSpread: Math.sqrt(2 / (WIDTH + 10)),
    });
    return sizes.map((size) => size / sizes.at(-1));
  }

  window.course.activation = { FUNCTIONS, SPREADS, chain, gradientSizes, left };

  // --- the element -------------------------------------------------------------------------------

  const [LOWEST, HIGHEST] = [-18, 12]; // the powers of ten at the ends of the chart
  const MORE = 1.5; // from here on a share is no share any more
  const PLACES = Array.from({ length: 321 }, (_, n) => -4 + n / 40); // where curves are worked out
  const power = (tick) => [tick, tick ? short(10 ** tick).split("×\u00a0")[1] : "1"];

  class Activation extends Explorable {
    static key = "activation";
    static fields = {
      function: { value: "sigmoid", options: Object.keys(FUNCTIONS) },
      weights: { value: "small", options: Object.keys(SPREADS) },
      layers: { value: 12, min: 2, max: 20, step: 1 },
      z: { value: 1, min: -4, max: 4, step: 0.1 },
    };

    /** Many layers' gradients would hold up a page that loads: they wait for a reader's sign. */
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
      const ticks = [
        [-4, 0, 4],
        [-1, 0, 1, 2],
      ];
      const labels = [own.z_axis, own.valueAxis];
      this.curve = new Plot({ x: [-4, 4], y: [-1.2, 2], ticks, labels });
      this.stack = new Plot({ x: [-4, 4], y: [-1.2, 2], ticks, labels });
      this.network = new Plot({
        x: [0, 1], // set anew for each count of layers
        y: [LOWEST, HIGHEST],
        ticks: [[], [12, 6, 0, -6, -12, -18].map(power)],
        labels: [own.layerAxis, own.restAxis],
        box: [52, 6, 216, 188], // with room for the powers of ten
      });
      const ring = svg("circle.hollow.blue", { r: 6 });
      this.ring = this.curve.handle(ring, (z) => this.set({ z: onGrid(Activation.fields.z, z) }));
      const controls = html("div.wide.controls", [
        this.choice("function", own.function, own.functions),
        this.choice("weights", own.weights, own.initial),
        this.slider("layers", own.layers),
        this.slider("z", own.z),
      ]);
      const panels = [this.curve.panel, this.stack.panel, this.network.panel];
      return [html("div.panels", { style: "--least: 12rem" }, panels, controls)];
    }

    draw() {
      const { words: own } = this;
      const { function: name, weights, layers, z } = this.state;
      const asked = [name, weights, layers].join();
      if (this.shares && this.asked !== asked) {
        this.shares = left(name, weights, layers); // a tenth of a second
        this.asked = asked;
      }
      this.shares ??= [];
      const value = this.drawCurve(this.curve, 1, own.curve);
      this.drawCurve(this.stack, layers, say(own.stack, { n: layers }));
      const height = clamp(this.curve.y(value), this.curve.y(2), this.curve.y(-1.2));
      this.ring.setAttribute("transform", `translate(${this.curve.x(z)} ${height})`);
      this.drawShares(this.factor());
      return this.shares.length ? this.reason(name, layers, this.shares[0]) : "";
    }

    /** The function of so many layers and its slope over z, with the point at the state's z. */
    drawCurve(plot, layers, title) {
      const { function: name, z } = this.state;
      const found = PLACES.map((at) => chain(name, layers, at));
      const { value, slope } = chain(name, layers, z);
      const [, top, , bottom] = plot.box;
      const [x1, x2] = [plot.x(z), plot.x(z)];
      plot.draw(
        plot.axes(),
        plot.inside(
          svg("line.line.thin.grey", { x1, x2, y1: top, y2: bottom }),
          plot.line(
            PLACES.map((at, n) => [at, found[n].slope]),
            "orange",
            "6 4",
          ),
          plot.line(
            PLACES.map((at, n) => [at, found[n].value]),
            "blue",
          ),
          plot.dot([z, slope], 4, "full.orange"),
          plot.dot([z, value], 4, "full.blue"),
        ),
      );
      const told = say(this.words.at, { value: short(value), slope: short(slope) });
      plot.tell(`${title}, ${told}`, title, told);
      return value;
    }

    /** By what a layer multiplies the gradient: spread · √width · slope, formula (4.5). */
    factor() {
      const { function: name, weights } = this.state;
      return SPREADS[weights](WIDTH) * Math.sqrt(WIDTH) * FUNCTIONS[name].most;
    }

    /** What is left of the gradient at each layer, and what `factor` a layer would leave. */
    drawShares(factor) {
      const { network: plot, shares, words: own } = this;
      const { layers } = this.state;
      plot.x = scale([1, layers], [plot.box[0] + 6, plot.box[2] - 6]);
      plot.ticks[0] = [...new Set([1, Math.round((1 + layers) / 2), layers])];
      const height = (share) => (share > 0 ? clamp(Math.log10(share), LOWEST, HIGHEST) : LOWEST);
      const points = shares.map((share, n) => [n + 1, height(share)]);
      const limits = shares.map((_, n) => [n + 1, height(factor ** (layers - 1 - n))]);
      const dot = (share) => (share > 0 ? "full.purple" : "hollow.purple");
      plot.draw(
        plot.axes(),
        plot.line(limits, "thin.grey", "4 4"),
        plot.line(points, "purple"),
        shares.map((share, n) => plot.dot(points[n], 3.5, dot(share))),
      );
      const title = say(own.network, { n: layers });
      const words = shares[0] > MORE ? own.restGrown : own.rest;
      const told = shares.length ? say(words, { share: this.share(shares[0]) }) : "";
      plot.tell(told ? `${title}, ${told}` : title, title, told);
    }

    /** A share, as a percentage where that reads well, or how many times it has grown. */
    share(number) {
      if (Number.isNaN(number)) return format(0);
      if (number < 0.001) return short(number);
      if (number > MORE) return say(this.words.times, { number: short(number) });
      return say(this.words.percent, { number: short(100 * number) });
    }

    reason(name, layers, first) {
      const own = this.words;
      if (name === "step") return own.step;
      const told = [
        say(first > MORE ? own.grown : own.left, { share: this.share(first), n: layers }),
      ];
      const { most } = FUNCTIONS[name];
      if (first > 5) told.push(own.grows);
      else if (first < 0.01) told.push(own.vanishes);
      else if (name !== "sigmoid") told.push(first > 0.1 ? own.keeps : own.shrinks);
      const spread = short(SPREADS[this.state.weights](WIDTH));
      const numbers = { spread, slope: format(most, 2), factor: short(this.factor()) };
      told.push(say(["none", "relu"].includes(name) ? own.factor : own.limit, numbers));
      if (name === "none") told.push(own.none);
      return told.join(" ");
    }
  }

  customElements.define("course-activation", Activation);
})();
