"""Build the site in all its languages: English into _build/html, French into _build/html/fr.

`python -m tools.build` does so in parallel, `python -m tools.build fr` builds one language.
"""

import base64
import subprocess
import sys
import zlib

import numpy as np
from jupyter_book.sphinx import build_sphinx

from tools.translate import LANGUAGES, MAIN, ROOT, translations, write_sources

BUILD = ROOT / "_build"
SITE = BUILD / "html"
IMAGES = ROOT / "assets/static/teach/images"
PART = 10_000


def build(language, builder="html", out=None):
    """Run a builder of Sphinx on the course in one language; return the folder with its output.

    That is `out`, or else _build/BUILDER/LANGUAGE, and _build/html for the site's main language.
    Warnings are errors: when all have been shown, they end the program.
    """
    is_main_site = language == MAIN and builder == "html"
    out = out or (SITE if is_main_site else BUILD / builder / language)
    source, titles = (ROOT, {}) if language == MAIN else write_sources(language)
    settings = {
        "language": language,
        "course_words": translations(language, "course"),
        "course_titles": titles,
        "bibtex_bibfiles": ["assets/references.bib" if language == MAIN else "references.bib"],
        "nitpicky": True,
        "latex_individualpages": False,  # Jupyter Book asks for it
    }
    failed = build_sphinx(
        source,
        out,
        path_config=ROOT / "_config.yml",
        noconfig=True,
        confoverrides=settings,
        doctreedir=BUILD / f".doctrees-{builder}-{language}",
        builder=builder,
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    if failed:
        sys.exit(f"{LANGUAGES[language]}: the build ({builder}) failed, see above.")
    return out


def pack_images():
    """Pack MNIST for the page "Teach it": 10,000 images a script.

    There are six to learn from and one to test with: labels, then pixels with 16 greys, two in a
    byte, compressed. Scripts, because a page that is opened as a file may read nothing else.
    """
    with np.load(ROOT / "assets/keras/datasets/mnist.npz") as data:
        images = np.concatenate([data["x_train"], data["x_test"]]).reshape(-1, 784)
        labels = np.concatenate([data["y_train"], data["y_test"]])
    greys = np.round(images / 17).astype(np.uint8)
    pairs = 16 * greys[:, ::2] + greys[:, 1::2]
    IMAGES.mkdir(exist_ok=True)
    for part in range(len(labels) // PART):
        here = slice(part * PART, (part + 1) * PART)
        packed = zlib.compress(labels[here].tobytes() + pairs[here].tobytes(), 9)
        text = f'course.images({part}, "{base64.b64encode(packed).decode()}");\n'
        (IMAGES / f"{part}.js").write_text(text, encoding="ascii")


def main():
    """Build all languages side by side."""
    if not (IMAGES / "6.js").exists():  # the last one: they never change
        pack_images()
    # UTF-8 in every library that opens a file, whatever the caller's locale.
    command = [sys.executable, "-X", "utf8", "-m", "tools.build"]
    running = [subprocess.Popen([*command, language], cwd=ROOT) for language in LANGUAGES]
    if any([process.wait() for process in running]):
        sys.exit(1)
    print(f"The site is built. Open {(SITE / 'index.html').as_uri()}")


if __name__ == "__main__":
    build(sys.argv[1]) if sys.argv[1:] else main()
