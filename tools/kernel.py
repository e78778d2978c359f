"""Compile the product of tables for the page "Teach it": `python -m tools.kernel`."""

import base64
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.environment import ROOT

SOURCE = ROOT / "assets/static/teach/product.wat"
SCRIPT = ROOT / "assets/static/teach/kernel.js"
COMPILER = ROOT / "tests/node_modules/wabt/bin/wat2wasm"


def script():
    """The text of kernel.js as its source gives it."""
    node = shutil.which("node", path=str(Path(sys.prefix, "bin"))) or "node"
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "product.wasm")
        subprocess.run([node, COMPILER, SOURCE, "-o", out], check=True)
        text = base64.b64encode(out.read_bytes()).decode()
    head = "/* product.wat, compiled by `make kernel`. */\nwindow.course = {\n  ...window.course,\n"
    return f'{head}  kernel:\n    "{text}",\n}};\n'


if __name__ == "__main__":
    SCRIPT.write_text(script(), encoding="ascii")
