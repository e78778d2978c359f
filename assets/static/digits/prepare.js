/* A picture of a digit becomes what the network expects: the four steps of chapter 9, "A picture of
 * your own", number by number. Then chapter 8's changes: moved, turned, thicker, with noise.
 *
 * A picture here is {values, width, height}: a Float32Array, row by row, from 0 (paper) to 1 (ink).
 */
(() => {
  "use strict";

  const { dice } = window.course.shared;

  const f32 = Math.fround; // NumPy rounds to 32 bits after every operation, so do we

  /** Rounds a half to the even neighbour, as Python does. */
  function round(number) {
    const floor = Math.floor(number);
    const rest = number - floor;
    return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  }

  /** The number in the middle, or the mean of the two. */
  function median(numbers) {
    const sorted = Float32Array.from(numbers).sort();
    const half = sorted.length >> 1;
    return sorted.length % 2 ? sorted[half] : f32((sorted[half - 1] + sorted[half]) / 2);
  }

  /** Red, green, blue to grey, 0 to 255, with the weights and the rounding of Pillow. */
  const greyOf = (red, green, blue) => (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

  /**
   * How much ink each pixel holds: how far it is from the colour of the paper, which is what most
   * of
   * the border shows.
   *
   * @param rgba four bytes a pixel, row by row, as canvas gives them
   * @returns a picture, or null if there is no ink on it
   */
  function findInk(rgba, width, height) {
    for (const paper of [255, 0]) {
      // what one sees where the picture is transparent
      const values = new Float32Array(width * height);
      for (let i = 0, place = 0; i < values.length; i++, place += 4) {
        const grey = greyOf(rgba[place], rgba[place + 1], rgba[place + 2]);
        values[i] = grey;
        if (rgba[place + 3] === 255) continue;
        const opaque = f32(rgba[place + 3] / 255);
        values[i] = f32(grey * opaque) + f32(paper * f32(1 - opaque));
      }
      const border = [];
      for (let x = 0; x < width; x++) border.push(values[x], values[(height - 1) * width + x]);
      for (let y = 0; y < height; y++) border.push(values[y * width], values[(y + 1) * width - 1]);
      const colour = median(border);
      let most = 0;
      for (let i = 0; i < values.length; i++) {
        values[i] = Math.abs(f32(values[i] - colour));
        if (values[i] > most) most = values[i];
      }
      if (most < 30) continue;
      for (let i = 0; i < values.length; i++) values[i] /= most;
      return { values, width, height };
    }
    return null;
  }

  /** The part of the picture that holds ink. */
  function crop({ values, width, height }) {
    const least = f32(0.3);
    let [left, right, top, bottom] = [width, 0, height, 0];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (values[y * width + x] <= least) continue;
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = Math.max(bottom, y + 1);
      }
    }
    const part = new Float32Array((right - left) * (bottom - top));
    for (let y = top; y < bottom; y++) {
      const row = values.subarray(y * width + left, y * width + right);
      part.set(row, (y - top) * (right - left));
    }
    return { values: part, width: right - left, height: bottom - top };
  }

  /**
   * Which old pixels go into each of `after` new ones: pairs [from, to), as Pillow's BOX filter has
   * them. A new pixel is the mean of its old ones.
   */
  function boxes(before, after) {
    const scale = before / after;
    const filterScale = Math.max(scale, 1);
    return Array.from({ length: after }, (_, n) => {
      const centre = (n + 0.5) * scale;
      const from = Math.max(0, Math.trunc(centre - 0.5 * filterScale + 0.5));
      const to = Math.min(before, Math.trunc(centre + 0.5 * filterScale + 0.5));
      const inside = [];
      for (let x = from; x < to; x++) {
        const distance = (x - centre + 0.5) * (1 / filterScale);
        if (distance > -0.5 && distance <= 0.5) inside.push(x);
      }
      return [inside[0], inside.at(-1) + 1];
    });
  }

  /** The picture with another size: first its rows are made shorter, then its columns. */
  function resize({ values, width, height }, newWidth, newHeight) {
    const narrow = new Float32Array(newWidth * height);
    boxes(width, newWidth).forEach(([from, to], x) => {
      for (let y = 0; y < height; y++) {
        let sum = 0;
        for (let old = from; old < to; old++) sum += values[y * width + old] * (1 / (to - from));
        narrow[y * newWidth + x] = sum;
      }
    });
    const small = new Float32Array(newWidth * newHeight);
    boxes(height, newHeight).forEach(([from, to], y) => {
      for (let x = 0; x < newWidth; x++) {
        let sum = 0;
        for (let old = from; old < to; old++) sum += narrow[old * newWidth + x] * (1 / (to - from));
        small[y * newWidth + x] = sum;
      }
    });
    return { values: small, width: newWidth, height: newHeight };
  }

  /** The same digit with 20 pixels on its longer side. */
  function scale(ink) {
    const factor = 20 / Math.max(ink.width, ink.height);
    const [width, height] = [ink.width, ink.height].map((side) =>
      Math.max(1, round(side * factor)),
    );
    const small = resize(ink, width, height);
    const most = small.values.reduce((a, b) => Math.max(a, b));
    return { ...small, values: small.values.map((value) => value / most) };
  }

  /** A field of 28 by 28 with the centre of mass of the ink as near to its middle as it fits. */
  function centre({ values, width, height }) {
    let [mass, across, down] = [0, 0, 0];
    values.forEach((value, i) => {
      mass += value;
      across += value * (i % width);
      down += value * Math.floor(i / width);
    });
    const corner = (middle, side) => Math.min(Math.max(round(13.5 - middle), 0), 28 - side);
    const [left, top] = [corner(across / mass, width), corner(down / mass, height)];
    const field = new Float32Array(784);
    values.forEach((value, i) => {
      field[(top + Math.floor(i / width)) * 28 + left + (i % width)] = value;
    });
    return field;
  }

  /**
   * All four steps.
   *
   * @returns {Float32Array | null} 784 pixels from 0 (paper) to 1 (ink); null if there is no ink
   */
  function prepare(rgba, width, height) {
    const ink = findInk(rgba, width, height);
    return ink && centre(scale(crop(ink)));
  }

  /** The pixels of a test image, in the same way. */
  const pixelsOf = ({ pixels }) => Float32Array.from(atob(pixels), (c) => c.charCodeAt(0) / 255);

  // --- changes, on 784 prepared pixels -----------------------------------------------------------

  /** Each pixel becomes the largest of a square: `thickened` in chapter 8. */
  function thickened(pixels, amount) {
    const before = Math.floor(amount / 2);
    return pixels.map((_, i) => {
      const [x, y] = [i % 28, Math.floor(i / 28)];
      let most = 0;
      for (let row = Math.max(y - before, 0); row <= Math.min(y - before + amount, 27); row++) {
        for (
          let column = Math.max(x - before, 0);
          column <= Math.min(x - before + amount, 27);
          column++
        ) {
          most = Math.max(most, pixels[row * 28 + column]);
        }
      }
      return most;
    });
  }

  /** Turned clockwise about the middle and then moved; between pixels the values are blended. */
  function turnedAndMoved(pixels, degrees, right, down) {
    const [sine, cosine] = [
      Math.sin((degrees * Math.PI) / 180),
      Math.cos((degrees * Math.PI) / 180),
    ];
    const at = (x, y) => (x < 0 || y < 0 || x > 27 || y > 27 ? 0 : pixels[y * 28 + x]);
    return pixels.map((_, i) => {
      const [x, y] = [(i % 28) - right - 13.5, Math.floor(i / 28) - down - 13.5];
      const [oldX, oldY] = [cosine * x + sine * y + 13.5, cosine * y - sine * x + 13.5];
      const [left, top] = [Math.floor(oldX), Math.floor(oldY)];
      const [beside, below] = [oldX - left, oldY - top];
      return (
        (1 - below) * ((1 - beside) * at(left, top) + beside * at(left + 1, top)) +
        below * ((1 - beside) * at(left, top + 1) + beside * at(left + 1, top + 1))
      );
    });
  }

  /** 784 numbers from the bell curve, by the way of Box and Muller. */
  function bell() {
    const roll = dice(1);
    const uniform = () => roll() + 2 ** -33; // never 0
    return Float32Array.from(
      { length: 784 },
      () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    );
  }

  const NOISE = bell(); // the same each time

  /** All changes: made thicker, turned, moved, and noise added. */
  function change(pixels, { right = 0, down = 0, turn = 0, thicker = 0, noise = 0 }) {
    let changed = Float32Array.from(pixels);
    if (thicker) changed = thickened(changed, thicker);
    if (turn || right || down) changed = turnedAndMoved(changed, turn, right, down);
    if (noise) changed = changed.map((p, i) => Math.min(Math.max(p + noise * NOISE[i], 0), 1));
    return changed;
  }

  window.course.prepareDigit = { boxes, centre, change, crop, findInk, pixelsOf, prepare, resize };
})();
