"""The same commit gives the same site, byte for byte: elsewhere, later, and on another machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

from sphinx_extensions import pages as course_site

ROOT = Path(__file__).parent.parent
NEEDED = (
    "_config.yml",
    "_toc.yml",
    "LICENSE",
    "assets",
    "chapters",
    "locales",
    "sphinx_extensions",
    "tools",
)
MAKE_BOOK = """"$BIN/jupyter-book" build . -W -n --keep-going --quiet &&
"$BIN/python" -m tools.translate build"""
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
    """Start to build the site in `folder`; the process."""
    return subprocess.Popen(
        ["sh", "-c", MAKE_BOOK],
        cwd=folder,
        env={**os.environ, "BIN": str(Path(sys.executable).parent), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
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


def test_two_builds_give_the_same_bytes(tmp_path):
    here = copy(tmp_path / "here")
    there = copy(tmp_path / "elsewhere/in a folder with another name")
    clock = tmp_path / "clock"
    clock.mkdir()
    (clock / "sitecustomize.py").write_text(LATER)
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
        (tmp_path / name / "index.html").write_text(text)
    (tmp_path / "other/new.html").write_text("")
    found = " ".join(differences(tmp_path / "one", tmp_path / "other"))
    assert "index.html differs" in found and "new.html is there only once" in found


def test_a_change_of_the_sites_own_code_writes_all_pages_again(tmp_path, monkeypatch):
    """Sphinx does so when a value changes that was registered with "html"."""
    monkeypatch.setattr(course_site, "HERE", tmp_path)
    (tmp_path / "templates").mkdir()
    seen = {course_site.fingerprint()}
    for number, name in enumerate(["site.py", "templates/page.html", "site.py"]):
        (tmp_path / name).write_text(str(number))
        seen.add(course_site.fingerprint())
    assert len(seen) == 4
    course_site.setup(app := Mock())
    app.add_config_value.assert_any_call("course_code", course_site.fingerprint(), "html")
