"""The public face of the sampler."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from equipment_optimizer import sampling
from equipment_optimizer.sampling import check_data_picklability_with_measurements

ROOT = Path(__file__).resolve().parents[2]


def test_importing_the_sampler_loads_nothing_heavy():
    code = (
        "import sys, equipment_optimizer.sampling, equipment_optimizer.parallel.ordered_map; "
        "print([m for m in ('numpy', 'multiprocessing', 'concurrent.futures.process', 'rich', 'distributed') "
        "if m in sys.modules])"
    )
    # What measures coverage in this process would load things of its own in that one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "[]\n"


def test_public_names_are_those_promised():
    assert check_data_picklability_with_measurements([1])[0]
    assert set(sampling.__all__) <= set(dir(sampling))
