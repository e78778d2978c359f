/* Runs a piece of code on scripts of the site, as tests/javascript.py asks for on standard input. */
const { readFileSync } = require("node:fs");
const { resolve } = require("node:path");
const vm = require("node:vm");

const KINDS = { float32: Float32Array, uint8: Uint8ClampedArray };

/** Long tables of numbers come packed, as {float32: "…"}. */
function unpacked(_, value) {
  const kind = Object.keys(KINDS).find((name) => typeof value?.[name] === "string");
  return kind ? new KINDS[kind](Uint8Array.from(Buffer.from(value[kind], "base64")).buffer) : value;
}

/** As they were before Safari 17. */
class OldSearchParams extends URLSearchParams {
  get size() {
    return undefined;
  }
}

Object.assign(globalThis, {
  window: globalThis,
  HTMLElement: class {},
  URLSearchParams: OldSearchParams,
  customElements: { define() {} },
});
const { scripts, code, given } = JSON.parse(readFileSync(0, "utf8"), unpacked);
for (const script of scripts) {
  vm.runInThisContext(readFileSync(resolve(__dirname, "..", script), "utf8"), { filename: script });
}
const run = new Function("require", ...Object.keys(given), code);
const listed = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
/** The code may promise what it returns. */
(async () => {
  process.stdout.write(JSON.stringify(await run(require, ...Object.values(given)), listed));
})();
