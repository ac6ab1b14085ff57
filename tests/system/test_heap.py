"""What a heap meter finds: bytes of stages, traced peaks; and the tables it is shown in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from equipment_optimizer.system.heap import HeapRow, Partition, format_partition

ROOT = Path(__file__).resolve().parents[2]

#: In a process of its own: a look takes time in proportion to the objects there are, and a test run has millions.
MEASURED = """
import json
from equipment_optimizer.system.heap import HeapMeter
meter = HeapMeter(trace=True)
before = meter.stage("before")
held = bytearray(1_000_000)
after = meter.stage("after")
meter.close()
meter.close()
print(json.dumps([after.n_bytes - before.n_bytes, after.traced_peak_bytes]))
"""


def test_a_stage_counts_what_was_made_since_the_last_one():
    pytest.importorskip("guppy")
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    n_bytes, traced_peak_bytes = json.loads(done.stdout)
    assert n_bytes == pytest.approx(1_000_000, abs=20_000)
    assert traced_peak_bytes == pytest.approx(1_000_000, abs=200_000)


def test_a_table_has_shares_and_running_totals():
    rows = (HeapRow("str", 3, 60), HeapRow("int", 1, 30))
    assert format_partition(Partition("kind", "everything", 5, 100, rows, 3)) == (
        "kind of everything: 5 objects, 100 bytes\n"
        " Index    Count   %       Size   % Cumulative   % Kind (class / dict of class)\n"
        "     0        3  60         60  60         60  60 str\n"
        "     1        1  20         30  30         90  90 int\n"
        "       ... and 1 more rows"
    )
    assert "   0   0" not in format_partition(Partition("bysize", "nothing", 0, 0, (), 0))
