"""What search engines and social networks read of this site, and its one address.

Everything that names the repository or the site takes it from `repository()`.
"""

import os
import re

REPOSITORY = "deep-learning-with-keras/course"  # a fork on GitHub needs no change here: see below


def repository():
    """Return the repository as "owner/name", and the address of its site, which ends in "/".

    The repository is the environment variable COURSE_REPOSITORY, or GITHUB_REPOSITORY, which
    GitHub Actions set, or REPOSITORY above. The site is COURSE_SITE, or where GitHub Pages puts it.
    A value that is neither "owner/name" nor an address raises ValueError.
    """
    name = os.environ.get("COURSE_REPOSITORY") or os.environ.get("GITHUB_REPOSITORY") or REPOSITORY
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", name):
        raise ValueError(f"COURSE_REPOSITORY is {name!r}: write it as owner/name")
    owner, project = name.split("/")
    pages = f"{owner.lower()}.github.io"
    site = os.environ.get("COURSE_SITE") or (
        f"https://{pages}/" if project.lower() == pages else f"https://{pages}/{project}/"
    )
    if not re.fullmatch(r"https?://[^\s\"'<>?#]+", site):
        raise ValueError(f"COURSE_SITE is {site!r}: write it as https://…")
    return name, site.rstrip("/") + "/"
