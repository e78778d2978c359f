"""The browser that tests and tools drive; as a program, install one if there is none.

`python -m tools.browser` is what `make test` calls first. It uses the browser named by CHROMIUM, or
one on the PATH, or Playwright's own, and otherwise tries to install one. Chromium without its own
windows and menus, Debian's `chromium-headless-shell`, comes first: the pages are the same, and to
make a new one takes it a quarter of the time.
"""

import gzip
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from sphinx_extensions.metadata import repository

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build/html"
TEXT = (".html", ".css", ".js", ".svg", ".json", ".txt", ".xml")  # what a host compresses
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
MISSING = (
    "No Chromium was found. Type one of\n"
    "    sudo apt install chromium\n"
    "    .venv/bin/playwright install --with-deps chromium\n"
    "or name yours: CHROMIUM=/path/to/chromium make test"
)


def chromium():
    """The path of a Chromium or Chrome; FileNotFoundError with what to type if there is none."""
    if named := os.environ.get("CHROMIUM"):
        if path := shutil.which(named):
            return path
        raise FileNotFoundError(f"CHROMIUM={named} is not a program.")
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).exists():
        return path
    raise FileNotFoundError(MISSING)


def pages_to_read():
    """The addresses within the site of its pages, in all languages: not those that lead on."""
    apart = {"index.html", "404.html"}  # of the site, and of each language
    return sorted(
        path.relative_to(SITE).as_posix()
        for path in SITE.rglob("*.html")
        if "_static" not in path.parts
        and not (path.name in apart and (path.parent / "_static").exists())
    )


@contextmanager
def browser():
    """A headless browser of Playwright's, closed at the end."""
    path = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        opened.close()


class Host(SimpleHTTPRequestHandler):
    """Serves a site as a host would: text compressed, 404.html for what is not there, no log.

    The site lies at / and at the path of its published address.
    """

    protocol_version = "HTTP/1.1"
    base = "/" + repository()[1].split("/", 3)[3]

    def translate_path(self, path):
        return super().translate_path(path.removeprefix(self.base[:-1]) or "/")

    def do_GET(self):
        path, status = Path(self.translate_path(self.path)), 200
        path = path / "index.html" if path.is_dir() else path
        if not path.exists():
            path, status = Path(self.directory, "404.html"), 404
        if path.suffix not in TEXT or not path.exists():
            return super().do_GET()
        body = gzip.compress(path.read_bytes())
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@contextmanager
def served(folder=SITE):
    """The address at which `folder` is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def install():
    """As root on Debian, its shell if that is not there; then, without any browser, another one."""
    apt = ["apt-get", "-qq", "-o", "Acquire::Retries=0"]
    in_a_container = shutil.which(apt[0]) and os.geteuid() == 0
    if in_a_container and not shutil.which(SHELL):
        attempt([*apt, "update"], [*apt, "install", "--yes", SHELL])
    others = [[*apt, "install", "--yes", "chromium"]] if in_a_container else []
    for command in [*others, [sys.executable, "-m", "playwright", "install", "chromium"]]:
        try:
            return chromium()
        except FileNotFoundError:
            attempt(command)


def attempt(*commands):
    print("Installing Chromium for the tests …", flush=True)
    for command in commands:
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    if not os.environ.get("CHROMIUM"):
        install()
    try:
        chromium()
    except FileNotFoundError as error:
        sys.exit(str(error))
