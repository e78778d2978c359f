/* Chapter 3: walk down a loss of two weights, beside a random search of the same effort. */
(() => {
  "use strict";

  const { Explorable, Plot, button, clamp, dice, format, html, onGrid, say, short, svg } =
    window.course.shared;

  // --- the model: the chapter's twenty points, and one neuron without activation -----------------

  // Position and height of each, from `numpy.random.default_rng(1)` as in the chapter.
  const POINTS = [
    [0.023643249400513433, 0.5379075282562732],
    [0.9009273926518706, 1.768710217387995],
    [-0.7116807745607325, -0.17930201752163671],
    [0.8972988942744877, 2.14796563600347],
    [-0.3763370959790291, -0.8778543876583341],
    [-0.1533471020548487, -0.29672462687257484],
    [0.6554051876408835, 1.4306761538447768],
    [-0.18160172726167745, 0.10094028563457777],
    [0.09918737534611899, 0.7128739622687618],
    [-0.9448817735138633, -0.8521260809640259],
    [0.5070262173496132, 1.8958909525397343],
    [0.07628662643855644, 0.2808237108501503],
    [-0.34053656700181567, -0.12408635264082292],
    [0.5768574068568086, 1.9781175925329122],
    [-0.39361034141671003, 0.10359538673548901],
    [-0.09300422103869699, 0.559412680154833],
    [-0.7319166055056705, -0.7520768197647446],
    [-0.19377402710574154, -0.2850835919153081],
    [-0.5930895186477008, -0.3393948547047288],
    [-0.475373319116301, -0.18035575232798723],
  ];
  const MAP = { weight: [-1, 4], bias: [-2, 3] };
  const EVALUATIONS = 3; // a step costs as much as three evaluations of the loss, as in the chapter

  const mean = (numbers) => numbers.reduce((all, number) => all + number, 0) / numbers.length;

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

  /** Places thrown anywhere on the map, and the best of them. */
  function searchAtRandom(count, seed) {
    const roll = dice(seed * 0x9e3779b9); // so that the next seed throws quite other places
    const between = ([low, high]) => low + roll() * (high - low);
    const tries = Array.from({ length: count }, () => [between(MAP.weight), between(MAP.bias)]);
    const better = (best, place) => (best && loss(...best) <= loss(...place) ? best : place);
    return { tries, best: tries.reduce(better, undefined) };
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

  window.course.descent = { POINTS, bowl, descend, gradient, loss, searchAtRandom };

  // --- the element -------------------------------------------------------------------------------

  const [RUN, MOST] = [25, 100]; // steps of one run, and at most
  const PACE = 120; // milliseconds from one step of a run to the next
  const LINE = [-1.1, 1.1]; // the positions from which and to which lines are drawn
  // Where the drawn ellipses lie, from the outer to the inner: the square root of how far the loss
  // is above the bottom. In equal steps, the innermost half a step from the bottom.
  const RINGS = Array.from({ length: 9 }, (_, n) => 0.36 * (8.5 - n));

  class Descent extends Explorable {
    static key = "descent";
    static asInText = { steps: RUN };
    static fields = {
      rate: { value: 0.3, min: 0.01, max: 1.2, step: 0.01 },
      weight: { value: 3.5, min: -1, max: 4, step: 0.1 },
      bias: { value: -1.5, min: -2, max: 3, step: 0.1 },
      steps: { value: 0, min: 0, max: MOST, step: 1 },
      seed: { value: 1, min: 1, max: 999, step: 1 },
    };

    layout() {
      const own = this.words;
      const map = {
        x: MAP.weight,
        y: MAP.bias,
        ticks: [
          [0, 2, 4],
          [-2, 0, 2],
        ],
        labels: own.axes,
      };
      this.map = new Plot(map);
      this.thrown = new Plot(map);
      const ticks = [
        [-1, 0, 1],
        [-2, 0, 2],
      ];
      this.lines = new Plot({ x: LINE, y: [-2.2, 2.8], ticks, labels: own.lineAxes });
      const { weight, bias } = Descent.fields;
      this.ring = this.map.handle(svg("circle.hollow.orange", { r: 6 }), (x, y) =>
        this.set({ weight: onGrid(weight, x), bias: onGrid(bias, y) }),
      );
      const panels = [this.map.panel, this.thrown.panel, this.lines.panel];
      const controls = html("div.wide.controls", this.controls());
      return [html("div.panels", { style: "--least: 12rem" }, panels, controls)];
    }

    controls() {
      const own = this.words;
      this.runner = button(own.run, () => (this.timer ? this.stop() : this.run()));
      this.runner.classList.add("primary");
      const rate = (number) => button(format(number, 2), () => this.set({ rate: number }));
      return [
        html("div.buttons", [
          button(own.step, () => this.walk(1)),
          this.runner,
          button(own.back, () => this.goBack()),
          button(own.roll, () => this.set({ seed: (this.state.seed % 999) + 1 })),
        ]),
        this.slider("rate", own.rate),
        this.slider("weight", own.weight),
        this.slider("bias", own.bias),
        html("div.buttons", html("span", own.rates), [0.01, 0.3, 1.02].map(rate)),
      ];
    }

    walk(steps) {
      this.set({ steps: Math.min(this.state.steps + steps, MOST) });
    }

    run() {
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) return this.walk(RUN);
      if (this.state.steps === MOST) return;
      const end = Math.min(this.state.steps + RUN, MOST);
      this.timer = setInterval(() => {
        if (this.state.steps >= end - 1) this.stop();
        this.walk(1);
      }, PACE);
      this.update();
    }

    stop() {
      this.disconnectedCallback();
      this.update();
    }

    goBack() {
      this.stop();
      this.set({ steps: 0 });
    }

    disconnectedCallback() {
      clearInterval(this.timer);
      this.timer = undefined;
    }

    draw() {
      const { rate, weight, bias, steps, seed } = this.state;
      const own = this.words;
      const path = descend(rate, steps, [weight, bias]);
      const found = searchAtRandom(EVALUATIONS * (path.length - 1), seed);
      const running = Boolean(this.timer);
      this.runner.textContent = running ? own.pause : own.run;
      this.finding.setAttribute("aria-live", running ? "off" : "polite");
      this.ring.setAttribute("transform", `translate(${this.map.place([weight, bias])})`);

      const near = path.filter((place) => Math.hypot(...place) < 1000); // far outside is not seen
      this.drawMap(
        this.map,
        this.map.line(near, "thin.orange"),
        near.slice(1).map((place) => this.map.dot(place, 3, "full.orange")),
      );
      this.drawMap(
        this.thrown,
        found.tries.map((place) => this.thrown.dot(place, 2.5, "full.purple.pale")),
        found.best && this.thrown.dot(found.best, 7, "hollow.purple"),
      );
      this.drawLines(path.at(-1), found.best);

      const lossNow = loss(...path.at(-1));
      const lossFound = found.best ? short(loss(...found.best)) : "–";
      const counted = (what, n, loss) => say(own.counted, { count: say(what, { n }), loss });
      const tell = (plot, title, told) =>
        plot.tell(say(own.pair, { name: title, value: told }), title, told);
      tell(this.map, own.descent, counted(own.steps, path.length - 1, short(lossNow)));
      tell(this.thrown, own.search, counted(own.tries, found.tries.length, lossFound));
      tell(this.lines, own.line, own.lineKey);
      return this.reason(path, lossNow, lossFound);
    }

    /** The landscape seen from above, ellipses around the bottom, and something drawn on it. */
    drawMap(plot, ...things) {
      const [x, y, right, bottom] = plot.box;
      const { bottom: deepest, axes, angle } = bowl();
      const turn = [
        `translate(${plot.place(deepest)})`,
        `scale(${plot.x(1) - plot.x(0)} ${plot.y(1) - plot.y(0)})`,
        `rotate(${(180 / Math.PI) * angle})`,
      ];
      const rings = RINGS.map((size) =>
        svg("ellipse.ring", { rx: size * axes[0], ry: size * axes[1], transform: turn.join(" ") }),
      );
      const ground = svg("rect.ring", { x, y, width: right - x, height: bottom - y });
      plot.draw(plot.inside(ground, rings, things), plot.axes());
    }

    drawLines(end, best) {
      const plot = this.lines;
      const line = ([weight, bias], ...look) =>
        plot.line(
          LINE.map((at) => [at, clamp(weight * at + bias, -1e4, 1e4)]),
          ...look,
        );
      plot.draw(
        plot.axes(),
        plot.inside(
          POINTS.map((point) => plot.dot(point, 3.5, "full.blue")),
          best && line(best, "purple", "6 4"),
          line(end, "orange"),
        ),
      );
    }

    reason(path, lossNow, lossFound) {
      const own = this.words;
      const steps = path.length - 1;
      if (!steps) return say(own.start, { loss: short(lossNow) });
      const { bottom } = bowl();
      const least = short(loss(...bottom));
      const told = [say(own.after, { steps: say(own.steps, { n: steps }), loss: short(lossNow) })];
      // Along the steep direction: does each step change the side?
      const sides = path.slice(-3).map(([, bias]) => Math.sign(bias - bottom[1]));
      const jumps = steps > 2 && sides[0] !== sides[1] && sides[1] !== sides[2];
      if (steps < this.state.steps || lossNow > 1e6) told.push(own.gone);
      else if (lossNow > loss(...path[0])) told.push(own.uphill);
      else if (short(lossNow) === least) told.push(say(own.bottom, { least }));
      else if (jumps) told.push(own.jumping);
      else told.push(steps === MOST ? say(own.most, { n: MOST }) : own.under);
      told.push(say(own.fair, { count: format(EVALUATIONS * steps), loss: lossFound }));
      return told.join(" ");
    }
  }

  customElements.define("course-descent", Descent);
})();
