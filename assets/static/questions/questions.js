/* Questions that answer back: first a guess, then the result. And exercises with short answers. */
(() => {
  "use strict";

  // --- what a reader types, and what is said of it ---

  /** An answer as the notebook would have it: a number, several, a word, or null for nothing. */
  function typed(text, lang, count = 1) {
    if (count > 1) {
      const bare = text.replace(/[()[\]]/g, "").trim();
      const parts = bare.split(/;|,\s/.test(bare) ? /;|,\s/ : ",");
      const numbers = parts.map((part) => typed(part, lang));
      if (numbers.length === count && numbers.every(Number.isFinite)) return numbers;
      return /^(None)?$/.test(bare) ? null : bare;
    }
    const plain = text.trim().replace(/^["'“«]\s*|\s*["'”»]$/g, "");
    if (!plain || plain === "None") return null;
    const bare = plain.replace(/\s/g, "").replace("−", "-");
    const number = lang === "fr" ? bare.replace(",", ".") : bare.replace(/,(?=\d{3}(?!\d))/g, "");
    return Number.isFinite(Number(number)) ? Number(number) : plain.toLowerCase();
  }

  /** Whether a number is one of these, or lies between them. */
  const isNear = (answer, values) =>
    values.every((value) => typeof value === "number") &&
    answer > values.at(0) - 0.002 &&
    answer < values.at(-1) + 0.002;

  const isList = Array.isArray;

  /** Whether a case of weights and a bias fires. */
  const fires = (answer, weights) =>
    weights.reduce((sum, weight, place) => sum + weight * (answer[place] ?? 1), 0) > 0;

  /** How many numbers an answer has. */
  const countOf = (cases) =>
    Math.max(2, ...cases.map(([value]) => (isList(value) ? value.length : 0))) - 1;

  /** What the first case that fits says, as `compare` does in the chapters. */
  function verdict(answer, cases) {
    const isNumber = typeof answer === "number";
    const fits = ([value]) =>
      value === answer ||
      (isNumber && isNear(answer, [value].flat())) ||
      (isList(answer) && isList(value) && fires(answer, value)) ||
      (value === "no number" && !isNumber && !isList(answer)) ||
      (value === "no word" && typeof answer !== "string") ||
      value === "anything else";
    return cases.find(fits)[1];
  }

  // --- when to ask again: right, and it waits longer; wrong, and it begins anew ---

  const DAYS = [1, 7, 30];

  /** What is kept of a question that was answered on the day `today`. */
  function next(before, right, today) {
    if (before?.right && right && today < before.due) return before;
    const step = right ? Math.min((before?.right ? before.step : -1) + 1, DAYS.length - 1) : 0;
    return { right, step, due: today + DAYS[step] };
  }

  if (typeof module !== "undefined") module.exports = { countOf, typed, verdict, next };
  if (typeof document === "undefined") return;

  const { make } = window.course;
  const { lang } = document.documentElement;
  const words = JSON.parse(document.getElementById("question-words").dataset.words);
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
  const format = (number) =>
    new Intl.NumberFormat(lang, { maximumSignificantDigits: 6 }).format(number);
  const today = () => Math.floor((Date.now() - new Date().getTimezoneOffset() * 6e4) / 864e5);

  // --- what the reader has done: in this browser alone, or not at all ---

  /** What `use` returns; nothing where the browser keeps nothing, or nonsense. */
  const attempt = (use) => {
    try {
      return use();
    } catch {}
  };

  const store = {
    read() {
      const kept = attempt(() => JSON.parse(localStorage.getItem("progress")));
      return Object(kept) === kept ? kept : {};
    },
    write(kept) {
      attempt(() => localStorage.setItem("progress", JSON.stringify(kept)));
      showProgress();
    },
    set: (key, value) => store.write({ ...store.read(), [key]: value }),
  };

  const record = (key, right, answer) =>
    store.set(key, { ...next(store.read()[key], right, today()), answer });

  /** In the contents of the course: what of a chapter is read, predicted and solved. */
  function showProgress() {
    const kept = store.read();
    for (const link of document.querySelectorAll(".sidebar-tree a")) {
      const page = link.pathname.split("/").pop().replace(".html", "");
      link.querySelector(".done")?.remove();
      const { of, tasks = 0, read } = kept[page] ?? {};
      if (!of) continue;
      const own = Object.keys(kept).filter((key) => key.startsWith(`${page}/`));
      const solved = own.filter((key) => kept[key].solved).length;
      const done = own.length - solved;
      const told = say(words.done, { done, of, solved, tasks });
      const mark = `${read ? "✓ " : ""}${done}/${of} · ${solved}/${tasks}`;
      const all = read ? `${words.read} ${told}` : told;
      const seen = make("span", { title: all, ariaHidden: "true" }, mark);
      const heard = make("span", { className: "visually-hidden" }, all);
      link.append(make("span", { className: "done" }, seen, heard));
    }
  }

  // --- results: hidden until there is a guess, or until all are to be shown ---

  const boxes = [...document.querySelectorAll(".asks")];
  const resultOf = (box) => box.querySelector(".result");
  const open = (box) => resultOf(box).removeAttribute("hidden");
  const close = (box) => resultOf(box).setAttribute("hidden", "until-found");
  const answered = new Set();
  const switches = [];

  function showAll(all) {
    attempt(() => localStorage.setItem("results", all ? "shown" : "asked"));
    for (const box of boxes)
      if (all || answered.has(box)) open(box);
      else close(box);
    for (const one of switches) one.checked = all;
  }

  /** A place within a result, to which an address leads, is opened. */
  function uncover() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target?.closest(".result[hidden]")) return;
    open(target.closest(".asks"));
    target.scrollIntoView();
  }

  // --- questions ---

  /** The scale with the guess above it, and below it what was measured, and its range. */
  function drawScale([lowest, highest, value, ...chance], guess) {
    const at = (number) => `${(100 * (number - lowest)) / (highest - lowest)}%`;
    const mark = (className, number, text) => {
      const one = make("span", { className }, make("span", {}, text));
      one.style.left = at(number);
      one.classList.toggle("late", number > (lowest + highest) / 2);
      return one;
    };
    const scale = make("div", { className: "scale", ariaHidden: "true" });
    if (chance.length) {
      const range = make("span", { className: "range-bar" });
      range.style.left = at(Math.max(lowest, chance[0]));
      range.style.right = `calc(100% - ${at(Math.min(highest, chance[1]))})`;
      scale.append(range);
    }
    scale.append(
      mark("guess", guess, `▼ ${words.yours} ${format(guess)}`),
      mark("measured", value, `▲ ${words.measured} ${format(value)}`),
    );
    return scale;
  }

  /** Say what a guess is worth; returns whether it is near. */
  function judgeNumber(scale, guess, status) {
    const [lowest, highest, value, ...chance] = scale;
    const near = Math.abs(guess - value) <= (highest - lowest) / 10;
    const told = say(words.compared, { guess: format(guess), value: format(value) });
    const [from, to] = chance.map(format);
    const range = chance.length && from !== to ? ` ${say(words.chance, { from, to })}` : "";
    const verdict = make("strong", {}, near ? `✓ ${words.near}` : `✗ ${words.far}`);
    status.replaceChildren(verdict, ` ${told}${range}`, drawScale(scale, guess));
    return near;
  }

  const row = { className: "buttons" };
  const within = (item) => item.querySelector(":scope > p") ?? item;

  /** Say whether a choice is right; if not, the answer's sentence for just this choice. */
  function judgeChoice(box, choice, status) {
    const right = choice === box.dataset.right;
    const verdict = say(right ? words.right : words.wrong, { choice });
    status.replaceChildren(make("strong", {}, `${right ? "✓" : "✗"} ${verdict}`), " ");
    const reasons = right ? [] : [...resultOf(box).querySelectorAll("details > ul > li")];
    const isOwn = (item) => item.querySelector("strong").textContent.startsWith(choice);
    for (const reason of reasons.filter(isOwn).map((item) => item.cloneNode(true))) {
      reason.querySelector("strong").remove();
      const text = within(reason);
      const first = text.firstChild;
      first.textContent = first.textContent.replace(/^[\s:]+(.?)/, (_, one) => one.toUpperCase());
      status.append(...text.childNodes);
    }
    for (const label of box.querySelectorAll(".choice")) {
      const letter = label.querySelector("input").value;
      const mark = letter === box.dataset.right ? "✓" : letter === choice ? "✗" : "";
      label.querySelector(".verdict").textContent = mark;
    }
    return right;
  }

  /** Make of a question's box a form: a choice of its list, or a place on its scale. */
  function ask(box) {
    const { key, again, scale: written } = box.dataset;
    const scale = written && JSON.parse(written);
    const quote = box.querySelector("blockquote");
    const list = [...quote.querySelectorAll("ul")].pop();
    const legend = make("legend", {});
    for (const paragraph of quote.querySelectorAll("p:not(li p)")) {
      legend.append(make("span", {}, ...paragraph.childNodes));
    }
    const fields = make("fieldset", {}, legend);
    for (const item of scale ? [] : [...list.children]) {
      const value = item.querySelector("strong").textContent[0];
      const radio = make("input", { type: "radio", name: key, value, required: true });
      const text = make("span", {}, ...within(item).childNodes);
      const mark = make("span", { className: "verdict", ariaHidden: "true" });
      fields.append(make("label", { className: "choice" }, radio, text, mark));
    }
    let slider;
    if (scale) {
      const [min, max] = scale;
      const step =
        max - min <= 100 && scale.slice(0, 3).every(Number.isInteger) ? 1 : (max - min) / 100;
      slider = make("input", { type: "range", ariaLabel: words.guess, min, max, step });
      slider.value = (min + max) / 2;
      const shown = make("span", { className: "value", ariaHidden: "true" }, format(slider.value));
      slider.addEventListener("input", () => shown.replaceChildren(format(slider.value)));
      const ends = [min, max].map((end) => make("span", { ariaHidden: "true" }, format(end)));
      fields.append(make("div", { className: "slider" }, ends[0], slider, ends[1], shown));
    }
    const all = make("input", { type: "checkbox" });
    all.addEventListener("change", () => showAll(all.checked));
    switches.push(all);
    const status = make("div", { className: "status", role: "status" });
    const submit = make("button", {}, words.submit);
    const way = again
      ? make("a", { href: again }, words.where)
      : make("label", {}, all, ` ${words.all}`);
    const form = make("form", {}, fields, make("div", row, submit, way), status);

    const judge = (answer) =>
      scale ? judgeNumber(scale, Number(answer), status) : judgeChoice(box, answer, status);
    const reveal = () => {
      answered.add(box);
      open(box);
      resultOf(box).querySelector(":scope > details:last-of-type").open = true;
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const answer = scale ? slider.value : form.elements[key].value;
      record(key, judge(answer), answer);
      reveal();
      box.dispatchEvent(new Event("answered", { bubbles: true }));
    });
    quote.replaceChildren(form);

    const kept = again ? null : store.read()[key]?.answer;
    const valid = scale ? Number.isFinite(Number(kept)) : form.querySelector(`[value="${kept}"]`);
    if (typeof kept !== "string" || !valid) return;
    if (scale) slider.value = kept;
    else valid.checked = true;
    judge(kept);
    reveal();
  }

  /** A place to type the answer of an exercise, which gets the words of the notebook's check. */
  function check(place) {
    const { key } = place.dataset;
    const cases = JSON.parse(place.dataset.cases);
    const field = make("input", { autocomplete: "off", spellcheck: false });
    const status = make("p", { role: "status", lang: "en" }); // the words of the code
    const label = make("label", {}, `${words.answer} `, field);
    const form = make("form", row, label, make("button", {}, words.check));
    const judge = () => {
      status.textContent = verdict(typed(field.value, lang, countOf(cases)), cases);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      judge();
      const solved = status.textContent.startsWith("Correct");
      if (solved) store.set(key, { answer: field.value, solved });
    });
    place.append(form, status);
    place.hidden = false;
    field.value = store.read()[key]?.answer ?? "";
    if (field.value) judge();
  }

  const shown = attempt(() => localStorage.getItem("results"));
  boxes.forEach(ask);
  showAll(shown === "shown" && !boxes[0]?.dataset.again);
  const exercises = [...document.querySelectorAll(".replies[data-cases]")];
  exercises.forEach(check);
  uncover();
  addEventListener("hashchange", uncover);

  // --- a chapter is read when its recap has been seen ---

  const recap = document.getElementById("recap");
  if (recap) {
    const page = boxes[0].dataset.key.split("/")[0];
    const counts = { of: boxes.length, tasks: exercises.length };
    store.set(page, { ...store.read()[page], ...counts });
    new IntersectionObserver(([entry], watcher) => {
      if (!entry.isIntersecting) return;
      watcher.disconnect();
      store.set(page, { ...counts, read: true });
    }).observe(recap);
  }
  showProgress();
  window.course.questions = { store, words, say, row, today, boxes };
})();
