"""The workflows have least rights, run pinned actions, and need no secret, so that a fork works."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
RIGHTS = {"contents": "read", "pages": "write", "id-token": "write"}
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))


def faults(text):
    """Yield a sentence for each risk that a workflow takes."""
    for name in re.findall(r"uses: *(.*)", text):
        if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", name):
            yield f"{name}: pin it to a commit, with its version as a comment"
    for secret in re.findall(r"secrets\.\w+", text):
        yield f"{secret}: a fork has none"
    for expression in re.findall(r"run:.*(\$\{\{.*?\}\})", text):
        yield f"{expression} in a command could run what a stranger wrote"
    workflow = yaml.safe_load(text)
    if "pull_request_target" in workflow[True]:  # YAML reads the key `on` as true
        yield "pull_request_target runs a stranger's code with our rights"
    if workflow.get("permissions") not in ({}, {"contents": "read"}):
        yield "rights are given by job, not to the whole workflow"
    for name, job in workflow["jobs"].items():
        rights = job.get("permissions", {})
        ran = "\n".join(step.get("run", "") for step in job["steps"]).split("\n")
        if name == "languages" and all(line.startswith("git ") for line in ran if line):
            rights = {}  # it pushes a branch, and runs nothing but git
        if not rights.items() <= RIGHTS.items():
            yield f"{name} has more rights than it needs: {rights}"
        if "write" in rights.values() and any("run" in step for step in job["steps"]):
            yield f"{name} may write, and runs code"
        if "timeout-minutes" not in job:
            yield f"{name} may run for six hours"
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                if step.get("with", {}).get("persist-credentials") is not False:
                    yield f"{name} leaves its credentials beside the code"
            for target in re.findall(r"^make ([a-z]+)", step.get("run", ""), re.M):
                if target not in TARGETS:
                    yield f"there is no make {target}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_is_safe(path):
    assert list(faults(path.read_text())) == []


@pytest.mark.parametrize(
    "old, new, fault",
    [
        (r"@[0-9a-f]{40} # v5.0.0", "@v5", "pin it to a commit"),
        (r" # v5.0.0", "", "with its version"),
        (r"make test", "echo ${{ secrets.TOKEN }}", "a fork has none"),
        (r"make test", "echo ${{ github.head_ref }}", "what a stranger wrote"),
        (r"pull_request:", "pull_request_target:", "stranger's code"),
        (r"contents: read", "contents: write", "rights are given by job"),
        (r"    timeout-minutes: 60\n", "", "six hours"),
        (r"    timeout", "    permissions: {contents: write}\n    timeout", "more rights"),
        (r"    timeout", "    permissions: {pages: write}\n    timeout", "may write, and runs"),
        (r"persist-credentials: false", "fetch-depth: 1", "leaves its credentials"),
        (r"make test", "make tests", "no make tests"),
    ],
)
def test_a_risk_is_found(old, new, fault):
    good = (ROOT / ".github/workflows/test.yml").read_text()
    spoiled = re.sub(old, new, good)
    assert spoiled != good
    assert fault in "\n".join(faults(spoiled))
