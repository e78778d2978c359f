"""Everything that is shipped has a licence in the list, and its text is shipped too."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sphinx_extensions.licences import SHIPPED, full_text, owner, text

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"
COURSE = SHIPPED[-1]
NOTICE = re.compile(rb"copyright|\(c\) *\d{4}|licen[sc]ed? under|@license|:license:", re.I)


def faults(site):
    """Yield a sentence for each file of a built site whose licence is not told, or told wrongly."""
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        name = path.relative_to(site).as_posix()
        if owner(name) is None:
            yield f"{name}: add it to sphinx_extensions/licences.py"
        elif owner(name) == COURSE and path.suffix in (".js", ".css", ".svg"):
            if NOTICE.search(path.read_bytes()[:3000]):
                yield f"{name} has a copyright notice, and is listed as ours"


def test_every_file_of_the_site_has_a_licence():
    assert SITE.exists(), "There is no site to test: type make book."
    assert list(faults(SITE)) == []
    for work in SHIPPED:
        files = [path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()]
        assert not work.files or work in map(owner, files), f"{work.name} is no longer shipped"


def test_the_texts_are_shipped():
    assert (SITE / "licences.txt").read_text() == full_text()
    for work in SHIPPED:
        words = {"MIT": "Permission is hereby granted", "BSD": "Redistributions", "OFL": "SIL OPEN"}
        assert words.get(re.split("[- ]", work.licence)[0], "Licen") in text(work), work.name


def test_each_page_links_to_the_licences():
    for page in SITE.rglob("*.html"):
        html = page.read_text()
        linked = re.search('href="([^":]*/)?licences.txt"', html)
        assert linked or 'http-equiv="refresh"' in html, page


def test_works_of_others_in_the_repository():
    listed = [work for work in SHIPPED[:-1] if work.sources]
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    names = tracked.stdout.splitlines()
    for work in listed:
        assert not names or work in {owner(name, "sources") for name in names}, work.name
    for name in names:
        if owner(name, "sources") == COURSE and name.endswith((".js", ".css", ".svg")):
            assert not NOTICE.search((ROOT / name).read_bytes()[:3000]), name


@pytest.mark.parametrize(
    "name, content, fault",
    [
        ("_static/jquery.js", "", "add it to"),
        ("_static/fonts.css", "", "add it to"),
        ("_static/site.js", "/*! Copyright 2020 Somebody */", "listed as ours"),
    ],
)
def test_an_unlisted_file_is_found(name, content, fault, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert fault in "".join(faults(tmp_path))


def test_the_command_lists_them():
    command = [sys.executable, ROOT / "sphinx_extensions/licences.py"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert len(said.splitlines()) == len(SHIPPED) and "OFL-1.1" in said
