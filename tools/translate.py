"""The site's other languages: build them, or refresh their catalogues and list what is to be done.

`python -m tools.translate build` follows Jupyter Book's own build: the pages of each language of
_config.yml after the first are written to _build/html/LANGUAGE, without executing anything.
`python -m tools.translate` extracts the messages of all pages into locales/LANGUAGE/LC_MESSAGES,
keeps what is translated, and says by file and line what is new, has changed or is no longer used.
"""

import sys
from pathlib import Path

import polib
import yaml
from babel.messages.extract import extract_from_dir
from jupyter_book.sphinx import build_sphinx

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "_build"
CONFIG = ROOT / "_config.yml"
LANGUAGES = yaml.safe_load(CONFIG.read_text())["sphinx"]["config"]["course_languages"]
OTHERS = list(LANGUAGES)[1:]
HEADER = {"MIME-Version": "1.0", "Content-Type": "text/plain; charset=utf-8"}
# The site's own words: in its templates and in its extension.
WORDS = [("**/*.py", "python"), ("templates/**.html", "jinja2")]


def sphinx(builder, folder, language):
    """Run a builder of Sphinx with the settings of Jupyter Book; ends the program on a warning."""
    failed = build_sphinx(
        ROOT,
        BUILD / folder,
        path_config=CONFIG,
        noconfig=True,
        confoverrides={"language": language, "nitpicky": True, "latex_individualpages": False},
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


def place(path, line):
    """Where a message stands: (file, line); in a notebook the cell, counted from 1, and its line."""
    cell, inner = divmod(int(line or 0), 10_000)
    return (path, f"cell {cell}") if path.endswith(".ipynb") else (path, str(inner))


def extracted():
    """Return the messages of the source by catalogue: {name: {message: [(file, line), …]}}."""
    sphinx("gettext", "gettext", next(iter(LANGUAGES)))
    found = {}
    for pot in sorted((BUILD / "gettext/chapters").glob("*.pot")):
        entries = {}
        for entry in polib.pofile(pot):
            entries[entry.msgid] = [
                (f"chapters/{Path(path).name}", line) for path, line in entry.occurrences
            ]
        found[f"chapters/{pot.stem}"] = entries
    words = found["course"] = {}
    for path, line, message, _comments, _context in extract_from_dir(ROOT / "assets", WORDS):
        words.setdefault(message, []).append((f"assets/{path}", str(line)))
    config = yaml.safe_load(CONFIG.read_text())
    for key in ("title", "author", "copyright"):
        words.setdefault(config[key], []).append((CONFIG.name, ""))
    return found


def merged(old, messages, language):
    """Return the catalogue of `messages`, with the translations of the catalogue `old`.

    A message that has changed a little takes its translation along, marked as fuzzy; what is no
    longer used stays at the end, marked as obsolete, until it is deleted by hand.
    """
    new = polib.POFile(wrapwidth=0)
    for message, places in messages.items():
        files = dict.fromkeys(path for path, _line in places)
        new.append(polib.POEntry(msgid=message, occurrences=[(path, "") for path in files]))
    old.wrapwidth = 0
    old.merge(new)
    old.header, old.metadata, old.metadata_is_fuzzy = "", HEADER | {"Language": language}, False
    order = list(messages)
    old.sort(key=lambda entry: (entry.obsolete, order.index(entry.msgid) if not entry.obsolete else 0))
    return old


def refresh(language):
    """Refresh the catalogues of a language; yields a sentence for each message to look at."""
    for name, messages in extracted().items():
        path = ROOT / f"locales/{language}/LC_MESSAGES/{name}.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = merged(polib.pofile(path) if path.exists() else polib.POFile(), messages, language)
        catalogue.save(path)
        yield from problems(path)


def problems(path):
    pass


def main():
    pass
