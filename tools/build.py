"""Build the site in all its languages: English into _build/html, French into _build/html/fr.

`python -m tools.build` builds each language in a process of its own; `python -m tools.build fr`
builds one. A warning is an error.
"""

import subprocess
import sys

from jupyter_book.sphinx import build_sphinx

from tools.translate import LANGUAGES, MAIN, ROOT, write_sources

BUILD = ROOT / "_build"
SITE = BUILD / "html"


def build(language, builder="html", out=None):
    """Run a builder of Sphinx on the course in one language; return the folder with its output.

    That is `out`, or else _build/BUILDER/LANGUAGE, and _build/html for the site's main language.
    A warning or an error ends the program with a sentence, when all of them have been shown.
    """
    if out is None:
        out = SITE if (language, builder) == (MAIN, "html") else BUILD / builder / language
    source, titles = (ROOT, {}) if language == MAIN else write_sources(language)
    failed = build_sphinx(
        source,
        out,
        path_config=ROOT / "_config.yml",
        noconfig=True,
        confoverrides={
            "language": language,
            "course_titles": titles,
            "nitpicky": True,
            "latex_individualpages": False,
        },
        doctreedir=BUILD / f".doctrees-{builder}-{language}",
        builder=builder,
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    if failed:
        sys.exit(f"{LANGUAGES[language]}: the build ({builder}) failed, see above.")
    return out


def main():
    languages = sys.argv[1:] or list(LANGUAGES)
    if unknown := set(languages) - set(LANGUAGES):
        known = ", ".join(LANGUAGES)
        sys.exit(f"Not among the languages of _config.yml ({known}): {', '.join(unknown)}")
    if len(languages) == 1:
        build(languages[0])
        return
    # UTF-8 in every library that opens a file, whatever the caller's locale.
    command = [sys.executable, "-X", "utf8", "-m", "tools.build"]
    running = [subprocess.Popen([*command, language], cwd=ROOT) for language in languages]
    if any([process.wait() for process in running]):
        sys.exit(1)
    print(f"The site is built. Open {(SITE / 'index.html').as_uri()}")


if __name__ == "__main__":
    main()
