"""`make audit`: what counts as a finding, as an answer, and as no audit at all."""

import csv
import datetime
import json

import pytest

from tools.audit import ANSWERS, Unreachable, faults, npm_findings, pins, python_findings

TODAY = datetime.date(2026, 11, 24)
# As pip-audit 2.10 and npm 9 write them.
PYTHON = {
    "dependencies": [
        {"name": "six", "version": "1.17.0", "vulns": []},
        {
            "name": "flask",
            "version": "0.5",
            "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"], "aliases": []}],
        },
    ],
    "fixes": [],
}
SKIPPED = {
    "dependencies": [
        {"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited"}
    ],
    "fixes": [],
}
NPM = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "lighthouse": {"name": "lighthouse", "via": ["ws"]},
        "ws": {
            "name": "ws",
            "via": [{"name": "ws", "url": "https://github.com/advisories/GHSA-3h5v-q93c-6h6q"}],
        },
    },
}
REFUSED = {"message": "405 Method Not Allowed", "error": {"summary": "", "detail": ""}}


def answer(**other):
    row = {"finding": "PYSEC-2019-179", "package": "flask", "answered": "2026-11-01"}
    return {**row, "answer": "We serve nothing.", **other}


def test_findings_are_read():
    assert python_findings(json.dumps(PYTHON)) == {("PYSEC-2019-179", "flask")}
    assert npm_findings(json.dumps(NPM)) == {("GHSA-3h5v-q93c-6h6q", "ws")}


def test_no_database_is_not_a_clean_audit():
    with pytest.raises(Unreachable, match="told nothing about 1 packages, jinja2 first"):
        python_findings(json.dumps(SKIPPED))
    with pytest.raises(Unreachable, match="405"):
        npm_findings(json.dumps(REFUSED))


def test_all_systems_are_audited():
    lock = 'numpy==2.2.6 ; python_version < "3.11" \\\n  --hash=a\nnumpy==2.4.6 \\\nsix==1.17.0\n'
    assert pins(lock) == [["numpy==2.2.6", "six==1.17.0"], ["numpy==2.4.6"]]


@pytest.mark.parametrize(
    "findings, answers, fault",
    [
        (set(), [], None),
        ({("PYSEC-2019-179", "flask")}, [answer()], None),
        ({("PYSEC-2019-179", "flask")}, [], "has no answer"),
        ({("PYSEC-2019-179", "flask")}, [answer(answer=" ")], "has no answer"),
        ({("PYSEC-2019-179", "flask")}, [answer(package="jinja2")], "has no answer"),
        ({("PYSEC-2019-179", "flask")}, [answer(answered="2026-05-01")], "look again"),
        (set(), [answer()], "no longer found"),
    ],
)
def test_answers(findings, answers, fault):
    found = " ".join(faults(findings, answers, TODAY))
    assert fault in found if fault else not found


def test_our_answers_are_dated():
    with ANSWERS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert datetime.date.fromisoformat(row["answered"]) and row["answer"].strip(), row
