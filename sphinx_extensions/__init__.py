"""The Sphinx extensions of this site: `_config.yml` names this package, which sets up its parts."""

PARTS = (
    "formulas",
    "pages",
    "explorables",
    "questions",
    "ranges",
    "search",
    "metadata",
    "languages",
    "export",
)


def setup(app):
    for part in PARTS:
        app.setup_extension(f"{__name__}.{part}")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
