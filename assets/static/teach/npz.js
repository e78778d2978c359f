/* A network as a file that NumPy writes and reads: `np.savez("digits.npz", *model.get_weights())`.
 *
 * An .npz is a zip of .npy files, one for each table: arr_0.npy, arr_1.npy … Ours are not
 * compressed, nor are those of np.savez.
 */
(() => {
  "use strict";

  const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });

  function checksum(bytes) {
    let value = -1;
    for (const byte of bytes) value = (value >>> 8) ^ CRC[(value ^ byte) & 255];
    return ~value >>> 0;
  }

  const ascii = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

  /** Numbers as bytes, the lowest first: H for two, I for four, as in struct.pack of Python. */
  function pack(format, ...numbers) {
    const bytes = numbers.flatMap((number, place) =>
      (format[place] === "H" ? [0, 1] : [0, 1, 2, 3]).map((n) => (number / 256 ** n) & 255),
    );
    return Uint8Array.from(bytes);
  }

  function npy({ shape, values }) {
    const tuple = shape.length === 1 ? `(${shape},)` : `(${shape.join(", ")})`;
    const told = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
    const head = `${told.padEnd(117)}\n`; // so that the numbers begin at a multiple of 64
    const numbers = new Uint8Array(Float32Array.from(values).buffer);
    return [ascii("\x93NUMPY\x01\x00"), pack("H", head.length), ascii(head), numbers];
  }

  function joined(pieces) {
    const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** The bytes of an .npz with these tables: [{shape, values}]. */
  function writeNpz(tables) {
    const [files, directory] = [[], []];
    let at = 0;
    tables.forEach((table, n) => {
      const name = ascii(`arr_${n}.npy`);
      const content = joined(npy(table));
      const { length } = content;
      const sizes = [length, length, name.length, 0];
      // needs version 2.0; no flags, not compressed; midnight of 1 January 1980
      const told = pack("HHHHHIIIHH", 20, 0, 0, 0, 33, checksum(content), ...sizes);
      const file = [pack("I", 0x04034b50), told, name, content];
      directory.push(pack("IH", 0x02014b50, 20), told, pack("HHHII", 0, 0, 0, 0, at), name);
      files.push(...file);
      at += file.reduce((sum, piece) => sum + piece.length, 0);
    });
    const list = joined(directory);
    const count = tables.length;
    const end = pack("IHHHHIIH", 0x06054b50, 0, 0, count, count, list.length, at, 0);
    return joined([...files, list, end]);
  }

  /**
   * The tables of an .npz that np.savez or `writeNpz` wrote, in their order.
   *
   * @throws {Error} if it is no such file, or its tables are not 32-bit floats, row by row
   */
  function readNpz(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const text = (start, length) => String.fromCharCode(...bytes.subarray(start, start + length));
    let end = bytes.length - 22;
    while (end > 0 && view.getUint32(end, true) !== 0x06054b50) end--;
    if (end <= 0) throw new Error("no zip");
    let at = view.getUint32(end + 16, true);
    return Array.from({ length: view.getUint16(end + 10, true) }, () => {
      const [method, size] = [view.getUint16(at + 10, true), view.getUint32(at + 24, true)];
      const [name, extra] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
      const file = view.getUint32(at + 42, true);
      at += 46 + name + extra + view.getUint16(at + 32, true);
      const start = file + 30 + view.getUint16(file + 26, true) + view.getUint16(file + 28, true);
      const head = text(start + 10, view.getUint16(start + 8, true));
      const shape = /'shape': \(([\d, ]*)\)/.exec(head)?.[1].match(/\d+/g)?.map(Number);
      if (method !== 0 || !shape || !head.includes("'<f4'") || !head.includes("False"))
        throw new Error("no tables of 32-bit floats");
      return {
        shape,
        values: new Float32Array(bytes.slice(start + 10 + head.length, start + size).buffer),
      };
    });
  }

  window.course = { ...window.course, npz: { readNpz, writeNpz } };
})();
