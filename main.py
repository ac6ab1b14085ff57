"""``python main.py EQUIPMENT.csv OUT.csv CONFIG.json [options]``: the best builds as CSV.

``python3 -i main.py ...`` leaves ``equipment``, ``config`` and ``combinations``
for an interactive session.
"""

import signal
import sys

if __name__ == "__main__":
    if not sys.flags.interactive and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # While the program is loaded, and when it is done, Ctrl-C ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from equipment_optimizer.cli import main

    exit_code = main(["optimize", *sys.argv[1:]], globals(), prog="main.py")
    # An interactive session goes on with the names it was left.
    if not sys.flags.interactive:
        sys.exit(exit_code)
