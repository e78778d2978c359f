"""The site's other languages: build them, or refresh their catalogues and list what is to be done.

`python -m tools.translate build` runs beside Jupyter Book's own build: the pages of each language
of _config.yml after the first are written to _build/html/LANGUAGE, without executing anything.
`python -m tools.translate` extracts the messages of all pages into locales/LANGUAGE/LC_MESSAGES,
keeps what is translated, and says by file and line what is new, has changed or is no longer used.
"""

import difflib
import sys
from pathlib import Path

import polib
import yaml
from babel.messages.extract import extract_from_dir
from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "_build"
CONFIG, CITATION = ROOT / "_config.yml", ROOT / "CITATION.cff"
LANGUAGES = yaml.safe_load(CONFIG.read_text())["sphinx"]["config"]["course_languages"]
OTHERS = list(LANGUAGES)[1:]
HEADER = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8"}
# The site's own words: in its extension, in its templates, and in what makes books of it.
WORDS = {
    "sphinx_extensions": [("**/*.py", "python"), ("theme/**.html", "jinja2")],
    "tools": [("**/*.py", "python")],
}


def sphinx(builder, folder, language):
    """Run a builder of Sphinx with the settings of Jupyter Book; ends the program on a warning."""
    settings = {"language": language, "nitpicky": True, "latex_individualpages": False}
    failed = build_sphinx(
        ROOT,
        BUILD / folder,
        path_config=CONFIG,
        noconfig=True,
        confoverrides=settings,
        doctreedir=BUILD / f".doctrees-{builder}-{language}",
        builder=builder,
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    if failed:
        sys.exit(1)


def build():
    for language in OTHERS:
        sphinx("html", f"html/{language}", language)


# --- catalogues ----------------------------------------------------------------------------------


def words():
    """Return the site's own words, with the files that hold them."""
    found = {}
    for folder, methods in WORDS.items():
        for path, _line, message, *_ in extract_from_dir(ROOT / folder, methods):
            found.setdefault(message, []).append(f"{folder}/{path}")
    config, citation = (yaml.safe_load(path.read_text()) for path in (CONFIG, CITATION))
    found |= {config[key]: [CONFIG.name] for key in ("title", "author", "copyright")}
    return found | {citation["abstract"].strip(): [CITATION.name]}


def extracted():
    """Return the messages by catalogue: {name: {message: places}}."""
    sphinx("gettext", "gettext", next(iter(LANGUAGES)))
    found = {"course": words()}
    for pot in sorted((BUILD / "gettext/chapters").glob("*.pot")):
        found[f"chapters/{pot.stem}"] = {
            entry.msgid: [place(*first) for first in entry.occurrences[:1]]
            for entry in polib.pofile(pot)
        }
    return found


def place(path, line):
    """Return where a message stands; a line of a notebook counts its cells in ten thousands."""
    cell, line = divmod(int(line or 0), 10_000)
    path = f"chapters/{Path(path).name}"
    return f"{path}, cell {cell}" if cell else f"{path}:{line}" if line else path


def merged(old, messages, language):
    """Return the catalogue of `messages`, in their order, with the translations of `old`.

    A message that has changed a little takes its translation along, marked as fuzzy; what is no
    longer used stays at the end, marked as obsolete, until it is deleted by hand. Lines and dates
    are left out: a catalogue changes only where the text does.
    """
    new = polib.POFile()
    new.extend(polib.POEntry(msgid=message) for message in messages)
    known = {entry.msgid: entry for entry in old if not entry.obsolete}
    gone = [entry for entry in known.values() if entry.msgid not in messages and entry.msgstr]
    for entry in new:
        if entry.msgid in known:
            entry.msgstr, entry.flags = known[entry.msgid].msgstr, known[entry.msgid].flags
            continue
        texts = [old.msgid for old in gone]
        for text in difflib.get_close_matches(entry.msgid, texts, 1, 0.6):
            like = gone.pop(texts.index(text))
            entry.msgstr, entry.flags = like.msgstr, ["fuzzy"]
            entry.previous_msgid = text
    gone += old.obsolete_entries()
    new.extend(polib.POEntry(msgid=e.msgid, msgstr=e.msgstr, obsolete=True) for e in gone)
    new.metadata = HEADER | {"Language": language}
    new.wrapwidth = 0
    return new


def to_do(path, messages):
    """Yield a sentence for each message at `path` that waits for a translator."""
    for entry in polib.pofile(path):
        kind = (
            "obsolete"
            if entry.obsolete
            else "changed"
            if entry.fuzzy
            else "not translated"
            if not entry.msgstr
            else None
        )
        if kind:
            where = "; ".join(messages.get(entry.msgid, []))
            name = path.relative_to(ROOT)
            yield f"{name}:{entry.linenum}: {kind} ({where or 'nowhere'}): {entry.msgid[:70]}"


def refresh():
    for name, messages in extracted().items():
        for language in OTHERS:
            path = ROOT / f"locales/{language}/LC_MESSAGES/{name}.po"
            path.parent.mkdir(parents=True, exist_ok=True)
            old = polib.pofile(path) if path.exists() else polib.POFile()
            new = str(merged(old, messages, language)) + "\n"
            if not path.exists() or new != path.read_text():
                path.write_text(new)
            for sentence in to_do(path, messages):
                print(sentence)


if __name__ == "__main__":
    build() if sys.argv[1:] == ["build"] else refresh()
