/* Chapter 3: walk down a loss of two weights, beside a random search of the same effort. */
(function () {
  "use strict";

  // --- the model: the chapter's twenty points, and one neuron without activation -------------------

  // Position and height of each, from `numpy.random.default_rng(1)` as in the chapter.
  const POINTS = [
    [0.023643249400513433, 0.5379075282562732], [0.9009273926518706, 1.768710217387995],
    [-0.7116807745607325, -0.17930201752163671], [0.8972988942744877, 2.14796563600347],
    [-0.3763370959790291, -0.8778543876583341], [-0.1533471020548487, -0.29672462687257484],
    [0.6554051876408835, 1.4306761538447768], [-0.18160172726167745, 0.10094028563457777],
    [0.09918737534611899, 0.7128739622687618], [-0.9448817735138633, -0.8521260809640259],
    [0.5070262173496132, 1.8958909525397343], [0.07628662643855644, 0.2808237108501503],
    [-0.34053656700181567, -0.12408635264082292], [0.5768574068568086, 1.9781175925329122],
    [-0.39361034141671003, 0.10359538673548901], [-0.09300422103869699, 0.559412680154833],
    [-0.7319166055056705, -0.7520768197647446], [-0.19377402710574154, -0.2850835919153081],
    [-0.5930895186477008, -0.3393948547047288], [-0.475373319116301, -0.18035575232798723],
  ];
  const MAP = { weight: [-1, 4], bias: [-2, 3] };
  const EVALUATIONS = 3; // a step costs as much as three evaluations of the loss, as in the chapter

  const mean = (numbers) => numbers.reduce((all, number) => all + number, 0) / numbers.length;

  /** The mean of the squared errors. */
  const loss = (weight, bias) => mean(POINTS.map(([x, y]) => (weight * x + bias - y) ** 2));

  function gradient(weight, bias) {
    const errors = POINTS.map(([x, y]) => weight * x + bias - y);
    return [mean(errors.map((error, n) => 2 * error * POINTS[n][0])), mean(errors.map((e) => 2 * e))];
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

  /** Numbers between 0 and 1 that look random and are the same for the same seed (mulberry32). */
  function dice(seed) {
    let state = seed * 0x9e3779b9;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** Places thrown anywhere on the map, and the best of them. */
  function searchAtRandom(count, seed) {
    const roll = dice(seed);
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

  const model = { POINTS, bowl, descend, gradient, loss, searchAtRandom };
  if (typeof module !== "undefined") module.exports = model;
  if (typeof HTMLElement === "undefined") return;
  window.course = { ...window.course, descent: model };

  // --- the element --------------------------------------------------------------------------------

  const { Explorable, axes, draggable, format, html, onGrid, picture, scale, short, svg } =
    window.course.shared;

  const TEXT = {
    title: "Move it: downhill, step by step",
    question: "Which learning rate brings you to the bottom, which crawls, and which flies off? Drag the ring to start elsewhere.",
    rate: "learning rate",
    weight: "weight at the start",
    bias: "bias at the start",
    step: "Step",
    run: "Run 25 steps",
    pause: "Pause",
    back: "Back to the start",
    roll: "Roll other dice",
    rates: "Rates of the text:",
    descent: "Gradient descent",
    search: "Random search",
    line: "The lines they found",
    axes: ["weight", "bias"],
    lineAxes: ["position", "height"],
    lineKey: "solid: descent, dashed: search",
    counted: (count, loss) => `${count}, loss ${loss}`,
    steps: (n) => (n === 1 ? "1 step" : `${n} steps`),
    tries: (n) => `${n} tries`,
    start: (loss) => `At the start the loss is ${loss}. Press Step or Run.`,
    after: (steps, loss) => `After ${steps} the loss is ${loss}.`,
    bottom: (least) => `That is the bottom: no line has less than ${least}.`,
    uphill: "That is higher than at the start: each step jumps over the valley and lands higher on the other side, where it is steeper. The rate is too large.",
    gone: "It has flown off. The rate is too large.",
    jumping: "It jumps from one side of the valley to the other.",
    under: "It still falls: go on, or try a larger rate.",
    most: (n) => `It still falls, but here we stop after ${n} steps: try a larger rate.`,
    fair: (count, loss) => `Random search, with as many evaluations of the loss (${count}: a step costs 3), found ${loss}.`,
  };

  const BOX = [34, 6, 216, 188];
  const [RUN, MOST] = [25, 100]; // steps of one run, and at most

  class Descent extends Explorable {
    static key = "descent";
    static TEXT = TEXT;
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
      this.x = scale(MAP.weight, [BOX[0], BOX[2]]);
      this.y = scale(MAP.bias, [BOX[3], BOX[1]]);
      const { weight, bias } = Descent.fields;
      const panel = (what, title) => {
        this[what] = picture(222, 224);
        this[`${what}Told`] = html("span", {}, own.lineKey);
        const caption = html("p", { class: "caption" }, html("strong", {}, title), html("br"), this[`${what}Told`]);
        return html("div", {}, caption, this[what]);
      };
      const parts = [
        panel("map", own.descent),
        panel("dice", own.search),
        panel("lines", own.line),
      ];
      this.ring = svg(
        "g",
        {},
        svg("circle", { r: 20, class: "grip" }),
        svg("circle", { r: 6, class: "hollow orange" }),
      );
      draggable(this.map, this.ring, (x, y) =>
        this.set({ weight: onGrid(weight, this.x.back(x)), bias: onGrid(bias, this.y.back(y)) }),
      );
      this.map.append(this.ring);
      return [
        html(
          "div",
          { class: "panels", style: "--least: 12rem" },
          parts,
          html("div", { class: "wide controls" }, this.controls()),
        ),
      ];
    }

    controls() {
      const own = this.words;
      this.runner = this.button(own.run, () => (this.timer ? this.stop() : this.run()));
      this.runner.classList.add("primary");
      return [
        html(
          "div",
          { class: "buttons" },
          this.button(own.step, () => this.walk(1)),
          this.runner,
          this.button(own.back, () => this.halt({ steps: 0 })),
          this.button(own.roll, () => this.set({ seed: (this.state.seed % 999) + 1 })),
        ),
        this.slider("rate", own.rate),
        this.slider("weight", own.weight),
        this.slider("bias", own.bias),
        html(
          "div",
          { class: "buttons" },
          html("span", {}, own.rates),
          [0.01, 0.3, 1.02].map((rate) => this.button(format(rate, 2), () => this.set({ rate }))),
        ),
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
      }, 120);
      this.update();
    }

    stop() {
      clearInterval(this.timer);
      this.timer = undefined;
      this.update();
    }

    halt(change) {
      this.stop();
      this.set(change);
    }

    disconnectedCallback() {
      clearInterval(this.timer);
      this.timer = undefined;
    }

    /** The landscape seen from above: ellipses, each deeper than the one around it. */
    ground() {
      const { bottom, axes: [long, broad], angle } = bowl();
      const perUnit = [this.x(1) - this.x(0), this.y(0) - this.y(1)];
      const rings = Array.from({ length: 9 }, (_, n) => 0.36 * (9 - n) - 0.18);
      return rings.map((size) =>
        svg("ellipse", {
          rx: size * long, ry: size * broad, class: "ring",
          transform: `translate(${this.x(bottom[0])} ${this.y(bottom[1])}) scale(${perUnit[0]} ${-perUnit[1]}) rotate(${(180 / Math.PI) * angle})`,
        }),
      );
    }

    /** A map with something drawn on it, which ends at its edges. */
    drawMap(drawing, ...things) {
      const [left, top, right, bottom] = BOX;
      const [width, height] = [right - left, bottom - top];
      const frame = { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` };
      drawing.draw(
        svg("svg", frame, svg("rect", { x: left, y: top, width, height, class: "ring" }), this.ground(), things),
        axes({
          x: this.x, y: this.y, box: BOX, xTicks: [0, 2, 4], yTicks: [-2, 0, 2],
          xLabel: this.words.axes[0], yLabel: this.words.axes[1],
        }),
      );
    }

    place([weight, bias]) {
      return [this.x(weight), this.y(bias)];
    }

    draw() {
      const { rate, weight, bias, steps, seed } = this.state;
      const own = this.words;
      const path = descend(rate, steps, [weight, bias]);
      const end = path.at(-1);
      const found = searchAtRandom(EVALUATIONS * (path.length - 1), seed);
      const running = Boolean(this.timer);
      this.runner.textContent = running ? own.pause : own.run;
      this.finding.setAttribute("aria-live", running ? "off" : "polite");

      // Far outside of the map a drawing has no use for the exact place.
      const near = path.filter((place) => Math.hypot(...place) < 1000).map((p) => this.place(p));
      this.drawMap(
        this.map,
        svg("polyline", { points: near.map((p) => p.join()).join(" "), class: "line thin orange" }),
        ...near.slice(1).map(([cx, cy]) => svg("circle", { cx, cy, r: 3, class: "full orange" })),
      );
      this.ring.setAttribute("transform", `translate(${this.place([weight, bias]).join()})`);
      const star = found.best && this.place(found.best);
      this.drawMap(
        this.dice,
        ...found.tries.map((place) => {
          const [cx, cy] = this.place(place);
          return svg("circle", { cx, cy, r: 2.5, class: "full purple pale" });
        }),
        star ? svg("circle", { cx: star[0], cy: star[1], r: 7, class: "hollow purple" }) : "",
      );
      this.drawLines(end, found.best);

      const lossNow = loss(...end);
      const lossFound = found.best ? loss(...found.best) : NaN;
      const tell = (what, title, ...told) => {
        this[`${what}Told`].textContent = own.counted(...told);
        this[what].describe(own.pair(title, own.counted(...told)));
      };
      tell("map", own.descent, own.steps(path.length - 1), short(lossNow));
      tell("dice", own.search, own.tries(found.tries.length), found.best ? short(lossFound) : "–");
      this.lines.describe(own.pair(own.line, own.lineKey));
      return this.reason(path, lossNow, lossFound);
    }

    drawLines(end, best) {
      const x = scale([-1.1, 1.1], [BOX[0], BOX[2]]);
      const y = scale([-2.2, 2.8], [BOX[3], BOX[1]]);
      const [left, top, right, bottom] = BOX;
      const [width, height] = [right - left, bottom - top];
      const line = ([weight, bias], colour, dashes) =>
        svg("polyline", {
          points: [-1.1, 1.1].map((at) => `${x(at)},${y(Math.max(-1e4, Math.min(1e4, weight * at + bias)))}`).join(" "),
          class: `line ${colour}`, "stroke-dasharray": dashes,
        });
      this.lines.draw(
        axes({
          x, y, box: BOX, xTicks: [-1, 0, 1], yTicks: [-2, 0, 2],
          xLabel: this.words.lineAxes[0], yLabel: this.words.lineAxes[1],
        }),
        svg(
          "svg",
          { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` },
          POINTS.map(([at, tall]) => svg("circle", { cx: x(at), cy: y(tall), r: 3.5, class: "full blue" })),
          best ? line(best, "purple", "6 4") : "",
          line(end, "orange"),
        ),
      );
    }

    reason(path, lossNow, lossFound) {
      const own = this.words;
      const steps = path.length - 1;
      if (!steps) return own.start(short(lossNow));
      const least = loss(...bowl().bottom);
      const told = [own.after(own.steps(steps), short(lossNow))];
      const first = loss(...path[0]);
      // Along the steep direction: does each step change the side?
      const sides = path.slice(-3).map(([, bias]) => Math.sign(bias - bowl().bottom[1]));
      const jumps = steps > 2 && sides[0] !== sides[1] && sides[1] !== sides[2];
      if (steps < this.state.steps || lossNow > 1e6) told.push(own.gone);
      else if (lossNow > first) told.push(own.uphill);
      else if (short(lossNow) === short(least)) told.push(own.bottom(short(least)));
      else if (jumps) told.push(own.jumping);
      else told.push(steps === MOST ? own.most(MOST) : own.under);
      told.push(own.fair(format(EVALUATIONS * steps), short(lossFound)));
      return told.join(" ");
    }
  }

  customElements.define("course-descent", Descent);
})();
