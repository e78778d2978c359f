/* The digit reader: draw, choose or change a digit, and watch the network of chapter 7 read it. */
(function () {
  "use strict";

  const { format, html, percent, words } = window.course.shared;
  const { forward, shares, unpacking } = window.course.network;
  const { change, prepare } = window.course.prepareDigit;
  const { samples } = window.course;

  /** Let the browser do what waits, before we go on. */
  const pause = () => new Promise((resolve) => setTimeout(resolve));

  const FOLDER = document.currentScript.src.replace(/[^/]*$/, "");
  const SIDE = 420; // of the paper, in its own pixels: fifteen for each of the 28
  const WIDTHS = { min: 12, max: 54, step: 6, value: 30 }; // of the pen
  const STEP = 15; // how far an arrow key moves the pen
  const UNDOS = 200;
  const LARGEST_FILE = 50e6; // bytes
  const LARGEST_PICTURE = 120e6; // pixels; above this a browser may run out of memory
  const LARGEST_PREPARED = 16e6; // pixels; what is larger is first made smaller, by the browser
  const SLIDERS = {
    right: { min: -8, max: 8, step: 1 },
    down: { min: -8, max: 8, step: 1 },
    turn: { min: -90, max: 90, step: 5 },
    thicker: { min: 0, max: 4, step: 1 },
    noise: { min: 0, max: 0.5, step: 0.05 },
  };

  const UNITS = {
    width: (n) => `${format(n / 15, 1)}\u00a0px`,
    right: (n) => `${format(n)}\u00a0px`,
    down: (n) => `${format(n)}\u00a0px`,
    turn: (n) => `${format(n)}°`,
    thicker: (n) => `${format(n)}\u00a0px`,
    noise: (n) => format(n, 2),
  };

  const TEXT = {
    pair: (name, value) => `${name}: ${value}`,
    paper: "Paper to draw a digit on",
    keys: "Draw with mouse, finger or pen. Or with the keyboard: arrow keys move the pen, the space bar puts it down and lifts it.",
    penDown: "The pen is down.",
    penUp: "The pen is up.",
    undo: "Undo",
    clear: "Clear",
    open: "Open a picture",
    width: "pen",
    drop: "You can also drop a picture here, or paste one.",
    loading: (kilobytes) => `Loading the network (${format(kilobytes)} kB) …`,
    failed: "The weights of the network could not be loaded, so it cannot answer. Drawing and preparing work all the same.",
    damaged: "The weights of the network arrived damaged, so it cannot answer. Drawing and preparing work all the same.",
    again: "Try again",
    opening: (name) => `Opening ${name} …`,
    notImage: (name) => `${name} is not an image that I can open; try a PNG or a JPEG.`,
    tooLarge: (name) => `${name} is too large for me. Cut out the digit, and try again.`,
    noImagePasted: "There is no image in what you pasted. Copy a picture, and try again.",
    noImageDropped: "There is no image in what you dropped. Drop an image file.",
    start: "Draw a digit.",
    empty: "The picture is empty: I see no ink on it.",
    wait: "I cannot answer yet.",
    read: (digit) => `I read a ${digit}.`,
    unsure: (digit, other) => `I am not sure. Perhaps a ${digit}, or a ${other}.`,
    noDigit: "This does not look like a digit.",
    why: {
      start: "Large or small, thick or thin, anywhere on the paper.",
      read: ({ limit, acceptedRight, lettersPassed, letters }) =>
        `The network gives it at least ${percent(limit)} %. Of the test digits that reach this limit, ${format(acceptedRight, 1)} % are read right. But ${lettersPassed} of ${letters} capital letters reach it too.`,
      unsure: ({ limit, digitsRefused, mistakesRefused }) =>
        `No digit reaches ${percent(limit)} %. That happens to ${format(digitsRefused, 1)} % of the test digits, and to ${format(mistakesRefused)} % of those that are read wrongly.`,
      noDigit: ({ limit, digitsRefused, lettersPassed, letters }) =>
        `No digit reaches ${percent(limit)} %. That happens to ${format(digitsRefused, 1)} % of the test digits, and to ${letters - lettersPassed} of ${letters} capital letters.`,
    },
    rightLabel: (label) => `A test image. Its label says ${label} too.`,
    wrongLabel: (label) => `A test image. Its label says ${label}, so this is a mistake.`,
    refusedLabel: (label, digit) =>
      `A test image. Its label says ${label}; the largest probability is that of ${digit}.`,
    probabilities: "Ten probabilities",
    bar: (digit, share) => `${digit}: ${share}. Show what speaks for a ${digit}.`,
    share: (share) =>
      share < 0.001 ? "< 0.1 %" : share > 0.999 ? "> 99.9 %" : `${percent(share)} %`,
    pixels: "What the network gets",
    pixelsNote: "28 × 28 pixels",
    hidden: (layer) => `Hidden layer ${layer}`,
    active: (count) => `${count} of 512 neurons are active`,
    shares: (digit) => `What speaks for a ${digit}`,
    sharesAtRest: "What speaks for it",
    sharesNote: "blue for it, orange against it",
    samples: "Start from a test image",
    sample: (number, label) => `Test image ${number}, a ${label} by its label`,
    mistakes: "The last ones are read wrongly.",
    changes: "Change it",
    sliders: {
      right: "right",
      down: "down",
      turn: "turn",
      thicker: "thicker",
      noise: "noise",
    },
    asItWas: "As it was",
    speed: (answer, both) =>
      `On this device an answer takes ${format(answer, 1)} ms, and ${format(both, 1)} ms with what speaks for it. Nothing that you draw or open leaves this device.`,
    spoken: (verdict, share) => `${verdict} ${share}`,
  };

  const argmax = (numbers) => numbers.indexOf(Math.max(...numbers));

  /** The mean of the last thirty numbers: a browser's clock is coarse. */
  function meanOf(numbers) {
    numbers.splice(0, numbers.length - 30);
    return numbers.reduce((sum, number) => sum + number) / numbers.length;
  }

  function canvasOf(width, height) {
    const canvas = html("canvas", { width, height });
    canvas.brush = canvas.getContext("2d", { willReadFrequently: true });
    return canvas;
  }

  /** Fill a canvas pixel by pixel; `colourOf` gives red, green, blue and opacity, up to 255. */
  function paint(canvas, colourOf) {
    const image = canvas.brush.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < image.data.length / 4; i++) image.data.set(colourOf(i), 4 * i);
    canvas.brush.putImageData(image, 0, 0);
  }

  /** Opacity for a share of the largest number, so that small ones can still be seen. */
  const strength = (share) => 255 * share ** 0.7;

  const pixelsOf = ({ pixels }) => Float32Array.from(atob(pixels), (c) => c.charCodeAt(0) / 255);
  const whiteOnBlack = (pixels) => (i) => {
    const light = pixels ? 255 * pixels[i] : 0;
    return [light, light, light, 255];
  };

  /** Whether a file is an image of a size that can be opened; rejects with "notImage", "tooLarge". */
  function measure(file) {
    return new Promise((resolve, reject) => {
      if (file.type && !file.type.startsWith("image/")) return reject(new Error("notImage"));
      if (file.size > LARGEST_FILE) return reject(new Error("tooLarge"));
      const image = new Image();
      const address = URL.createObjectURL(file);
      const done = (act, result) => {
        URL.revokeObjectURL(address);
        act(result);
      };
      image.onerror = () => done(reject, new Error("notImage"));
      image.onload = () => {
        const size = image.naturalWidth * image.naturalHeight;
        if (size > LARGEST_PICTURE) done(reject, new Error("tooLarge"));
        else if (!size) done(reject, new Error("notImage"));
        else done(resolve);
      };
      image.src = address;
    });
  }

  /** What an image file shows: prepared for the network, and as large as the paper to look at. */
  async function pictureOf(file) {
    await measure(file);
    const image = await createImageBitmap(file); // refuses a file that was cut short; <img> does not
    const factor = Math.min(1, Math.sqrt(LARGEST_PREPARED / (image.width * image.height)));
    const width = Math.max(1, Math.floor(image.width * factor));
    const height = Math.max(1, Math.floor(image.height * factor));
    const { brush } = canvasOf(width, height);
    brush.drawImage(image, 0, 0, width, height);
    const pixels = prepare(brush.getImageData(0, 0, width, height).data, width, height);

    const preview = canvasOf(SIDE, SIDE);
    const fit = SIDE / Math.max(image.width, image.height);
    const [w, h] = [image.width * fit, image.height * fit];
    preview.brush.drawImage(image, (SIDE - w) / 2, (SIDE - h) / 2, w, h);
    image.close();
    return { preview, pixels };
  }

  /**
   * What is on the paper is a scene, one of {strokes}, {sample} or {preview, pixels}. Each action
   * adds one, and undo takes the last away.
   */
  class DigitReader extends HTMLElement {
    static TEXT = TEXT;

    connectedCallback() {
      if (this.scenes) return;
      this.words = words("reader", TEXT);
      this.scenes = [{ strokes: [] }];
      this.changes = Object.fromEntries(Object.keys(SLIDERS).map((name) => [name, 0]));
      this.pen = { x: SIDE / 2, y: SIDE / 3, keys: new Set(), stroke: null };
      this.times = { answer: [], both: [] };
      this.opened = 0; // how many files; the last one wins
      this.replaceChildren(
        html(
          "div", { class: "digits-main" },
          html("div", {}, this.makePaper(), this.makeTools()),
          html("div", { class: "digits-answer" }, this.makeVerdict(), this.makeBars()),
          html(
            "div", {},
            html("p", { class: "digits-small", id: "digits-keys" }, this.words.keys),
            html("p", { class: "digits-small" }, this.words.drop),
          ),
        ),
        this.makePictures(),
        this.makeSamples(),
        this.makeSliders(),
        (this.speed = html("p", { class: "digits-small" })),
        (this.spoken = html("p", { class: "digits-hidden", role: "status" })),
      );
      this.listen();
      this.redraw();
      for (const sign of ["pointerover", "focusin"]) this.addEventListener(sign, () => this.wake());
    }

    /** The weights come with the first sign of a hand: who only reads need not wait for them. */
    wake() {
      if (this.awake) return;
      this.awake = true;
      this.loadWeights();
    }

    // --- the parts --------------------------------------------------------------------------------

    makePaper() {
      this.paper = canvasOf(SIDE, SIDE);
      Object.assign(this.paper.brush, { lineCap: "round", lineJoin: "round" });
      this.cursor = html("span", { class: "digits-pen" });
      this.sheet = html(
        "div",
        {
          class: "digits-paper", tabindex: 0, role: "application",
          "aria-label": this.words.paper, "aria-describedby": "digits-keys",
        },
        this.paper, this.cursor,
      );
      return this.sheet;
    }

    makeTools() {
      const { words } = this;
      this.undoButton = html("button", { type: "button", click: () => this.undo() }, words.undo);
      this.clearButton = html("button", { type: "button", click: () => this.clear() }, words.clear);
      const chooser = html("input", {
        type: "file", accept: "image/*", class: "digits-hidden", tabindex: -1, "aria-label": words.open,
        change: () => {
          if (chooser.files.length) this.open(chooser.files[0]);
          chooser.value = ""; // so that the same file can be chosen again
        },
      });
      const opener = html("button", { type: "button", click: () => chooser.click() }, words.open);
      const shown = html("span", { class: "value", "aria-hidden": "true" });
      const width = html("input", {
        type: "range", name: "width", ...WIDTHS,
        input: () => {
          this.pen.width = Number(width.value);
          const text = UNITS.width(this.pen.width);
          width.setAttribute("aria-valuetext", text);
          shown.textContent = text;
          this.showPen();
        },
      });
      width.dispatchEvent(new Event("input"));
      this.message = html("p", { class: "digits-message", role: "status" });
      return html(
        "div", {},
        html("div", { class: "buttons" }, this.undoButton, this.clearButton, opener, chooser),
        html("label", { class: "slider" }, html("span", {}, words.width), width, shown),
        this.message,
      );
    }

    makeVerdict() {
      this.verdict = html("p", { class: "digits-verdict" });
      this.why = html("p", { class: "digits-why" });
      this.loading = html("div", { class: "digits-loading" });
      return html("div", {}, this.verdict, html("div", { class: "digits-told" }, this.why, this.loading));
    }

    makeBars() {
      this.bars = Array.from({ length: 10 }, (_, digit) => {
        const fill = html("span");
        const number = html("span", { class: "digits-number" });
        const button = html(
          "button",
          { type: "button", class: "digits-bar", "aria-pressed": "false", click: () => this.ask(digit) },
          html("span", {}, digit), html("span", { class: "digits-track" }, fill), number,
        );
        return { button, fill, number };
      });
      return html(
        "div", { role: "group", "aria-label": this.words.probabilities },
        this.bars.map((bar) => bar.button),
      );
    }

    makePictures() {
      const picture = (name, width, height) => {
        const canvas = canvasOf(width, height);
        canvas.setAttribute("role", "img");
        const title = html("span", { class: "digits-title" });
        const note = html("span", { class: "digits-small" });
        this[name] = { canvas, title, note };
        return html("figure", { class: `digits-${name}` }, canvas, html("figcaption", {}, title, note));
      };
      return html(
        "div", { class: "digits-pictures" },
        picture("pixels", 28, 28), picture("hidden1", 32, 16),
        picture("hidden2", 32, 16), picture("shares", 28, 28),
      );
    }

    makeSamples() {
      this.sampleButtons = samples.images.map((sample, n) => {
        const canvas = canvasOf(28, 28);
        paint(canvas, whiteOnBlack(pixelsOf(sample)));
        return html(
          "button",
          {
            type: "button", "aria-pressed": "false",
            "aria-label": this.words.sample(n + 1, sample.label),
            click: () => this.add({ sample: n }),
          },
          canvas,
        );
      });
      return html(
        "div", { role: "group", "aria-labelledby": "digits-samples" },
        html(
          "p", { class: "digits-title", id: "digits-samples" }, this.words.samples,
          html("span", { class: "digits-small" }, ` ${this.words.mistakes}`),
        ),
        html("div", { class: "digits-samples" }, this.sampleButtons),
      );
    }

    makeSliders() {
      this.sliders = Object.entries(SLIDERS).map(([name, limits]) => {
        const value = html("span", { class: "value", "aria-hidden": "true" });
        const input = html("input", {
          type: "range", name, ...limits, value: 0,
          input: () => {
            this.changes[name] = Number(input.value);
            this.showSliders();
            this.later();
          },
        });
        const label = html(
          "label", { class: "slider" }, html("span", {}, this.words.sliders[name]), input, value,
        );
        return { name, input, value, label };
      });
      this.showSliders();
      return html(
        "div", { role: "group", "aria-labelledby": "digits-changes" },
        html("p", { class: "digits-title", id: "digits-changes" }, this.words.changes),
        html(
          "div", { class: "digits-sliders" },
          this.sliders.map((slider) => slider.label),
          html(
            "div", { class: "buttons" },
            html("button", { type: "button", click: () => this.asItWas() }, this.words.asItWas),
          ),
        ),
      );
    }

    showSliders() {
      for (const { name, input, value } of this.sliders) {
        const text = UNITS[name](this.changes[name]);
        input.value = this.changes[name];
        input.setAttribute("aria-valuetext", text);
        value.textContent = text;
      }
    }

    asItWas() {
      for (const name of Object.keys(SLIDERS)) this.changes[name] = 0;
      this.showSliders();
      this.later();
    }

    // --- what is on the paper ---------------------------------------------------------------------

    get scene() {
      return this.scenes.at(-1);
    }

    add(scene) {
      this.wake(); // if a picture is pasted before anything else
      this.opened += 1; // a file that is still being opened comes too late
      this.scenes.push(scene);
      this.scenes.splice(1, this.scenes.length - UNDOS); // the first one, empty paper, stays
      this.asked = null;
      this.say("");
      this.redraw();
    }

    undo() {
      this.lift();
      if (this.scenes.length > 1) this.scenes.pop();
      this.asked = null;
      this.say("");
      this.redraw();
    }

    clear() {
      this.lift();
      if (!this.scene.strokes || this.scene.strokes.length) this.add({ strokes: [] });
    }

    /** Draw the scene anew. */
    redraw() {
      const { brush } = this.paper;
      const { strokes, preview, sample } = this.scene;
      brush.fillStyle = "white";
      brush.fillRect(0, 0, SIDE, SIDE);
      if (strokes) strokes.forEach((stroke) => this.line(stroke));
      if (preview) brush.drawImage(preview, 0, 0);
      if (sample !== undefined) {
        brush.imageSmoothingEnabled = false;
        brush.drawImage(this.sampleButtons[sample].firstChild, 0, 0, SIDE, SIDE);
      }
      this.later();
    }

    line({ points, width }) {
      const { brush } = this.paper;
      brush.lineWidth = width;
      brush.beginPath();
      brush.moveTo(points[0][0], points[0][1] + 0.01); // a line of no length would not be drawn
      for (const point of points) brush.lineTo(...point);
      brush.stroke();
    }

    /** Begin a stroke at a point; drawing on a picture puts it away first. */
    start(point) {
      const stroke = { points: [point], width: this.pen.width };
      this.add({ strokes: [...(this.scene.strokes || []), stroke] });
      return stroke;
    }

    extend(stroke, point) {
      stroke.points.push(point);
      this.line({ points: stroke.points.slice(-2), width: stroke.width });
      this.later();
    }

    // --- mouse, finger, pen, keys, files ----------------------------------------------------------

    listen() {
      const { sheet } = this;
      let drawn = null; // the stroke of the pointer that is down, one at a time
      let pointer = null;
      const place = ({ clientX, clientY }) => {
        const box = this.paper.getBoundingClientRect();
        return [((clientX - box.left) / box.width) * SIDE, ((clientY - box.top) / box.height) * SIDE];
      };
      sheet.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || (pointer !== null && !event.isPrimary)) return; // a second finger
        this.lift();
        sheet.classList.remove("digits-by-keys");
        pointer = event.pointerId;
        if (event.isTrusted) sheet.setPointerCapture(pointer);
        drawn = this.start(place(event));
      });
      sheet.addEventListener("pointermove", (event) => {
        if (event.pointerId !== pointer) return;
        const events = event.getCoalescedEvents?.() || [];
        for (const one of events.length ? events : [event]) this.extend(drawn, place(one));
      });
      for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
        sheet.addEventListener(name, (event) => {
          if (event.pointerId === pointer) pointer = drawn = null;
        });
      }

      sheet.addEventListener("keydown", (event) => this.keyDown(event));
      sheet.addEventListener("keyup", (event) => this.keyUp(event));
      sheet.addEventListener("blur", () => {
        this.pen.keys.clear();
        this.lift();
      });

      this.addEventListener("dragover", (event) => event.preventDefault());
      this.addEventListener("drop", (event) => {
        event.preventDefault();
        const file = event.dataTransfer?.files[0];
        if (file) this.open(file);
        else this.say(this.words.noImageDropped);
      });
      document.addEventListener("paste", (event) => {
        if (event.target.closest?.("input:not([type=range], [type=file]), textarea, [contenteditable]")) return;
        const files = [...(event.clipboardData?.files || [])];
        const image = files.find((file) => file.type.startsWith("image/")) || files[0];
        if (image) this.open(image);
        else if (this.contains(document.activeElement)) this.say(this.words.noImagePasted);
      });

      const repaint = () => this.later();
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
      new MutationObserver(repaint).observe(document.body, { attributeFilter: ["data-theme"] });
    }

    keyDown(event) {
      const { pen } = this;
      this.sheet.classList.add("digits-by-keys");
      if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        return this.undo();
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        return this.clear();
      }
      if (event.key === "Escape") return this.lift();
      if (event.key === " ") {
        event.preventDefault();
        if (event.repeat) return;
        pen.moved = false;
        if (pen.stroke) return this.lift();
        pen.stroke = this.start([pen.x, pen.y]);
        return this.showPen(this.words.penDown);
      }
      if (!/^Arrow(Left|Right|Up|Down)$/.test(event.key)) return;
      event.preventDefault();
      pen.keys.add(event.key); // two at once move slantwise
      const sign = (less, more) => pen.keys.has(more) - pen.keys.has(less);
      const step = event.shiftKey ? STEP / 3 : STEP;
      const inside = (number) => Math.min(Math.max(number, 0), SIDE);
      pen.x = inside(pen.x + step * sign("ArrowLeft", "ArrowRight"));
      pen.y = inside(pen.y + step * sign("ArrowUp", "ArrowDown"));
      pen.moved = true;
      if (pen.stroke) this.extend(pen.stroke, [pen.x, pen.y]);
      this.showPen();
    }

    /** Lifting the space bar lifts the pen, unless it was only pressed to put the pen down. */
    keyUp(event) {
      this.pen.keys.delete(event.key);
      if (event.key === " " && this.pen.moved) this.lift();
    }

    lift() {
      if (!this.pen.stroke) return;
      this.pen.stroke = null;
      this.showPen(this.words.penUp);
    }

    showPen(news) {
      const { x, y, stroke } = this.pen;
      this.cursor.style.width = this.cursor.style.height = `${(100 * this.pen.width) / SIDE}%`;
      this.cursor.style.left = `${(100 * x) / SIDE}%`;
      this.cursor.style.top = `${(100 * y) / SIDE}%`;
      this.cursor.classList.toggle("digits-down", Boolean(stroke));
      if (news) this.spoken.textContent = news;
    }

    async open(file) {
      const name = file.name || "?";
      const ticket = ++this.opened;
      this.lift();
      this.say(this.words.opening(name));
      await pause(); // shows the line first
      try {
        const picture = await pictureOf(file);
        if (ticket === this.opened) this.add(picture);
      } catch (problem) {
        const sentence = problem.message === "tooLarge" ? this.words.tooLarge : this.words.notImage;
        if (ticket === this.opened) this.say(sentence(name));
      }
    }

    say(sentence) {
      this.message.textContent = sentence;
    }

    // --- the network ------------------------------------------------------------------------------

    /** Load the weights by a script element: over file:// nothing else may read a file. */
    loadWeights() {
      this.trouble = null;
      this.loading.replaceChildren(
        html("p", {}, this.words.loading(samples.kilobytes)),
        html("progress", { "aria-label": this.words.loading(samples.kilobytes) }),
      );
      const fail = (sentence) => {
        this.trouble = sentence;
        this.loading.replaceChildren(
          html("p", { role: "alert" }, sentence),
          html("button", { type: "button", click: () => this.loadWeights() }, this.words.again),
        );
        this.later();
      };
      const script = html("script", { src: `${FOLDER}weights.js?v=${samples.version}` });
      script.onerror = () => fail(this.words.failed);
      script.onload = async () => {
        try {
          const { weights } = window.course;
          const pieces = unpacking(weights);
          let piece;
          while (!(piece = pieces.next()).done) await pause();
          await this.warmUp(piece.value);
          this.network = piece.value;
          this.measured = weights.measured;
          delete window.course.weights; // a million characters that nobody needs any more
          this.loading.replaceChildren();
          this.later();
        } catch {
          fail(this.words.damaged);
        }
        script.remove();
      };
      document.head.append(script);
    }

    /** A browser is slow with code that it meets for the first time: not while somebody draws. */
    async warmUp(network) {
      const blank = this.paper.brush.createImageData(SIDE, SIDE).data.fill(255);
      blank.fill(100, 0, 4 * SIDE * 200); // with ink on it
      for (let turn = 0; turn < 3; turn++) {
        await pause();
        prepare(blank, SIDE, SIDE);
        await pause();
        const { layerInputs } = forward(network, pixelsOf(samples.images[turn]));
        await pause();
        shares(network, layerInputs, turn);
      }
    }

    /** Show what the bar of a digit stands for; a second press goes back to the answer. */
    ask(digit) {
      this.asked = this.asked === digit ? null : digit;
      this.later();
    }

    /** Show everything anew, at most once a frame. */
    later() {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0;
        this.show();
      });
    }

    prepared() {
      const { strokes, sample, pixels } = this.scene;
      if (sample !== undefined) return pixelsOf(samples.images[sample]);
      if (!strokes) return pixels;
      if (!strokes.length) return null;
      return prepare(this.paper.brush.getImageData(0, 0, SIDE, SIDE).data, SIDE, SIDE);
    }

    show() {
      this.colours = this.readColours(); // before anything changes: later the browser would work it all out
      const prepared = this.prepared();
      const pixels = prepared && change(prepared, this.changes);
      const answered = pixels && this.network ? this.answer(pixels) : null;
      this.undoButton.setAttribute("aria-disabled", this.scenes.length < 2);
      this.clearButton.setAttribute("aria-disabled", this.scene.strokes?.length === 0);
      this.sampleButtons.forEach((button, n) =>
        button.setAttribute("aria-pressed", this.scene.sample === n));
      this.showVerdict(pixels, answered);
      this.showBars(answered);
      this.showPictures(pixels, answered);
    }

    /** Blue and orange of the page's theme, each as red, green and blue. */
    readColours() {
      const style = getComputedStyle(this);
      return ["--blue", "--orange"].map((name) =>
        style.getPropertyValue(name).match(/[\da-f]{2}/gi).map((two) => parseInt(two, 16)));
    }

    answer(pixels) {
      const { answer, both } = this.times;
      const began = performance.now();
      const { layerInputs, probabilities } = forward(this.network, pixels);
      answer.push(performance.now() - began);
      const digit = this.asked ?? argmax(probabilities);
      const share = shares(this.network, layerInputs, digit);
      both.push(performance.now() - began);
      this.speed.textContent = this.words.speed(meanOf(answer), meanOf(both));
      return { layerInputs, probabilities, digit, shares: share };
    }

    showVerdict(pixels, answered) {
      const { words, measured, scene } = this;
      let [verdict, why, state] = [words.start, words.why.start, "start"];
      if (!pixels && !(scene.strokes?.length === 0)) [verdict, why] = [words.empty, ""];
      if (pixels && !answered) [verdict, why] = [words.wait, ""];
      if (answered) {
        const order = answered.probabilities.map((p, digit) => [p, digit]).sort(([a], [b]) => b - a);
        const [[top, digit], [, other]] = order;
        this.largest = top;
        state = top < measured.noDigit.limit ? "noDigit" : top < measured.unsure.limit ? "unsure" : "read";
        verdict = state === "noDigit" ? words.noDigit : words[state](digit, other);
        why = words.why[state](measured[state === "read" ? "unsure" : state]);
        if (scene.sample !== undefined) {
          const { label } = samples.images[scene.sample];
          const read = label === digit ? words.rightLabel : words.wrongLabel;
          why = (state === "read" ? read : words.refusedLabel)(label, digit);
        }
        clearTimeout(this.speaking); // only when the hand rests
        this.speaking = setTimeout(() => {
          this.spoken.textContent = words.spoken(verdict, words.share(top));
        }, 800);
      }
      this.dataset.state = state;
      this.verdict.textContent = verdict;
      this.why.textContent = why;
    }

    showBars(answered) {
      const best = answered && argmax(answered.probabilities);
      this.bars.forEach(({ button, fill, number }, digit) => {
        const share = answered ? answered.probabilities[digit] : 0;
        const text = answered ? this.words.share(share) : "";
        fill.style.width = `${100 * share}%`;
        number.textContent = text;
        button.classList.toggle("digits-best", digit === best);
        button.setAttribute("aria-pressed", this.asked === digit);
        button.setAttribute("aria-label", this.words.bar(digit, text || "?"));
      });
    }

    showPictures(pixels, answered) {
      const { words } = this;
      const [blue, orange] = this.colours;
      const fill = ({ canvas, title, note }, colourOf, heading, text) => {
        paint(canvas, colourOf);
        title.textContent = heading;
        note.textContent = text;
        canvas.setAttribute("aria-label", words.pair(heading, text));
      };
      fill(this.pixels, whiteOnBlack(pixels), words.pixels, words.pixelsNote);
      for (const layer of [1, 2]) {
        const activity = answered ? answered.layerInputs[layer] : new Float32Array(512);
        const most = Math.max(...activity) || 1;
        const active = activity.reduce((count, number) => count + (number > 0), 0);
        const colourOf = (i) => [...blue, strength(activity[i] / most)];
        fill(this[`hidden${layer}`], colourOf, words.hidden(layer), words.active(active));
      }
      const share = answered ? answered.shares : new Float32Array(784);
      const most = Math.max(...share.map(Math.abs)) || 1;
      const colourOf = (i) => [...(share[i] > 0 ? blue : orange), strength(Math.abs(share[i]) / most)];
      fill(this.shares, colourOf, answered ? words.shares(answered.digit) : words.sharesAtRest, words.sharesNote);
    }
  }

  customElements.define("course-digit-reader", DigitReader);
})();
