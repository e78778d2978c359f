"""What a build makes of pages, and that the same commit gives the same site, byte for byte."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from sphinx_extensions import pages

ROOT = Path(__file__).parent.parent
NEEDED = (
    *("_config.yml", "_toc.yml", "CITATION.cff", "LICENSE"),
    *("assets", "chapters", "locales", "sphinx_extensions", "tools"),
)
# Python's clock, a year and some hours ahead: what `sitecustomize` does holds for a whole build.
LATER = """
import datetime, time
AHEAD = 401 * 86400 + 5 * 3600
now, gmtime, localtime, strftime = time.time, time.gmtime, time.localtime, time.strftime
time.time = lambda: now() + AHEAD
time.gmtime = lambda seconds=None: gmtime(time.time() if seconds is None else seconds)
time.localtime = lambda seconds=None: localtime(time.time() if seconds is None else seconds)
time.strftime = lambda form, moment=None: strftime(form, moment or time.localtime())

class Later(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    today = now
    utcnow = classmethod(lambda cls: cls.utcfromtimestamp(time.time()))

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


def copy(folder):
    """Copy what a build reads into `folder`, with other times and in another order."""
    folder.mkdir(parents=True)
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.npz")
            shutil.copytree(source, folder / name, ignore=ignored, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, folder / name)
    return folder


def start(folder, **environment):
    """Start to build the site in a copy; return the process."""
    return subprocess.Popen(
        [sys.executable, "-m", "tools.build"],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def files(site):
    return {path.relative_to(site): path for path in site.rglob("*") if path.is_file()}


def differences(one, other):
    """Yield a sentence for each file that is not the same in two folders."""
    ours, theirs = files(one), files(other)
    for name in sorted(ours.keys() ^ theirs.keys()):
        yield f"{name} is there only once"
    for name in sorted(ours.keys() & theirs.keys()):
        mine, yours = ours[name].read_bytes(), theirs[name].read_bytes()
        if mine != yours:
            place = max(0, len(os.path.commonprefix([mine, yours])) - 60)
            yield f"{name} differs: {mine[place:][:120]} {yours[place:][:120]}"


def small_site(folder, source, processes=1):
    """Build a site of seven pages, as many as Sphinx needs to share the work; return its folder."""
    config = {
        "extensions": ["myst_nb", "sphinx_extensions"],
        "html_theme": "course",
        "html_math_renderer": "mathml",
        "myst_enable_extensions": ["dollarmath"],
        "root_doc": "chapters/01-page",
        "ogp_social_cards": {"enable": False},
    }
    chapters = source / "chapters"
    chapters.mkdir(exist_ok=True)
    Image.new("RGB", (30, 20), "grey").save(chapters / "picture.png")
    for number in range(1, 8):
        text = PAGE.format(number=number)
        if number == 1:
            text += "\n```{toctree}\n:glob:\n*-page\n```\n"
        (chapters / f"0{number}-page.md").write_text(text, encoding="utf-8")
    with docutils_namespace():
        Sphinx(
            *(source, None, folder / "html", folder / "doctrees", "html", config),
            status=None,
            warning=io.StringIO(),
            parallel=processes,
        ).build()
    return folder / "html"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    return small_site(folder / "one", folder)


def soup(site, name):
    text = (site / f"chapters/{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser").article


def test_only_formulas_that_exist_are_links(site):
    links = [a["href"] for a in soup(site, "02-page").select("p a[href*=formula]")]
    assert links == ["01-page.html#formula-1.1", "07-page.html#formula-7.1"]


def test_cells_of_any_class_know_their_column(site):
    cells = soup(site, "02-page").select("td")
    assert [(cell["data-label"], cell.get("class")) for cell in cells] == [
        ("left", None),
        ("right", ["text-right"]),
    ]


def test_chapters_are_numbered_and_figures_sized(site):
    page = soup(site, "02-page")
    assert page.select_one(".eyebrow + h1") and "Chapter 2" in page.select_one(".eyebrow").text
    assert page.img["width"] == "30" and page.img["height"] == "20"
    assert (site / "chapters" / page.img["src"]).suffix == ".webp"
    assert (site / "chapters" / page.img["src"]).is_file()


def test_several_processes_give_the_same_site(site, tmp_path):
    other = small_site(tmp_path / "other", site.parent.parent, processes=3)
    assert list(differences(site, other)) == []


def test_a_light_figure_is_that_of_its_picture_whatever_its_time(tmp_path):
    picture, seen = tmp_path / "picture.png", set()
    for colour, age in (("grey", 0), ("red", 1000)):
        Image.new("RGB", (30, 20), colour).save(picture)
        os.utime(picture, (2_000_000_000 - age,) * 2)
        light, size = pages.light_figure(picture, tmp_path / "light")
        assert size == (30, 20) and light.name == "picture.webp"
        seen.add(Image.open(light).convert("RGB").getpixel((0, 0)))
    assert len(seen) == 2


@pytest.mark.full
def test_two_builds_give_the_same_bytes(tmp_path):
    here = copy(tmp_path / "here")
    there = copy(tmp_path / "elsewhere/in a folder with another name")
    clock = tmp_path / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(LATER, encoding="utf-8")
    builds = [
        start(here, TZ="UTC", LC_ALL="C.UTF-8", PYTHONHASHSEED="1"),
        start(there, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="2", PYTHONPATH=str(clock)),
    ]
    for build in builds:
        said, _ = build.communicate()
        assert build.returncode == 0, said
    site = here / "_build/html"
    assert list(differences(site, there / "_build/html")) == []
    for path in files(site).values():
        assert str(tmp_path).encode() not in path.read_bytes(), f"{path.name} tells the folder"


def test_a_difference_is_found(tmp_path):
    for name, text in (("one", "built at 10:00"), ("other", "built at 10:01")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(text, encoding="utf-8")
    (tmp_path / "other/new.html").write_text("", encoding="utf-8")
    found = " ".join(differences(tmp_path / "one", tmp_path / "other"))
    assert "index.html differs" in found and "new.html is there only once" in found


def test_a_change_of_the_sites_own_code_makes_all_pages_again(tmp_path, monkeypatch):
    """Sphinx does so when a value changes that was registered with "env"."""
    monkeypatch.setattr(pages, "HERE", tmp_path / "code")
    seen = {pages.fingerprint()}
    for number, name in enumerate(["code/a.py", "code/theme/page.html", "assets/static/a.js"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(str(number), encoding="utf-8")
        seen.add(pages.fingerprint())
    assert len(seen) == 4
    pages.setup(app := Mock())
    app.add_config_value.assert_any_call("course_code", pages.fingerprint(), "env")
