"""``python -m equipment_optimizer COMMAND ...``."""

import signal
import sys

if __name__ == "__main__":
    if not sys.flags.interactive and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # While the program is loaded, and when it is done, Ctrl-C ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from .cli import main

    exit_code = main(session=globals())
    # An interactive session (python -i) goes on with the names it was left.
    if not sys.flags.interactive:
        sys.exit(exit_code)
