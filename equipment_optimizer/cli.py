"""The command line: which command, which exit code, and how an error is told.

A command is imported only when it is asked for, and its arguments are checked
before anything slow is imported. This module knows no command's business.
"""

from __future__ import annotations

import atexit
import errno
import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import dropwhile
from typing import Any, NoReturn

from ._version import __version__
from .commands import check_command, load_command, make_parser, overview
from .commands.common.swapped_files import check_files
from .errors import (
    EXIT_DONE,
    EXIT_FAILED,
    INTERNAL,
    InputError,
    UsageError,
    described,
)
from .output.terminal import drop, say
from .system.address_space import fit_address_space, use_one_thread
from .system.stopping import interruptible

__all__ = ["console", "main"]

#: What may also stand before the command.
_AHEAD = ("--quiet", "--verbose")


def main(argv: Sequence[str] | None = None, session: dict[str, Any] | None = None, *, prog: str | None = None) -> int:
    """Run one command and return its exit code; nothing is raised, not even by a bug.

    `argv` is the command and its arguments, those of the process by default; `session` takes the
    names that an interactive session is left with; `prog` is how the user started this.
    """
    # Loading makes no garbage, and what is left at the end needs no collecting: a sixth of the time of a small job.
    gc.set_threshold(50_000, 20, 20)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    argv = list(sys.argv[1:] if argv is None else argv)
    verbose = "--verbose" in argv
    try:
        with interruptible():
            exit_code = _run(argv, {} if session is None else session, prog or "python -m equipment_optimizer")
            _flush()
            return exit_code
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        drop(sys.stdout)
        return EXIT_FAILED
    except KeyboardInterrupt:
        say("error: aborted; outputs that were not finished are as they were before")
        return EXIT_FAILED
    except Exception as error:
        if verbose:
            import traceback

            say(traceback.format_exc().rstrip())
        text, exit_code = described(error)
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            # Files are `atomic_file`'s business: this was printed.
            drop(sys.stdout)
            text, exit_code = f"cannot write standard output: {error.strerror}", EXIT_FAILED
            text += "\n  mend: free some space, or write elsewhere"
        if text.startswith(INTERNAL):
            say(f"{text} (--verbose shows where)")
        else:
            say(text if isinstance(error, InputError) else f"error: {text}")
        return exit_code


def console() -> NoReturn:
    """Entry point of the installed command."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # When the program is done, Ctrl-C ends it without a traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(prog="equipment-optimizer"))


def _run(argv: list[str], session: dict[str, Any], prog: str) -> int:
    """Find the command and hand over to it."""
    words = list(dropwhile(_AHEAD.__contains__, argv))
    ahead = argv[: len(argv) - len(words)]
    if not words:
        raise UsageError("no command given", f"run '{prog} --help' to see the commands")
    if words[0] in ("-h", "--help"):
        print(overview(prog))
        return EXIT_DONE
    if words[0] == "--version":
        print(f"equipment-optimizer {__version__}")
        return EXIT_DONE
    command = words[0]
    check_command(command, prog)
    try:
        parser = make_parser(command, prog)
        args = parser.parse_args([*ahead, *words[1:]])
    except SystemExit as leaving:
        # argparse has printed a help text or the version.
        return leaving.code if isinstance(leaving.code, int) else EXIT_DONE
    check_files(args, words[1:], parser.prog)
    if not sys.flags.interactive:
        # A session that goes on may have work of its own for threads.
        use_one_thread()
    fit_address_space()
    if not args.quiet:
        return load_command(command).run(args, session)
    from .system.standard_output import prints_dropped

    with prints_dropped():
        return load_command(command).run(args, session)


def _flush() -> None:
    """Have printed what is printed while an error can still be told."""
    if sys.stdout is not None:
        # Closed: whoever closed it wants nothing.
        with suppress(ValueError):
            sys.stdout.flush()
