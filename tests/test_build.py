"""What a build makes of pages, and that the same commit gives the same site, byte for byte."""

import io
import os
import shutil
import subprocess
import sys
from unittest.mock import Mock

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from sphinx_extensions import pages
from tools.environment import ROOT

# Python's clock, a year and some hours ahead: what `sitecustomize` does holds for a whole build.
LATER = """
import datetime, time
now, gmtime, localtime = time.time, time.gmtime, time.localtime
time.time = lambda: now() + 401 * 86400 + 5 * 3600
time.gmtime = lambda seconds=None: gmtime(time.time() if seconds is None else seconds)
time.localtime = lambda seconds=None: localtime(time.time() if seconds is None else seconds)
class Later(datetime.datetime):
    now = classmethod(lambda cls, tz=None: cls.fromtimestamp(time.time(), tz))
    today = utcnow = now
datetime.datetime = Later
"""
PAGE = """# Page {number}

A page of a small site, with a picture: ![grey](picture.png)

$$ y = x \\qquad ({number}.1) $$

It is formula (1.1), not formula (1.5), and Keras (1.1) is none; formula (7.1) stands elsewhere.

| left | right |
|------|------:|
| 1    |     2 |
"""


def build(folder, **environment):
    """Build the site in a copy of the course, with other times and in another order of files."""
    unread = shutil.ignore_patterns(".*", "_build", "tests", "__pycache__", "*.npz")
    shutil.copytree(ROOT, folder, ignore=unread, copy_function=shutil.copyfile)
    command = [sys.executable, "-m", "tools.build"]
    subprocess.run(command, cwd=folder, env=os.environ | environment, check=True)
    return folder / "_build/html"


def differences(one, other):
    """Return what `diff` says of two folders, from its beginning."""
    answer = subprocess.run(["diff", "-r", one, other], capture_output=True)
    return answer.stdout[:5000].decode(errors="replace")


def telling(site, word, *options):
    """Return the files of a site in which a word stands."""
    command = ["grep", "-rlF", *options, word, site]
    return subprocess.run(command, capture_output=True, encoding="utf-8").stdout.splitlines()


def small_site(source, folder, processes=1, **settings):
    """Build a site of what lies in `source`; return its folder, and what Sphinx warned of."""
    config = {
        "extensions": ["myst_nb", "sphinx_extensions"],
        "nb_execution_mode": "off",
        "html_theme": "course",
        "html_math_renderer": "mathml",
        "myst_enable_extensions": ["dollarmath"],
        "root_doc": "chapters/01-page",
        "ogp_social_cards": {"enable": False},
    }
    places, warned = (source, None, folder / "html", folder / "doctrees", "html"), io.StringIO()
    with docutils_namespace():
        app = Sphinx(*places, config | settings, None, warned, parallel=processes)
        app.build()
    return folder / "html", warned.getvalue()


@pytest.fixture(scope="module")
def pages_of_a_site(tmp_path_factory):
    """A folder with seven pages, as many as Sphinx needs to share the work."""
    source = tmp_path_factory.mktemp("small")
    (source / "chapters").mkdir()
    Image.new("RGB", (30, 20), "grey").save(source / "chapters/picture.png")
    for number in range(1, 8):
        page = source / f"chapters/0{number}-page.md"
        page.write_text(PAGE.format(number=number), encoding="utf-8")
    return source


@pytest.fixture(scope="module")
def site(tmp_path_factory, pages_of_a_site):
    return small_site(pages_of_a_site, tmp_path_factory.mktemp("one"))[0]


def test_pages_have_what_sphinx_does_not_give_them(site):
    html = (site / "chapters/02-page.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser").article
    links = [a["href"] for a in page.select("p a[href*=formula]")]
    assert links == ["01-page.html#formula-1.1", "07-page.html#formula-7.1"]  # to what exists
    cells = [(cell["data-label"], cell.get("class")) for cell in page.select("td")]
    assert cells == [("left", None), ("right", ["text-right"])]
    assert page.select_one(".eyebrow + h1 + .page-links")
    assert page.select_one(".eyebrow").text == "Chapter 2"
    assert (page.img["width"], page.img["height"]) == ("30", "20")
    picture = site / "chapters" / page.img["src"]
    assert picture.suffix == ".webp" and picture.is_file()


def test_several_processes_give_the_same_site(site, pages_of_a_site, tmp_path):
    other, _ = small_site(pages_of_a_site, tmp_path, processes=3)
    assert differences(site, other) == ""
    (other / "new.html").touch()
    (other / "index.html").write_text("made at 10:01", encoding="utf-8")
    assert "new.html" in differences(site, other) and "made at 10:01" in differences(site, other)


def test_a_light_figure_is_that_of_its_picture_whatever_its_time(tmp_path):
    seen = set()
    for colour, time in (("grey", 2_000_000_000), ("red", 1_000_000_000)):
        Image.new("RGB", (30, 20), colour).save(tmp_path / "picture.png")
        os.utime(tmp_path / "picture.png", (time, time))
        light, size = pages.light_figure(tmp_path / "picture.png", tmp_path / "light")
        assert (light.name, size) == ("picture.webp", (30, 20))
        seen.add(light.read_bytes())
    assert len(seen) == 2


@pytest.mark.full
def test_two_builds_give_the_same_bytes(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(LATER, encoding="utf-8")
    one = build(tmp_path / "one", TZ="UTC", LC_ALL="C.UTF-8", PYTHONHASHSEED="1")
    there = {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "2", "PYTHONPATH": str(tmp_path)}
    other = build(tmp_path / "in a folder with another name", **there)
    assert differences(one, other) == ""
    assert telling(one, str(tmp_path)) == []


def test_a_change_of_the_sites_own_code_makes_all_pages_again(tmp_path, monkeypatch):
    """Sphinx does so when a value changes that was registered with "env"."""
    monkeypatch.setattr(pages, "HERE", tmp_path / "code")
    seen = {pages.fingerprint()}
    for name in ("code/a.py", "code/theme/page.html", "assets/static/a.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
        seen.add(pages.fingerprint())
    assert len(seen) == 4
    pages.setup(app := Mock())
    app.add_config_value.assert_any_call("course_code", pages.fingerprint(), "env")
