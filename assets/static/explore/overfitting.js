/* Chapter 3: a network that learns a few points by heart, and three remedies. */
(() => {
  "use strict";

  const { Explorable, Plot, button, clamp, dice, format, html, noise, say, svg } =
    window.course.shared;

  // --- the model: one input, hidden neurons with tanh, one output; trained by Adam ----------------

  const [SEEN, UNSEEN] = [100, 100]; // seen points at most, and unseen ones
  const [RATE, FIRST, SECOND, TINY] = [0.005, 0.9, 0.999, 1e-7]; // Adam's, as in Keras
  const [EVERY, MOST] = [10, 1000]; // epochs from one record to the next, and in all

  /** Points around a wave: [position, height], the first `count` of `all`. */
  function scatter(count, spread, seed, all = SEEN) {
    const roll = dice(seed * 0x9e3779b9);
    const errors = noise(all, seed * 0x85ebca6b);
    const positions = Array.from({ length: all }, () => 2 * roll() - 1);
    const points = positions.map((x, n) => [x, Math.sin(Math.PI * x) + spread * errors[n]]);
    return points.slice(0, count);
  }

  /** The first weights: for each neuron its weight, its bias and the weight behind; a bias. */
  function begin(neurons, seed) {
    const sizes = [5, 3, 0.5 / Math.sqrt(neurons)];
    const numbers = noise(3 * neurons, (seed + 500) * 0x9e3779b9);
    return [...numbers.map((number, n) => sizes[n % 3] * number), 0];
  }

  function answer(weights, x) {
    let sum = weights.at(-1);
    for (let n = 0; n < weights.length - 1; n += 3) {
      sum += weights[n + 2] * Math.tanh(weights[n] * x + weights[n + 1]);
    }
    return sum;
  }

  /** The mean of the squared errors. */
  const loss = (weights, points) =>
    points.reduce((all, [x, y]) => all + (answer(weights, x) - y) ** 2, 0) / points.length;

  /** The derivatives of the loss, in the order of the weights. */
  function gradient(weights, points) {
    const slopes = new Float64Array(weights.length);
    const last = weights.length - 1;
    const hidden = new Float64Array(last);
    for (const [x, y] of points) {
      let sum = weights[last];
      for (let n = 0; n < last; n += 3) {
        hidden[n] = Math.tanh(weights[n] * x + weights[n + 1]);
        sum += weights[n + 2] * hidden[n];
      }
      const error = (2 * (sum - y)) / points.length;
      slopes[last] += error;
      for (let n = 0; n < last; n += 3) {
        const back = error * weights[n + 2] * (1 - hidden[n] ** 2);
        slopes[n] += back * x;
        slopes[n + 1] += back;
        slopes[n + 2] += error * hidden[n];
      }
    }
    return slopes;
  }

  /** Every ten epochs: the weights, and the loss on the seen and on the unseen points. */
  function* train({ points, neurons, noise: spread, seed }) {
    const seen = scatter(points, spread, seed);
    const unseen = scatter(UNSEEN, spread, seed + 1000, UNSEEN);
    const weights = begin(neurons, seed);
    const [means, squares] = [weights.map(() => 0), weights.map(() => 0)];
    for (let epoch = 1; ; epoch++) {
      if (epoch % EVERY === 1) {
        yield { weights: [...weights], seen: loss(weights, seen), unseen: loss(weights, unseen) };
      }
      const slopes = gradient(weights, seen);
      const [first, second] = [1 - FIRST ** epoch, 1 - SECOND ** epoch];
      for (let n = 0; n < weights.length; n++) {
        means[n] += (1 - FIRST) * (slopes[n] - means[n]);
        squares[n] += (1 - SECOND) * (slopes[n] ** 2 - squares[n]);
        weights[n] -= (RATE * means[n]) / first / (Math.sqrt(squares[n] / second) + TINY);
      }
    }
  }

  window.course.overfitting = { begin, scatter, train };

  // --- the element -------------------------------------------------------------------------------

  const TASKS = ["part", "stop", "close"];
  const RESETS = ["points", "neurons", "noise", "seed"]; // what begins another training
  const [PARTED, BEGUN, CLOSED, CLOSE] = [1.3, 1.1, 1.15, 1.05]; // the unseen loss against its lowest

  class Overfitting extends Explorable {
    static key = "overfitting";
    static clock = { field: "epoch", pace: 110, leap: 100, resets: RESETS };
    static fields = {
      task: { value: "part", options: TASKS },
      points: { value: 10, options: [10, 30, 100] },
      neurons: { value: 30, options: [1, 3, 10, 30] },
      noise: { value: 0.3, min: 0, max: 0.6, step: 0.1 },
      seed: { value: 8, min: 1, max: 99, step: 1 },
      epoch: { value: 0, min: 0, max: MOST, step: EVERY },
    };

    layout() {
      const own = this.words;
      const across = [0, 400, 800];
      this.losses = new Plot({ x: [0, MOST], y: [0, 1], across, labels: own.lossAxes });
      const fit = { x: [-1.05, 1.05], y: [-2.2, 2.2], across: [-1, 0, 1], up: [-2, 0, 2] };
      this.fit = new Plot({ ...fit, labels: own.fitAxes });
      const { points, neurons } = Overfitting.fields;
      const other = () => this.set({ seed: (this.state.seed % 99) + 1 });
      const best = button(own.best, () => this.goBack());
      const clock = html("div.controls", [
        html("div.buttons", this.clock(), best, button(own.other, other)),
        this.slider("epoch", own.epoch),
      ]);
      const what = html("div.controls", [
        this.choice("points", own.points, points.options.map(String)),
        this.choice("neurons", own.neurons, neurons.options.map(String)),
        this.slider("noise", own.noise),
      ]);
      return [this.climb(), html("div.panels", this.losses.panel, this.fit.panel, clock, what)];
    }

    /** What was recorded up to an epoch; it is trained no further than that. */
    upTo(epoch) {
      const { points, neurons, noise, seed } = this.state;
      const name = `${[points, neurons, noise, seed]}`;
      if (this.trained !== name) {
        Object.assign(this, { trained: name, training: train(this.state), records: [] });
      }
      while (this.records.length <= epoch / EVERY) this.records.push(this.training.next().value);
      return this.records.slice(0, epoch / EVERY + 1);
    }

    /** The last run stays as a ghost when another begins. */
    set(change) {
      const { epoch } = this.state;
      if (epoch && RESETS.some((name) => name in change)) {
        this.ghost = this.upTo(epoch).map(({ unseen }) => unseen);
      }
      super.set(change);
    }

    /** To the epoch with the lowest loss on unseen points so far. */
    goBack() {
      this.set({ epoch: this.lowest(this.upTo(this.state.epoch)).epoch });
    }

    forget() {
      this.ghost = undefined;
    }

    lowest(records) {
      const low = Math.min(...records.map(({ unseen }) => unseen));
      return { low, epoch: EVERY * records.findIndex(({ unseen }) => unseen === low) };
    }

    draw() {
      const { state } = this;
      const records = this.upTo(state.epoch);
      this.drawLosses(records);
      this.drawFit(records.at(-1));
      return this.reason(records);
    }

    drawLosses(records) {
      const { losses: plot, words: own } = this;
      const top = 0.5 + 3 * this.state.noise ** 2;
      plot.reach([0, 1.03 * MOST], [0, top]); // with room for the dots at the end
      plot.ticks[1] = [0, 0.5, 1, 1.5].filter((tick) => tick <= top).map((t) => [t, format(t, 1)]);
      const points = (values) => values.map((value, n) => [EVERY * n, value]);
      const line = (values, ...look) => plot.line(points(values), ...look);
      const best = this.lowest(records);
      const [x, y] = [plot.x(best.epoch), plot.y(best.low) + 6];
      const star = svg("text.purple.halo", { x, y, "text-anchor": "middle" }, "★");
      const now = records.at(-1);
      const at = (value) => [this.state.epoch, Math.min(value, top)]; // it begins above the plot
      const seen = records.map((record) => record.seen);
      const unseen = records.map((record) => record.unseen);
      plot.drawInside(
        this.ghost && [line(this.ghost, "thin.grey", "2 4"), this.label(this.ghost)],
        line(seen, "blue"),
        line(unseen, "orange", "7 4"),
        plot.dot(at(now.seen), 4, "full.blue"),
        plot.dot(at(now.unseen), 4, "hollow.orange"),
        star,
      );
      const values = { seen: format(now.seen, 3), unseen: format(now.unseen, 3) };
      plot.tell(own.losses, say(own.now, values));
    }

    /** What the ghost is, at its end. */
    label(ghost) {
      const { losses: plot, words: own } = this;
      const [low, high] = [plot.box[1] + 12, plot.box[3] - 4];
      const x = Math.max(plot.x(EVERY * (ghost.length - 1)), plot.box[0] + 60);
      const y = clamp(plot.y(ghost.at(-1)) - 6, low, high);
      return svg("text.tick.halo", { x, y, "text-anchor": "end" }, own.before);
    }

    drawFit({ weights }) {
      const { fit: plot, words: own, state } = this;
      const places = Array.from({ length: 106 }, (_, n) => (n - 52.5) / 50);
      const curve = places.map((x) => [x, answer(weights, x)]);
      const unseen = scatter(UNSEEN, state.noise, state.seed + 1000, UNSEEN);
      const seen = scatter(state.points, state.noise, state.seed);
      plot.drawInside(
        unseen.map((point) => plot.dot(point, 1.5, "full.orange.pale")),
        plot.line(curve, "green"),
        seen.map((point) => plot.dot(point, state.points > 30 ? 2.5 : 4, "full.blue")),
      );
      plot.tell(own.fit, own.fitKey, own.fitAlternative);
    }

    /** The finding, and what is earned by it. */
    reason(records) {
      const { words: own, state, timer } = this;
      const { task, epoch, points, neurons, noise: spread } = state;
      if (!epoch) return ["ask", own.start[TASKS.indexOf(task)]];
      const three = (number) => format(number, 3);
      const now = records.at(-1);
      const past = this.lowest(records);
      const hasParted = now.unseen > PARTED * past.low;
      const right = hasParted && points === 10 && neurons === 30 ? 1 : undefined;
      const values = { n: format(epoch), at: format(past.epoch), low: three(past.low) };
      Object.assign(values, { seen: three(now.seen), unseen: three(now.unseen), points });
      if (timer && task === "stop") return ["tried", own.watch];
      if (task === "stop") {
        const all = this.upTo(MOST);
        const whole = this.lowest(all);
        if (all.at(-1).unseen < PARTED * whole.low) return ["tried", own.nothing];
        const told = { ...values, at: format(whole.epoch), low: three(whole.low) };
        const isNear = now.unseen <= CLOSE * whole.low;
        if (isNear) return this.earn(say(own.stopped, told));
        const late = epoch < whole.epoch ? own.early : own.late;
        return [now.unseen < PARTED * whole.low ? "nearly" : "tried", say(late, told), right];
      }
      if (task === "part") {
        if (hasParted) return this.earn(say(own.parted, values), right);
        const why = neurons < 10 ? own.few : points > 10 ? own.many : spread < 0.3 ? own.clean : "";
        if (epoch === MOST) return ["tried", `${own.never} ${why}`];
        const begins = now.unseen > BEGUN * past.low;
        const then = begins ? own.parting : own.together;
        return [begins ? "nearly" : "tried", `${say(own.further, values)} ${then}`];
      }
      if (neurons < 30 || spread < 0.3) return ["tried", own.same];
      if (epoch < MOST) return ["tried", `${say(own.further, values)} ${own.finish}`, right];
      const ratio = now.unseen / past.low;
      if (ratio < CLOSED) return this.earn(say(own.closed, values));
      return [ratio < PARTED ? "nearly" : "tried", say(own.gap, values), right];
    }
  }

  customElements.define("course-overfitting", Overfitting);
})();
