"""An element to play with in each place that a page marks for one, by a comment of HTML."""

import json
import re
from html import escape
from pathlib import Path

from docutils.nodes import raw
from sphinx.util import logging

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent.parent / "assets/words"
WORDS = {file.stem: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.json"))}
MARKER = re.compile(r"<!-- explorable: ([a-z-]+) -->")
NAMES = "neuron depth descent activation backpropagation overfitting softmax valleys".split()
FILES = {n: ["explore/explore.css", "explore/shared.js", f"explore/{n}.js"] for n in NAMES}
FILES["softmax"].insert(2, "explore/promises.js")
FILES["digit-reader"] = [
    *("explore/explore.css", "digits/reader.css", "explore/shared.js"),
    *(f"digits/{name}.js" for name in ("network", "prepare", "samples", "paper", "header")),
    *(f"digits/{name}.js" for name in ("files", "loading", "inside", "answer", "reader")),
]
FILES["teach-it"] = [
    *("explore/explore.css", "digits/reader.css", "teach/teach.css", "explore/shared.js"),
    *(f"digits/{name}.js" for name in ("network", "prepare", "paper", "inside")),
    *(f"teach/{name}.js" for name in ("kernel", "engine", "worker", "npz", "teach")),
]


def words_of(parts, language):
    """The words of these parts of the tables, in English where the language has none."""
    tables = [WORDS.get(code, {}).get(part, {}) for code in ("en", language) for part in parts]
    return {key: word for table in tables for key, word in table.items()}


def place_elements(app, doctree):
    """Replace each marker by its element; an unknown name is a warning."""
    for node in list(doctree.findall(raw)):
        found = MARKER.fullmatch(node.astext().strip())
        if found and found[1] not in FILES:
            known = ", ".join(FILES)
            logger.warning("no explorable is called %r, only %s", found[1], known, location=node)
        elif found:
            name = found[1]
            parts = ["shared", name, *["paper"] * ("digits/paper.js" in FILES[name])]
            words = json.dumps(words_of(parts, app.config.language), ensure_ascii=False)
            words = f'data-words="{escape(words)}"'
            start = f'<course-{name} class="explorable" id="explore-{name}" {words}>'
            tag = f"{start}</course-{name}>"
            node.replace_self(raw("", tag, format="html", explorable=name))


def load_files(app, pagename, templatename, context, doctree):
    """Add the files of the elements that stand in a page, in the page's language."""
    placed = [node.get("explorable") for node in doctree.findall(raw)] if doctree else []
    for file in dict.fromkeys(file for name in placed if name for file in FILES[name]):
        if file.endswith(".css"):
            app.add_css_file(file)
        else:
            app.add_js_file(file, loading_method="defer")
    context["trains"] = "teach-it" in placed  # in WebAssembly, and in a worker


def setup(app):
    app.connect("doctree-read", place_elements)
    app.connect("html-page-context", load_files)
