"""What an answer is written in: plain text and a little Markdown, in which nothing of a source is markup."""

import re
import unicodedata

_MARKUP = re.compile(r"[\\`*_\[\]<>|~]|^(?=[#+-])|!(?=\[)|&(?=#?\w+;)|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s)")
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text on one line, without characters that show nothing or turn the line around."""
    return _BLANKS.sub(" ", "".join(map(_shown, text))).strip()


def escaped(text: str) -> str:
    """Words of a source so that a reader of Markdown shows them as they stand: no link, image, heading or HTML."""
    marked = _MARKUP.sub(lambda found: f"\\{found.group()}", plain(text))
    return _NUMBERED.sub(r"\1\\\2", marked)


def short(text: str, most: int) -> str:
    """The beginning of a text, cut between words."""
    line = plain(text)
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " …"


def _shown(char: str) -> str:
    category = "" if char.isascii() and char.isprintable() else unicodedata.category(char)
    return "" if category == "Cf" else " " if category in {"Cc", "Cs", "Co", "Zl", "Zp"} else char
