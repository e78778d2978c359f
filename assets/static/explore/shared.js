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
    Math.abs(tick) < 4
      ? format(10 ** tick, Math.max(-tick, 0))
      : short(10 ** tick).split("×\u00a0")[1],
  ];

  const clamp = (number, min, max) => Math.min(max, Math.max(min, number));

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

  Object.assign(shared, { clamp, dice, format, noise, onGrid, percent, power, short });

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
    const state = defaults(fields);
    for (const [name, field] of Object.entries(fields)) {
      state[name] = parse(field, asked.get(`${key}.${name}`) ?? "") ?? field.value;
    }
    return state;
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

  const button = (label, click) => html("button", { type: "button", click }, label);

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

  Object.assign(shared, { button, choice, html, slider, svg });

  // --- drawing ----------------------------------------------------------------------------------

  /** A linear scale from [min, max] to pixels, with its way back. */
  function scale([min, max], [from, to]) {
    const at = (value) => from + ((value - min) / (max - min)) * (to - from);
    at.back = (pixel) => min + ((pixel - from) / (to - from)) * (max - min);
    return at;
  }

  /**
   * A plot under its title, in `panel`. `x` and `y` are given as [min, max], what the axes reach,
   * and become scales; `ticks` and `labels` are pairs, for x and for y, `box` the edges in pixels.
   */
  class Plot {
    constructor({ x, y, ticks, labels, box = [34, 6, 216, 188], size = [222, 224] }) {
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

    /** Write above the plot, and say to who does not see it, `sentence`. */
    tell(sentence, title, told = "") {
      this.alternative.textContent = sentence;
      this.title.textContent = title;
      this.told.textContent = told;
    }

    place([x, y]) {
      return `${this.x(x).toFixed(2)},${this.y(y).toFixed(2)}`;
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
      const labelled = (tick) => (Array.isArray(tick) ? tick : [tick, format(tick)]);
      return [
        this.ticks[0].map(labelled).map(([value, text]) => {
          const x = this.x(value);
          return [
            svg("line.grid", { x1: x, x2: x, y1: top, y2: bottom }),
            svg("text.tick", { x, y: bottom + 15, ...middle }, text),
          ];
        }),
        this.ticks[1].map(labelled).map(([value, text]) => {
          const y = this.y(value);
          return [
            svg("line.grid", { x1: left, x2: right, y1: y, y2: y }),
            svg("text.tick", { x: left - 6, y: y + 4, "text-anchor": "end" }, text),
          ];
        }),
        svg("text.label", { x: (left + right) / 2, y: bottom + 31, ...middle }, this.labels[0]),
        svg(
          "text.label",
          { ...middle, transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)` },
          this.labels[1],
        ),
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

  /**
   * An explorable. A subclass has static `key` and `fields`, words with `title` and `question`,
   * `layout()` that makes the parts once, and `draw()` that shows `this.state` and returns the
   * finding: [kind, sentence], or [kind, sentence, right] once a reader has seen which of the
   * options in `words.predict` is right. `restart()` forgets what is not in the state.
   */
  class Explorable extends HTMLElement {
    connectedCallback() {
      if (this.state) return;
      const { key, fields } = this.constructor;
      this.words = wordsOf(this);
      this.state = readState(key, fields, location.search);
      this.sync = [];
      const { title, question, reset, copy } = this.words;
      const named = `${this.id}-title`;
      this.finding = html("p.finding", { "aria-live": "polite", "aria-atomic": true });
      this.note = html("span", { role: "status" });
      this.setAttribute("role", "group");
      this.setAttribute("aria-labelledby", named);
      this.replaceChildren(
        html("p.title", { id: named }, title),
        html("p.question", question),
        ...this.predict(),
        ...this.layout(),
        // Last, because its height changes: nothing to press may move from under a pointer.
        html(
          "div.footer",
          button(reset, () => this.restart()),
          button(copy, () => this.copy()),
          this.note,
        ),
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

    /** The values of the text, and nothing predicted. */
    restart() {
      this.predicted = undefined;
      for (const field of this.prediction?.querySelectorAll("input") ?? []) field.checked = false;
      this.set(defaults(this.constructor.fields));
    }

    /** Change some of the state, and show it. */
    set(change) {
      Object.assign(this.state, change);
      this.update();
      clearTimeout(this.later);
      this.later = setTimeout(() => this.remember(), 300); // browsers limit how often
    }

    update() {
      this.note.textContent = "";
      for (const show of this.sync) show();
      const found = [this.draw()].flat();
      const [kind, told, right] = found.length > 1 ? found : [undefined, ...found];
      const text = [told, this.compared(right)].filter(Boolean).join(" ");
      if (this.said === kind + text) return;
      this.said = kind + text;
      const sign = kind && html("span.sign", { "aria-hidden": true }, KINDS[kind]);
      const name = kind && html("strong", this.words.kinds[kind]);
      if (kind) this.finding.dataset.kind = kind;
      this.finding.replaceChildren(...(kind ? [sign, html("span", name, " ", text)] : [text]));
    }

    /** What was predicted, beside what is right. */
    compared(right) {
      const { predicted, words } = this;
      if (right === undefined || predicted === undefined) return "";
      const option = words.predict.options[predicted];
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

    /** A picture as wide as the element, drawn by `draw` again when that changes. */
    canvas(draw) {
      const picture = svg("svg", { role: "img" });
      new ResizeObserver(() => this.isConnected && draw()).observe(picture);
      return picture;
    }

    /** A slider for a number of the state. */
    slider(name, label) {
      const { min, max, step } = this.constructor.fields[name];
      return this.range(
        name,
        label,
        { min, max, step },
        {
          get: () => this.state[name],
          put: (number) => this.set({ [name]: number }),
          text: () => format(this.state[name], decimalsOf(step)),
        },
      );
    }

    /** A slider for what `get` and `put` read and change, a part of the field `name`. */
    range(name, label, limits, { get, put, text }) {
      const element = slider(label, { ...limits, "data-field": name }, put);
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

  Object.assign(shared, { Explorable, Plot, isStill, scale });
})();
