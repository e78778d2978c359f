"""The Sphinx extensions of this site: `_config.yml` names this package, which sets up its parts."""

from importlib import import_module

PARTS = "formulas pages explorables questions ranges search metadata languages export".split()


def setup(app):
    for part in PARTS:
        import_module(f"{__name__}.{part}").setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
