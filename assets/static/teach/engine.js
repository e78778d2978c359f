/* The network of chapter 5 in the page: forward, backward, and Adam, as NumPy does it there.
 *
 * Everything stands in one function, so that a worker can be made of its text. Tables are
 * Float32Arrays in the memory of product.wat, row by row, one row for each image or input, one
 * column for each neuron. The last layer has 16 columns, of which the first 10 are used: the
 * product works on 8 columns at a time.
 */
(() => {
  "use strict";

  /** @param kernel bytes of product.wat, compiled; without them plain JavaScript multiplies */
  function makeEngine(kernel) {
    const SLOPES = {
      // of an activation function, by its output
      relu: (output) => Number(output > 0), // where signs are random, a processor guesses badly
      sigmoid: (output) => output * (1 - output),
      tanh: (output) => 1 - output * output,
      none: () => 1,
    };
    const FUNCTIONS = {
      relu: (sum) => sum * Number(sum > 0),
      sigmoid: (sum) => 1 / (1 + Math.exp(-sum)),
      tanh: Math.tanh,
      none: (sum) => sum,
    };
    const upTo = (number, step) => Math.ceil(number / step) * step;

    /** The same as product.wat, a hundred times slower. */
    function slowProduct(c, a, b, rows, inner, columns, downA, alongA, downB, alongB) {
      for (let i = 0; i < rows; i++) {
        const sums = c.subarray(i * columns, (i + 1) * columns).fill(0);
        for (let k = 0; k < inner; k++) {
          const factor = a[i * downA + k * alongA];
          if (factor === 0) continue;
          for (let j = 0; j < columns; j++) sums[j] += factor * b[k * downB + j * alongB];
        }
      }
    }

    class Network {
      /**
       * @param sizes neurons of each layer, the inputs first; all but the last multiples of 8
       * @param batch the most images at a time
       * @param random gives numbers from 0 to 1 for the first weights (Glorot's)
       */
      constructor({ sizes, activation = "relu", batch, random }) {
        this.sizes = sizes;
        this.widths = sizes.map((size) => upTo(size, 8));
        this.rows = upTo(batch, 4);
        [this.f, this.slope] = [FUNCTIONS[activation], SLOPES[activation]];
        this.makeTables();
        this.layers.forEach(({ weights }, n) => {
          const limit = Math.sqrt(6 / (sizes[n] + sizes[n + 1]));
          for (let i = 0; i < weights.length; i++)
            if (i % this.widths[n + 1] < sizes[n + 1]) weights[i] = limit * (2 * random() - 1);
        });
        this.step = 0;
      }

      /** All weights and biases stand in one table, so do their gradients, and Adam's two means. */
      makeTables() {
        const { widths, rows } = this;
        const parameters = widths.slice(1).map((width, n) => (widths[n] + 1) * width);
        const size = parameters.reduce((sum, number) => sum + number);
        const activities = widths.reduce((sum, width) => sum + rows * width, 0);
        const widest = Math.max(...widths);
        const room = 8 * Math.max(rows, widest); // for eight columns of any table
        const numbers = 4 * size + 8 + activities + 2 * rows * widest + room;
        const memory = kernel && new WebAssembly.Memory({ initial: Math.ceil(numbers / 16384) });
        const buffer = memory ? memory.buffer : new ArrayBuffer(4 * numbers);
        let used = 0;
        const table = (length) => {
          used += length;
          return new Float32Array(buffer, 4 * (used - length), length);
        };
        if (kernel) {
          const module = new WebAssembly.Module(kernel);
          const { product } = new WebAssembly.Instance(module, { course: { memory } }).exports;
          const [{ byteOffset: panel }, bytes] = [table(room), (number) => 4 * number];
          this.multiply = (c, a, b, rows, inner, columns, ...ways) => {
            const [toC, toA, toB] = [c, a, b].map(({ byteOffset }) => byteOffset);
            product(panel, toC, toA, toB, rows, inner, columns, ...ways.map(bytes));
          };
        } else this.multiply = slowProduct;
        const names = ["parameters", "means", "squares"];
        for (const name of names) this[name] = table(size);
        this.gradients = table(size + 8); // and behind them the loss: it is added up as they are
        let begin = 0;
        this.layers = parameters.map((length, n) => {
          const end = begin + length;
          const biases = end - widths[n + 1];
          const layer = {
            weights: this.parameters.subarray(begin, biases),
            biases: this.parameters.subarray(biases, end),
            weightGradient: this.gradients.subarray(begin, biases),
            biasGradient: this.gradients.subarray(biases, end),
          };
          begin = end;
          return layer;
        });
        this.inputs = widths.map((width) => table(rows * width)); // of each layer, and the logits
        this.spare = [table(rows * widest), table(rows * widest)]; // gradients on their way back
      }

      /** C = A · B, with rows × inner numbers in A; `turned`: "a" or "b", which is transposed. */
      product(c, a, b, rows, inner, columns, turned) {
        const waysA = turned === "a" ? [1, rows] : [inner, 1]; // down a column, along a row
        const waysB = turned === "b" ? [1, inner] : [columns, 1];
        this.multiply(c, a, b, rows, inner, columns, ...waysA, ...waysB);
      }

      /** Weights and biases as Keras gives them: [{shape, values}], without unused columns. */
      tables() {
        return this.layers.flatMap(({ weights, biases }, n) => {
          const [rows, columns] = [this.sizes[n], this.sizes[n + 1]];
          const values = new Float32Array(rows * columns);
          for (let row = 0; row < rows; row++) {
            const start = row * biases.length;
            values.set(weights.subarray(start, start + columns), row * columns);
          }
          return [
            { shape: [rows, columns], values },
            { shape: [columns], values: biases.slice(0, columns) },
          ];
        });
      }

      /** Take weights and biases from such tables. */
      take(tables) {
        this.layers.forEach(({ weights, biases }, n) => {
          const [{ shape, values }, { values: others }] = tables.slice(2 * n, 2 * n + 2);
          for (let row = 0; row < shape[0]; row++) {
            const start = row * shape[1];
            weights.set(values.subarray(start, start + shape[1]), row * biases.length);
          }
          biases.set(others);
        });
      }

      /** From the pixels in `inputs[0]` to the logits. */
      forward(count) {
        this.layers.forEach(({ weights, biases }, n) => {
          const [from, to] = [this.inputs[n], this.inputs[n + 1]];
          const [inner, width] = [this.widths[n], biases.length];
          const rows = upTo(count, 4);
          this.product(to, from, weights, rows, inner, width);
          const [f, isLast] = [this.f, n === this.layers.length - 1];
          for (let row = 0; row < rows * width; row += width)
            for (let j = 0; j < width; j++) {
              const sum = to[row + j] + biases[j];
              to[row + j] = isLast ? sum : f(sum);
            }
        });
        return this.inputs.at(-1);
      }

      /** Softmax of one row of the logits, as ordinary numbers. */
      probabilities(image) {
        const start = image * this.widths.at(-1);
        const logits = Array.from(this.inputs.at(-1).subarray(start, start + this.sizes.at(-1)));
        const largest = Math.max(...logits); // so that no power overflows
        const powers = logits.map((logit) => Math.exp(logit - largest));
        const total = powers.reduce((sum, power) => sum + power);
        return powers.map((power) => power / total);
      }

      /**
       * Softmax and cross-entropy: the mean loss of `total` images, of which `count` are here, and
       * its gradient, in the first spare table.
       */
      lossOf(labels, count, total = count) {
        const [gradient] = this.spare;
        const width = this.widths.at(-1);
        gradient.fill(0, 0, this.rows * width);
        let loss = 0;
        for (let image = 0; image < count; image++) {
          const probabilities = this.probabilities(image);
          loss -= Math.log(Math.max(probabilities[labels[image]], 1e-7)) / total;
          probabilities.forEach((probability, j) => {
            gradient[image * width + j] = (probability - (j === labels[image])) / total;
          });
        }
        this.gradients[this.parameters.length] = loss;
        return loss;
      }

      /** From the gradient by the logits back to those by all weights and biases. */
      backward(count) {
        const rows = upTo(count, 4);
        let [gradient, next] = this.spare;
        for (let n = this.layers.length - 1; n >= 0; n--) {
          const { weights, weightGradient, biasGradient } = this.layers[n];
          const [from, inner, width] = [this.inputs[n], this.widths[n], biasGradient.length];
          // inputs.T @ gradient: the paths over all images add up
          this.product(weightGradient, from, gradient, inner, rows, width, "a");
          biasGradient.fill(0);
          for (let row = 0; row < rows * width; row += width)
            for (let j = 0; j < width; j++) biasGradient[j] += gradient[row + j];
          if (n === 0) break; // nobody asks for the gradient by the pixels
          // gradient @ weights.T: the paths through all neurons above add up
          this.product(next, gradient, weights, rows, width, inner, "b");
          const { slope } = this;
          for (let i = 0; i < rows * inner; i++) next[i] *= slope(from[i]);
          [gradient, next] = [next, gradient];
        }
      }

      /** One step of Adam, or of plain gradient descent. */
      update(rate, optimizer) {
        const { parameters, gradients, means, squares } = this;
        this.step += 1;
        if (optimizer === "sgd") {
          for (let i = 0; i < parameters.length; i++) parameters[i] -= rate * gradients[i];
          return;
        }
        // in 32 bits, as in Keras: 1 − 0.999 loses three of its seven digits, and steps follow it
        const f32 = Math.fround;
        const correct = (beta) => f32(1 - f32(f32(beta) ** this.step));
        const scale = (f32(rate) * f32(Math.sqrt(correct(0.999)))) / correct(0.9);
        for (let i = 0; i < parameters.length; i++) {
          const gradient = gradients[i];
          const mean = means[i] + 0.1 * (gradient - means[i]);
          const square = squares[i] + 0.001 * (gradient * gradient - squares[i]);
          parameters[i] -= (scale * mean) / (Math.sqrt(square) + 1e-7);
          means[i] = mean;
          squares[i] = square;
        }
      }

      /** Loss and gradient of the images in `inputs[0]`: a share of a batch of `total`. */
      differentiate(labels, count, total) {
        const width = this.widths[0];
        this.inputs[0].fill(0, count * width, this.rows * width);
        this.forward(count);
        this.lossOf(labels, count, total);
        this.backward(count);
      }

      /** Learn from the images in `inputs[0]`; the loss that they had. */
      learn(labels, count, rate, optimizer) {
        this.differentiate(labels, count, count);
        this.update(rate, optimizer);
        return this.gradients[this.parameters.length];
      }

      /**
       * The digits that it reads in so many images, and how sure it is of each; `copy` writes the
       * pixels of an image into a table, from a place on.
       */
      read(total, copy) {
        const [digits, sure] = [new Uint8Array(total), new Float32Array(total)];
        for (let first = 0; first < total; first += this.rows) {
          const count = Math.min(this.rows, total - first);
          for (let n = 0; n < count; n++) copy(first + n, this.inputs[0], n * this.widths[0]);
          this.forward(count);
          for (let image = 0; image < count; image++) {
            const probabilities = this.probabilities(image);
            const most = Math.max(...probabilities);
            sure[first + image] = most;
            digits[first + image] = probabilities.indexOf(most);
          }
        }
        return { digits, sure };
      }
    }

    /** The rate of the project's recipe: up to `peak` in a tenth of the steps, then down to 0. */
    function scheduled(peak, step, steps) {
      const rising = steps / 10;
      if (step < rising) return (peak * step) / rising;
      return (peak * (1 + Math.cos((Math.PI * (step - rising)) / (steps - rising)))) / 2;
    }

    /**
     * The ring of chapter 12: the sum of `count` workers' tables, in the place of each of them.
     * Every worker calls it, with its `rank`; `send` gives to the next one, `receive` waits for
     * the one before, and `turned` hears of each turn.
     */
    async function addUp(table, { rank, count, send, receive, turned }) {
      const size = Math.ceil(table.length / count);
      const piece = (n) => {
        const place = (n + 2 * count) % count;
        return table.subarray(place * size, (place + 1) * size);
      };
      for (let turn = 0; turn < 2 * (count - 1); turn++) {
        const parcel = piece(rank - turn).slice();
        send(parcel, [parcel.buffer]);
        const theirs = await receive();
        const mine = piece(rank - turn - 1);
        if (turn >= count - 1) mine.set(theirs);
        else for (let i = 0; i < mine.length; i++) mine[i] += theirs[i];
        await turned?.(turn + 1);
      }
    }

    return { Network, addUp, scheduled };
  }

  window.course = { ...window.course, makeEngine };
})();
