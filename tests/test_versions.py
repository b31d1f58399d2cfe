"""One source of versions: the lock. The project file and the conda environment are held to it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = ["jupyterlab", "pandas", "seaborn", "scipy", "statsmodels", "papermill", "nbconvert", "pytest"]


def pins() -> list[Requirement]:
    return [Requirement(line.rstrip(" \\")) for line in LOCK.splitlines() if re.match(r"[a-z0-9]", line)]


def required() -> list[Requirement]:
    extras = [r for group in PROJECT["optional-dependencies"].values() for r in group]
    return [Requirement(r) for r in [*PROJECT["dependencies"], *extras]]


@pytest.mark.parametrize("requirement", required(), ids=str)
def test_every_requirement_of_the_project_is_pinned_to_a_version_it_allows(requirement):
    versions = [p for p in pins() if canonicalize_name(p.name) == canonicalize_name(requirement.name)]
    assert versions
    for pin in versions:
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("=="))


def test_every_pin_has_hashes_and_no_address():
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert len(blocks) == len(pins()) > 100
    assert all("--hash=sha256:" in block and "==" in block.splitlines()[0] for block in blocks)
    assert not re.search(r"://|--index-url|--find-links", LOCK)


def test_what_was_asked_for_is_required_directly():
    assert set(ASKED) <= {canonicalize_name(r.name) for r in required()}


def test_conda_takes_its_versions_from_the_lock():
    lines = [line.strip(" -") for line in (ROOT / "environment.yml").read_text(encoding="utf-8").splitlines()]
    dependencies = lines[lines.index("dependencies:") + 1 :]
    assert dependencies == ["python=3.11", "pip", "pip:", "r requirements.lock"]
    assert PROJECT["requires-python"] == ">=3.11"


def imported() -> set[str]:
    """Distributions that the package imports, at the top of a module or within a function."""
    names = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names |= {module.split(".")[0] for module in modules}
    known = packages_distributions()
    third = names - set(sys.stdlib_module_names) - {"evaltools", ""}
    return {canonicalize_name(known[name][0]) for name in third}


def test_what_is_imported_is_required_and_what_is_not_is_not():
    required = {canonicalize_name(Requirement(r).name) for r in PROJECT["dependencies"]}
    extras = [r for extra in ("documents", "scale") for r in PROJECT["optional-dependencies"][extra]]
    optional = {canonicalize_name(Requirement(r).name) for r in extras} | {"lxml"}  # of python-docx
    assert imported() - required - optional == set()
    assert required - imported() - set(ASKED) == set()


def test_the_version_is_one_everywhere():
    cited = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert cited and cited[1] == PROJECT["version"]
