/* The first page of the site leads to the language that the reader chose last. */
try {
  const chosen = localStorage.getItem("language");
  if (document.currentScript.dataset.languages.split(" ").includes(chosen)) {
    document.head.append(Object.assign(document.createElement("base"), { href: `${chosen}/` }));
  }
} catch {
  // A browser that keeps nothing: the main language.
}
