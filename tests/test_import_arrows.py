"""Who may import whom: the arrows of the architecture, held."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT: dict[str, set[str]] = {
    # Everybody may ask it whether something has changed.
    "freshness": set(),
    "places": set(),
    "conditions": {"freshness"},
    "directory": {"freshness", "places", "conditions"},
    "bookings": {"directory", "places"},
    "library": {"freshness", "conditions"},
    "physiosite": {"freshness", "places", "conditions", "directory", "bookings", "library"},
}
# What no part of the running site may lean on.
OUTSIDE = {"tests", "bench", "deploy"}


def imported_modules(tree: ast.AST, package: str) -> Iterator[str]:
    """Absolute names; package is where the file lies, for relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            yield ".".join([*parents, *([node.module] if node.module else [])])
        elif (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith(("import_module", "__import__", "import_string"))
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield str(node.args[0].value)


def forbidden_imports(source: str, app: str, package: str) -> list[str]:
    others = (MAY_IMPORT.keys() | OUTSIDE) - MAY_IMPORT[app] - {app}
    names = imported_modules(ast.parse(source), package)
    return [name for name in names if name.split(".")[0] in others]


@pytest.mark.parametrize("app", [app for app in MAY_IMPORT if (ROOT / app).is_dir()])
def test_app_imports_only_what_it_may(app):
    problems = []
    for path in (ROOT / app).rglob("*.py"):
        package = ".".join(path.relative_to(ROOT).parent.parts)
        problems += [
            f"{path.relative_to(ROOT)} imports {name}"
            for name in forbidden_imports(path.read_text(), app, package)
        ]
    assert problems == []


def test_every_installed_app_is_in_the_table(settings):
    ours = {name for name in settings.INSTALLED_APPS if (ROOT / name).is_dir()}
    assert ours <= MAY_IMPORT.keys()


@pytest.mark.parametrize(
    ("app", "source", "caught"),
    [
        ("conditions", "from directory.models import Physiotherapist", ["directory.models"]),
        ("conditions", "import directory.nearest", ["directory.nearest"]),
        ("conditions", "def page():\n    from directory import nearest", ["directory"]),
        ("conditions", "from ..directory import nearest", ["directory"]),
        ("conditions", "importlib.import_module('directory.models')", ["directory.models"]),
        ("places", "from conditions.models import Condition", ["conditions.models"]),
        ("places", "from physiosite import settings", ["physiosite"]),
        ("places", "from tests.tools import find_tool", ["tests.tools"]),
        ("directory", "from bookings.models import Appointment", ["bookings.models"]),
        ("directory", "from places.locate import locate\nfrom conditions.models import Condition", []),
        ("conditions", "from .models import Condition\nfrom . import versions\nimport django.conf", []),
        ("conditions", "import directory_of_something_else", []),
        ("physiosite", "import places, conditions, directory", []),
    ],
)
def test_checker(app, source, caught):
    assert forbidden_imports(source, app, app) == caught
