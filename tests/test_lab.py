"""Two chapters as `make lab` shows and runs them in a browser; all with COURSE_PAGES=all."""

import json
import os
import re
import signal
import subprocess
import time

import nbformat
import pytest

from tests.test_chapters import NOTEBOOKS, alternative, code_cells, is_folded, read
from tools.browser import browser
from tools.environment import ROOT

pytestmark = pytest.mark.full
QUICK = [path for path in NOTEBOOKS if path.name[:2] in ("01", "05")]
CHAPTERS = NOTEBOOKS if os.environ.get("COURSE_PAGES") == "all" else QUICK
# What the page shows of each code cell: whether it is folded; its prompt, which is [*] while it
# waits or runs and [7] after that; its errors; its figures.
CELLS = """() => [...document.querySelectorAll(".jp-CodeCell")].map(cell => ({
    folded: cell.querySelector(".jp-InputPlaceholder") !== null,
    prompt: cell.querySelector(".jp-InputPrompt")?.textContent ?? "",
    errors: [...cell.querySelectorAll('[data-mime-type*="error"], [data-mime-type*="stderr"]')]
        .map(output => output.textContent.slice(-200)),
    loading: [...cell.querySelectorAll("img")].some(image => !image.complete),
    figures: [...cell.querySelectorAll(".jp-OutputArea img")]
        .filter(image => image.naturalWidth > 300 && image.offsetWidth > 300).length,
}))"""


def spoiled():
    """A notebook with one fault of each kind that `faults` has to name."""
    code = nbformat.v4.new_code_cell
    cells = [
        code("from IPython.display import HTML"),
        code("1 + 1", metadata={"tags": ["hide-input"]}),
        code("2 + 2", metadata={"jupyter": {"source_hidden": True}}),
        code("3 + 3", metadata={"mystnb": {"image": {"alt": "A picture."}}}),
        code("HTML('<img src=\"https://example.org/a.png\">')"),
        code("1 / 0"),
        code("5 + 5"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address and the folder of a JupyterLab that `make lab` started on copies of chapters.

    It starts as on the first day, without settings, and takes the next port that is free.
    """
    folder, home = tmp_path_factory.mktemp("chapters"), tmp_path_factory.mktemp("home")
    for path in CHAPTERS:
        notebook = read(path)
        for cell in code_cells(notebook):  # so that all that shows comes from this run
            cell.update(outputs=[], execution_count=None)
        nbformat.write(notebook, folder / path.name)
    nbformat.write(spoiled(), folder / "spoiled.ipynb")
    options = "--no-browser" + (" --allow-root" if os.geteuid() == 0 else "")
    command = ["make", "-o", ".venv/installed", "lab", f"LAB={options} {folder}"]
    variables = os.environ | {"COURSE_HOME": str(home)}
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    try:
        while not (started := [*home.glob("jupyter/runtime/jpserver-*.json")]):
            assert server.poll() is None, (home / "log").read_text(encoding="utf-8")
            time.sleep(0.2)
        yield json.loads(started[0].read_text(encoding="utf-8")), folder
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def faults(lab, name):
    """Open the notebook `name`, run it by the menu, and return a sentence for each fault seen."""
    server, folder = lab
    code = code_cells(read(folder / name))
    heard = []
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(600_000)  # the longest chapter trains for minutes
        page.on("console", lambda line: line.type == "error" and heard.append(line.text))
        page.on("pageerror", lambda error: heard.append(str(error)))

        def stay_here(route):
            heard.append(f"a request to {route.request.url}")
            route.abort()

        def choose(menu, entry):
            page.get_by_role("menuitem", name=menu, exact=True).click()
            page.get_by_role("menuitem", name=entry, exact=True).click()

        def wait(condition):
            page.wait_for_function(f"(({CELLS})()).{condition}", polling=500)
            return page.evaluate(CELLS)

        page.route(lambda url: not url.startswith((server["url"], "data:", "blob:")), stay_here)
        page.goto(f"{server['url']}lab/workspaces/{name[:2]}/tree/{name}?token={server['token']}")
        page.get_by_text("| Idle").wait_for()
        before = wait(f"length === {len(code)}")  # JupyterLab draws the cells when it has time
        choose("View", "Expand All Code")  # a folded cell has no prompt to wait for
        choose("Run", "Run All Cells")
        wait("some(cell => /[*\\d]/.test(cell.prompt))")
        wait("every(cell => !cell.prompt.includes('*') && !cell.loading)")
        after = wait(f"length === {len(code)}")
        choose("Kernel", "Shut Down Kernel")
        page.get_by_text("No Kernel |").wait_for()
    for cell, first, last in zip(code, before, after, strict=True):
        told = {
            f"failed: {last['errors']}": last["errors"],
            "did not run": not re.search(r"\d", last["prompt"]),
            f"is{'' if first['folded'] else ' not'} folded": first["folded"] != is_folded(cell),
            f"shows {last['figures']} figures": last["figures"] != bool(alternative(cell)),
        }
        heard += [f"{cell.source[:40]!r} {fault}" for fault, is_so in told.items() if is_so]
    return heard


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_in_jupyterlab(path, lab):
    assert faults(lab, path.name) == []


def test_a_spoiled_notebook_in_jupyterlab(lab):
    found = "\n".join(faults(lab, "spoiled.ipynb"))
    for fault in (
        "a request to https://example.org/a.png",
        "'1 + 1' is not folded",
        "'2 + 2' is folded",
        "'3 + 3' shows 0 figures",
        "'1 / 0' failed: ",
        "'5 + 5' did not run",
    ):
        assert fault in found
