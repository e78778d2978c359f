/* What happens inside the digit reader's network, as pictures: its pixels, its layers, its
 * reasons. */
(() => {
  "use strict";

  const { format, html, say, slider } = window.course.shared;
  const { canvasOf } = window.course.paper;

  /** Fill a canvas pixel by pixel; `colourOf` gives red, green, blue and opacity, up to 255. */
  function paint(canvas, colourOf) {
    const image = canvas.brush.createImageData(canvas.width, canvas.height);
    const { data } = image;
    for (let i = 0; i < data.length; i += 4)
      [data[i], data[i + 1], data[i + 2], data[i + 3]] = colourOf(i / 4);
    canvas.brush.putImageData(image, 0, 0);
  }

  /** Ink as light on black, the way the network has it. */
  function paintPixels(canvas, pixels) {
    paint(canvas, (i) => {
      const light = pixels ? 255 * pixels[i] : 0;
      return [light, light, light, 255];
    });
  }

  /** Shares from -1 to 1: what is above 0 in blue, what is below in orange. */
  function paintShares(canvas, [blue, orange], shareOf) {
    paint(canvas, (i) => {
      const share = shareOf(i);
      const strength = 255 * Math.abs(share) ** 0.7; // so that small ones can still be seen
      return [...(share > 0 ? blue : orange), strength];
    });
  }

  /** Empty, for their colours: those of the page's theme, which a canvas has to be told. */
  const makeProbes = () =>
    ["blue", "orange"].map((name) => html("i", { hidden: true, style: `color: var(--${name})` }));

  /** To be read before anything of the page changes: later, a browser would work out all styles. */
  const coloursOf = (probes) =>
    probes.map((probe) => getComputedStyle(probe).color.match(/\d+/g).slice(0, 3).map(Number));

  /** A bar with what it stands for; `show` gets a share of the whole, and what is written. */
  function makeBar(tag, attributes, name, ...more) {
    const [fill, number] = [html("span"), html("span.digits-number")];
    const track = html("span.digits-track", fill);
    const row = html(`${tag}.digits-bar`, attributes, html("span", name), track, number, more);
    const show = (share, text) => {
      fill.style.width = `${100 * share}%`;
      number.textContent = text;
    };
    return { row, show };
  }

  /** Ten bars with their probabilities, as `write` writes them; empty without an answer. */
  function showBars(bars, probabilities, write) {
    const most = probabilities && Math.max(...probabilities);
    for (const [digit, { row, show }] of bars.entries()) {
      const probability = probabilities?.[digit] ?? 0;
      show(probability, probabilities ? write(probability) : "");
      row.classList.toggle("digits-best", probability === most);
    }
  }

  class Inside {
    /** `ask` hears of another neuron to look into. */
    constructor(words, ask) {
      this.words = words;
      const figure = (name, width, height) => {
        const canvas = canvasOf(width, height);
        canvas.setAttribute("role", "img");
        const [title, note] = [html("span.digits-title"), html("span.digits-small")];
        this[name] = { canvas, title, note };
        return html(`figure.digits-${name}`, canvas, html("figcaption", title, note));
      };
      this.probes = makeProbes();
      this.element = html("div.digits-pictures", [
        figure("pixels", 28, 28),
        figure("hidden1", 32, 16),
        figure("hidden2", 32, 16),
        figure("shares", 28, 28),
        this.probes,
      ]);
      const choose = (neuron) => {
        this.neuron = neuron;
        ask();
      };
      const limits = { min: 1, max: 512, step: 1, name: "neuron" };
      this.chooser = slider(words.neuron, limits, (number) => choose(number - 1));
      this.opening = html("div.digits-neuron", figure("opened", 28, 28), this.chooser);
      const { canvas } = this.hidden1;
      canvas.addEventListener("click", ({ clientX, clientY }) => {
        const { left, top, width, height } = canvas.getBoundingClientRect();
        const row = Math.floor(((clientY - top) / height) * canvas.height);
        choose(32 * row + Math.floor(((clientX - left) / width) * 32));
        this.opening.scrollIntoView({ block: "nearest" }); // on a phone it stands below the edge
      });
    }

    readColours() {
      this.colours = coloursOf(this.probes);
    }

    describe({ canvas, title, note }, name, value) {
      title.textContent = name;
      note.textContent = value;
      canvas.setAttribute("aria-label", say(this.words.pair, { name, value }));
    }

    /** What the network gets, and how it comes to the answer, if there is one. */
    show(pixels, answered) {
      const { colours, words } = this;
      paintPixels(this.pixels.canvas, pixels);
      this.describe(this.pixels, words.pixels, words.pixelsNote);
      for (const layer of [1, 2]) {
        const activity = answered?.layerInputs[layer] ?? new Float32Array(512);
        const most = Math.max(...activity) || 1;
        const n = activity.filter((number) => number > 0).length;
        const all = activity.length;
        const picture = this[`hidden${layer}`];
        picture.canvas.height = Math.ceil(all / 32);
        picture.canvas.parentNode.hidden = answered && !answered.layerInputs[layer];
        paintShares(picture.canvas, colours, (i) => (activity[i] ?? 0) / most);
        this.describe(picture, say(words.hidden, { layer }), say(words.active, { n, all }));
      }
      const shares = answered?.shares ?? new Float32Array(784);
      const most = Math.max(...shares.map(Math.abs)) || 1;
      paintShares(this.shares.canvas, colours, (i) => shares[i] / most);
      const title = answered ? say(words.shares, { digit: answered.named }) : words.sharesAtRest;
      this.describe(this.shares, title, words.sharesNote);
      this.open(pixels, answered);
    }

    /** Into one neuron of the first layer: the most active, until another one is chosen. */
    open(pixels, answered) {
      const { words, opened, chooser } = this;
      const activity = answered?.layerInputs[1];
      const { weights, biases } = answered?.network[0] ?? { weights: [], biases: [] };
      const most = activity ? activity.indexOf(Math.max(...activity)) : 0;
      const neuron = this.neuron < biases.length ? this.neuron : most;
      const all = biases.length || 512;
      const own = Float32Array.from({ length: 784 }, (_, i) => weights[i * all + neuron] ?? 0);
      const added = own.map((weight, i) => weight * (pixels?.[i] ?? 0));
      const size = (numbers) => numbers.reduce((top, one) => Math.max(top, Math.abs(one)), 1e-9);
      const [largest, strongest] = [size(added), size(own)];
      const shareOf = (i) => (pixels?.[i] ? added[i] / largest : (0.15 * own[i]) / strongest);
      paintShares(opened.canvas, this.colours, shareOf);
      const sum = (sign) => added.reduce((total, one) => total + Math.max(sign * one, 0), 0);
      const rounded = [sum(1), -sum(-1), biases[neuron] ?? 0].map((x) => Math.round(100 * x));
      const total = rounded.reduce((a, b) => a + b) / 100; // as who adds them up finds it
      const [plus, minus, bias] = rounded.map((hundredths) => format(hundredths / 100, 2));
      const sentence = words.oneNeuron[total > 0 ? "active" : "silent"];
      const told = say(sentence, { plus, minus, bias, total: format(total, 2) });
      const name = say(words.oneNeuron.title, { neuron: format(neuron + 1) });
      this.describe(opened, name, answered ? told : words.oneNeuron.atRest);
      chooser.querySelector("input").max = all;
      chooser.show(neuron + 1, format(neuron + 1));
    }
  }

  const bars = { makeBar, showBars };
  window.course.inside = { Inside, ...bars, coloursOf, makeProbes, paintPixels, paintShares };
})();
