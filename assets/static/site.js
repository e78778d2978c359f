/* What the pages do: theme, copy buttons, drawers, search. They can be read without scripts too. */
(() => {
  "use strict";

  const TEXT = {
    en: {
      copy: "Copy",
      copied: "Copied",
      selected: "The code is selected: copy it with Ctrl+C or ⌘C",
      waiting: "Loading the search …",
      failed: "The search could not be loaded. Load the page again, or look into the contents.",
      nothing: (words) => `Nothing found for “${words}”. Try fewer letters.`,
      found: (count) => (count === 1 ? "1 place" : `${count} places`),
    },
    fr: {
      copy: "Copier",
      copied: "Copié",
      selected: "Le code est sélectionné : copiez-le avec Ctrl+C ou ⌘C",
      waiting: "Chargement de la recherche…",
      failed: "La recherche n’a pas pu être chargée. Rechargez la page, ou consultez le sommaire.",
      nothing: (words) => `Aucun résultat pour « ${words} ». Essayez avec moins de lettres.`,
      found: (count) => (count === 1 ? "1 passage" : `${count} passages`),
    },
  };

  // --- search: which forms of a word are the same ---

  /** A word in small letters without accents or ligatures: « Nœud » is noeud. */
  const fold = (word) => {
    const plain = word
      .toLowerCase()
      .normalize("NFD")
      .replace(/\p{Mark}/gu, "");
    return plain.replace(/œ/g, "oe").replace(/æ/g, "ae");
  };

  const ELISION = /\b(?:[cdjlmnst]|qu)['’]/gi; // « l’activation » is looked for as activation

  /** A search engine over `sections`; `stemmer` takes the endings from words of their language. */
  function searchEngine(sections, MiniSearch, stemmer) {
    // A stemmer needs accents, and a reader may type none.
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
    sections.forEach(([address, page, heading, text], id) => {
      engine.add({ id, address, title: page === heading ? "" : page, heading, text });
    });
    return engine;
  }

  if (typeof module !== "undefined") module.exports = { TEXT, searchEngine };
  if (typeof document === "undefined") return;

  const text = TEXT[document.documentElement.lang] ?? TEXT.en;
  const root = document.documentElement.dataset.content_root;

  /** An element with `parts` in it. */
  function make(name, properties, ...parts) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...parts);
    return element;
  }
  window.course = { make };

  /** Keep what the reader chose for the next page. */
  function keep(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // A browser that keeps nothing: the choice holds for this page.
    }
  }

  // --- the theme: Furo's own button stops where a browser keeps nothing ---

  function changeTheme() {
    const { dataset } = document.body;
    const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const themes = prefersDark ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    dataset.theme = themes[(themes.indexOf(dataset.theme) + 1) % 3];
    keep("theme", dataset.theme);
  }
  for (const button of document.querySelectorAll(".theme-button")) button.onclick = changeTheme;

  // --- code: copy buttons, and what scrolls can be reached by keyboard ---

  const icon = (name) => `<svg aria-hidden="true"><use href="#svg-${name}"/></svg>`;

  /** A button that copies `code`, or selects it where the browser does not let a page copy. */
  function addCopyButton(code) {
    const button = make("button", { type: "button", className: "copy" });
    const show = (innerHTML, ariaLabel) => Object.assign(button, { innerHTML, ariaLabel });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent.trimEnd());
        show(icon("done"), text.copied);
      } catch {
        getSelection().selectAllChildren(code);
        show(text.selected, null);
      }
      setTimeout(show, 4000, icon("copy"), text.copy);
    });
    show(icon("copy"), text.copy);
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
  for (const element of scrollers) watcher.observe(element);

  // --- ranges: Tab leads to one number of a cell, arrows to the others, Escape ends an answer ---

  for (const output of document.querySelectorAll(".cell_output")) {
    const numbers = [...output.querySelectorAll(".range")];
    const stop = (chosen) => {
      for (const number of numbers) number.tabIndex = number === chosen ? 0 : -1;
    };
    stop(numbers[0]);
    for (const [place, number] of numbers.entries()) {
      number.addEventListener("focus", () => stop(number));
      number.addEventListener("click", () => number.focus()); // on a phone, too
      number.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        numbers[place + step]?.focus();
        event.preventDefault();
      });
    }
  }
  const { classList } = document.documentElement;
  addEventListener("keydown", ({ key }) => classList.toggle("hushed", key === "Escape"));
  addEventListener("pointermove", () => classList.remove("hushed"));

  // --- languages: to the same place in the other one, which is kept for the site's first page ---

  const places = [...document.querySelectorAll("article section[id] section[id]")];
  for (const link of document.querySelectorAll("a.language")) {
    link.addEventListener("click", () => {
      const here = places.findLast((part) => part.getBoundingClientRect().top < innerHeight / 3);
      link.hash = here?.id ?? location.hash;
      link.search = location.search;
      keep("language", link.hreflang);
    });
    // A host answers unknown addresses with the main language's page.
    const folder = link.pathname.replace(/404\.html$/, "");
    const ends404 = folder !== link.pathname;
    const isBelow = folder.length > root.length && location.pathname.startsWith(folder);
    if (ends404 && isBelow) location.replace(link.href);
  }

  // --- drawers: a link in the page's contents closes them, and so does Escape ---

  const drawers = [...document.querySelectorAll(".sidebar-toggle")];
  document.querySelector(".toc-drawer").addEventListener("click", (event) => {
    if (event.target.closest("a")) drawers[1].checked = false;
  });
  addEventListener("keydown", (event) => {
    const drawer = drawers.find((drawer) => drawer.checked);
    if (event.key !== "Escape" || !drawer) return;
    drawer.checked = false;
    drawer.focus();
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
    return index;
  }

  /** A piece of `text` around the first word that begins with one of `terms`, with marks. */
  function excerpt(text, terms) {
    const isHit = (word, term) => (term.length > 2 ? word.startsWith(term) : word === term);
    const words = text.matchAll(/[\p{L}\p{N}_]+/gu);
    const hits = [...words].filter(([word]) => terms.some((term) => isHit(fold(word), term)));
    const from = Math.max(0, text.lastIndexOf(" ", Math.max(0, (hits[0]?.index ?? 0) - 60)));
    const piece = make("span", { className: "excerpt" }, from > 0 ? "… " : "");
    let place = from;
    for (const { 0: word, index } of hits) {
      if (index > from + 150) break;
      piece.append(text.slice(place, index), make("mark", {}, word));
      place = index + word.length;
    }
    const end = text.indexOf(" ", Math.max(place, from + 170));
    piece.append(end < 0 ? text.slice(place) : `${text.slice(place, end)} …`);
    return piece;
  }

  /** Show in `results` where the words of `field` stand. */
  async function search(field, results) {
    const words = field.value;
    if (!words.trim()) return results.replaceChildren();
    if (!results.hasChildNodes()) results.textContent = text.waiting;
    let found;
    try {
      found = (await engine()).search(words, {
        boost: { title: 2, heading: 4 },
        boostDocument: (_id, _term, { title }) => (title ? 1 : 2), // a page before its sections
        prefix: (word, place, words) => word.length > 2 || place === words.length - 1,
        fuzzy: (word) => (word.length > 4 ? 0.15 : false),
        combineWith: "AND",
      });
    } catch {
      index = undefined; // another try may help
      return results.replaceChildren(make("p", {}, text.failed));
    }
    if (field.value !== words) return; // the reader has typed on
    const summary = found.length ? text.found(found.length) : text.nothing(words);
    const items = found.slice(0, 30).map(({ address, title, heading, text, terms, queryTerms }) => {
      const of = title && make("span", { className: "of" }, title);
      const piece = excerpt(text, [...terms, ...queryTerms]);
      const link = { href: root + address };
      return make("li", {}, make("a", link, make("strong", {}, heading), of, piece));
    });
    results.replaceChildren(make("p", {}, summary), make("ul", {}, ...items));
    results.dataset.words = words;
  }

  /** Let the field of `form` search while it is typed in; arrows move through the results. */
  function searchWhileTyping(form, results) {
    const field = form.querySelector("input");
    const update = () => search(field, results);
    field.addEventListener("input", update);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      results.querySelector("a")?.click();
    });
    form.parentElement.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const stops = [field, ...results.querySelectorAll("a")];
      stops[stops.indexOf(document.activeElement) + step]?.focus();
      event.preventDefault();
    });
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
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("a, .close")) dialog.close();
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
    const typing = event.target.matches?.("input:not([type=range]), textarea, select");
    const slash = event.key === "/" && !typing;
    const control = event.key?.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!slash && !control) return;
    event.preventDefault();
    if (page) page.querySelector("input").focus();
    else openDialog();
  });
})();
