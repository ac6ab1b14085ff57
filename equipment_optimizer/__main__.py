"""``python -m equipment_optimizer COMMAND ...``."""

import sys

from .cli import main

if __name__ == "__main__":
    exit_code = main(session=globals())
    # An interactive session (python -i) goes on with the names it was left.
    if not sys.flags.interactive:
        sys.exit(exit_code)
