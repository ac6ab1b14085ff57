"""Notices of a command: said as they come, and kept for what is written beside the builds."""

from __future__ import annotations

from ..output.terminal import say

__all__ = ["Notices"]


class Notices:
    """Takes sentences for the user.

    Attributes
    ----------
    sentences : list of str
        Those that `tell` took.
    """

    def __init__(self, *, are_wanted: bool) -> None:
        self.sentences: list[str] = []
        self.are_wanted = are_wanted

    def tell(self, sentence: str) -> None:
        """Keep a notice about the job, and say it."""
        self.sentences.append(sentence)
        self.mention(sentence)

    def mention(self, sentence: str) -> None:
        """Say what concerns this run alone."""
        if self.are_wanted:
            say(f"notice: {sentence}")
