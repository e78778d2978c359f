/* Chapter 3: a loss with two valleys; where one begins decides, unless noise helps out. */
(() => {
  "use strict";

  const { Explorable, Plot, button, clamp, dice, format, html } = window.course.shared;
  const { onGrid, say, svg, total } = window.course.shared;

  // --- the model: one weight says where a bump of height 1 stands; the points have two bumps ------

  // Position and height of each; the tests say from which dice.
  // biome-ignore format: four points in a row
  const POINTS = [
    [-2.916, -0.1], [-2.66, 0.082], [-2.321, 0.231], [-2.196, -0.119],
    [-1.858, -0.014], [-1.585, 0.162], [-1.429, 0.487], [-1.202, 0.503],
    [-0.914, 0.575], [-0.598, 0.377], [-0.364, 0.204], [-0.186, 0.159],
    [0.113, 0.152], [0.404, 0.472], [0.612, 0.509], [0.898, 0.88],
    [1.206, 1.002], [1.407, 1.009], [1.606, 0.523], [1.821, 0.246],
    [2.098, 0.08], [2.377, 0.135], [2.693, -0.017], [2.923, 0.134],
  ];
  const [COUNT, WIDTH] = [POINTS.length, 0.5];

  const bump = (x) => Math.exp(-(x ** 2) / (2 * WIDTH ** 2));

  /** The mean of the squared errors, with the bump at `w`. */
  const loss = (w) => total(POINTS.map(([x, y]) => (bump(x - w) - y) ** 2)) / COUNT;

  /** The slope of the loss at `w`, as the points of a batch show it. */
  function slope(w, batch = POINTS) {
    let all = 0;
    for (const [x, y] of batch) {
      const height = bump(x - w);
      all += (2 * (height - y) * height * (x - w)) / WIDTH ** 2;
    }
    return all / batch.length;
  }

  /** So many different points, by chance. */
  function pick(size, roll) {
    if (size === COUNT) return POINTS;
    const points = [...POINTS];
    for (let n = 0; n < size; n++) {
      const other = n + Math.floor(roll() * (COUNT - n));
      [points[n], points[other]] = [points[other], points[n]];
    }
    return points.slice(0, size);
  }

  /** The places that a walker visits. */
  function walk({ start, rate, batch, steps }, seed) {
    const roll = dice(seed * 0x9e3779b9);
    const path = [start];
    for (let step = 0; step < steps; step++) {
      path.push(path[step] - rate * slope(path[step], pick(batch, roll)));
    }
    return path;
  }

  /** The bottoms and the tops of the loss, from left to right. */
  function extremes() {
    const places = Array.from({ length: 601 }, (_, n) => (n - 300) / 100);
    const among = (sign) =>
      places.filter((w) => [-0.01, 0.01].every((by) => sign * (loss(w + by) - loss(w)) > 0));
    return { bottoms: among(1), tops: among(-1) };
  }

  /** How far the slopes that single points show spread around their mean. */
  function spread(w) {
    const mean = slope(w);
    return Math.sqrt(total(POINTS.map((point) => (slope(w, [point]) - mean) ** 2)) / COUNT);
  }

  window.course.valleys = { POINTS, extremes, loss, pick, slope, walk };

  // --- the element -------------------------------------------------------------------------------

  const TASKS = ["down", "out", "home"];
  const WALKERS = 40;
  const [STRIDE, MOST] = [3, 300]; // steps between two pictures, and in all
  const RESETS = ["task", "start", "rate", "batch", "seed"]; // what sends the walkers back to the start
  const MAP = [-3, 3];
  const [HALF, HOME] = [20, 36]; // of the walkers
  const { bottoms, tops } = extremes();

  /** 0: in the left valley, 1: in the deep one, 2: outside, where it is nearly flat. */
  const where = (w) => (w < tops[0] || w > tops[2] ? 2 : w < tops[1] ? 0 : 1);

  class Valleys extends Explorable {
    static key = "valleys";
    static clock = { field: "steps", pace: 60, leap: MOST, resets: RESETS };
    static fields = {
      task: { value: "down", options: TASKS },
      start: { value: -1.6, min: MAP[0], max: MAP[1], step: 0.1 },
      rate: { value: 0.4, min: 0.1, max: 1.2, step: 0.1 },
      batch: { value: COUNT, options: [COUNT, 6, 2, 1] },
      seed: { value: 1, min: 1, max: 99, step: 1 },
      steps: { value: 0, min: 0, max: MOST, step: STRIDE },
    };

    layout() {
      const { words: own } = this;
      const { start, batch } = Valleys.fields;
      const box = [44, 6, 216, 188];
      const ticks = [[-2, 0, 2], [0, 0.1, 0.2, 0.3].map((tick) => [tick, format(tick, 1)])];
      this.map = new Plot({ x: MAP, y: [0, 0.36], ticks, labels: own.mapAxes, box });
      const heights = { x: [-3.1, 3.1], y: [-0.4, 1.4], ticks: [ticks[0], [0, 1]] };
      this.fit = new Plot({ ...heights, labels: own.fitAxes });
      this.ring = this.map.handle(svg("circle.hollow.purple", { r: 7 }), (w) =>
        this.set({ start: onGrid(start, w) }),
      );
      const roll = () => this.set({ seed: (this.state.seed % 99) + 1 });
      const buttons = html("div.buttons", this.clock(), button(own.roll, roll));
      const sizes = [own.every, ...batch.options.slice(1).map(String)];
      const controls = [
        [buttons, this.slider("start", own.start)],
        [this.choice("batch", own.batch, sizes), this.slider("rate", own.rate)],
      ].map((some) => html("div.controls", some));
      return [this.climb(), html("div.panels", this.map.panel, this.fit.panel, controls)];
    }

    forget() {
      this.helped = false;
    }

    draw() {
      const { state } = this;
      const alike = state.batch === COUNT;
      const walkers = Array.from({ length: alike ? 1 : WALKERS }, (_, n) =>
        walk(state, 1000 * state.seed + n).at(-1),
      );
      const all = alike ? Array.from({ length: WALKERS }, () => walkers[0]) : walkers;
      const counts = [0, 1, 2].map((place) => all.filter((w) => where(w) === place).length);
      this.drawMap(all, counts);
      this.drawFit(all);
      return this.reason(counts);
    }

    /** The loss of every place of the bump, and the walkers, piled up where they meet. */
    drawMap(all, [left, deep, out]) {
      const { map: plot, state, words: own } = this;
      const curve = Array.from({ length: 121 }, (_, n) => [n / 20 - 3, loss(n / 20 - 3)]);
      const piles = {};
      const dots = all.map((w) => {
        const at = clamp(w, ...MAP);
        const pile = Math.round(8 * at);
        piles[pile] = (piles[pile] ?? 0) + 1;
        const y = plot.y(loss(at)) - 4 - 2.5 * piles[pile];
        return svg("circle.full.orange.pale", { cx: plot.x(at), cy: y, r: 3 });
      });
      plot.draw(plot.axes(), plot.line(curve, "blue"), plot.inside(dots));
      plot.put(this.ring, [state.start, loss(state.start)]);
      plot.tell(own.map, say(own.counts, { left, deep, out }));
    }

    drawFit(all) {
      const { fit: plot, words: own } = this;
      const line = (w) => Array.from({ length: 121 }, (_, n) => [n / 20 - 3, bump(n / 20 - 3 - w)]);
      plot.drawInside(
        [...new Set(all)].map((w) => plot.line(line(w), "thin.orange.faint")),
        POINTS.map((point) => plot.dot(point, 3.5, "full.blue")),
      );
      plot.tell(own.fit, own.fitKey, own.fitAlternative);
    }

    /** The finding, and what is earned by it. */
    reason([left, deep, out]) {
      const { words: own, state, timer } = this;
      const { task, start, batch, steps } = state;
      const values = { n: WALKERS, left, deep, out, half: HALF, home: HOME };
      const short = (number) => format(number, 2);
      Object.assign(values, { start: format(start, 1), loss: short(loss(start)) });
      if (!steps) return ["ask", say(own.begin[TASKS.indexOf(task)], values)];
      const fromLeft = where(start) === 0;
      this.helped ||= fromLeft && batch < 3 && steps === MOST && deep >= HALF;
      const right = this.helped ? 2 : undefined;
      if (timer) return ["tried", say(own.walking, values)];
      if (task === "down") {
        if (batch < COUNT) return ["tried", own.exact];
        if (deep === WALKERS) return this.earn(say(own.down, values));
        if (out) return ["wrong", say(own.flat, values)];
        return steps < MOST ? ["tried", say(own.walking, values)] : ["tried", own.stuck];
      }
      if (!fromLeft) return ["tried", own.elsewhere];
      if (steps < MOST) return ["tried", say(own.walking, values)];
      if (batch === COUNT) return ["tried", own.same];
      const sizes = bottoms.map((w) => short(spread(w)));
      const enough = task === "out" ? HALF : HOME;
      if (deep >= enough) {
        const why = say(own.calm, { there: sizes[0], here: sizes[1] });
        return this.earn(`${say(own.escaped, values)} ${why}`, right);
      }
      const kind = out > WALKERS / 5 ? "wrong" : deep > enough / 2 ? "nearly" : "tried";
      return [kind, say(out > left ? own.thrown : own.more, values), right];
    }
  }

  customElements.define("course-valleys", Valleys);
})();
