/* A picture becomes what the network expects, one field for each digit on it: chapter 9, "A picture of
 * your own", number by number. Then chapter 8's changes: moved, turned, thicker, with noise.
 *
 * What Pillow does with whole numbers is done here with the same ones: `sheet` below is a picture of
 * at most 400 pixels a side, {values, width, height, colours}: a byte for each colour of a pixel,
 * row by row; three colours, or one where all are grey.
 */
(() => {
  "use strict";

  const { clamp, dice, total } = window.course.shared;

  const f32 = Math.fround; // NumPy rounds to 32 bits after every operation, so do we

  /** Rounds a half to the even neighbour, as Python does. */
  function round(number) {
    const floor = Math.floor(number);
    const rest = number - floor;
    return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
  }

  // --- a sheet: opaque, and small -----------------------------------------------------------------

  /** Means of squares of `step` by `step`: Pillow's `reduce`, from sums, with its rounding. */
  function meansOf(sums, width, height, step, colours) {
    const [newWidth, newHeight] = [width, height].map((side) => Math.ceil(side / step));
    const values = new Uint8Array(sums.length);
    for (let y = 0, i = 0; y < newHeight; y++) {
      const rows = Math.min(step, height - y * step);
      for (let x = 0; x < newWidth; x++) {
        const count = rows * Math.min(step, width - x * step);
        const factor = Math.trunc(f32(2 ** 24 / count));
        for (const end = i + colours; i < end; i++) {
          values[i] = Math.floor(((sums[i] + Math.floor(count / 2)) * factor) / 2 ** 24);
        }
      }
    }
    return { values, width: newWidth, height: newHeight, colours };
  }

  /** A sheet made smaller. */
  function reduce({ values, width, height, colours }, step) {
    const newWidth = Math.ceil(width / step);
    const sums = new Int32Array(colours * newWidth * Math.ceil(height / step));
    for (let y = 0, old = 0; y < height; y++) {
      let place = colours * Math.floor(y / step) * newWidth;
      for (let x = 0; x < width; place += colours) {
        for (const end = Math.min(x + step, width); x < end; x++) {
          for (let colour = 0; colour < colours; colour++) sums[place + colour] += values[old++];
        }
      }
    }
    return meansOf(sums, width, height, step, colours);
  }

  /** Divided by 255, as Pillow does it. */
  const by255 = (number) => ((number >> 8) + number) >> 8;

  /** Add a row of pixels to sums for each `step` of them, with `behind` where it is transparent. */
  function addRow(sums, start, rgba, first, width, step, behind) {
    for (let x = 0, old = first, place = start; x < width; place += 3) {
      let [red, green, blue] = [0, 0, 0];
      for (const end = Math.min(x + step, width); x < end; x++, old += 4) {
        const alpha = rgba[old + 3];
        const paper = behind * (255 - alpha) + 128;
        red += by255(rgba[old] * alpha + paper);
        green += by255(rgba[old + 1] * alpha + paper);
        blue += by255(rgba[old + 2] * alpha + paper);
      }
      sums[place] += red;
      sums[place + 1] += green;
      sums[place + 2] += blue;
    }
  }

  /**
   * A picture as a sheet.
   *
   * @param source its {width, height}, and `rows(from, to)`: four bytes a pixel, as canvas gives them
   * @param behind what is seen where it is transparent: 255, white, or 0, black
   */
  function opaque({ width, height, rows }, behind) {
    const step = Math.ceil(Math.max(width, height) / 400);
    const newWidth = Math.ceil(width / step);
    const sums = new Int32Array(3 * newWidth * Math.ceil(height / step));
    const many = Math.max(1, Math.floor(4e6 / (width * step))) * step; // rows at a time
    for (let first = 0; first < height; first += many) {
      const last = Math.min(first + many, height);
      const rgba = rows(first, last);
      for (let y = first; y < last; y++) {
        const start = 3 * Math.floor(y / step) * newWidth;
        addRow(sums, start, rgba, 4 * width * (y - first), width, step, behind);
      }
    }
    const sheet = meansOf(sums, width, height, step, 3);
    const { values } = sheet;
    for (let i = 0; i < values.length; i += 3) {
      if (values[i] !== values[i + 1] || values[i] !== values[i + 2]) return sheet;
    }
    const greys = new Uint8Array(values.length / 3);
    for (let i = 0; i < greys.length; i++) greys[i] = values[3 * i];
    return { ...sheet, values: greys, colours: 1 };
  }

  function crop({ values, width, colours }, [left, top, right, bottom]) {
    const row = colours * (right - left);
    const part = new Uint8Array(row * (bottom - top));
    for (let y = top; y < bottom; y++) {
      const start = colours * (y * width + left);
      part.set(values.subarray(start, start + row), row * (y - top));
    }
    return { values: part, width: right - left, height: bottom - top, colours };
  }

  // --- ink ----------------------------------------------------------------------------------------

  // What follows works on lines of `length` numbers that lie `apart`: those of one colour in a row lie
  // as many places apart as there are colours, those in a column a row.

  /** Each number becomes the largest from `before` places ahead in its line to `after` behind. */
  function spreadLines(values, length, apart, before, after) {
    const larger = values.slice();
    for (let start = 0, place = 0; start < values.length; start += length * apart) {
      for (let n = 0; n < length; n++) {
        const first = start + Math.max(n - before, 0) * apart;
        const last = start + Math.min(n + after, length - 1) * apart;
        for (let i = 0; i < apart; i++, place++) {
          for (let old = first + i; old <= last + i; old += apart) {
            if (values[old] > larger[place]) larger[place] = values[old];
          }
        }
      }
    }
    return larger;
  }

  /** The same in a rectangle. */
  function spread(values, width, height, before, after = before, colours = 1) {
    const wide = spreadLines(values, width, colours, before, after);
    return spreadLines(wide, height, colours * width, before, after);
  }

  // Pillow's filters: how far they reach, and the weight of what is so far away.
  const BILINEAR = { reach: 1, weigh: (far) => Math.max(0, 1 - Math.abs(far)) };
  const BOX = { reach: 0.5, weigh: (far) => Number(far > -0.5 && far <= 0.5) };

  /**
   * How `before` numbers, from 0 to `end` of them, become `after`: for each a place, and the shares
   * of the numbers from there on.
   */
  function blends(before, end, after, { reach, weigh }) {
    const scale = f32(end) / after;
    const wide = Math.max(scale, 1);
    return Array.from({ length: after }, (_, n) => {
      const centre = (n + 0.5) * scale;
      const from = Math.max(0, Math.trunc(centre - reach * wide + 0.5));
      const to = Math.min(before, Math.trunc(centre + reach * wide + 0.5));
      const weights = [];
      for (let x = from; x < to; x++) weights.push(weigh((x - centre + 0.5) * (1 / wide)));
      const sum = total(weights);
      return [from, weights.map((weight) => weight / sum)];
    });
  }

  /** The lines blended: bytes with the 22 bits that Pillow gives a share of them. */
  function blendLines(values, length, apart, parts) {
    const isBytes = values instanceof Uint8Array;
    const blended = new values.constructor((values.length / length) * parts.length);
    const sharesOf = (shares) => shares.map((share) => Math.trunc(0.5 + share * 2 ** 22));
    const pairs = isBytes ? parts.map(([from, shares]) => [from, sharesOf(shares)]) : parts;
    for (let start = 0, place = 0; start < values.length; start += length * apart) {
      for (const [from, shares] of pairs) {
        for (let i = 0; i < apart; i++, place++) {
          let sum = isBytes ? 2 ** 21 : 0;
          let old = start + from * apart + i;
          for (let n = 0; n < shares.length; n++, old += apart) sum += values[old] * shares[n];
          blended[place] = isBytes ? sum >> 22 : sum;
        }
      }
    }
    return blended;
  }

  /** The sheet with each of its small squares blown up again: first across, then down. */
  function enlarge({ values, width, height, colours }, step, newWidth, newHeight) {
    const across = blends(width, newWidth / step, newWidth, BILINEAR);
    const wide = blendLines(values, width, colours, across);
    const down = blends(height, newHeight / step, newHeight, BILINEAR);
    return blendLines(wide, height, colours * newWidth, down);
  }

  /** The paper alone: what is darker, and narrower than a third of it, is gone. */
  function paperOf(dark) {
    const { width, height, colours } = dark;
    const step = Math.ceil(Math.max(width, height) / 64);
    const coarse = reduce(dark, step);
    const reach = Math.floor(Math.max(coarse.width, coarse.height) / 6);
    const lighter = spread(coarse.values, coarse.width, coarse.height, reach, reach, colours);
    const inverse = lighter.map((value) => 255 - value);
    const darker = spread(inverse, coarse.width, coarse.height, reach + 1, reach + 1, colours);
    coarse.values = darker.map((value) => 255 - value);
    return enlarge(coarse, step, width, height);
  }

  /** How many there are of each whole number from -255 to 255. */
  function countsOf(numbers, start = 0, jump = 1) {
    const counts = new Uint32Array(511);
    for (let i = start; i < numbers.length; i += jump) counts[numbers[i] + 255]++;
    return counts;
  }

  /** The number in a place of the sorted ones. */
  function inPlace(counts, place) {
    let n = 0;
    for (let before = counts[0]; before <= place; before += counts[n]) n++;
    return n - 255;
  }

  /** The number in the middle, or the mean of the two. */
  const middleOf = (counts, size) =>
    (inPlace(counts, (size - 1) >> 1) + inPlace(counts, size >> 1)) / 2;

  /** How far each pixel is from the paper around it, in percent of strong ink; or null. */
  function findInk({ values, width, height, colours }) {
    const size = width * height;
    const dark = values.slice();
    for (let colour = 0; colour < colours; colour++) {
      const counts = countsOf(values, colour, colours);
      const middle = middleOf(counts, size);
      const isLight = middle - inPlace(counts, 0) < inPlace(counts, size - 1) - middle;
      if (!isLight) continue;
      for (let i = colour; i < dark.length; i += colours) dark[i] = 255 - dark[i];
    }
    const paper = paperOf({ values: dark, width, height, colours });
    const ink = new Int16Array(size).fill(-255);
    for (let place = 0; place < dark.length; place++) {
      const pixel = Math.floor(place / colours);
      ink[pixel] = Math.max(ink[pixel], paper[place] - dark[place]);
    }
    const middle = Math.trunc(middleOf(countsOf(ink), size));
    for (let i = 0; i < size; i++) ink[i] = clamp(ink[i] - middle, 0, 255);
    const strong = inPlace(countsOf(ink), size - 1 - Math.floor(size / 4000));
    if (strong < 30) return null;
    const percents = new Float64Array(size);
    for (let i = 0; i < size; i++) percents[i] = (100 * ink[i]) / strong;
    return { values: percents, width, height };
  }

  // --- digits -------------------------------------------------------------------------------------

  /** The connected parts: for each pixel its part's number, and the 40 largest with their boxes. */
  function findParts({ values, width, height }, limit) {
    const labels = new Int32Array(values.length);
    const parts = [];
    for (let first = values.length - 1; first >= 0; first--) {
      if (labels[first] || values[first] <= limit) continue;
      const part = { number: first + 1, count: 0, box: [width, height, 0, 0] };
      const waiting = [first];
      labels[first] = first + 1;
      while (waiting.length) {
        const place = waiting.pop();
        const [x, y] = [place % width, Math.floor(place / width)];
        const { box } = part;
        part.count++;
        if (x < box[0]) box[0] = x;
        if (y < box[1]) box[1] = y;
        if (x >= box[2]) box[2] = x + 1;
        if (y >= box[3]) box[3] = y + 1;
        for (let row = Math.max(y - 1, 0); row <= Math.min(y + 1, height - 1); row++) {
          const end = row * width + Math.min(x + 1, width - 1);
          for (let next = row * width + Math.max(x - 1, 0); next <= end; next++) {
            if (labels[next] || values[next] <= limit) continue;
            labels[next] = first + 1;
            waiting.push(next);
          }
        }
      }
      parts.push(part);
    }
    const largest = parts.reverse().sort((a, b) => b.count - a.count);
    return { labels, parts: largest.slice(0, 40) };
  }

  /** What lies along the border, once around. */
  function borderOf(labels, width, height) {
    const border = Array.from(labels.subarray(0, width));
    for (let y = 1; y < height; y++) border.push(labels[(y + 1) * width - 1]);
    for (let x = width - 2; x >= 0; x--) border.push(labels[(height - 1) * width + x]);
    for (let y = height - 2; y > 0; y--) border.push(labels[y * width]);
    return border;
  }

  /** The digits, the parts of which they are made, and the limit; or the name of a problem. */
  function findDigits(ink) {
    const { width, height } = ink;
    const isLarge = ({ box }) => 12 * (box[3] - box[1]) >= Math.max(width, height);
    for (const limit of [40, 55, 70, 85]) {
      const { labels, parts } = findParts(ink, limit);
      const border = borderOf(labels, width, height);
      const inside = parts.filter(({ number, box }) => {
        const [wide, tall] = [box[2] - box[0], box[3] - box[1]];
        const contact = border.filter((label) => label === number).length;
        return 3 * contact <= Math.max(wide, tall) && wide < width && tall < height;
      });
      if (inside.some(isLarge)) return { labels, limit, digits: gather(inside) };
      if (border.filter((label, i) => label && !border.at(i - 1)).length > 6) continue;
      const large = parts.filter(isLarge);
      if (!large.length) return "small";
      const spans = ({ box }) =>
        (box[2] - box[0]) / width >= 0.75 || (box[3] - box[1]) / height >= 0.75;
      const covered = border.filter((label) => label).length;
      if (covered / border.length > 0.5 || !large.some(spans)) return "edge";
      return { labels, limit, digits: gather(parts) };
    }
    return "lines";
  }

  /** Whether two boxes are above each other, with no more than a gap between. */
  function isNear(a, b, gap) {
    const overlap = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
    const apart = Math.max(a[1], b[1]) - Math.min(a[3], b[3]);
    return 2 * overlap >= Math.min(a[2] - a[0], b[2] - b[0]) && apart <= gap;
  }

  /** The digits, from left to right: of each its box and the numbers of its parts. */
  function gather(parts) {
    const heightOf = ({ box }) => box[3] - box[1];
    const tallest = Math.max(...parts.map(heightOf));
    const digits = [];
    for (const part of [...parts].sort((a, b) => heightOf(b) - heightOf(a))) {
      const { box, number } = part;
      if (6 * Math.max(heightOf(part), box[2] - box[0]) < tallest) continue; // a speck
      const home = digits.find((digit) => isNear(digit.box, box, tallest / 5));
      if (home) {
        home.box = home.box.map((side, n) => (n < 2 ? Math.min : Math.max)(side, box[n]));
        home.numbers.push(number);
      } else if (9 * heightOf(part) >= 4 * tallest) digits.push({ box, numbers: [number] });
    }
    return digits.sort((a, b) => a.box[0] - b.box[0]);
  }

  // --- one digit ----------------------------------------------------------------------------------

  /** One digit alone, from 0 to 1, without its margins. */
  function cut(ink, labels, limit, { box, numbers }) {
    const [width, height] = [box[2] - box[0], box[3] - box[1]];
    const mask = new Uint8Array(width * height);
    const values = new Float32Array(width * height);
    const inMask = [];
    const placeOf = (i) => (box[1] + Math.floor(i / width)) * ink.width + box[0] + (i % width);
    for (let i = 0; i < mask.length; i++) {
      if (!numbers.includes(labels[placeOf(i)])) continue;
      mask[i] = 1;
      inMask.push(ink.values[placeOf(i)]);
    }
    const rim = spread(mask, width, height, 1);
    const full = Float64Array.from(inMask).sort()[inMask.length >> 1];
    const low = (limit / 200) * full;
    for (let i = 0; i < values.length; i++) {
      if (rim[i]) values[i] = clamp((ink.values[placeOf(i)] - low) / (full - low), 0, 1);
    }
    return { values, width, height };
  }

  /** The picture with another size: first its rows are made shorter, then its columns. */
  function resize({ values, width, height }, newWidth, newHeight) {
    const narrow = blendLines(values, width, 1, blends(width, width, newWidth, BOX));
    const small = blendLines(narrow, height, newWidth, blends(height, height, newHeight, BOX));
    return { values: small, width: newWidth, height: newHeight };
  }

  /** The same digit with 20 pixels on its longer side. */
  function scale(digit) {
    const factor = 20 / Math.max(digit.width, digit.height);
    const [width, height] = [digit.width, digit.height].map((side) =>
      Math.max(1, round(side * factor)),
    );
    const small = resize(digit, width, height);
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
    const corner = (middle, side) => clamp(round(13.5 - middle), 0, 28 - side);
    const [left, top] = [corner(across / mass, width), corner(down / mass, height)];
    const field = new Float32Array(784);
    values.forEach((value, i) => {
      field[(top + Math.floor(i / width)) * 28 + left + (i % width)] = value;
    });
    return field;
  }

  /** The fields of a sheet, or a problem. */
  function prepareSheet(sheet, ink) {
    const found = ink ? findDigits(ink) : "empty";
    if (typeof found === "string") return { digits: [], problem: found };
    const { labels, limit, digits } = found;
    if (digits.length > 8) return { digits: [], problem: "many" };
    const fields = [];
    for (const digit of digits) {
      const alone = cut(ink, labels, limit, digit);
      const side = Math.min(alone.width, alone.height);
      const filled = alone.values.filter((value) => value > 0).length / alone.values.length;
      if (side > Math.max(9, Math.max(ink.width, ink.height) / 2) && filled > 0.75) {
        const rim = 1 + Math.floor(side / 50); // it is the sheet, on a table
        const [left, top, right, bottom] = digit.box;
        const inside = crop(sheet, [left + rim, top + rim, right - rim, bottom - rim]);
        return prepareSheet(inside, findInk(inside));
      }
      fields.push(centre(scale(alone)));
    }
    return { digits: fields, problem: null };
  }

  /**
   * A picture, whole or by its rows, as `opaque` takes it.
   *
   * @returns {{digits: Float32Array[], problem: string | null}} for each digit, from left to right,
   * 784 pixels from 0 (paper) to 1 (ink); or none, and the name of what is wrong
   */
  function prepareRows(source) {
    const sheet = opaque(source, 255);
    const ink = findInk(sheet);
    if (ink) return prepareSheet(sheet, ink);
    const onBlack = opaque(source, 0); // something white without any paper?
    return prepareSheet(onBlack, findInk(onBlack));
  }

  /** All pixels of a picture, four bytes each, row by row. */
  function prepare(rgba, width, height) {
    const rows = (from, to) => rgba.subarray(4 * width * from, 4 * width * to);
    return prepareRows({ width, height, rows });
  }

  /** The pixels of a test image, in the same way. */
  const pixelsOf = ({ pixels }) => Float32Array.from(atob(pixels), (c) => c.charCodeAt(0) / 255);

  // --- changes, on 784 prepared pixels -----------------------------------------------------------

  /** Turned clockwise about the middle and then moved; between pixels the values are blended. */
  function turnedAndMoved(pixels, degrees, right, down) {
    const angle = (degrees * Math.PI) / 180;
    const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
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

  /** All changes: made thicker (`thickened` in chapter 8), turned, moved, and noise added. */
  function change(pixels, { right = 0, down = 0, turn = 0, thicker = 0, noise = 0 }) {
    let changed = Float32Array.from(pixels);
    const before = Math.floor(thicker / 2);
    if (thicker) changed = spread(changed, 28, 28, before, thicker - before);
    if (turn || right || down) changed = turnedAndMoved(changed, turn, right, down);
    if (noise) changed = changed.map((p, i) => clamp(p + noise * NOISE[i], 0, 1));
    return changed;
  }

  window.course.prepareDigit = { change, pixelsOf, prepare, prepareRows };
})();
