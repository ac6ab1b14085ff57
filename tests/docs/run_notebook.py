"""Execute a notebook with Jupyter and print what it gives: ``python run_notebook.py NOTEBOOK [TARGET]``.

With a target the executed notebook is written there. Prints the text of each cell's result as a list in JSON.
"""

import json
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def plain_results(notebook):
    """Text of every result, cell by cell; a cell without one has nothing."""
    return [
        "".join(output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", ()))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def main():
    path = Path(sys.argv[1])
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    for number, cell in enumerate(notebook["cells"]):
        # Times and kernels are nobody's business.
        cell["metadata"] = {}
        cell["id"] = f"cell-{number}"
    notebook["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    if len(sys.argv) > 2:
        nbformat.write(notebook, sys.argv[2])
    print(json.dumps(plain_results(notebook)))


if __name__ == "__main__":
    main()
