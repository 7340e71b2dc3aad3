"""What the commands say: English where the terminal's locale says so, else Chinese."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

import click

from anyuan.ops import environment

CATALOGUE = Path(__file__).resolve().parents[1] / "config" / "locale"


def said(english: str) -> str:
    """The same in the language of the terminal; English where the words are not built yet."""
    if environment.language() == "en":
        return english
    return gettext.translation("django", CATALOGUE, ["zh_Hans"], fallback=True).gettext(english)


def help_in_words(command: click.Command) -> None:
    """Let a command, its options and the commands below it help in that language, and click too."""
    if environment.language() == "en":
        return
    gettext.bindtextdomain("django", str(CATALOGUE))
    gettext.textdomain("django")
    os.environ.setdefault("LANGUAGE", "zh_Hans")
    _translate(command)


def _translate(command: click.Command) -> None:
    command.help = said(" ".join((command.help or "").split()))
    for option in command.params:
        if isinstance(option, click.Option) and option.help:
            option.help = said(option.help)
    if isinstance(command, click.Group):
        for below in command.commands.values():
            _translate(below)
