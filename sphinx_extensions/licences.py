"""The licence of every file that is shipped, for `make licences` and licences.txt of the site.

A file of the site belongs to the first entry with a pattern that fits. The texts come from the
packages themselves, so that they are those of the versions that built the site.
"""

import re
import sys
from fnmatch import fnmatch
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent


class Shipped(NamedTuple):
    """A work that is shipped. `text` is the file with its licence, or the package that has one."""

    name: str
    licence: str  # as SPDX writes it
    text: str
    address: str
    files: str  # patterns of paths in the site
    sources: str = ""  # patterns of paths in this repository


SHIPPED = [
    Shipped(
        "STIX Two Math, a subset",
        "OFL-1.1",
        "assets/static/fonts/LICENSE.txt",
        "https://github.com/stipub/stixfonts",
        "_static/fonts/*",
        "assets/static/fonts/*",
    ),
    Shipped(
        "MiniSearch",
        "MIT",
        "assets/static/vendor/minisearch-LICENSE.txt",
        "https://github.com/lucaong/minisearch",
        "_static/vendor/minisearch*",
        "assets/static/vendor/minisearch*",
    ),
    Shipped(
        "Furo, with Gumshoe: the theme, also in every page",
        "MIT",
        "furo",
        "https://github.com/pradyunsg/furo",
        "_static/scripts/furo* _static/styles/furo* _static/debug.css _static/skeleton.css",
    ),
    Shipped(
        "MyST-NB: the style of cells",
        "BSD-3-Clause",
        "myst-nb",
        "https://github.com/executablebooks/MyST-NB",
        "_static/mystnb.*",
    ),
    Shipped(
        "Pygments: the colours of code",
        "BSD-2-Clause",
        "pygments",
        "https://pygments.org",
        "_static/pygments.css",
    ),
    Shipped(
        "Sphinx: its scripts",
        "BSD-2-Clause",
        "sphinx",
        "https://www.sphinx-doc.org",
        "_static/basic.css _static/doctools.js _static/documentation_options.js "
        "_static/language_data.js _static/*stemmer.js _static/translations.js "
        "_static/searchtools.js _static/sphinx_highlight.js "
        "_static/file.png _static/minus.png _static/plus.png objects.inv .buildinfo",
    ),
    Shipped(
        "MNIST: the digits; also in figures",
        "CC-BY-SA-3.0",
        "assets/keras/README.md",
        "https://creativecommons.org/licenses/by-sa/3.0/",
        "_static/digits/samples.js",
        "assets/keras/datasets/mnist.npz assets/static/digits/samples.js",
    ),
    Shipped(
        "The course: code, text and figures",
        "MIT AND CC-BY-4.0",
        "LICENSE",
        "",
        "*.html _sources/chapters/* _images/* _downloads/* _static/cards/* "
        "_static/digits/* _static/explore/* _static/logo.svg _static/site.js _static/start.js "
        "_static/style.css search-data.js robots.txt sitemap.xml licences.txt *.zip *.pdf *.epub",
        "*",
    ),
]


def owner(path, kind="files"):
    """The entry that the file at `path` in the site (or in the repository: "sources") belongs to.

    None if there is no such entry. The folder of another language holds what the site's own does.
    """
    if kind == "files":
        path = re.sub("^[a-z]{2}/", "", path)
    for work in SHIPPED:
        if any(fnmatch(path, pattern) for pattern in getattr(work, kind).split()):
            return work
    return None


def text(work):
    """The licence of a shipped work, in full; LookupError if its package has none."""
    if (ROOT / work.text).is_file():
        return (ROOT / work.text).read_text()
    found = [file for file in distribution(work.text).files if re.match("LICEN[CS]E", file.name)]
    # Furo has a second one, of the script that it contains.
    found += [file for file in distribution(work.text).files if file.name.endswith(".LICENSE.txt")]
    if not found:
        raise LookupError(f"The package {work.text} has no file LICENSE.")
    return "\n".join(file.locate().read_text() for file in found)


def table():
    """The works that are shipped, with their licences and addresses, one a line."""
    return "\n".join(f"{w.name:50} {w.licence:18} {w.address}".rstrip() for w in SHIPPED)


def full_text():
    """The table, and below it each licence."""
    parts = (f"{work.name}\n{'=' * len(work.name)}\n\n{text(work).strip()}" for work in SHIPPED)
    return "\n\n\n".join(["What this site ships, and under which licence", table(), *parts]) + "\n"


def setup(app):
    def write(app, error):
        if not error and app.builder.format == "html":
            Path(app.outdir, "licences.txt").write_text(full_text())

    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    sys.stdout.write(full_text() if "--full" in sys.argv else table() + "\n")
