/* What the digit reader answers: a sentence, why, and ten probabilities as bars. */
(() => {
  "use strict";

  const { format, html, percent, say } = window.course.shared;

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
        const fill = html("span");
        const number = html("span.digits-number");
        const attributes = { type: "button", "aria-pressed": false, click: () => ask(digit) };
        const hint = html("span.visually-hidden", say(words.bar, { digit: named(words, digit) }));
        const track = html("span.digits-track", fill);
        const button = html(
          "button.digits-bar",
          attributes,
          html("span", digit),
          track,
          number,
          hint,
        );
        return { button, fill, number };
      });
      const group = { role: "group", "aria-label": words.probabilities };
      this.element = html(
        "div.digits-answer",
        html("div", this.verdict, html("div.digits-told", this.why, loading)),
        html(
          "div",
          group,
          this.bars.map((bar) => bar.button),
        ),
      );
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
      const most = probabilities && Math.max(...probabilities);
      this.bars.forEach(({ button, fill, number }, digit) => {
        const probability = probabilities?.[digit] ?? 0;
        fill.style.width = `${100 * probability}%`;
        number.textContent = probabilities ? this.share(probability) : "";
        button.classList.toggle("digits-best", probability === most);
        button.setAttribute("aria-pressed", asked === digit);
      });
    }
  }

  Object.assign(window.course, { Answer, named });
})();
