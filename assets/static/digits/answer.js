/* What the digit reader answers: a sentence, why, and ten probabilities as bars. And what it asks
 * first: a 4 closes into a 9 by itself; where on the way does the network stop reading 4? */
(() => {
  "use strict";

  const { button, format, html, isStill, percent, say } = window.course.shared;
  const { showFinding, slider, svg } = window.course.shared;
  const { SIDE } = window.course.paper;
  const { makeBar, showBars } = window.course.inside;

  const REST = 800; // milliseconds without a new answer, after which it is read out

  /** "a 7", "an 8": a digit as it stands in a sentence. */
  const named = (words, digit) => say(words.named[digit] ?? words.named.any, { digit });

  class Answer {
    /** `ask` gets the digit whose bar is pressed, `speak` what is read out. */
    constructor(words, loading, ask, speak) {
      Object.assign(this, { words, speak });
      this.verdict = html("p.digits-verdict");
      this.why = html("p.digits-why");
      this.bars = Array.from({ length: 10 }, (_, digit) => {
        const attributes = { type: "button", "aria-pressed": false, click: () => ask(digit) };
        const hint = html("span.visually-hidden", say(words.bar, { digit: named(words, digit) }));
        return makeBar("button", attributes, digit, hint);
      });
      const group = { role: "group", "aria-label": words.probabilities };
      const rows = this.bars.map(({ row }) => row);
      const told = html("div", this.verdict, html("div.digits-told", this.why, loading));
      this.element = html("div.digits-answer", told, html("div", group, rows));
    }

    /** A probability as a percentage. */
    share(share) {
      const { below, within, above } = this.words.share;
      if (share < 0.001) return say(below, { share: percent(0.001) });
      if (share > 0.999) return say(above, { share: percent(0.999) });
      return say(within, { share: percent(share) });
    }

    /** Say `sentence`, why, and in the page's style which of its kinds it is: "read", "unsure" … */
    tell(state, sentence, why = "") {
      this.state = state;
      this.verdict.textContent = sentence;
      this.why.textContent = why;
    }

    /** Show an answer; `measured` are the network's limits, `label` that of a test image. */
    show({ probabilities }, measured, label) {
      const { words } = this;
      const order = probabilities.map((share, digit) => [share, digit]).sort(([a], [b]) => b - a);
      const [[top, digit], [, other]] = order;
      const isSure = top >= measured.unsure.limit;
      const state = isSure ? "read" : top < measured.noDigit.limit ? "noDigit" : "unsure";
      const [first, second] = [digit, other].map((one) => named(words, one));
      const sentence = say(words[state], { digit: first, other: second });
      const read = label === digit ? words.rightLabel : words.wrongLabel;
      const why =
        label === undefined
          ? this.reason(state, measured)
          : say(isSure ? read : words.refusedLabel, { label, digit });
      this.tell(state, sentence, why);
      this.later(say(words.spoken, { verdict: sentence, share: this.share(top) }));
    }

    /** Show what several digits are read as, from left to right. */
    showSeveral(all, measured) {
      const { words } = this;
      const tops = all.map((probabilities) => Math.max(...probabilities));
      const digits = all.map((probabilities, n) => named(words, probabilities.indexOf(tops[n])));
      const isSure = Math.min(...tops) >= measured.unsure.limit;
      const told = isSure ? words.read : words.unsureOfAll;
      const sentence = say(told, { digit: digits.join(words.and), n: all.length });
      this.tell(isSure ? "read" : "unsure", sentence, words.why.several);
      this.later(sentence);
    }

    /** Read a sentence out, but only when the hand rests. */
    later(sentence) {
      clearTimeout(this.speaking);
      this.speaking = setTimeout(() => this.speak(sentence), REST);
    }

    /** How often the network is right when it answers so. */
    reason(state, measured) {
      const rates = measured[state === "read" ? "unsure" : state];
      const { why } = this.words;
      const told = rates.letters ? why[state] : state === "read" ? why.own : why.unsure;
      return say(rates.limit ? told : why.unmeasured, {
        ...rates,
        limit: percent(rates.limit),
        acceptedRight: format(rates.acceptedRight, 1),
        digitsRefused: format(rates.digitsRefused, 1),
        lettersRefused: rates.letters - rates.lettersPassed,
      });
    }

    /** The ten bars, empty without an answer; `asked` is the digit whose bar is pressed. */
    showBars(probabilities, asked) {
      showBars(this.bars, probabilities, (one) => this.share(one));
      for (const [digit, { row }] of this.bars.entries()) {
        row.setAttribute("aria-pressed", asked === digit);
      }
    }
  }

  // --- what it asks -----------------------------------------------------------------------------

  const FOUR = ["151,76 139,143 130,210 202,214 294,206", "269,84 265,210 256,353"];
  const WIDTH = 30; // of its lines
  const GAP = [
    [151, 76],
    [210, 30], // what the line that closes it bends to
    [269, 84],
  ];
  const MARK = { value: 100, min: 0, max: 100, step: 2 }; // in hundredths of the way
  const [LEAP, PACE] = [10, 60]; // how far at once without motion; milliseconds from step to step
  const [NEAR, CLOSE] = [4, 16]; // hundredths between the mark and what happens

  const pointsOf = (line) => line.split(" ").map((point) => point.split(",").map(Number));

  /** The place where the line stands that has gone so far. */
  function placeAt(hundredths) {
    const t = hundredths / 100;
    const shares = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return [0, 1].map((axis) => GAP.reduce((sum, point, n) => sum + shares[n] * point[axis], 0));
  }

  class Guess {
    /** `begin` makes the reader ready for a new digit, `put` hears of another mark. */
    constructor(words, paper, mark, { begin, put }) {
      Object.assign(this, { words, paper, mark, begin, isOpen: true });
      this.finding = html("p.finding", { "aria-atomic": true });
      this.slider = slider(words.mark, { name: "mark", ...MARK }, (number) => {
        this.mark = number;
        paper.clear();
        this.isOpen = true;
        this.show();
        put(number);
      });
      const press = button(words.close, () => this.close(), ".primary");
      this.element = html("div.digits-guess", this.finding, this.slider, press);
      this.drawing = svg("svg", { viewBox: `0 0 ${SIDE} ${SIDE}`, "aria-hidden": true });
      paper.sheet.append(this.drawing);
    }

    /** There is something else on the paper. */
    leave() {
      clearTimeout(this.timer);
      Object.assign(this, { line: undefined, isOpen: false, waits: false });
    }

    /** Let it close, from the beginning, or without motion a step further. */
    close() {
      if (this.waits) return this.go();
      this.begin();
      const stroke = (points) => ({ points, width: WIDTH });
      const line = stroke([placeAt(0)]);
      this.paper.add({ strokes: [...FOUR.map((four) => stroke(pointsOf(four))), line] });
      Object.assign(this, { line, way: 0, heard: undefined, turn: undefined, guessed: this.mark });
    }

    go() {
      this.waits = false;
      this.way += MARK.step;
      this.paper.extend(this.line, placeAt(this.way));
    }

    /** The network has read what is on the paper, if there are probabilities. */
    hear(probabilities) {
      if (!this.line || !probabilities || this.heard === this.way) return this.show();
      this.heard = this.way;
      this.probabilities = probabilities;
      const digit = probabilities.indexOf(Math.max(...probabilities));
      if (digit !== 4) this.turn ??= { at: this.way, digit };
      this.waits = isStill() && this.way > 0 && this.way < 100 && this.way % LEAP === 0;
      const goesOn = this.way < 100 && !this.waits;
      if (goesOn) this.timer = setTimeout(() => this.go(), isStill() ? 0 : PACE);
      this.show();
    }

    show() {
      this.slider.show(this.mark, this.share(this.mark));
      const isOver = this.line && this.heard === 100;
      this.finding.setAttribute("aria-live", this.line && !isOver && !isStill() ? "off" : "polite");
      showFinding(this, ...(isOver ? this.found() : this.line ? this.soFar() : this.ask()));
      this.draw();
    }

    share(hundredths) {
      return say(this.words.share.within, { share: format(hundredths) });
    }

    ask() {
      return ["ask", this.words.guess.ask];
    }

    soFar() {
      const { words, way, probabilities } = this;
      if (this.heard === undefined) return ["ask", words.wait];
      const [four, nine] = [4, 9].map((digit) =>
        say(words.share.within, { share: format(100 * probabilities[digit], 1) }),
      );
      return ["tried", say(words.guess.soFar, { way: this.share(way), four, nine })];
    }

    /** What has become of it, and how far off the mark stood. */
    found() {
      const { guessed, turn, words } = this;
      const { guess, named } = words;
      if (!turn) return ["tried", guess.never];
      const values = { at: this.share(turn.at), mark: this.share(guessed) };
      values.digit = say(named[turn.digit] ?? named.any, { digit: turn.digit });
      if (!turn.at) return ["wrong", say(guess.atOnce, values)];
      const off = Math.abs(turn.at - guessed);
      const kind = off <= NEAR ? "done" : off <= CLOSE ? "nearly" : "tried";
      const told = say(guess.turned, values);
      return [kind, `${told} ${say(guess[kind], { ...values, off })} ${guess.why}`];
    }

    /** On the paper: the 4 as long as nothing else is there, the way, the mark, and the turn. */
    draw() {
      const isOpen = this.isOpen && this.paper.isBlank;
      if (!isOpen && !this.line) return this.drawing.replaceChildren();
      const way = Array.from({ length: 26 }, (_, n) => placeAt(4 * n));
      const across = (place, name) => {
        const [x, y] = placeAt(place);
        return svg(`path.digits-${name}`, { d: `M${x},${y - 26}V${y + 26}` });
      };
      const [x, y] = placeAt(this.line ? this.guessed : this.mark);
      const label = { x, y: y - 32, "text-anchor": "middle" };
      this.drawing.replaceChildren(
        svg("g.digits-four", isOpen ? FOUR.map((points) => svg("polyline", { points })) : []),
        svg("polyline.digits-way", { points: way.join(" ") }),
        across(this.line ? this.guessed : this.mark, "mark"),
        svg("text", label, "4 | 9"),
        ...(this.turn && this.line ? [across(this.turn.at, "turn")] : []),
      );
    }
  }

  Object.assign(window.course, { Answer, Guess, MARK, named });
})();
