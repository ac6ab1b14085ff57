"""Notices are said where somebody listens, and those about the job are kept."""

from equipment_optimizer.commands._notices import Notices


def test_what_is_told_is_said_and_kept_and_what_is_mentioned_is_said(capsys):
    notices = Notices(are_wanted=True)
    notices.tell("the file is old")
    notices.mention("going on")
    assert notices.sentences == ["the file is old"]
    assert capsys.readouterr().err == "notice: the file is old\nnotice: going on\n"


def test_in_a_quiet_run_notices_are_only_kept(capsys):
    notices = Notices(are_wanted=False)
    notices.tell("the file is old")
    notices.mention("going on")
    assert notices.sentences == ["the file is old"]
    assert capsys.readouterr().err == ""
