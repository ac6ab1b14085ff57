"""``python main.py EQUIPMENT.csv OUT.csv CONFIG.json [options]``: the best builds as CSV.

``python3 -i main.py ...`` leaves ``equipment``, ``config``, ``results`` and ``combinations``
for an interactive session.
"""

import sys

#: The oldest Python that the package runs on. This file is read by older ones, too.
OLDEST = (3, 11)

if __name__ == "__main__":
    if sys.version_info < OLDEST:
        sys.stderr.write(
            "error: Python %d.%d or newer is needed, and this is Python %d.%d\n"  # noqa: UP031
            "  mend: run it with a newer one, such as: python%d.%d main.py ...\n"
            % (OLDEST + tuple(sys.version_info[:2]) + OLDEST)
        )
        sys.exit(2)

    import signal

    if not sys.flags.interactive and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # While the program is loaded, and when it is done, Ctrl-C ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from equipment_optimizer.cli import main

    exit_code = main(["optimize"] + sys.argv[1:], globals(), prog="main.py")  # noqa: RUF005
    # An interactive session goes on with the names it was left.
    if not sys.flags.interactive:
        sys.exit(exit_code)
