/* Chapters 4 and 8: ten logits, one temperature, and how many mistakes a network announces. */
(() => {
  "use strict";

  const { Explorable, Plot, clamp, format, html, say, softmax, svg, total } = window.course.shared;

  // --- the model ---------------------------------------------------------------------------------

  // Of the networks of chapter 8, as tools/weights.py writes it down: logits for three test images,
  // and their answers to unseen ones, in groups: how many, mistakes made, mistakes announced.
  const { logits: LOGITS, groups: GROUPS, temperatures } = window.course.promises;
  const [COLDEST, HOTTEST, STEP] = temperatures;

  const [ANSWERS, MADE] = ["answers", "made"].map((name) => total(GROUPS.map((one) => one[name])));

  /** The mistakes that each group announces at this temperature. */
  const announced = (temperature) =>
    GROUPS.map(({ promised }) => promised[Math.round((temperature - COLDEST) / STEP)]);

  window.course.softmax = { ANSWERS, LOGITS, MADE, announced, softmax };

  // --- the element -------------------------------------------------------------------------------

  const [KEPT, NEAR] = [0.03, 0.15]; // of the mistakes: between what is announced and what is made
  const LEAST = 1e-5; // the share where the axis of shares begins
  const [ROW, TOP] = [26, 34]; // pixels
  const [DIGIT, LOGIT, DIVIDED, BAR, END] = [10, 68, 124, 136, 246]; // where the columns stand

  class Softmax extends Explorable {
    static key = "softmax";
    static fields = {
      image: { value: 1, options: [0, 1, 2] },
      temperature: { value: 1, min: COLDEST, max: HOTTEST, step: STEP },
      shift: { value: 0, options: [0, 10] },
    };

    layout() {
      const own = this.words;
      const box = [BAR, TOP, END, TOP + 10 * ROW];
      this.bars = new Plot({ x: [0, 1], y: [0, 10], box, size: [300, 302] });
      const ticks = [[-4, -3, -2, -1].map((tick) => [tick, this.share(10 ** tick)]), []];
      const size = { labels: own.axes, box: [8, 4, 292, 254], size: [300, 296] };
      this.promise = new Plot({ x: [Math.log10(LEAST), 0], y: [5, 0], ticks, ...size });
      const controls = [
        [this.slider("temperature", own.temperature), this.choice("shift", own.shift, own.shifts)],
        [this.choice("image", own.image, own.images)],
      ].map((some) => html("div.controls", some));
      return [html("div.panels", this.bars.panel, this.promise.panel, controls)];
    }

    forget() {
      this.visited = new Set();
    }

    draw() {
      this.visited.add(this.state.temperature);
      this.drawBars();
      this.drawPromise();
      const [kind, told, right] = this.reason();
      const isNews = this.state.shift && kind === "ask"; // elsewhere the finding is long enough
      return [kind, isNews ? `${told} ${this.words.shifted}` : told, right];
    }

    drawBars() {
      const { bars: plot, state, words: own } = this;
      const { image, temperature, shift } = state;
      const logits = LOGITS[image].map((z) => z + shift);
      const shares = softmax(logits, temperature);
      const largest = Math.max(...shares);
      const right = { "text-anchor": "end" };
      const head = [DIGIT, LOGIT, DIVIDED, BAR].map((x, n) =>
        svg("text.label", { x, y: TOP - 14, ...(n % 3 ? right : {}) }, own.columns[n]),
      );
      const rows = shares.map((share, digit) => {
        const y = TOP + ROW * digit;
        const look = share === largest ? "orange" : "blue";
        return [
          svg("text", { x: DIGIT, y: y + 14, "font-weight": 600 }, digit),
          svg("text.tick", { x: LOGIT, y: y + 14, ...right }, format(logits[digit], 1)),
          svg("text", { x: DIVIDED, y: y + 14, ...right }, format(logits[digit] / temperature, 2)),
          svg(`rect.full.${look}`, { x: BAR, y, width: plot.x(share) - BAR, height: ROW - 8 }),
          svg("text", { x: 298, y: y + 14, ...right }, `${format(100 * share, 1)}\u00a0%`),
        ];
      });
      plot.draw(head, rows);
      const winner = { digit: shares.indexOf(largest), share: format(100 * largest, 1) };
      plot.tell(own.told[image], say(own.largest, winner));
    }

    /** A share of few or of many, with two digits. */
    share(share) {
      const decimals = clamp(1 - Math.floor(Math.log10(100 * share)), 0, 3);
      return `${format(100 * share, decimals)}\u00a0%`;
    }

    /** Of each group, and of all answers, the share that is announced to be wrong, and that is. */
    drawPromise() {
      const { promise: plot, state, words: own } = this;
      const counts = announced(state.temperature);
      const rows = GROUPS.map(({ answers, made }, n) => [counts[n] / answers, made / answers]);
      rows.push([total(counts) / ANSWERS, MADE / ANSWERS]);
      const at = (share, y) => [Math.log10(Math.max(share, LEAST)), y];
      plot.draw(
        plot.axes(),
        rows.map(([promised, made], n) => {
          const y = plot.y(n) + 18;
          const weight = n === GROUPS.length ? 700 : 400;
          const number = (share, look, end) =>
            svg(`text.halo.${look}`, { x: end, y, "text-anchor": "end" }, this.share(share));
          return [
            svg("text.halo", { x: plot.box[0], y, "font-weight": weight }, own.groups[n]),
            number(promised, "blue", plot.box[2] - 64),
            number(made, "orange", plot.box[2]),
            plot.line([at(promised, n + 0.7), at(made, n + 0.7)], "grey"),
            plot.dot(at(made, n + 0.7), 6, "hollow.orange"),
            plot.dot(at(promised, n + 0.7), 4.5, "full.blue"),
          ];
        }),
      );
      const told = say(own.counted, { count: format(total(counts)), made: format(MADE) });
      plot.tell(own.promise, told);
    }

    reason() {
      const { words: own, state, visited } = this;
      const { temperature } = state;
      const count = total(announced(temperature));
      const values = { t: format(temperature, 2), count: format(count), made: format(MADE) };
      const sure = Math.max(...softmax(LOGITS[1]));
      values.answers = format(ANSWERS);
      Object.assign(values, { sure: format(100 * sure), lacks: format(1 - sure, 2) });
      if (visited.size === 1 && temperature === 1) return ["ask", say(own.start, values)];
      const wasFar = [...visited].some((at) => at >= 1.5 || at <= 0.7);
      const right = wasFar ? 1 : undefined;
      const off = count / MADE - 1;
      if (Math.abs(off) <= KEPT) return ["done", say(own.kept, values), 1];
      const told = say(own.says, values);
      if (Math.abs(off) <= NEAR) return ["nearly", `${told} ${off < 0 ? own.warmer : own.cooler}`];
      const kind = temperature < 1 ? "wrong" : "tried";
      return [kind, `${told} ${off < 0 ? own.proud : own.modest}`, right];
    }
  }

  customElements.define("course-softmax", Softmax);
})();
