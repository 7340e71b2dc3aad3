"""Compiles a catalogue of translations: compile_words.py IN.po OUT.mo"""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    with source.open("rb") as file:
        catalog = read_po(file, locale="zh_Hans")
    with target.open("wb") as file:
        write_mo(file, catalog)
