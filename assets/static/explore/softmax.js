/* Chapters 4 and 8: ten logits, one temperature, and how many mistakes a network announces. */
(() => {
  "use strict";

  const { Explorable, Plot, format, html, say, svg } = window.course.shared;

  // --- the model ---------------------------------------------------------------------------------

  // Logits of the network of chapter 8 for three test images, in their order 0, 259 and 8.
  // biome-ignore format: ten in a row
  const LOGITS = [
    [-2.7, -2.7, 1.3, 3.9, -7.5, -2.1, -13.3, 12.7, -0.3, 1.9],
    [5.7, -3.3, -1.5, -3.0, 0.0, -0.5, 6.7, -3.5, -0.6, -4.2],
    [-4.4, -5.1, -2.0, -4.7, -1.8, 7.2, 7.8, -8.2, 2.6, 0.1],
  ];
  // Of its 10,000 test images: what is lacking to 1 in the largest probabilities, in all, for the
  // temperatures 0.5, 0.55 … 3; and how many are misread, at any temperature.
  // biome-ignore format: a table
  const ANNOUNCED = [
    57, 63, 70, 76, 83, 90, 98, 106, 114, 123, 132, 142, 152, 163, 175, 187, 200, 214, 229, 245,
    262, 279, 298, 318, 338, 360, 383, 407, 433, 459, 486, 515, 545, 576, 608, 641, 676, 711, 748,
    785, 824, 864, 905, 946, 989, 1033, 1077, 1122, 1168, 1215, 1263,
  ];
  const [MADE, IMAGES] = [166, 10000];
  const [COLDEST, HOTTEST, STEP] = [0.5, 3, 0.05];

  /** Probabilities, from logits that are divided by a temperature. */
  function softmax(logits, temperature = 1) {
    const largest = Math.max(...logits);
    const powers = logits.map((z) => Math.exp((z - largest) / temperature));
    const sum = powers.reduce((all, power) => all + power, 0);
    return powers.map((power) => power / sum);
  }

  /** The mistakes that the network announces at this temperature. */
  const announced = (temperature) => ANNOUNCED[Math.round((temperature - COLDEST) / STEP)];

  window.course.softmax = { ANNOUNCED, LOGITS, MADE, announced, softmax };

  // --- the element -------------------------------------------------------------------------------

  const [KEPT, NEAR] = [5, 25]; // mistakes between what is announced and what is made
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
      const heights = [50, 100, 200, 500, 1000].map((tick) => [Math.log10(tick), format(tick)]);
      const ticks = [[1, 2, 3], heights];
      const size = { labels: own.axes, box: [48, 10, 290, 258], size: [300, 300] };
      this.promise = new Plot({ x: [COLDEST, HOTTEST], y: [1.6, 3.2], ticks, ...size });
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

    /** The temperatures that were visited, and what the network announces at each. */
    drawPromise() {
      const { promise: plot, state, words: own } = this;
      const { temperature } = state;
      const place = (at) => [at, Math.log10(announced(at))];
      const made = Math.log10(MADE);
      const line = [COLDEST, HOTTEST].map((at) => [at, made]);
      const label = { x: plot.box[2], y: plot.y(made) - 6, "text-anchor": "end" };
      plot.draw(
        plot.axes(),
        plot.line(line, "orange", "7 4"),
        svg("text.orange.halo", label, say(own.made, { made: MADE })),
        [...this.visited].map((at) => plot.dot(place(at), 2.5, "full.blue.pale")),
        plot.dot(place(temperature), 6, "full.blue"),
      );
      const told = say(own.counted, { count: format(announced(temperature)), made: MADE });
      plot.tell(own.promise, told);
    }

    reason() {
      const { words: own, state, visited } = this;
      const { temperature } = state;
      const count = announced(temperature);
      const values = { t: format(temperature, 2), count: format(count), made: MADE };
      values.images = format(IMAGES);
      if (visited.size === 1 && temperature === 1) return ["ask", say(own.start, values)];
      const wasFar = [...visited].some((at) => at >= 1.5 || at <= 0.7);
      const right = wasFar ? 1 : undefined;
      const off = count - MADE;
      if (Math.abs(off) <= KEPT) return ["done", say(own.kept, values), 1];
      const told = say(own.says, values);
      if (Math.abs(off) <= NEAR) return ["nearly", `${told} ${off < 0 ? own.warmer : own.cooler}`];
      return [
        temperature < 1 ? "wrong" : "tried",
        `${told} ${off < 0 ? own.proud : own.modest}`,
        right,
      ];
    }
  }

  customElements.define("course-softmax", Softmax);
})();
