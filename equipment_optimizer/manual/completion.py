"""Shell completion for bash, zsh and fish: commands, their options and choices; files everywhere else."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping

from .parsers import Argument, arguments_of, parsers_below

__all__ = ["SHELLS", "completion_script"]

Parsers = Mapping[str, argparse.ArgumentParser]


def completion_script(shell: str, program: str, summaries: Mapping[str, str], parsers: Parsers) -> str:
    """A script that a shell (bash, zsh or fish) reads at its start; summaries say what each command does.

    >>> parser = argparse.ArgumentParser()
    >>> "--help" in completion_script("bash", "prog", {"go": "go on"}, {"go": parser})
    True
    """
    return "\n".join([*SHELLS[shell](program, summaries, parsers), ""])


def _options(parser: argparse.ArgumentParser) -> list[Argument]:
    """Options of a command and of its formats, each flag once."""
    options: dict[tuple[str, ...], Argument] = {}
    for command_parser in (parser, *parsers_below(parser).values()):
        for argument in arguments_of(command_parser):
            if argument.flags:
                options.setdefault(argument.flags, argument)
    return list(options.values())


def _words(parser: argparse.ArgumentParser, commands: Mapping[str, str]) -> list[str]:
    """What may stand instead of a file: formats, or for help the commands."""
    words = [choice for argument in arguments_of(parser) if not argument.flags for choice in argument.choices]
    takes_commands = any(not argument.flags and argument.value == "COMMAND" for argument in arguments_of(parser))
    return words + (list(commands) if takes_commands else [])


def _bash(program: str, summaries: Mapping[str, str], parsers: Parsers) -> Iterator[str]:
    """For bash 3.2 and newer."""
    name = f"_{program.replace('-', '_')}"
    yield f"# {program}: completion for bash"
    yield f"{name}() {{"
    yield '    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=""'
    yield "    local i words=() options="
    yield "    for ((i = 1; i < COMP_CWORD; i++)); do"
    yield "        [[ ${COMP_WORDS[i]} != -* ]] && { command=${COMP_WORDS[i]}; break; }"
    yield "    done"
    yield "    COMPREPLY=()"
    yield '    case "$command" in'
    yield f'        "") {_offer(" ".join([*summaries, "--help", "--version"]))}; return ;;'
    for command, parser in parsers.items():
        flags = [flag for option in _options(parser) for flag in option.flags]
        yield f"        {command})"
        yield '            case "$before" in'
        for option in _options(parser):
            if option.choices and option.value:
                shown, choices = "|".join(option.flags), " ".join(option.choices)
                yield f"                {shown}) {_offer(choices)}; return ;;"
        yield "            esac"
        yield f'            options="{" ".join(flags)}"'
        yield f"            [[ $word == -* ]] || {_offer(' '.join(_words(parser, summaries)))} ;;"
    yield "    esac"
    yield "    if [[ $word == -* ]]; then"
    yield '        COMPREPLY=($(compgen -W "$options" -- "$word"))'
    yield "    else"
    yield "        compopt -o filenames 2>/dev/null"
    yield '        COMPREPLY+=($(compgen -f -- "$word"))'
    yield "    fi"
    yield "}"
    yield f"complete -F {name} {program}"


def _offer(words: str) -> str:
    """In bash: those of the words that begin like the one under the cursor."""
    return f'COMPREPLY=($(compgen -W "{words}" -- "$word"))'


def _zsh(program: str, summaries: Mapping[str, str], parsers: Parsers) -> Iterator[str]:
    """For zsh with its completion system loaded."""
    name = f"_{program.replace('-', '_')}"
    yield f"#compdef {program}"
    yield f"{name}() {{"
    yield "    local context state line"
    yield "    local -a commands=("
    for command, summary in summaries.items():
        yield f"        {_single(f'{command}:{summary}')}"
    yield "    )"
    yield "    if ((CURRENT == 2)); then"
    yield f"        _describe -t commands {_single(f'{program} command')} commands"
    yield "        return"
    yield "    fi"
    yield "    local command=$words[2]"
    yield '    words=("${(@)words[2,-1]}")'
    yield "    ((CURRENT--))"
    yield '    case "$command" in'
    for command, parser in parsers.items():
        yield f"        {command})"
        yield "            _arguments -s \\"
        for option in _options(parser):
            text = option.help.translate(str.maketrans("[]:", "(),"))
            value = ""
            if option.value:
                value = f":{option.value.replace(':', ' ')}:"
                value += f"({' '.join(option.choices)})" if option.choices else "_files"
            for flag in option.flags:
                yield f"                {_single(f'{flag}[{text}]{value}')} \\"
        words = " ".join(_words(parser, summaries))
        # The blank keeps options of _arguments away from what they are not for.
        others = f' _alternative "w:word:({words})" "f:file:_files"' if words else "_files"
        yield f"                {_single(f'*:file:{others}')} ;;"
    yield "    esac"
    yield "}"
    yield f'if [ "$funcstack[1]" = {name} ]; then {name} "$@"; else compdef {name} {program}; fi'


def _fish(program: str, summaries: Mapping[str, str], parsers: Parsers) -> Iterator[str]:
    """For fish 3 and newer."""
    yield f"# {program}: completion for fish"
    for command, summary in summaries.items():
        yield f"complete -c {program} -n __fish_use_subcommand -f -a {command} -d {_single(summary)}"
    for command, parser in parsers.items():
        here = f"complete -c {program} -n '__fish_seen_subcommand_from {command}'"
        for word in _words(parser, summaries):
            yield f"{here} -a {word}"
        for option in _options(parser):
            parts = [f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags]
            if option.value:
                parts.append(f"-x -a {_single(' '.join(option.choices))}" if option.choices else "-r")
            yield f"{here} {' '.join(parts)} -d {_single(option.help)}"


def _single(text: str) -> str:
    """Text in single quotes, as all three shells read it."""
    return "'" + text.replace("'", "\u2019") + "'"


#: The shells with what makes their scripts.
SHELLS = {"bash": _bash, "zsh": _zsh, "fish": _fish}
