/* Chapter 3: walk down a loss of two weights, step by step, and see what the learning rate does. */
(() => {
  "use strict";

  const { Explorable, Plot, button, clamp, format, html } = window.course.shared;
  const { onGrid, power, say, short, svg, total } = window.course.shared;

  // --- the model: the chapter's twenty points, and one neuron without activation -----------------

  // Position and height of each, from `numpy.random.default_rng(1)` as in the chapter.
  // biome-ignore format: three points in a row
  const POINTS = [
    [0.0236432494, 0.5379075283], [0.9009273927, 1.7687102174], [-0.7116807746, -0.1793020175],
    [0.8972988943, 2.1479656360], [-0.3763370960, -0.8778543877], [-0.1533471021, -0.2967246269],
    [0.6554051876, 1.4306761538], [-0.1816017273, 0.1009402856], [0.0991873753, 0.7128739623],
    [-0.9448817735, -0.8521260810], [0.5070262173, 1.8958909525], [0.0762866264, 0.2808237109],
    [-0.3405365670, -0.1240863526], [0.5768574069, 1.9781175925], [-0.3936103414, 0.1035953867],
    [-0.0930042210, 0.5594126802], [-0.7319166055, -0.7520768198], [-0.1937740271, -0.2850835919],
    [-0.5930895186, -0.3393948547], [-0.4753733191, -0.1803557523],
  ];
  const MAP = { weight: [-1, 4], bias: [-2, 3] };

  const mean = (numbers) => total(numbers) / numbers.length;

  /** The mean of the squared errors. */
  const loss = (weight, bias) => mean(POINTS.map(([x, y]) => (weight * x + bias - y) ** 2));

  function gradient(weight, bias) {
    const errors = POINTS.map(([x, y]) => weight * x + bias - y);
    const byWeight = mean(errors.map((error, n) => 2 * error * POINTS[n][0]));
    return [byWeight, mean(errors.map((error) => 2 * error))];
  }

  /** The places that gradient descent visits; it ends early where the numbers run away. */
  function descend(rate, steps, start) {
    const path = [start];
    for (let step = 0; step < steps; step++) {
      const [weight, bias] = path[step];
      if (Math.hypot(weight, bias) > 1e6) break;
      const [byWeight, byBias] = gradient(weight, bias);
      path.push([weight - rate * byWeight, bias - rate * byBias]);
    }
    return path;
  }

  /** The bottom of the bowl, and the axes of the ellipse on which the loss is 1 above it. */
  function bowl() {
    const [m1, m2] = [mean(POINTS.map(([x]) => x)), mean(POINTS.map(([x]) => x * x))];
    const [xy, y] = [mean(POINTS.map(([a, b]) => a * b)), mean(POINTS.map(([, b]) => b))];
    const weight = (xy - m1 * y) / (m2 - m1 * m1);
    const [middle, half] = [(m2 + 1) / 2, Math.hypot((m2 - 1) / 2, m1)];
    return {
      bottom: [weight, y - weight * m1],
      axes: [1 / Math.sqrt(middle - half), 1 / Math.sqrt(middle + half)],
      angle: Math.atan2(middle - half - m2, m1), // of the long axis
    };
  }

  window.course.descent = { POINTS, bowl, descend, gradient, loss };

  // --- the element -------------------------------------------------------------------------------

  const [RUN, MOST] = [25, 100]; // steps of one run, and at most
  const LINE = [-1.1, 1.1]; // the positions from which and to which lines are drawn
  const GHOSTS = 3; // earlier runs that stay
  // Where the drawn ellipses lie, from the outer to the inner: the square root of how far the loss
  // is above the bottom. In equal steps, the innermost half a step from the bottom.
  const RINGS = Array.from({ length: 9 }, (_, n) => 0.36 * (8.5 - n));

  class Descent extends Explorable {
    static key = "descent";
    static clock = { field: "steps", pace: 120, leap: RUN, most: RUN, resets: [] };
    static fields = {
      rate: { value: 0.01, min: 0.01, max: 1.2, step: 0.01 },
      weight: { value: 3.5, min: -1, max: 4, step: 0.1 },
      bias: { value: -1.5, min: -2, max: 3, step: 0.1 },
      steps: { value: 0, min: 0, max: MOST, step: 1 },
    };

    layout() {
      const own = this.words;
      const box = [44, 6, 216, 188]; // with room for large numbers
      this.map = new Plot({ x: MAP.weight, y: MAP.bias, labels: own.axes, box });
      this.curve = new Plot({ x: [0, RUN], y: [-1, 1], labels: own.curveAxes, box });
      const ticks = { across: [-1, 0, 1], up: [-2, 0, 2] };
      this.lines = new Plot({ x: LINE, y: [-2.2, 2.8], ...ticks, labels: own.lineAxes });
      const { weight, bias } = Descent.fields;
      const move = (x, y) => {
        this.dragged = true; // the map keeps its scale under the pointer
        this.set({ weight: onGrid(weight, x), bias: onGrid(bias, y) });
      };
      const drop = () => {
        this.dragged = false;
        this.update();
      };
      this.ring = this.map.handle(svg("circle.hollow.orange", { r: 6 }), move, { drop });
      const panels = [this.map.panel, this.curve.panel, this.lines.panel];
      return [html("div.panels", panels, html("div.controls", this.controls()))];
    }

    controls() {
      const own = this.words;
      const further = () => this.isOver || this.set({ steps: this.state.steps + 1 });
      this.stepper = button(own.step, further);
      const back = button(own.back, () => this.set({ steps: 0 }));
      const rate = (number) => button(format(number, 2), () => this.set({ rate: number }));
      return [
        html("div.buttons", this.clock(), this.stepper, back),
        html("div.buttons", html("span", own.rates), [0.01, 0.3, 1.02].map(rate)),
        this.slider("rate", own.rate),
        this.slider("weight", own.weight),
        this.slider("bias", own.bias),
      ];
    }

    get path() {
      const { rate, weight, bias, steps } = this.state;
      return descend(rate, steps, [weight, bias]);
    }

    /** What was run stays as a ghost when something else is tried. */
    set(change) {
      const { steps } = this.state;
      if ("weight" in change || "bias" in change) this.best = Infinity;
      if (change.steps > steps) this.walked = true;
      else if (steps && this.walked && !this.timer) {
        const losses = this.path.map((place) => loss(...place));
        this.ghosts = [...this.ghosts, { rate: this.state.rate, losses }].slice(-GHOSTS);
        this.walked = false;
      }
      super.set(change);
    }

    run() {
      if (!this.isOver) super.run();
    }

    forget() {
      Object.assign(this, { walked: false, ghosts: [], best: Infinity });
    }

    draw() {
      const { weight, bias } = this.state;
      const { path, words: own } = this;
      const losses = path.map((place) => loss(...place));
      this.isGone = path.length <= this.state.steps || losses.at(-1) > 1e6;
      if (this.isGone) this.halt();
      this.isOver = this.isGone || this.state.steps === MOST;
      for (const one of [this.runner, this.stepper]) one.setAttribute("aria-disabled", this.isOver);
      this.drawMap(path);
      this.map.put(this.ring, [weight, bias]);
      this.drawCurve(losses);
      this.drawLines(path.at(-1));
      const steps = say(own.steps, { n: path.length - 1 });
      const told = say(own.counted, { count: steps, loss: short(losses.at(-1)) });
      this.map.tell(own.map, told);
      this.curve.tell(own.curve, own.curveKey);
      this.lines.tell(own.line, told);
      return this.reason(path, losses);
    }

    /** The landscape seen from above, ellipses around the bottom; as much of it as is needed. */
    drawMap(path) {
      const plot = this.map;
      const middle = [MAP.weight, MAP.bias].map(([low, high]) => (low + high) / 2);
      const far = path.map((place) => Math.max(...place.map((c, n) => Math.abs(c - middle[n]))));
      const zooms = [1, 2, 4, 10, 20, 40, 100, 200, 400, 1000];
      if (!this.dragged) this.zoom = zooms.find((zoom) => 2.5 * zoom > Math.max(...far)) ?? 1000;
      const { zoom } = this;
      plot.reach(...middle.map((at) => [at - 2.5 * zoom, at + 2.5 * zoom]));
      const round = [-2, 0, 2].map((tick) => tick * zoom);
      plot.ticks = [zoom === 1 ? [0, 2, 4] : round, round];
      const [x, y, right, bottom] = plot.box;
      const { bottom: deepest, axes, angle } = bowl();
      const turn = [
        `translate(${plot.place(deepest)})`,
        `scale(${plot.x(1) - plot.x(0)} ${plot.y(1) - plot.y(0)})`,
        `rotate(${(180 / Math.PI) * angle})`,
      ];
      const rings = RINGS.map((size) =>
        svg("ellipse.ring", {
          rx: zoom * size * axes[0],
          ry: zoom * size * axes[1],
          transform: turn.join(" "),
        }),
      );
      const ground = svg("rect.ring", { x, y, width: right - x, height: bottom - y });
      const seen = path.filter((place) => Math.hypot(...place) < 1e4);
      plot.draw(
        plot.inside(
          ground,
          rings,
          plot.line(seen, "thin.orange"),
          seen.slice(1).map((place) => plot.dot(place, 3, "full.orange")),
        ),
        plot.axes(),
      );
    }

    /** The loss at every step, and those of earlier runs, with their rates. */
    drawCurve(losses) {
      const plot = this.curve;
      const runs = [...this.ghosts.map((ghost) => ghost.losses), losses];
      const length = Math.max(RUN, ...runs.map((run) => run.length - 1));
      const top = Math.min(Math.max(...runs.flat()), 1e7);
      const highest = [1, 2, 3, 5].find((tick) => 10 ** tick >= top) ?? 7;
      plot.reach([-0.03 * length, 1.03 * length], [-1, highest]); // with room for the dots
      const heights = (run) => run.map((one, step) => [step, Math.log10(Math.min(one, 1e9))]);
      const ticks = Array.from({ length: highest + 2 }, (_, n) => n - 1);
      plot.ticks = [
        [0, ...new Set([Math.round(length / 2), length])],
        ticks.filter((tick) => highest < 4 || tick % 2).map(power),
      ];
      const least = Math.log10(loss(...bowl().bottom));
      const ghosts = this.ghosts.map(({ rate, losses: run }) => {
        const points = heights(run);
        const place = plot.inside(plot.line(points, "thin.grey", "5 3"));
        const [step, height] = points[Math.min(points.length - 1, Math.round(length / 2))];
        const y = Math.max(plot.y(height) - 5, plot.box[1] + 12);
        return [place, svg("text.halo.tick", { x: plot.x(step) + 3, y }, format(rate, 2))];
      });
      const ground = [0, length].map((step) => [step, least]);
      const run = heights(losses);
      plot.draw(
        plot.axes(),
        plot.line(ground, "thin.blue", "2 3"),
        ghosts,
        plot.inside(plot.line(run, "orange"), plot.dot(run.at(-1), 4, "full.orange")),
      );
    }

    drawLines([weight, bias]) {
      const plot = this.lines;
      const ends = LINE.map((at) => [at, clamp(weight * at + bias, -1e4, 1e4)]);
      const points = POINTS.map((point) => plot.dot(point, 3.5, "full.blue"));
      plot.drawInside(points, plot.line(ends, "orange"));
    }

    reason(path, losses) {
      const own = this.words;
      const steps = path.length - 1;
      const now = losses.at(-1);
      if (!steps) return ["ask", say(own.start, { loss: short(now) })];
      const { bottom } = bowl();
      const least = short(loss(...bottom));
      const after = say(own.after, { steps: say(own.steps, { n: steps }), loss: short(now) });
      if (this.isGone) return ["wrong", `${after} ${own.gone}`, 1];
      if (now > losses[0]) return ["wrong", `${after} ${own.uphill}`, 1];
      // Along the steep direction: does each step change the side?
      const sides = path.slice(-3).map(([, bias]) => Math.sign(bias - bottom[1]));
      const jumps = steps > 2 && sides[0] !== sides[1] && sides[1] !== sides[2];
      const first = losses.findIndex((one) => short(one) === least);
      if (first > 0) {
        const reached = say(own.bottom, { least, steps: say(own.steps, { n: first }) });
        this.best = Math.min(this.best, first);
        const fewer = say(own.fewer, { best: this.best });
        return ["done", `${reached} ${jumps ? own.jumping : ""} ${fewer}`, 1];
      }
      const under = steps === MOST ? say(own.most, { n: MOST }) : own.under;
      const kind = now < 0.2 ? "nearly" : "tried";
      return [kind, `${after} ${jumps ? own.jumping : under} ${own.live}`];
    }
  }

  customElements.define("course-descent", Descent);
})();
