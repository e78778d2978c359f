"""The browser that tests and tools drive, and a host for the site.

`python -m tools.browser` says what to type if there is no browser; with `--install` it gets one.
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

from sphinx_extensions.metadata import path_of_site
from tools.environment import ROOT

SITE = ROOT / "_build/html"
TEXT = (".html", ".css", ".js", ".svg", ".json", ".txt", ".xml")  # what a host compresses
# The shell has no windows and menus of its own: it shows the same pages and starts much faster.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
APT = """export DEBIAN_FRONTEND=noninteractive; apt-get -qq update
apt-get -qq install --yes chromium-headless-shell || apt-get -qq install --yes chromium"""
MISSING = (
    "No Chromium was found: type `make browser` to get one, "
    "or name yours: CHROMIUM=/path/to/chromium make test"
)


def chromium():
    """The path of CHROMIUM, of one on the PATH, or of Playwright's; else FileNotFoundError."""
    named = os.environ.get("CHROMIUM")
    for path in map(shutil.which, [named] if named else NAMES):
        if path:
            return path
    if named:
        raise FileNotFoundError(f"CHROMIUM={named} is not a program.")
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        raise FileNotFoundError(MISSING)
    return path


def flags():
    """What Chromium is started with; without its sandbox only where the system refuses that."""
    unshare = [shutil.which("unshare") or "true", "--map-root-user", "true"]
    refused = os.geteuid() == 0 or subprocess.run(unshare, capture_output=True).returncode
    sandbox = ["--no-sandbox"] if refused else []
    return ["--disable-gpu", "--disable-background-networking", "--disable-sync", *sandbox]


def install():
    """Install a Chromium: for root from the system's packages, for others Playwright's."""
    is_debian = os.geteuid() == 0 and shutil.which("apt-get")
    if not is_debian or subprocess.run(APT, shell=True, stdout=subprocess.DEVNULL).returncode:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def main(arguments):
    """The sentence that says what to type if there is no browser, after an attempt to get one."""
    try:
        chromium()
    except FileNotFoundError as error:
        if arguments != ["--install"] or os.environ.get("CHROMIUM"):
            return str(error)
        print("Installing Chromium, which the tests and the export need …", flush=True)
        install()
        return main([])


def pages_to_read():
    """The addresses within the site of its pages in all languages, but for index and 404."""
    paths = [*SITE.glob("**/chapters/*.html"), *SITE.glob("**/search.html")]
    return sorted(path.relative_to(SITE).as_posix() for path in paths)


@contextmanager
def browser():
    """A headless browser of Playwright's, closed at the end."""
    path = chromium()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=flags())
        yield opened
        opened.close()


class Host(SimpleHTTPRequestHandler):
    """Serves a site as a host would: text compressed, 404.html for what is not there, no log.

    The site lies at / and at the path of its published address.
    """

    protocol_version = "HTTP/1.1"
    base = path_of_site()

    def translate_path(self, path):
        return super().translate_path(path.removeprefix(self.base[:-1]) or "/")

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.exists()
        path = path if found else Path(self.directory, "404.html")
        if path.suffix not in TEXT or not path.exists():
            return super().do_GET()
        body = gzip.compress(path.read_bytes())
        self.send_response(200 if found else 404)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
