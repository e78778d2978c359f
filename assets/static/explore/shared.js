/* What every explorable needs: its state in the page's address, numbers, controls, drawing. */
(function () {
  "use strict";

  // In English, as in each script here; in French they stand in fr.js, which French pages load too.
  const TEXT = {
    point: ".",
    thousands: ",",
    pair: (name, value) => `${name}: ${value}`,
    reset: "Reset",
    asInText: "As in the text",
    copy: "Copy link",
    copied: "Copied: the link opens the page in this state.",
    notCopied: "The page’s address holds this state: copy it from there.",
  };

  /** The strings of a script in the page's language; `english` where it has none. */
  const words = (script, english) => ({ ...english, ...globalThis.course?.text?.[script] });

  // --- numbers ----------------------------------------------------------------------------------

  const minus = (string) => string.replace("-", "−");

  /**
   * A number with a fixed count of decimals, as the page's language writes it. By hand: a browser
   * takes longer for its first Intl.NumberFormat than for all the rest of an explorable.
   */
  function format(number, decimals = 0) {
    if (!Number.isFinite(number)) return number > 0 ? "∞" : number < 0 ? "−∞" : "?";
    const { point, thousands } = words("shared", TEXT);
    const rounded = Number(number.toFixed(decimals)) || 0; // no "−0.00"
    const [whole, part] = rounded.toFixed(decimals).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, thousands);
    return minus(part ? grouped + point + part : grouped);
  }

  /** A share as a percentage, without its sign. */
  const percent = (share) => format(100 * share, 1);

  /** A number in three digits, as a power of ten where it is very small or very large. */
  function short(number) {
    const size = Math.abs(number);
    if (number === 0 || !Number.isFinite(number)) return format(number);
    if (size >= 0.001 && size < 100000) {
      return format(number, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4);
    }
    const [digits, power] = number.toExponential(1).split("e");
    const raised = minus(String(Number(power))).replace(/./g, (c) =>
      c === "−" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c],
    );
    return `${format(Number(digits), 1)}\u00a0×\u00a010${raised}`; // never broken over two lines
  }

  const clamp = (number, min, max) => Math.min(max, Math.max(min, number));

  /** `number` on the grid of a field, and inside of it. */
  function onGrid({ min, max, step }, number) {
    const decimals = (String(step).split(".")[1] || "").length;
    return clamp(Number((Math.round(number / step) * step).toFixed(decimals)), min, max);
  }

  // --- state ------------------------------------------------------------------------------------
  //
  // A field is {value, min, max, step} for a number, {value, options} for a choice, or
  // {value, accepts} for a text. An address holds the values that are not those of the text:
  // …/01-neurons.html?neuron.w1=2&neuron.task=and

  /** What `string` means for a field; undefined where it means nothing. */
  function parse(field, string) {
    if (field.options) return field.options.find((option) => String(option) === string);
    if (field.accepts) return field.accepts(string) ? string : undefined;
    const number = /^-?\d{1,9}(\.\d{1,9})?$/.test(string) ? Number(string) : NaN;
    return number >= field.min && number <= field.max ? onGrid(field, number) : undefined;
  }

  /** The state that the query of an address asks for; what is malformed is left as in the text. */
  function readState(key, fields, query) {
    const asked = new URLSearchParams(query);
    const state = {};
    for (const [name, field] of Object.entries(fields)) {
      const value = parse(field, asked.get(`${key}.${name}`) ?? "");
      state[name] = value === undefined ? field.value : value;
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
    return asked.size ? `?${asked}` : "";
  }

  const shared = { TEXT, clamp, format, onGrid, parse, percent, readState, short, words, writeState };
  if (typeof module !== "undefined") module.exports = shared;
  if (typeof HTMLElement === "undefined") return;

  // --- drawing ----------------------------------------------------------------------------------

  function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child != null && child !== false));
    return element;
  }

  /** An HTML element; a function among the attributes listens to the event of its name. */
  const html = (name, attributes, ...children) =>
    fill(document.createElement(name), attributes, children);

  /** An SVG element, in the same way. */
  const svg = (name, attributes, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

  /** A drawing with a text alternative that may change: `picture.describe(sentence)`. */
  function picture(width, height) {
    const title = svg("title");
    const drawing = svg("g");
    const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" }, title, drawing);
    root.draw = (...children) => drawing.replaceChildren(...children.flat());
    root.describe = (sentence) => (title.textContent = sentence);
    return root;
  }

  /** A linear scale from [min, max] to pixels, with its way back. */
  function scale([min, max], [from, to]) {
    const at = (value) => from + ((value - min) / (max - min)) * (to - from);
    at.back = (pixel) => min + ((pixel - from) / (to - from)) * (max - min);
    return at;
  }

  /** The axes of a plot: ticks with their numbers below and on the left, and both labels. */
  function axes({ x, y, box: [left, top, right, bottom], xTicks, yTicks, xLabel, yLabel }) {
    const label = (tick) => (Array.isArray(tick) ? tick : [tick, format(tick)]);
    return [
      xTicks.map(label).map(([value, text]) => [
        svg("line", { class: "grid", x1: x(value), x2: x(value), y1: top, y2: bottom }),
        svg("text", { class: "tick", x: x(value), y: bottom + 15, "text-anchor": "middle" }, text),
      ]),
      yTicks.map(label).map(([value, text]) => [
        svg("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
        svg("text", { class: "tick", x: left - 6, y: y(value) + 4, "text-anchor": "end" }, text),
      ]),
      svg("text", { class: "label", x: (left + right) / 2, y: bottom + 31, "text-anchor": "middle" }, xLabel),
      svg(
        "text",
        { class: "label", "text-anchor": "middle", transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)` },
        yLabel,
      ),
    ].flat(Infinity);
  }

  /** Let a pointer drag `handle`; `move` gets the place in the units of the drawing. */
  function draggable(drawing, handle, move) {
    handle.classList.add("handle");
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      const matrix = drawing.getScreenCTM();
      if (!matrix || !handle.hasPointerCapture(event.pointerId)) return;
      const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
      move(x, y);
    });
    return handle;
  }

  // --- the element ------------------------------------------------------------------------------

  /**
   * An explorable. A subclass has static `key`, `fields` and `TEXT` (with `title` and `question`),
   * `layout()` that makes the parts once, and `draw()` that shows `this.state` and returns the
   * finding as a sentence.
   */
  class Explorable extends HTMLElement {
    connectedCallback() {
      if (this.state) return;
      const { key, fields, TEXT: own, asInText } = this.constructor;
      this.words = { ...words("shared", TEXT), ...words(key, own) };
      this.opened = readState(key, fields, location.search);
      this.state = { ...this.opened };
      this.sync = [];
      const text = () =>
        Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value]));
      const id = `explore-${key}`;
      this.finding = html("p", { class: "finding", "aria-live": "polite" });
      this.note = html("span", { role: "status" });
      this.setAttribute("role", "group");
      this.setAttribute("aria-labelledby", id);
      this.replaceChildren(
        html("p", { class: "title", id }, this.words.title),
        html("p", { class: "question" }, this.words.question),
        ...this.layout(),
        this.finding,
        html(
          "div",
          { class: "footer" },
          this.button(this.words.asInText, () => this.set({ ...text(), ...asInText })),
          this.button(this.words.reset, () => this.set({ ...this.opened })),
          this.button(this.words.copy, () => this.copy()),
          this.note,
        ),
      );
      this.update();
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
      const finding = this.draw();
      if (this.finding.textContent !== finding) this.finding.textContent = finding;
    }

    /** Write the state into the page's address. */
    remember() {
      const { key, fields } = this.constructor;
      const query = writeState(key, fields, this.state, location.search);
      history.replaceState(history.state, "", location.pathname + query + location.hash);
    }

    async copy() {
      this.remember();
      try {
        await navigator.clipboard.writeText(location.href);
        this.note.textContent = this.words.copied;
      } catch {
        this.note.textContent = this.words.notCopied;
      }
    }

    button(label, press) {
      return html("button", { type: "button", click: press }, label);
    }

    /** A slider for a number; `show` writes its value (by default with the decimals of its step). */
    slider(name, label, show) {
      const { min, max, step } = this.constructor.fields[name];
      const decimals = (String(step).split(".")[1] || "").length;
      const output = html("span", { class: "value", "aria-hidden": "true" });
      const input = html("input", {
        type: "range", min, max, step, "data-field": name,
        input: () => this.set({ [name]: Number(input.value) }),
      });
      this.sync.push(() => {
        const text = show ? show(this.state[name]) : format(this.state[name], decimals);
        input.value = this.state[name];
        input.setAttribute("aria-valuetext", text);
        output.textContent = text;
      });
      return html("label", { class: "slider" }, html("span", {}, label), input, output);
    }

    /** A row of options of which one is chosen; `labels` in the order of the field's options. */
    choice(name, legend, labels) {
      const { key, fields } = this.constructor;
      const inputs = fields[name].options.map((option) =>
        html("input", {
          type: "radio", name: `${key}-${name}`, value: option, "data-field": name,
          change: () => this.set({ [name]: option }),
        }),
      );
      this.sync.push(() =>
        inputs.forEach((input, n) => (input.checked = fields[name].options[n] === this.state[name])),
      );
      return html(
        "fieldset",
        { class: "choice" },
        html("legend", {}, legend),
        inputs.map((input, n) => html("label", {}, input, html("span", {}, labels[n]))),
      );
    }
  }

  Object.assign(shared, { Explorable, axes, draggable, html, picture, scale, svg });
  window.course = { ...window.course, shared };
})();
