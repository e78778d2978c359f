/* What the pages do: copy buttons, drawers and the search. Without JavaScript they can be read all the same. */
(() => {
  "use strict";

  const TEXT = {
    en: {
      copy: "Copy",
      copied: "Copied",
      notCopied: "The browser did not allow it: select the code and copy it",
      waiting: "Loading the search …",
      failed: "The search could not be loaded. Load the page again, or look into the contents.",
      nothing: (words) => `Nothing found for “${words}”. Try fewer letters.`,
      found: (count) => (count === 1 ? "1 place" : `${count} places`),
    },
    fr: {
      copy: "Copier",
      copied: "Copié",
      notCopied: "Le navigateur ne l’a pas permis : sélectionnez le code et copiez-le",
      waiting: "Chargement de la recherche …",
      failed: "La recherche n’a pas pu être chargée. Rechargez la page, ou consultez le sommaire.",
      nothing: (words) => `Rien trouvé pour « ${words} ». Essayez avec moins de lettres.`,
      found: (count) => (count === 1 ? "1 passage" : `${count} passages`),
    },
  };

  // --- search: which forms of a word are the same ---

  /** A word in small letters without accents or ligatures: « Nœud » is noeud. */
  const fold = (word) =>
    word.toLowerCase().normalize("NFD").replace(/\p{Mark}/gu, "").replace(/œ/g, "oe").replace(/æ/g, "ae");

  const ELISION = /\b(?:[cdjlmnst]|qu)['’]/gi; // « l’activation » is looked for as activation

  /** A search engine over `sections`; `stemmer` takes the endings from the words of their language. */
  function searchEngine(sections, MiniSearch, stemmer) {
    // A stemmer needs the accents, and a reader may type none: « derivees » has the stem of « dérivées ».
    const stems = new Map();
    const stem = (word) => {
      const plain = fold(word);
      if (!stems.has(plain)) stems.set(plain, fold(stemmer.stemWord(word.toLowerCase())));
      return stems.get(plain);
    };
    const engine = new MiniSearch({
      fields: ["title", "heading", "text"],
      storeFields: ["address", "title", "heading", "text"],
      tokenize: (text) => MiniSearch.getDefault("tokenize")(text.replace(ELISION, "")),
      processTerm: (word) => [...new Set([fold(word), stem(word)])],
      searchOptions: { processTerm: stem },
    });
    engine.addAll(
      sections.map(([address, title, heading, text], id) => ({
        id, address, title: title === heading ? "" : title, heading, text,
      })),
    );
    return engine;
  }

  if (typeof module !== "undefined") module.exports = { TEXT, searchEngine };
  if (typeof document === "undefined") return;

  const text = TEXT[document.documentElement.lang] ?? TEXT.en;
  const root = document.documentElement.dataset.content_root;
  const make = (name, properties) => Object.assign(document.createElement(name), properties);

  // --- code: copy buttons, and what scrolls can be reached by keyboard ---

  const icon = (name) => `<svg aria-hidden="true"><use href="#svg-${name}"/></svg>`;

  function addCopyButton(code) {
    const button = make("button", { type: "button", className: "copy", innerHTML: icon("copy") });
    button.setAttribute("aria-label", text.copy);
    button.addEventListener("click", async () => {
      const done = await navigator.clipboard.writeText(code.textContent.trimEnd()).then(
        () => true,
        () => false,
      );
      button.innerHTML = icon(done ? "done" : "copy");
      button.setAttribute("aria-label", done ? text.copied : text.notCopied);
      setTimeout(() => {
        button.innerHTML = icon("copy");
        button.setAttribute("aria-label", text.copy);
      }, 2000);
    });
    code.parentElement.append(button);
  }
  document.querySelectorAll(".cell_input pre").forEach(addCopyButton);

  const scrollers = document.querySelectorAll("article pre, article div.math, .table-wrapper");
  const watcher = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  scrollers.forEach((element) => watcher.observe(element));

  // --- languages: to the same place in the other one, which is kept for the site's first page ---

  const places = document.querySelectorAll("article section[id] section[id]");
  for (const link of document.querySelectorAll("a.language")) {
    link.addEventListener("click", () => {
      const above = [...places].filter((part) => part.getBoundingClientRect().top < innerHeight / 3);
      link.hash = above.at(-1)?.id ?? location.hash;
      link.search = location.search;
      try {
        localStorage.setItem("language", link.hreflang);
      } catch {} // a browser that keeps nothing
    });
    // A host answers every unknown address with the main language's 404.html.
    const folder = link.pathname.replace(/404\.html$/, "");
    const ends404 = folder !== link.pathname;
    const isBelow = folder.length > root.length && location.pathname.startsWith(folder);
    if (ends404 && isBelow) location.replace(link.href);
  }

  // --- drawers: Escape closes them, and a link in them too ---

  const drawers = document.querySelectorAll(".sidebar-toggle");
  document.querySelector(".toc-drawer").addEventListener("click", (event) => {
    if (event.target.closest("a")) drawers[1].checked = false;
  });
  addEventListener("keydown", (event) => {
    for (const drawer of drawers) {
      if (event.key === "Escape" && drawer.checked) {
        drawer.checked = false;
        drawer.focus();
      }
    }
  });

  // --- search ---

  const load = (name) =>
    new Promise((resolve, reject) => {
      const script = make("script", { src: root + name, onload: resolve, onerror: reject });
      document.head.append(script);
    });
  let index;

  /** The search engine over all sections, loaded when it is first needed. */
  function engine() {
    index ??= Promise.all(
      ["search-data.js", "_static/vendor/minisearch.js", "_static/language_data.js"].map(load),
    ).then(() => searchEngine(COURSE_SECTIONS, MiniSearch, new Stemmer()));
    index.catch(() => (index = undefined));
    return index;
  }

  /** A piece of `text` around the first word that begins with one of `terms`, with marks. */
  function excerpt(text, terms) {
    const words = [...text.matchAll(/[\p{L}\p{N}_]+/gu)];
    const isHit = (word, term) => (term.length > 2 ? word.startsWith(term) : word === term);
    const hit = (word) => terms.some((term) => isHit(fold(word), term));
    const first = words.find(([word]) => hit(word))?.index ?? 0;
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, first - 60)));
    const piece = make("span", { className: "excerpt" });
    let place = from;
    for (const word of words) {
      if (word.index < from || word.index > from + 150 || !hit(word[0])) continue;
      piece.append(text.slice(place, word.index), make("mark", { textContent: word[0] }));
      place = word.index + word[0].length;
    }
    const end = text.indexOf(" ", Math.max(place, from + 170));
    piece.append(text.slice(place, end < 0 ? undefined : end));
    if (from > 0) piece.prepend("… ");
    if (end > 0) piece.append(" …");
    return piece;
  }

  async function search(words, results) {
    if (!words.trim()) return results.replaceChildren();
    if (!results.hasChildNodes()) results.textContent = text.waiting;
    let found;
    try {
      found = (await engine()).search(words, {
        boost: { title: 2, heading: 4 },
        boostDocument: (id, term, section) => (section.title ? 1 : 2), // a page before its sections
        prefix: (word, place, words) => word.length > 2 || place === words.length - 1,
        fuzzy: (word) => (word.length > 4 ? 0.15 : false),
        combineWith: "AND",
      });
    } catch {
      return results.replaceChildren(make("p", { textContent: text.failed }));
    }
    if (results.wanted !== words) return; // the reader has typed on
    const summary = found.length ? text.found(found.length) : text.nothing(words);
    const list = make("ul");
    for (const { address, title, heading, text, terms, queryTerms } of found.slice(0, 30)) {
      const link = make("a", { href: root + address });
      link.append(make("strong", { textContent: heading }));
      if (title) link.append(make("span", { className: "of", textContent: title }));
      link.append(excerpt(text, [...terms, ...queryTerms]));
      const item = make("li");
      item.append(link);
      list.append(item);
    }
    results.replaceChildren(make("p", { textContent: summary }), list);
  }

  /** Let the field of `form` search while it is typed in; arrows move through the results. */
  function searchWhileTyping(form, results) {
    const field = form.querySelector("input");
    const update = () => search((results.wanted = field.value), results);
    field.addEventListener("input", update);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      results.querySelector("a")?.click();
    });
    for (const part of [field, results]) {
      part.addEventListener("keydown", (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!step) return;
        const stops = [field, ...results.querySelectorAll("a")];
        stops[stops.indexOf(document.activeElement) + step]?.focus();
        event.preventDefault();
      });
    }
    return update;
  }

  const dialog = document.getElementById("search-dialog");
  const dialogField = dialog.querySelector("input");
  const updateDialog = searchWhileTyping(dialog.querySelector("form"), dialog.querySelector("div"));

  function openDialog(words = "") {
    if (dialog.open) return;
    if (words) dialogField.value = words;
    dialog.showModal();
    dialogField.select();
    updateDialog();
    engine().catch(() => {});
  }
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("a")) dialog.close();
  });

  const page = document.querySelector(".search-page");
  if (page) {
    const field = page.querySelector("input");
    const update = searchWhileTyping(page, page.nextElementSibling);
    field.value = new URLSearchParams(location.search).get("q") ?? "";
    field.addEventListener("input", () =>
      history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`),
    );
    field.focus();
    update();
  } else {
    document.querySelector(".sidebar-search").addEventListener("input", (event) => {
      openDialog(event.target.value);
      event.target.value = "";
    });
    document.querySelector(".search-link").addEventListener("click", (event) => {
      event.preventDefault();
      openDialog();
    });
  }
  addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=range]), textarea, select");
    const slash = event.key === "/" && !typing;
    const control = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !control) return;
    event.preventDefault();
    if (page) page.querySelector("input").focus();
    else openDialog();
  });
})();
