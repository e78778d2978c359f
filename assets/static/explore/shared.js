/* What every explorable needs: its state in the page's address, numbers, controls, drawing. */
(() => {
  "use strict";

  const shared = {};
  window.course = { ...window.course, shared };

  // --- words ------------------------------------------------------------------------------------

  let signs = { point: ".", thousands: "," };

  /** The words of an element, in the page's language, whose signs its numbers get, too. */
  function wordsOf(element) {
    signs = JSON.parse(element.dataset.words);
    return signs;
  }

  /** A sentence with `values` in its braces. Where it has several forms, `values.n` chooses one. */
  function say(sentence, values) {
    const form = () => new Intl.PluralRules(document.documentElement.lang).select(values.n);
    const chosen = sentence.other ? (sentence[form()] ?? sentence.other) : sentence;
    return chosen.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }

  Object.assign(shared, { say, wordsOf });

  // --- numbers ----------------------------------------------------------------------------------

  const minus = (string) => string.replace("-", "−");

  /**
   * A number with a fixed count of decimals, as the page's language writes it. By hand: a browser
   * takes longer for its first Intl.NumberFormat than for all the rest of an explorable.
   */
  function format(number, decimals = 0) {
    if (!Number.isFinite(number)) return number > 0 ? "∞" : number < 0 ? "−∞" : "?";
    const rounded = Number(number.toFixed(decimals)) || 0; // no "−0.00"
    const [whole, part] = rounded.toFixed(decimals).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, signs.thousands);
    return minus(part ? grouped + signs.point + part : grouped);
  }

  /** A share as a percentage, without its sign. */
  const percent = (share) => format(100 * share, 1);

  /** A number in three digits, as a power of ten where it is very small or very large. */
  function short(number) {
    const size = Math.abs(number);
    if (number === 0 || !Number.isFinite(number)) return format(number);
    if (size >= 0.001 && size < 100000) {
      return format(number, [100, 10, 1, 0.1].filter((limit) => size < limit).length);
    }
    const [digits, power] = number.toExponential(1).split("e");
    const raised = minus(String(Number(power))).replace(/./g, (c) =>
      c === "−" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c],
    );
    return `${format(Number(digits), 1)}\u00a0×\u00a010${raised}`; // never broken over two lines
  }

  /** A tick of a logarithmic axis, and what stands there: [3, "1,000"], or [6, "10⁶"]. */
  const power = (tick) => [
    tick,
    Math.abs(tick) < 3
      ? format(10 ** tick, Math.max(-tick, 0))
      : short(10 ** tick).split("×\u00a0")[1],
  ];

  const total = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

  const clamp = (number, min, max) => Math.min(max, Math.max(min, number));

  /** Probabilities from logits, which are divided by a temperature. */
  function softmax(logits, temperature = 1) {
    const largest = Math.max(...logits); // so that no power overflows
    const powers = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
    const sum = total(powers);
    return powers.map((power) => power / sum);
  }

  const decimalsOf = (step) => (String(step).split(".")[1] || "").length;

  /** `number` on the grid of a field, and inside of it. */
  const onGrid = ({ min, max, step }, number) =>
    clamp(Number((Math.round(number / step) * step).toFixed(decimalsOf(step))), min, max);

  /** Numbers from 0 to below 1 that look random, always the same ones for the same seed. */
  function dice(seed) {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0; // "mulberry32" by Tommy Ettinger
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** `count` such numbers with mean 0 and spread 1. */
  function noise(count, seed) {
    const roll = dice(seed);
    return Float64Array.from({ length: count }, () => Math.sqrt(12) * (roll() - 0.5));
  }

  Object.assign(shared, { clamp, dice, format, noise, onGrid });
  Object.assign(shared, { percent, power, short, softmax, total });

  // --- state ------------------------------------------------------------------------------------
  //
  // A field is {value, min, max, step} for a number, {value, options} for a choice, or
  // {value, accepts} for a text. An address holds the values that are not those of the text:
  // …/01-neurons.html?neuron.w1=2&neuron.task=and

  /** What `string` means for a field; undefined where it means nothing. */
  function parse(field, string) {
    if (field.options) return field.options.find((option) => String(option) === string);
    if (field.accepts) return field.accepts(string) ? string : undefined;
    const number = /^-?\d{1,9}(\.\d{1,9})?$/.test(string) ? Number(string) : Number.NaN;
    return number >= field.min && number <= field.max ? onGrid(field, number) : undefined;
  }

  /** The values of the text. */
  const defaults = (fields) =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value]));

  /** The state that the query of an address asks for; what is malformed is left as in the text. */
  function readState(key, fields, query) {
    const asked = new URLSearchParams(query);
    const said = (name) => asked.get(`${key}.${name}`) ?? "";
    const entry = ([name, field]) => [name, parse(field, said(name)) ?? field.value];
    return Object.fromEntries(Object.entries(fields).map(entry));
  }

  /** The query with this state in it, and everything else in it kept. */
  function writeState(key, fields, state, query) {
    const asked = new URLSearchParams(query);
    for (const name of [...asked.keys()]) {
      if (name.startsWith(`${key}.`)) asked.delete(name);
    }
    for (const [name, field] of Object.entries(fields)) {
      if (state[name] !== field.value) asked.set(`${key}.${name}`, state[name]);
    }
    const written = asked.toString(); // its size is unknown before Safari 17
    return written && `?${written}`;
  }

  Object.assign(shared, { defaults, parse, readState, writeState });

  // --- elements ---------------------------------------------------------------------------------

  /**
   * An element, by a selector like "p.caption". After it come, if it has any, its attributes, and
   * its children; a function among the attributes listens to the event of its name.
   */
  function make(space, selector, ...parts) {
    const [tag, ...classes] = selector.split(".");
    const element = document.createElementNS(`http://www.w3.org/${space}`, tag);
    if (classes.length) element.setAttribute("class", classes.join(" "));
    const attributes = parts[0]?.constructor === Object ? parts.shift() : {};
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...parts.flat(Infinity).filter((part) => part !== undefined && part !== false));
    return element;
  }
  const html = (...parts) => make("1999/xhtml", ...parts);
  const svg = (...parts) => make("2000/svg", ...parts);

  /** A button, with `classes` like ".primary". */
  const button = (label, click, classes = "") =>
    html(`button${classes}`, { type: "button", click }, label);

  /** A slider; `put` gets the number that it is moved to, `show` moves it and writes `text`. */
  function slider(label, attributes, put) {
    const output = html("span.value", { "aria-hidden": "true" });
    const input = () => put(Number(field.value));
    const field = html("input", { type: "range", ...attributes, input });
    const element = html("label.slider", html("span", label), field, output);
    element.show = (number, text) => {
      field.value = number;
      field.setAttribute("aria-valuetext", text);
      output.textContent = text;
    };
    return element;
  }

  /** A row of options; `put` gets the place of the one that is chosen, `check` chooses one. */
  function choice(legend, name, labels, put, attributes = () => ({})) {
    const fields = labels.map((_, n) =>
      html("input", { type: "radio", name, change: () => put(n), ...attributes(n) }),
    );
    const options = fields.map((field, n) => html("label", field, html("span", labels[n])));
    const element = html("fieldset.choice", html("legend", legend), options);
    element.check = (place) => {
      fields[place].checked = true;
    };
    return element;
  }

  Object.assign(shared, { button, html, slider, svg });

  // --- drawing ----------------------------------------------------------------------------------

  /** A linear scale from [min, max] to pixels, with its way back. */
  function scale([min, max], [from, to]) {
    const at = (value) => from + ((value - min) / (max - min)) * (to - from);
    at.back = (pixel) => min + ((pixel - from) / (to - from)) * (max - min);
    return at;
  }

  /**
   * A plot under its title, in `panel`. `x` and `y` are given as [min, max], what the axes reach,
   * and become scales; ticks stand `across` and `up`, `labels` are a pair, `box` the edges in pixels.
   */
  class Plot {
    constructor({ x, y, across = [], up = [], labels = ["", ""], ...own }) {
      const { ticks = [across, up], box = [34, 6, 216, 188], size = [222, 224] } = own;
      Object.assign(this, { box, ticks, labels });
      this.reach(x, y);
      this.alternative = svg("title");
      this.drawing = svg("g");
      const frame = { viewBox: `0 0 ${size.join(" ")}`, role: "img" };
      this.picture = svg("svg", frame, this.alternative, this.drawing);
      this.title = html("strong");
      this.told = html("span");
      const caption = html("p.caption", this.title, html("br"), this.told);
      this.panel = html("div", caption, this.picture);
    }

    /** Let the axes reach from and to other numbers. */
    reach(x, y) {
      const [left, top, right, bottom] = this.box;
      this.x = scale(x, [left, right]);
      this.y = scale(y, [bottom, top]);
    }

    draw(...things) {
      this.drawing.replaceChildren(...things.flat(Infinity));
    }

    /** Write above the plot; who does not see it hears the same, or `sentence`. */
    tell(title, told, sentence = say(signs.pair, { name: title, value: told })) {
      this.alternative.textContent = sentence;
      this.title.textContent = title;
      this.told.textContent = told;
    }

    /** The axes, and over them what is cut off at their edges. */
    drawInside(...things) {
      this.draw(this.axes(), this.inside(things));
    }

    place([x, y]) {
      return `${this.x(x).toFixed(2)},${this.y(y).toFixed(2)}`;
    }

    /** Bring a handle there. */
    put(handle, point, turn = "") {
      handle.setAttribute("transform", `translate(${this.place(point)})${turn}`);
    }

    /** A line through points, dashed if `dashes` are given: "6 4" are six pixels, four without. */
    line(points, classes, dashes) {
      const path = points.map((point) => this.place(point)).join(" ");
      return svg(`polyline.line.${classes}`, { points: path, "stroke-dasharray": dashes });
    }

    dot([x, y], r, classes) {
      return svg(`circle.${classes}`, { cx: this.x(x), cy: this.y(y), r });
    }

    /** What is cut off at the edges of the plot. */
    inside(...things) {
      const [x, y, right, bottom] = this.box;
      const frame = { x, y, width: right - x, height: bottom - y };
      return svg("svg", { ...frame, viewBox: Object.values(frame).join(" ") }, things);
    }

    /** Lines at the ticks, their numbers below and on the left, and both labels. */
    axes() {
      const [left, top, right, bottom] = this.box;
      const middle = { "text-anchor": "middle" };
      const turned = `translate(12 ${(top + bottom) / 2}) rotate(-90)`;
      const labelled = (tick) => (Array.isArray(tick) ? tick : [tick, format(tick)]);
      return [
        this.ticks[0]
          .map(labelled)
          .map(([value, text]) => [
            svg("line.grid", { x1: this.x(value), x2: this.x(value), y1: top, y2: bottom }),
            svg("text.tick", { x: this.x(value), y: bottom + 15, ...middle }, text),
          ]),
        this.ticks[1]
          .map(labelled)
          .map(([value, text]) => [
            svg("line.grid", { x1: left, x2: right, y1: this.y(value), y2: this.y(value) }),
            svg("text.tick", { x: left - 6, y: this.y(value) + 4, "text-anchor": "end" }, text),
          ]),
        svg("text.label", { x: (left + right) / 2, y: bottom + 31, ...middle }, this.labels[0]),
        svg("text.label", { ...middle, transform: turned }, this.labels[1]),
      ];
    }

    /**
     * Add a shape that a pointer drags, at most `r` pixels from it; `move` gets the place, in the
     * numbers of the axes, and `drop` hears of the end.
     */
    handle(shape, move, { r = 20, drop = () => {} } = {}) {
      const handle = svg("g.handle", svg("circle.grip", { r }), shape);
      handle.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        handle.setPointerCapture(event.pointerId);
      });
      handle.addEventListener("pointermove", ({ clientX, clientY, pointerId }) => {
        const matrix = this.picture.getScreenCTM();
        if (!matrix || !handle.hasPointerCapture(pointerId)) return;
        const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
        move(this.x.back(x), this.y.back(y));
      });
      handle.addEventListener("lostpointercapture", drop);
      this.picture.append(handle);
      return handle;
    }
  }

  // --- the element ------------------------------------------------------------------------------

  /** Does the reader want nothing to move by itself? */
  const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** What a finding can be, with its sign: see `words.kinds`. */
  const KINDS = { ask: "?", tried: "…", nearly: "≈", done: "✓", wrong: "✗" };

  /** Write what came of it into the `finding` of a part that has `words`, unless it says so. */
  function showFinding(part, kind, text) {
    if (part.said === kind + text) return;
    part.said = kind + text;
    const sign = html("span.sign", { "aria-hidden": true }, KINDS[kind]);
    const name = html("strong", part.words.kinds[kind]);
    part.finding.dataset.kind = kind;
    part.finding.replaceChildren(sign, html("span", name, " ", text));
  }

  /**
   * An explorable. A subclass has static `key` and `fields`, words with `title` and `question`,
   * `layout()` that makes the parts once, and `draw()` that shows `this.state` and returns the
   * finding: [kind, sentence], or [kind, sentence, right] once a reader has seen which of the
   * options in `words.predict` is right. `forget()` begins anew what is not in the state.
   *
   * With a field `task` it can have a `ladder` of tasks, `words.tasks`, which `earn` ticks. With
   * static `clock` it can have a button, `runner`, that lets the time run: `field` counts it, `pace`
   * are milliseconds from one picture to the next, `leap` is how far a press goes for who wants no
   * motion, `most` how far for others, and a change of what `resets` brings the time back to 0.
   */
  class Explorable extends HTMLElement {
    connectedCallback() {
      if (this.state) return;
      const { key, fields } = this.constructor;
      this.words = wordsOf(this);
      this.state = readState(key, fields, location.search);
      Object.assign(this, { sync: [], earned: new Set() });
      this.forget();
      const { title, question, reset, copy } = this.words;
      const named = `${this.id}-title`;
      this.finding = html("p.finding", { "aria-live": "polite", "aria-atomic": true });
      this.note = html("span", { role: "status" });
      this.setAttribute("role", "group");
      this.setAttribute("aria-labelledby", named);
      const presses = [button(reset, () => this.restart()), button(copy, () => this.copy())];
      this.replaceChildren(
        html("p.title", { id: named }, title),
        html("p.question", question),
        ...this.predict(),
        ...this.layout(),
        // Last, because its height changes: nothing to press may move from under a pointer.
        html("div.footer", presses, this.note),
        this.finding,
      );
      this.update();
    }

    /** A row of answers to choose from before the element gives its own. */
    predict() {
      const { ask, options } = this.words.predict ?? {};
      if (!ask) return [];
      const put = (n) => {
        this.predicted = n;
        this.update();
      };
      this.prediction = choice(ask, `${this.constructor.key}-prediction`, options, put);
      this.prediction.classList.add("prediction");
      return [this.prediction];
    }

    forget() {}

    /** The values of the text, and nothing predicted, tried or earned. */
    restart() {
      this.halt();
      this.forget();
      this.earned.clear();
      Object.assign(this, { predicted: undefined, touched: false });
      for (const field of this.prediction?.querySelectorAll("input") ?? []) field.checked = false;
      this.put(defaults(this.constructor.fields));
    }

    /** Change some of the state, as a reader does, and show it. */
    set(change) {
      const { clock } = this.constructor;
      const resets = clock?.resets.some((name) => name in change);
      if (resets || change[clock?.field] < this.state[clock?.field]) this.halt(); // time goes back
      this.touched = true;
      this.put(resets ? { [clock.field]: 0, ...change } : change);
    }

    put(change) {
      Object.assign(this.state, change);
      this.update();
      clearTimeout(this.remembering);
      this.remembering = setTimeout(() => this.remember(), 300); // browsers limit how often
    }

    update() {
      this.note.textContent = "";
      for (const show of this.sync) show();
      const [kind, told, right] = this.draw();
      const { timer, runner, ladder, words, earned } = this;
      if (runner) runner.textContent = timer ? words.pause : words.run;
      this.finding.setAttribute("aria-live", timer ? "off" : "polite");
      for (const field of ladder?.querySelectorAll("input") ?? []) {
        field.parentNode.classList.toggle("earned", earned.has(field.value));
      }
      const text = [told, this.compared(right, kind)].filter(Boolean).join(" ");
      showFinding(this, kind, text);
    }

    /** What was predicted, beside what is right; before that, that it was heard. */
    compared(right, kind) {
      const { predicted, words } = this;
      if (predicted === undefined) return "";
      const option = words.predict.options[predicted];
      if (right === undefined) return kind === "ask" && say(words.noted, { option });
      return say(predicted === right ? words.asPredicted : words.otherwise, { option });
    }

    /** Write the state into the page's address. */
    remember(hash = location.hash) {
      const { key, fields } = this.constructor;
      const query = writeState(key, fields, this.state, location.search);
      history.replaceState(history.state, "", location.pathname + query + hash);
    }

    async copy() {
      this.remember(`#${this.id}`);
      try {
        await navigator.clipboard.writeText(location.href);
        this.note.textContent = this.words.copied;
      } catch {
        this.note.textContent = this.words.notCopied;
      }
    }

    /** The tasks, one after the other. */
    climb() {
      this.ladder = this.choice("task", this.words.task, this.words.tasks);
      this.ladder.classList.add("ladder");
      return this.ladder;
    }

    /** A finding that earns the task its tick, if it is the reader's own; it names the next one. */
    earn(told, right, isOwn = this.touched) {
      const { words: own, state, earned } = this;
      if (isOwn) earned.add(state.task);
      const next = this.constructor.fields.task.options.findIndex((task) => !earned.has(task));
      const then = next < 0 ? own.all : say(own.next, { task: own.tasks[next] });
      return ["done", earned.has(state.task) ? `${told} ${then}` : told, right];
    }

    /** The button that lets the time run, and stops it. */
    clock() {
      const click = () => (this.timer ? this.stop() : this.run());
      this.runner = button(this.words.run, click, ".primary.steady");
      return this.runner;
    }

    run() {
      const { clock, fields } = this.constructor;
      const { field, leap } = clock;
      const { max, step } = fields[field];
      const go = (by) => this.set({ [field]: Math.min(this.state[field] + by, max) });
      if (this.state[field] === max) go(-max);
      if (isStill()) return go(leap);
      const end = Math.min(this.state[field] + (clock.most ?? max), max);
      this.timer = setInterval(() => {
        if (this.state[field] + step >= end) this.halt();
        go(step);
      }, clock.pace);
      this.update();
    }

    halt() {
      clearInterval(this.timer);
      this.timer = undefined;
    }

    stop() {
      this.halt();
      this.update();
    }

    disconnectedCallback() {
      this.halt();
    }

    /** A picture as wide as the element, drawn by `draw` again when that changes. */
    canvas(draw) {
      const picture = svg("svg", { role: "img" });
      new ResizeObserver(() => this.isConnected && draw()).observe(picture);
      return picture;
    }

    /** A slider for a number of the state, or for what `get` and `put` read and change of `name`. */
    slider(name, label, { limits = this.constructor.fields[name], ...own } = {}) {
      const { min, max, step } = limits;
      const get = own.get ?? (() => this.state[name]);
      const put = own.put ?? ((number) => this.set({ [name]: number }));
      const text = own.text ?? (() => format(get(), decimalsOf(step)));
      const element = slider(label, { min, max, step, "data-field": name }, put);
      this.sync.push(() => element.show(get(), text()));
      return element;
    }

    /** A row of options of which one is chosen; `labels` in the order of the field's options. */
    choice(name, legend, labels) {
      const { key, fields } = this.constructor;
      const { options } = fields[name];
      const put = (n) => this.set({ [name]: options[n] });
      const attributes = (n) => ({ value: options[n], "data-field": name });
      const element = choice(legend, `${key}-${name}`, labels, put, attributes);
      this.sync.push(() => element.check(options.indexOf(this.state[name])));
      return element;
    }
  }

  Object.assign(shared, { Explorable, Plot, isStill, scale, showFinding });
})();
