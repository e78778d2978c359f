/* The digit reader's paper: what is drawn on it, with mouse, finger, pen or keys, and undone; and how
 * a file is chosen. */
(() => {
  "use strict";

  const { button, clamp, html } = window.course.shared;

  const SIDE = 420; // of the paper, in its own pixels: fifteen for each of the 28
  const STEP = 15; // how far an arrow key moves the pen
  const UNDOS = 200;

  function canvasOf(width, height) {
    const canvas = html("canvas", { width, height });
    canvas.brush = canvas.getContext("2d", { willReadFrequently: true });
    return canvas;
  }

  /** A button to choose a file with, and the field behind it; `take` gets the file. */
  function chooser(label, accept, take) {
    const change = () => {
      if (field.files.length) take(field.files[0]);
      field.value = ""; // so that the same file can be chosen again
    };
    const attributes = { type: "file", accept, tabindex: -1, "aria-label": label, change };
    const field = html("input.visually-hidden", attributes);
    return [button(label, () => field.click()), field];
  }

  /**
   * What is on the paper is a scene: {strokes}, or a {picture} with the pixels that it is prepared
   * to. Each action adds one, and undo takes the last away.
   *
   * `tell` has three functions: `scene` hears of another scene, and whether it was added; `ink` of
   * anything that is drawn; `pen` gets a sentence when the pen of the keyboard goes down or up.
   */
  class Paper {
    constructor(words, tell) {
      Object.assign(this, { words, tell });
      this.scenes = [{ strokes: [] }];
      this.pen = { x: SIDE / 2, y: SIDE / 3, width: 0, keys: new Set(), stroke: null };
      this.canvas = canvasOf(SIDE, SIDE);
      this.canvas.addEventListener("contextrestored", () => this.redraw()); // it was blank
      this.cursor = html("span.digits-pen");
      const described = { "aria-label": words.paper, "aria-describedby": "digits-keys" };
      const attributes = { tabindex: 0, role: "application", ...described };
      this.sheet = html("div.digits-paper", attributes, this.canvas, this.cursor);
      this.listenToPointers();
      this.sheet.addEventListener("keydown", (event) => this.keyDown(event));
      this.sheet.addEventListener("keyup", (event) => this.keyUp(event));
      this.sheet.addEventListener("blur", () => {
        this.pen.keys.clear();
        this.lift();
      });
    }

    // --- scenes ----------------------------------------------------------------------------------

    get scene() {
      return this.scenes.at(-1);
    }

    get isBlank() {
      return this.scene.strokes?.length === 0;
    }

    add(scene) {
      this.lift();
      this.scenes.push(scene);
      this.scenes.splice(1, this.scenes.length - UNDOS); // the first one, empty paper, stays
      this.tell.scene(true);
      this.redraw();
    }

    undo() {
      this.lift();
      if (this.scenes.length > 1) this.scenes.pop();
      this.tell.scene(false);
      this.redraw();
    }

    clear() {
      this.lift();
      if (!this.isBlank) this.add({ strokes: [] });
    }

    redraw() {
      const { brush } = this.canvas;
      const { strokes, picture } = this.scene;
      Object.assign(brush, { lineCap: "round", lineJoin: "round", fillStyle: "white" });
      brush.fillRect(0, 0, SIDE, SIDE);
      for (const stroke of strokes ?? []) this.line(stroke);
      if (picture) {
        brush.imageSmoothingEnabled = picture.width === SIDE; // a test image shows its pixels
        brush.drawImage(picture, 0, 0, SIDE, SIDE);
      }
      this.tell.ink();
    }

    line({ points, width }) {
      const { brush } = this.canvas;
      brush.lineWidth = width;
      brush.beginPath();
      brush.moveTo(points[0][0], points[0][1] + 0.01); // a line of no length would not be drawn
      for (const point of points) brush.lineTo(...point);
      brush.stroke();
    }

    /** Begin a stroke at a point; drawing on a picture puts it away first. */
    start(point) {
      const stroke = { points: [point], width: this.pen.width };
      this.add({ strokes: [...(this.scene.strokes ?? []), stroke] });
      return stroke;
    }

    extend(stroke, point) {
      stroke.points.push(point);
      this.line({ points: stroke.points.slice(-2), width: stroke.width });
      this.tell.ink();
    }

    // --- mouse, finger, pen ----------------------------------------------------------------------

    listenToPointers() {
      const { sheet } = this;
      let drawn = null; // the stroke of the pointer that is down, one at a time
      let pointer = null;
      const place = ({ clientX, clientY }) => {
        const { left, top, width, height } = this.canvas.getBoundingClientRect();
        return [((clientX - left) / width) * SIDE, ((clientY - top) / height) * SIDE];
      };
      sheet.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || (pointer !== null && !event.isPrimary)) return; // a second finger
        sheet.classList.remove("digits-by-keys");
        pointer = event.pointerId;
        if (event.isTrusted) sheet.setPointerCapture(pointer);
        drawn = this.start(place(event));
      });
      sheet.addEventListener("pointermove", (event) => {
        if (event.pointerId !== pointer) return;
        const events = event.getCoalescedEvents?.() ?? [];
        for (const one of events.length ? events : [event]) this.extend(drawn, place(one));
      });
      for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
        sheet.addEventListener(name, (event) => {
          if (event.pointerId === pointer) pointer = drawn = null;
        });
      }
    }

    // --- keys ------------------------------------------------------------------------------------

    keyDown(event) {
      this.sheet.classList.add("digits-by-keys");
      const act = this.actionOf(event);
      if (!act) return;
      if (event.key !== "Escape") event.preventDefault(); // it may close something, too
      act();
    }

    /** What a key does, or undefined. */
    actionOf({ key, repeat, shiftKey, ctrlKey, metaKey, altKey }) {
      if (ctrlKey || metaKey) return key === "z" ? () => this.undo() : undefined;
      if (altKey) return undefined;
      if (key === "Delete" || key === "Backspace") return () => this.clear();
      if (key === "Escape") return () => this.lift();
      if (key === " ") return () => repeat || this.pressSpace();
      return /^Arrow(Left|Right|Up|Down)$/.test(key) ? () => this.move(key, shiftKey) : undefined;
    }

    pressSpace() {
      const { pen } = this;
      pen.moved = false;
      if (pen.stroke) return this.lift();
      pen.stroke = this.start([pen.x, pen.y]);
      this.showPen(this.words.penDown);
    }

    move(key, slowly) {
      const { pen } = this;
      pen.keys.add(key); // two at once move slantwise
      const step = slowly ? STEP / 3 : STEP;
      const way = (less, more) => step * (pen.keys.has(more) - pen.keys.has(less));
      pen.x = clamp(pen.x + way("ArrowLeft", "ArrowRight"), 0, SIDE);
      pen.y = clamp(pen.y + way("ArrowUp", "ArrowDown"), 0, SIDE);
      pen.moved = true;
      if (pen.stroke) this.extend(pen.stroke, [pen.x, pen.y]);
      this.showPen();
    }

    /** Lifting the space bar lifts the pen, unless it was only pressed to put the pen down. */
    keyUp({ key }) {
      this.pen.keys.delete(key);
      if (key === " " && this.pen.moved) this.lift();
    }

    lift() {
      if (!this.pen.stroke) return;
      this.pen.stroke = null;
      this.showPen(this.words.penUp);
    }

    showPen(news) {
      const { x, y, width, stroke } = this.pen;
      const percent = (number) => `${(100 * number) / SIDE}%`;
      const size = { width: percent(width), height: percent(width) };
      Object.assign(this.cursor.style, { left: percent(x), top: percent(y), ...size });
      this.cursor.classList.toggle("digits-down", Boolean(stroke));
      if (news) this.tell.pen(news);
    }
  }

  window.course.paper = { Paper, SIDE, canvasOf, chooser };
})();
