"""The command line: which command, which exit code, and how an error is told.

A command is imported only when it is asked for, and its arguments are checked
before anything slow is imported. This module knows no command's business.
"""

from __future__ import annotations

import argparse
import errno
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from ._version import __version__
from .commands import COMMANDS, load_command
from .errors import (
    EXIT_DONE,
    EXIT_FAILED,
    INTERNAL,
    InputError,
    UsageError,
    described,
)
from .output.terminal import drop, say
from .system.address_space import make_room
from .system.stopping import interruptible

__all__ = ["console", "main", "make_parser"]


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are ours."""

    def error(self, message: str) -> NoReturn:
        """Raise a `UsageError` instead of printing the usage and leaving."""
        raise UsageError(message, f"run '{self.prog} --help' to see what it takes")


def make_parser(command: str, prog: str) -> Parser:
    """The argument parser of a command."""
    summary = COMMANDS[command]
    parser = Parser(prog=prog, description=f"{summary[0].upper()}{summary[1:]}.", allow_abbrev=False)
    parser.add_argument("--verbose", action="store_true", help="more details, and tracebacks of errors")
    parser.add_argument("--version", action="version", version=f"equipment-optimizer {__version__}")
    load_command(command).add_arguments(parser)
    return parser


def main(argv: Sequence[str] | None = None, session: dict[str, Any] | None = None, *, prog: str | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The command and its arguments; those of the process by default.
    session : dict, optional
        Takes the names that an interactive session is left with.
    prog : str, optional
        How the user started this, for usage messages.

    Returns
    -------
    int
        The exit code. Nothing is raised, not even by a bug.
    """
    argv = list(sys.argv[1:] if argv is None else argv)
    verbose = "--verbose" in argv
    try:
        with interruptible():
            exit_code = _run(argv, {} if session is None else session, prog)
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


def _run(argv: list[str], session: dict[str, Any], prog: str | None) -> int:
    """Find the command and hand over to it."""
    prog = prog or "python -m equipment_optimizer"
    if not argv:
        raise UsageError("no command given", f"run '{prog} --help' to see the commands")
    if argv[0] in ("-h", "--help"):
        print(_overview(prog))
        return EXIT_DONE
    if argv[0] == "--version":
        print(f"equipment-optimizer {__version__}")
        return EXIT_DONE
    command = argv[0]
    if command not in COMMANDS:
        raise UsageError(f"no such command: {command}{_nearest(command)}", f"run '{prog} --help' to see the commands")
    own_prog = prog if prog.endswith("main.py") else f"{prog} {command}"
    try:
        args = make_parser(command, own_prog).parse_args(argv[1:])
    except SystemExit as leaving:
        # argparse has printed a help text or the version.
        return leaving.code if isinstance(leaving.code, int) else EXIT_DONE
    make_room()
    return load_command(command).run(args, session)


def _flush() -> None:
    """Have printed what is printed while an error can still be told."""
    if sys.stdout is not None:
        # Closed: whoever closed it wants nothing.
        with suppress(ValueError):
            sys.stdout.flush()


def _nearest(name: str) -> str:
    """``; did you mean 'batch'?``, or nothing."""
    import difflib

    close = difflib.get_close_matches(name, COMMANDS, 1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _overview(prog: str) -> str:
    """The help text above all commands."""
    lines = [f"usage: {prog} COMMAND ...", "", "Commands:"]
    lines += [f"  {name:<10}{summary}" for name, summary in COMMANDS.items()]
    lines += ["", f"'{prog} COMMAND --help' tells what a command takes; --version tells the version."]
    return "\n".join(lines)
