"""Makes the notebooks: cells from the scripts beside this file, executed, with their plots in them.

``python notebooks/build.py [data folder]`` executes them on an existing data folder; without one it first runs
``alo demo --once --contacts 24 --seed 7`` into a temporary folder. ``# %%`` starts a code cell, ``# %% [markdown]`` a
text cell.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

HERE = Path(__file__).parent
DATA_DIR = "alo-data"
"""What the notebooks call the data folder: a reader's own is there after ``alo demo``."""

_TIMEOUT_S = 300


def cells_of(script: str) -> list[nbformat.NotebookNode]:
    """Cells of a script in the percent format."""
    cells = []
    for part in re.split(r"^# %%", script, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        body = body.strip("\n")
        if "[markdown]" in head:
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.splitlines())
            cells.append(nbformat.v4.new_markdown_cell(text))
        else:
            cells.append(nbformat.v4.new_code_cell(body))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number:02d}"  # the same script gives the same file
    return cells


def build(script: Path, data_dir: Path, target: Path | None = None) -> Path:
    """Execute ``script`` as a notebook with ``data_dir`` as its data folder. Raises CellExecutionError."""
    notebook = nbformat.v4.new_notebook(cells=cells_of(script.read_text("utf-8")))
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / DATA_DIR).symlink_to(data_dir.resolve(), target_is_directory=True)
        root = str(HERE.parent.resolve())
        notebook.cells.insert(0, nbformat.v4.new_code_cell(f"import sys; sys.path.insert(0, {root!r})"))
        kernel = KernelManager(kernel_name="python3", transport="ipc", ip=str(Path(folder) / "kernel"))
        client = NotebookClient(notebook, km=kernel, timeout=_TIMEOUT_S, resources={"metadata": {"path": folder}})
        client.execute()
        del notebook.cells[0]
    _tidy(notebook)
    target = target or script.with_suffix(".ipynb")
    nbformat.write(notebook, target)
    return target


def _tidy(notebook: nbformat.NotebookNode) -> None:
    """Nothing of the machine or the moment stays in the file."""
    notebook.metadata.pop("language_info", None)
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            count += 1
            cell["execution_count"] = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output["execution_count"] = count


def main() -> None:
    scripts = sorted(HERE.glob("*.nb.py"))
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder)
        if len(sys.argv) == 1:
            demo = ["demo", "--once", "--contacts", "24", "--seed", "7", "--data-dir", folder]
            subprocess.run([sys.executable, "-m", "app.cli", *demo], check=True, cwd=HERE.parent)
        for script in scripts:
            name = script.name.removesuffix(".nb.py")
            print(build(script, data_dir, HERE / f"{name}.ipynb").name)  # noqa: T201


if __name__ == "__main__":
    main()
