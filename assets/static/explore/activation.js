/* Chapter 4: choose an activation function, stack layers, and see what is left of the gradient. */
(() => {
  "use strict";

  const { Explorable, Plot, button, clamp, format, html } = window.course.shared;
  const { isStill, noise, power, say, scale, short, softmax, svg } = window.course.shared;

  // --- the model ---------------------------------------------------------------------------------

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  /** Each function with its derivative, `slope`. */
  const FUNCTIONS = {
    none: { value: (z) => z, slope: () => 1 },
    sigmoid: { value: sigmoid, slope: (z) => sigmoid(z) * (1 - sigmoid(z)) },
    tanh: { value: Math.tanh, slope: (z) => 1 - Math.tanh(z) ** 2 },
    relu: { value: (z) => Math.max(z, 0), slope: (z) => (z > 0 ? 1 : 0) },
    step: { value: (z) => (Math.sign(z) + 1) / 2, slope: () => 0 },
  };

  /** How far first weights are spread where n numbers enter and n leave: Keras's initializers. */
  const SPREADS = {
    small: () => 0.05,
    glorot: (n) => Math.sqrt(2 / (n + n)),
    he: (n) => Math.sqrt(2 / n),
    large: () => 0.5,
  };

  /** rows × inner times inner × columns, the second times `factor`; or columns × inner, turned. */
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

  /** The root of the mean of the squares. */
  const typical = (numbers) => Math.hypot(...numbers) / Math.sqrt(numbers.length);

  /**
   * How strongly the loss depends on the outputs of each layer: `gradient_sizes` of the chapter.
   * `inputs`, a batch of rows of `width` numbers, go through square matrices `layers`, each times
   * `spread`, and one for ten classes, `last`; `labels` are the right ones. Without biases.
   * With them come the spreads of the sums of each layer, and its typical slopes.
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
      softmax(logits.subarray(10 * row, 10 * row + 10)).forEach((share, n) => {
        byLogits[10 * row + n] = (share - (labels[row] === n ? 1 : 0)) / rows;
      });
    }
    let gradient = multiply(byLogits, last, rows, 10, width, lastSpread, true);
    const sizes = [];
    for (let layer = layers.length - 1; layer >= 0; layer--) {
      sizes.unshift(Math.sqrt(gradient.reduce((all, by) => all + by * by, 0)));
      const bySums = gradient.map((by, place) => by * slope(sums[layer][place]));
      if (layer) gradient = multiply(bySums, layers[layer], rows, width, width, spread, true);
    }
    const slopes = sums.map((numbers) => typical(numbers.map(slope)));
    return { sizes, slopes, spreads: sums.map(typical) };
  }

  const [WIDTH, BATCH] = [100, 8]; // the chapter's width; fewer examples give nearly the same

  let drawn; // the random numbers, drawn once
  /**
   * A fresh network: what is left of the last layer's gradient at each layer, 1 at the last, and the
   * spread of each layer's sums, and its typical slope.
   */
  function left(name, weights, depth) {
    drawn ||= {
      inputs: noise(BATCH * WIDTH, 1),
      last: noise(10 * WIDTH, 2),
      labels: Array.from(noise(BATCH, 3), (number) => Math.floor(1e3 * Math.abs(number)) % 10),
      layers: [],
    };
    while (drawn.layers.length < depth) {
      drawn.layers.push(noise(WIDTH * WIDTH, 10 + drawn.layers.length));
    }
    const { sizes, ...known } = gradientSizes({
      ...drawn,
      name,
      width: WIDTH,
      layers: drawn.layers.slice(0, depth),
      spread: SPREADS[weights](WIDTH),
      lastSpread: Math.sqrt(2 / (WIDTH + 10)),
    });
    return { shares: sizes.map((size) => size / sizes.at(-1)), ...known };
  }

  window.course.activation = { FUNCTIONS, gradientSizes, left };

  // --- the element -------------------------------------------------------------------------------

  const [LOWEST, HIGHEST] = [-18, 12]; // the powers of ten at the ends of the chart
  const [ROW, TOP, BOTTOM, SIDE] = [38, 82, 222, 48]; // pixels of the drawing
  const THICK = 24; // pixels of the arrow of an undiminished gradient
  const PACE = 90; // milliseconds from one layer to the next
  const MORE = 1.5; // from here on a gradient is drawn as one that has grown
  const PLACES = Array.from({ length: 161 }, (_, n) => -4 + n / 20); // where curves are worked out

  /** A number as `short` writes it, so that who multiplies what is shown finds the same. */
  const rounded = (number) => Number(number.toPrecision(3));

  class Activation extends Explorable {
    static key = "activation";
    static fields = {
      function: { value: "sigmoid", options: Object.keys(FUNCTIONS) },
      weights: { value: "small", options: Object.keys(SPREADS) },
      layers: { value: 12, min: 2, max: 20, step: 1 },
      layer: { value: 6, min: 1, max: 20, step: 1 },
      sent: { value: "no", options: ["no", "yes"] },
    };

    layout() {
      const own = this.words;
      this.strip = this.canvas(() => this.drawStrip());
      const ticks = { across: [-4, -2, 0, 2, 4], up: [-1, 0, 1, 2] };
      const labels = [own.z_axis, own.valueAxis];
      this.curve = new Plot({ x: [-4, 4], y: [-1.2, 2], ...ticks, labels });
      this.curve.title.parentNode.classList.add("roomy");
      const send = button(own.send, () => this.send(), ".primary");
      const controls = html("div", [
        this.choice("function", own.function, own.functions),
        this.choice("weights", own.weights, own.initial),
        this.slider("layers", own.layers),
        this.slider("layer", own.layer),
      ]);
      const panels = html("div.panels", controls, this.curve.panel);
      return [this.strip, html("div.buttons", send), panels];
    }

    /** Send the gradient back from the loss; from now on every change does. */
    send() {
      this.asked = "";
      this.set({ sent: "yes" });
    }

    /** Let the pulse walk back from the loss, a layer at a time. */
    walk() {
      this.halt();
      const goesAtOnce = isStill() || !this.isConnected || this.said === undefined;
      this.at = goesAtOnce ? 1 : this.state.layers + 1;
      if (goesAtOnce) return;
      this.timer = setInterval(() => {
        this.at -= 1;
        if (this.at === 1) this.halt();
        this.update();
      }, PACE);
    }

    draw() {
      const { function: name, weights, layers, sent } = this.state;
      const asked = [name, weights, layers, sent].join();
      if (this.asked !== asked) {
        this.asked = asked;
        this.found = sent === "yes" ? left(name, weights, layers) : undefined; // a tenth of a second
        if (this.found) this.walk();
        else this.halt();
      }
      this.drawStrip();
      this.drawCurve();
      return this.reason(name, layers);
    }

    get layer() {
      return Math.min(this.state.layer, this.state.layers);
    }

    /** The layers with the gradient between them, as thick as it is, and below on a scale of powers. */
    drawStrip() {
      const { found, at, layer, words: own } = this;
      const { layers } = this.state;
      const width = Math.max(this.strip.clientWidth, 240);
      const step = (width - SIDE - 30) / layers;
      const x = (n) => SIDE + (n - 0.8) * step;
      const y = scale([LOWEST, HIGHEST], [BOTTOM, TOP]);
      const height = (share) => y(share > 0 ? clamp(Math.log10(share), LOWEST, HIGHEST) : LOWEST);
      const middle = { "text-anchor": "middle" };
      const all = Array.from({ length: layers }, (_, n) => n + 1);
      const come = found ? all.filter((n) => n >= at) : []; // the layers that the pulse has reached
      const share = (n) => found.shares[n - 1];
      const boxed = Math.min(20, 0.5 * step);
      const arrow = (n) => {
        const thick = THICK * Math.min(share(n), MORE);
        const style = `stroke-width: ${Math.max(thick, 1)}`;
        const look = thick < 0.5 ? { "stroke-dasharray": "1 3" } : {};
        const from = n === layers ? width - 22 : x(n + 1) - boxed / 2;
        const d = `M${from},${ROW}H${x(n) + boxed / 2}`;
        return svg(`path.line.${share(n) > MORE ? "purple" : "orange"}`, { d, style, ...look });
      };
      const box = (n) => {
        const place = { x: x(n) - boxed / 2, y: ROW - 17, width: boxed, height: 34, rx: 3 };
        const click = () => this.set({ layer: n });
        const colour = come.includes(n) && share(n) > 0.001 ? "orange" : "grey";
        const look = n === layer ? `.cells.${colour}` : `.hollow.${colour}`;
        return svg(`rect.layer${look}`, { ...place, click });
      };
      const now = come[0];
      const line = come.map((n) => `${x(n)},${height(share(n))}`).join(" ");
      const dot = (n) => {
        const look = share(n) > 0 ? "full.orange" : "hollow.orange";
        return svg(`circle.${look}`, { cx: x(n), cy: height(share(n)), r: 3.5 });
      };
      const labels = [...new Set([1, Math.round((1 + layers) / 2), layers])];
      const nowAt = now && clamp(x(now), SIDE, width - 60);
      const told = found && !this.timer ? this.share(share(1)) : "?";
      this.strip.setAttribute("viewBox", `0 0 ${width} ${BOTTOM + 34}`);
      this.strip.setAttribute("aria-label", say(own.strip, { n: layers, share: told }));
      this.strip.replaceChildren(
        ...[12, 6, 0, -6, -12, -18]
          .map(power)
          .flatMap(([tick, text]) => [
            svg("line.grid", { x1: SIDE, x2: width - 4, y1: y(tick), y2: y(tick) }),
            svg("text.tick", { x: SIDE - 6, y: y(tick) + 4, "text-anchor": "end" }, text),
          ]),
        ...labels.map((n) => svg("text.tick", { x: x(n), y: BOTTOM + 15, ...middle }, n)),
        svg("text.label", { x: width / 2, y: BOTTOM + 30, ...middle }, own.layerAxis),
        svg("text.label", { x: SIDE, y: TOP - 8 }, own.restAxis),
        ...come.map(arrow),
        ...all.map(box),
        svg("text", { x: width - 12, y: ROW + 5, ...middle }, own.loss),
        svg("polyline.line.orange", { points: line }),
        ...come.map(dot),
        ...(now ? [svg("text.halo", { x: nowAt, y: 14, ...middle }, this.share(share(now)))] : []),
      );
    }

    /** The function and its slope, with the sums of the chosen layer, between which it works. */
    drawCurve() {
      const { curve: plot, found, layer, words: own } = this;
      const { function: name, weights } = this.state;
      const { value, slope } = FUNCTIONS[name];
      const [, top, , bottom] = plot.box;
      const through = (f) => PLACES.map((at) => [at, f(at)]);
      const reach = found ? Math.min(found.spreads[layer - 1], 4) : 0;
      const band = { x: plot.x(-reach), width: plot.x(reach) - plot.x(-reach) };
      plot.draw(
        svg("rect.mark", { ...band, y: top, height: bottom - top }),
        plot.axes(),
        plot.inside(plot.line(through(slope), "orange", "6 4"), plot.line(through(value), "blue")),
      );
      const numbers = found && [SPREADS[weights](WIDTH), found.slopes[layer - 1]].map(rounded);
      const told = found
        ? say(own.factor, {
            sums: short(found.spreads[layer - 1]),
            spread: short(numbers[0]),
            slope: short(numbers[1]),
            factor: short(10 * numbers[0] * numbers[1] * (1 + 1e-12)), // halves upwards, as by hand
          })
        : own.curveKey;
      plot.tell(say(own.curve, { n: layer }), told);
    }

    /** A share, as a percentage where that reads well, or how many times it has grown. */
    share(number) {
      if (Number.isNaN(number)) return format(0);
      if (number < 0.001) return short(number);
      if (number > 1.005) return say(this.words.times, { number: short(number) });
      return say(this.words.percent, { number: short(100 * number) });
    }

    reason(name, layers) {
      const { found, words: own } = this;
      const right = name === "sigmoid" && this.state.weights === "small" ? 2 : undefined;
      if (!found) return ["ask", own.start];
      if (this.timer) return ["tried", say(own.walking, { n: this.at })];
      if (name === "step") return ["wrong", own.step];
      const first = found.shares[0];
      const factor = short(first ** (1 / (layers - 1)));
      const words = first > 1 ? own.grown : own.left;
      const told = [say(words, { share: this.share(first), n: layers, factor })];
      const [kind, why] =
        first > 5
          ? ["wrong", own.grows]
          : first < 0.01
            ? ["wrong", own.vanishes]
            : first < 0.3
              ? ["nearly", own.shrinks]
              : ["done", own.keeps];
      if (name === "none") return ["tried", `${told} ${own.none}`];
      return [kind, `${told} ${why}`, right];
    }
  }

  customElements.define("course-activation", Activation);
})();
