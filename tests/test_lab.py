"""Chapters as JupyterLab shows and runs them, started by `make lab`, in a real browser.

Two short chapters here; `make portability` runs them all (LAB_CHAPTERS=all).
"""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

from tools.browser import browser

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
QUICK = [path for path in NOTEBOOKS if path.name[:2] in ("01", "05")]
CHAPTERS = NOTEBOOKS if os.environ.get("LAB_CHAPTERS") == "all" else QUICK
SECONDS = 1200  # the longest chapter trains for a few minutes

# What the page shows of each code cell. First whether it is folded; then, unfolded and run, its
# prompt, which is [*] when it waits or runs and [7] after that, its errors and its figures.
CELLS = "[...document.querySelectorAll('.jp-CodeCell')]"
PROMPTS = f"{CELLS}.map(cell => cell.querySelector('.jp-InputPrompt')?.textContent ?? '')"
FOLDED = f"{CELLS}.map(cell => cell.querySelector('.jp-InputPlaceholder') !== null)"
OUTPUTS = f"""{CELLS}.map(cell => ({{
    prompt: cell.querySelector(".jp-InputPrompt").textContent,
    errors: [...cell.querySelectorAll('[data-mime-type*="error"], [data-mime-type*="stderr"]')]
        .map(output => output.textContent),
    figures: [...cell.querySelectorAll(".jp-OutputArea img")]
        .filter(image => image.naturalWidth > 300 && image.offsetWidth > 300).length,
}}))"""
LOADED = "[...document.images].every(image => image.complete)"


def unexecuted(notebook):
    """Forget what is stored, so that all that shows comes from this run."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    return notebook


def spoiled():
    """A notebook with one fault of each kind that `faults` has to name."""
    code = nbformat.v4.new_code_cell
    picture = {"mystnb": {"image": {"alt": "A picture."}}}
    cells = [
        code("from IPython.display import HTML"),
        code("1 + 1", metadata={"tags": ["hide-input"]}),
        code("2 + 2", metadata={"jupyter": {"source_hidden": True}}),
        code("3 + 3", metadata=picture),
        code("HTML('<img src=\"https://example.org/a.png\">')"),
        code("1 / 0"),
        code("5 + 5"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address and the folder of a JupyterLab that `make lab` started on copies of chapters."""
    folder, own = tmp_path_factory.mktemp("chapters"), tmp_path_factory.mktemp("jupyter")
    for path in CHAPTERS:
        nbformat.write(unexecuted(nbformat.read(path, as_version=4)), folder / path.name)
    nbformat.write(spoiled(), folder / "spoiled.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"--no-browser --port={port} --ServerApp.port_retries=0 --IdentityProvider.token=lab"
    if os.geteuid() == 0:
        options += " --allow-root"  # as in a container
    variables = [
        f"{name}={own}/{name}"
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    ]  # as on the first day: no settings yet, no page to restore
    log = own / "log"
    server = subprocess.Popen(
        ["make", "-o", ".venv/installed", "lab", f"LAB={options} {folder}", *variables],
        cwd=ROOT,
        stdout=log.open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api?token=lab").close()
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.2)
        yield address, folder
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    with socket.socket() as closed:
        assert closed.connect_ex(("127.0.0.1", port)) != 0, "JupyterLab still answers"


def faults(lab, name):
    """Open the notebook `name`, run it by the menu, and return a sentence for each fault seen."""
    address, folder = lab
    cells = nbformat.read(folder / name, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    heard = []
    with browser() as chrome:
        page = chrome.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda line: line.type == "error" and heard.append(line.text))
        page.on("pageerror", lambda error: heard.append(str(error)))

        def stay_here(route):
            heard.append(f"a request to {route.request.url}")
            route.abort()

        def choose(menu, entry):
            page.get_by_role("menuitem", name=menu, exact=True).click()
            page.get_by_role("menuitem", name=entry, exact=True).click()

        page.route(lambda url: not url.startswith((address, "data:", "blob:")), stay_here)
        page.goto(f"{address}/lab/workspaces/{Path(name).stem}/tree/{name}?token=lab")
        page.get_by_text("| Idle").wait_for(timeout=120_000)
        # JupyterLab draws the cells when it has time.
        page.wait_for_function(f"{FOLDED}.length === {len(code)}")
        folded = page.evaluate(FOLDED)
        choose("View", "Expand All Code")  # a folded cell has no prompt to wait for
        choose("Run", "Run All Cells")
        page.wait_for_function(f"{PROMPTS}.some(prompt => /[*\\d]/.test(prompt))")
        page.wait_for_function(
            f"!{PROMPTS}.some(prompt => prompt.includes('*'))", timeout=SECONDS * 1000
        )
        page.wait_for_function(LOADED)
        page.wait_for_function(f"{OUTPUTS}.length === {len(code)}")
        shown = page.evaluate(OUTPUTS)
        choose("Kernel", "Shut Down Kernel")
        page.get_by_text("No Kernel |").wait_for()
    for seen in zip(code, folded, shown, strict=True):
        heard += compare(*seen)
    return heard


def compare(cell, folded, shown):
    """Yield what is wrong with a code cell as JupyterLab showed it after a run."""
    start, tags = cell.source[:40], set(cell.metadata.get("tags", []))
    if not any(character.isdigit() for character in shown["prompt"]):
        yield f"{start!r} did not run"
    if shown["errors"]:
        yield f"{start!r} failed: {shown['errors'][0][-200:]}"
    if folded != bool({"hide-input", "hide-cell"} & tags):
        yield f"{start!r} is {'' if folded else 'not '}folded"
    if shown["figures"] != ("image" in cell.metadata.get("mystnb", {})):
        yield f"{start!r} shows {shown['figures']} figures"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_in_jupyterlab(path, lab):
    before = path.read_bytes()
    assert faults(lab, path.name) == []
    assert path.read_bytes() == before


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
