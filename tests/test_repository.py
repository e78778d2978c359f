"""What stands around the course: workflows, answers to vulnerabilities, licences."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.environment import ROOT

ZIZMOR = Path(sys.executable).with_name("zizmor")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
NOTICE = re.compile(rb"copyright|\(c\) *\d{4}|licen[sc]ed? under|@license", re.I)


def said_by(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout


def unknown_targets(text):
    """The targets that a workflow or a page of Markdown calls, and the Makefile does not have."""
    called = re.findall(r"(?:^ *- run: |^|`)make ([a-z-]+)", text, re.M)
    return set(called) - set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))


def test_make_targets_exist():
    patterns = (".github/workflows/*.yml", ".ci/run", "*.md", "chapters/*.md")
    for path in [path for pattern in patterns for path in ROOT.glob(pattern)]:
        assert unknown_targets(path.read_text(encoding="utf-8")) == set(), path.name
    assert unknown_targets(WORKFLOW.replace("make full", "make all")) == {"all"}


def test_commands_survive_a_new_name_of_the_folder():
    """A script in .venv/bin names the folder in which it was installed; zizmor is no script."""
    script = r"\.venv/bin/(?!python\b|zizmor\b)\S+"
    assert re.findall(script, MAKEFILE) == []
    assert re.findall(script, "@.venv/bin/jupyter-book build .") == [".venv/bin/jupyter-book"]


@pytest.mark.parametrize("old, new, fault", [
    ("run: make full", "run: |\n          echo ${{ github.head_ref }}", "template-injection"),
    ("pull_request:", "pull_request_target:", "dangerous-triggers"),
    (r"@[0-9a-f]{40} # v5\.0\.0", "@v5", "unpinned-uses"),
    ("persist-credentials: false", "fetch-depth: 1", "artipacked"),
])  # fmt: skip
def test_lint_finds_a_workflow_at_risk(old, new, fault, tmp_path):
    spoiled = tmp_path / "test.yml"
    spoiled.write_text(re.sub(old, new, WORKFLOW), encoding="utf-8")
    assert spoiled.read_text(encoding="utf-8") != WORKFLOW
    assert fault in said_by(ZIZMOR, "--offline", "--quiet", spoiled)


def hasty(text):
    """The jobs of a workflow that do not wait for both suites, which test.yml runs."""
    jobs = yaml.safe_load(text)["jobs"]

    def waits(name):
        needed = jobs[name].get("needs")
        return "workflows/test.yml" in jobs[name].get("uses", "") or (needed and waits(needed))

    return [name for name in jobs if not waits(name)]


def test_nothing_is_published_before_both_suites_passed():
    publish = (ROOT / ".github/workflows/publish.yml").read_text(encoding="utf-8")
    assert hasty(publish) == [] and "make test\n" in WORKFLOW and "make full" in WORKFLOW
    assert hasty(publish.replace("    needs: test\n", "")) == ["build", "languages", "deploy"]


def test_an_answer_to_a_vulnerability_ends(tmp_path):
    """The very lines of `make audit`, with something else in place of pip-audit and its file."""
    recipe = MAKEFILE.split("pip_audit ")[1]
    command = recipe[: recipe.index("\n\t@")].replace("$$", "$").replace("\\\n", "")
    answers = tmp_path / "answers.txt"
    lines = "# A-0 9999-01-01 a note\nA-1 9999-01-01 safe\nA-2 2026-01-01 was safe\n"
    answers.write_text(lines, encoding="utf-8")
    command = command.replace("tools/audit.txt", str(answers))
    said = said_by("sh", "-c", f"echo {command}")
    assert said.endswith("requirements-dev.lock --ignore-vuln A-1\n")


def unlisted(site, licences):
    """The files of a site that have another's notice, although `licences` says that they are ours.

    It names a file by its path, and all files of a folder by that with a slash.
    """
    for path in sorted({*site.rglob("*.*")} - {site / "licences.txt", site / "fr/licences.txt"}):
        name = path.relative_to(site).as_posix().removeprefix("fr/")
        if path.suffix in (".js", ".css", ".svg", ".txt") and NOTICE.search(path.read_bytes()):
            if not {name, f"{name.rpartition('/')[0]}/"} & set(licences.split()):
                yield name


def test_works_of_others_are_listed(tmp_path):
    licences = (ROOT / "assets/licences.txt").read_text(encoding="utf-8")
    assert list(unlisted(ROOT / "_build/html", licences)) == []
    for path in ROOT.glob("assets/static/**/*LICENSE.txt"):
        text = path.read_text(encoding="utf-8")
        assert " ".join(text.split()) in " ".join(licences.split()), path.name
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static/jquery.js").write_text("/*! Copyright 2020 Somebody */", encoding="utf-8")
    assert list(unlisted(tmp_path, licences)) == ["_static/jquery.js"]
