/* What an image file says of itself before it is decoded: its size, and how the camera was held.
 *
 * A small file may unpack to a picture that fills the memory, so its size is asked first. And
 * browsers turn a JPEG upright, but not every WebP or PNG; so we do it for all of them.
 */
(() => {
  "use strict";

  const text = (view, place, length) =>
    String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + place, length));

  /** Where the note of EXIF stands that says how to turn the picture, if it is there. */
  function findTurn(view, start) {
    const begin = text(view, start, 4) === "Exif" ? start + 6 : start;
    const isLittle = text(view, begin, 2) === "II";
    const table = begin + view.getUint32(begin + 4, isLittle);
    for (let n = 0; n < view.getUint16(table, isLittle); n++) {
      const entry = table + 2 + 12 * n;
      if (view.getUint16(entry, isLittle) !== 0x0112) continue;
      const turn = view.getUint16(entry + 8, isLittle);
      return { turn: turn >= 1 && turn <= 8 ? turn : 1, place: entry + 8, isLittle };
    }
    return {};
  }

  /** A note that is damaged is none. */
  function turnAt(view, start) {
    try {
      return findTurn(view, start);
    } catch {
      return {};
    }
  }

  function jpeg(view) {
    let found = {};
    for (let place = 2; ; ) {
      const kind = view.getUint8(place + 1);
      if (view.getUint8(place) !== 0xff) return null;
      if (kind === 0xff) {
        place++;
        continue;
      }
      if (kind === 0xe1 && text(view, place + 4, 4) === "Exif") found = turnAt(view, place + 4);
      if (kind >= 0xc0 && kind <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(kind)) {
        return { height: view.getUint16(place + 5), width: view.getUint16(place + 7), ...found };
      }
      place += 2 + view.getUint16(place + 2);
    }
  }

  function png(view) {
    const size = { width: view.getUint32(16), height: view.getUint32(20) };
    for (let place = 8; place + 12 <= view.byteLength; ) {
      const end = place + 12 + view.getUint32(place);
      // It has a checksum, so it is not changed but left out.
      if (text(view, place + 4, 4) === "eXIf")
        return { ...size, ...turnAt(view, place + 8), without: [place, end] };
      place = end;
    }
    return size;
  }

  function webp(view) {
    let found = {};
    for (let place = 12; place + 8 <= view.byteLength; ) {
      const [kind, data] = [text(view, place, 4), place + 8];
      if (kind === "VP8X") {
        const three = (at) => 1 + (view.getUint32(at, true) & 0xffffff);
        found = { ...found, width: three(data + 4), height: three(data + 7) };
      } else if (kind === "VP8 " && !found.width) {
        const two = (at) => view.getUint16(at, true) & 0x3fff;
        found = { ...found, width: two(data + 6), height: two(data + 8) };
      } else if (kind === "VP8L" && !found.width) {
        const bits = view.getUint32(data + 1, true);
        found = { ...found, width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) };
      } else if (kind === "EXIF") found = { ...found, ...turnAt(view, data) };
      const length = view.getUint32(place + 4, true);
      place = data + length + (length % 2);
    }
    return found;
  }

  function gif(view) {
    return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
  }

  function bmp(view) {
    if (view.getUint32(14, true) === 12)
      return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
    return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) };
  }

  const KINDS = [
    [/^\xff\xd8\xff/, jpeg],
    [/^\x89PNG/, png],
    [/^RIFF.{4}WEBP/s, webp],
    [/^GIF8/, gif],
    [/^BM/, bmp],
  ];

  /** The {width, height} of a file as it is stored, and where its `turn` stands; null if unknown. */
  function headerOf(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      const begin = text(view, 0, 12);
      const header = KINDS.find(([sign]) => sign.test(begin))?.[1](view);
      return header?.width > 0 && header.height > 0 ? { turn: 1, ...header } : null;
    } catch {
      return null;
    }
  }

  /** The file without its note, so that no browser turns the picture. */
  function unturned(bytes, { place, isLittle, without }) {
    if (without) return [bytes.subarray(0, without[0]), bytes.subarray(without[1])];
    const copy = bytes.slice();
    new DataView(copy.buffer).setUint16(place, 1, isLittle);
    return [copy];
  }

  /** What canvas needs to draw a picture of this size upright. */
  function matrixOf(turn, width, height) {
    return [
      [1, 0, 0, 1, 0, 0],
      [-1, 0, 0, 1, width, 0],
      [-1, 0, 0, -1, width, height],
      [1, 0, 0, -1, 0, height],
      [0, 1, 1, 0, 0, 0],
      [0, 1, -1, 0, height, 0],
      [0, -1, -1, 0, height, width],
      [0, -1, 1, 0, 0, width],
    ][turn - 1];
  }

  window.course.imageHeader = { headerOf, matrixOf, unturned };
})();
