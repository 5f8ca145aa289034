"""The notebook runs from scratch on made-up calls; the one in the repository holds its plots and no machine's paths."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCRIPT = NOTEBOOKS / "first_look.nb.py"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook_build", NOTEBOOKS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def images(notebook: nbformat.NotebookNode) -> int:
    return sum("image/png" in o.get("data", {}) for c in notebook.cells if c.cell_type == "code" for o in c.outputs)


def assert_clean(text: str) -> None:
    for output in json.loads(text)["cells"]:
        shown = re.sub(r'"image/png": "[^"]*"', "", json.dumps(output))
        assert not re.search(r'(?<![\w.<])/(?:home|root|tmp|work|Users|usr)/', shown), shown[:500]
        assert "Traceback" not in shown


def test_executes_from_scratch(builder: ModuleType, folder: Path, tmp_path: Path) -> None:
    made = builder.build(SCRIPT, folder, tmp_path / "out.ipynb")
    notebook = nbformat.read(made, as_version=4)
    nbformat.validate(notebook)
    assert images(notebook) == 6
    assert_clean(made.read_text("utf-8"))


def test_the_one_kept_is_executed_and_of_this_script(builder: ModuleType) -> None:
    path = NOTEBOOKS / "first_look.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = builder.cells_of(SCRIPT.read_text("utf-8"))
    assert [c.source for c in notebook.cells] == [c.source for c in cells], "run make notebook"
    assert images(notebook) == 6
    assert_clean(path.read_text("utf-8"))
