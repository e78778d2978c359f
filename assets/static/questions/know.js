/* The page "What you know": which questions are asked today, and where that is kept. */
(() => {
  "use strict";
  const { make, questions } = window.course;
  const { store, words, say, row, today, boxes } = questions;
  const place = document.querySelector(".know");
  const status = make("p", { role: "status" });

  /** What was answered, and which of it is due. */
  function look() {
    const kept = store.read();
    const answered = boxes.filter((box) => Object(kept[box.dataset.key]).due >= 0);
    const days = (box) => kept[box.dataset.key].due - today();
    return { answered, due: answered.filter((box) => days(box) <= 0), days };
  }

  /** Show these questions, and of the chapters those that have one. */
  function show(chosen) {
    for (const box of boxes) box.hidden = !chosen.includes(box);
    for (const part of document.querySelectorAll("section:has(> .asks)")) {
      part.hidden = !part.querySelector(".asks:not([hidden])");
    }
  }

  function tell() {
    const { answered, due, days } = look();
    const form = new Intl.PluralRules(document.documentElement.lang).select(due.length);
    const n = Math.min(...answered.map(days));
    const later = n === 1 ? words.tomorrow : say(words.later, { n });
    status.textContent = due.length
      ? say(words.due[form] ?? words.due.other, { n: due.length })
      : answered.length
        ? `${words.nothing} ${later}`
        : words.new;
    return due;
  }

  const showDue = () => show(tell());
  const showEvery = () => {
    tell();
    show(boxes);
  };

  function keepInFile() {
    const text = JSON.stringify(store.read(), null, 1);
    const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    make("a", { href, download: "deep-learning-with-keras.json" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  async function takeFromFile(file) {
    try {
      const taken = JSON.parse(await file.text());
      const entries = Object.entries(taken);
      const isKept = ([key, one]) => /^\d\d-/.test(key) && Object(one) === one;
      if (!entries.length || !entries.every(isKept)) throw 0;
      store.write(taken);
      showDue();
      status.prepend(`${words.taken} `);
    } catch {
      status.textContent = words.notTaken;
    }
  }

  function forget() {
    if (!confirm(words.sure)) return;
    store.write({});
    showEvery();
    status.textContent = words.forgotten;
  }

  const button = (text, onclick) => make("button", { type: "button", onclick }, text);
  const file = make("input", { type: "file", accept: ".json", className: "visually-hidden" });
  file.addEventListener("change", async () => {
    if (file.files[0]) await takeFromFile(file.files[0]);
    file.value = ""; // the same file may be chosen again
  });
  const asks = make("div", row, button(words.showDue, showDue), button(words.showEvery, showEvery));
  const label = make("label", { className: "file" }, words.import, file);
  const buttons = [button(words.export, keepInFile), label, button(words.reset, forget)];
  const keeps = make("div", row, ...buttons);
  place.append(status, asks, keeps);
  place.hidden = false;

  document.addEventListener("answered", tell);
  const set = new URLSearchParams(location.search).get("questions")?.split(",");
  const isIn = ({ dataset: { number } }) =>
    set.includes(number) || set.includes(number.split(".")[0]);
  if (set) show(boxes.filter(isIn));
  else if (location.hash || !look().answered.length) showEvery();
  else showDue();
  place.classList.add("ready");
  try {
    localStorage.setItem("progress", JSON.stringify(store.read()));
  } catch {
    status.textContent = words.refused;
  }
})();
