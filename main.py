"""``python main.py EQUIPMENT.csv OUT.csv CONFIG.json [options]``: the best builds as CSV.

``python3 -i main.py ...`` leaves ``equipment``, ``config`` and ``combinations``
for an interactive session.
"""

import sys

from equipment_optimizer.cli import main

if __name__ == "__main__":
    exit_code = main(["optimize", *sys.argv[1:]], globals(), prog="main.py")
    # An interactive session goes on with the names it was left.
    if not sys.flags.interactive:
        sys.exit(exit_code)
