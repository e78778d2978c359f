/* The reader's own network: "Teach it" has trained it, the digit reader reads with it.
 *
 * A network is {tables, measured}, with the tables of Keras: [{shape, values}, …]. The browser
 * keeps it where it lets a page keep anything; else it goes from one page to the other.
 */
(() => {
  "use strict";

  const ADDRESS = "digit-reader.html?digit-reader.network=own";

  /** Ask the browser's store: `act` gets it, and returns a request whose result is promised. */
  async function store(mode, act) {
    const database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open("course", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("networks");
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => resolve(opening.result);
    });
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("networks", mode);
      database.close(); // when the transaction has ended
      const request = act(transaction.objectStore("networks"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** Rejects where nothing can be kept. */
  const keep = (network) => store("readwrite", (networks) => networks.put(network, "own"));

  /** Open the digit reader with this network, which it asks for. */
  function read(network) {
    const reader = window.open(ADDRESS);
    if (!reader) return location.assign(ADDRESS);
    window.addEventListener("message", ({ source, data }) => {
      if (source === reader && data === "own") reader.postMessage({ network }, "*");
    });
  }

  /** The network that the page which opened this one holds; nothing, if that does not answer. */
  const held = () =>
    new Promise((resolve) => {
      if (!window.opener) return resolve();
      window.addEventListener("message", ({ source, data }) => {
        if (source === window.opener) resolve(data.network);
      });
      window.opener.postMessage("own", "*");
      setTimeout(resolve, 3000);
    });

  /** The sizes of a network's layers; an error if its tables are not those of one for digits. */
  function sizesOf(tables) {
    const sizes = [784];
    for (const [n, { shape, values }] of tables.entries()) {
      const isWeights = n % 2 === 0;
      if (isWeights) sizes.push(shape[1]);
      const wanted = isWeights ? sizes.slice(-2) : sizes.slice(-1);
      const count = wanted.reduce((product, size) => product * size);
      if (String(shape) !== String(wanted) || values.length !== count) throw new Error("shapes");
    }
    if (sizes.at(-1) !== 10 || tables.length % 2) throw new Error("not ten digits");
    return sizes;
  }

  /** The reader's network as network.js has it, and what was measured; or nothing. */
  async function find() {
    const isWanted = new URLSearchParams(location.search).get("digit-reader.network") === "own";
    try {
      const get = () => store("readonly", (networks) => networks.get("own"));
      const { tables, measured } = (isWanted && (await held())) || (await get());
      sizesOf(tables);
      const layers = tables
        .map(({ values }, n) => ({ weights: values, biases: tables[n + 1]?.values }))
        .filter((_, n) => n % 2 === 0);
      return { layers, measured, isWanted };
    } catch {
      return null; // nothing is kept, or nothing that we know
    }
  }

  window.course = { ...window.course, own: { find, keep, read, sizesOf } };
})();
