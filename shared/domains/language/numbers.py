"""The numbers of a sentence, in one form: 1,000 is 1000, 92 % is 92 percent, .5 is 0.5, 5k is 5 thousand, four is 4.

A number that is part of a name ("GPT-4", "Table 2") is only itself within that name, and a citation "[3]" is none. A
unit or a per cent sign belongs to its number: "5 ms" does not bear "5 s", nor "92%" a bare "92". One of more than
MOST_DIGITS digits, or beyond 10 to the MOST_DIGITS, is only itself as it is written.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from shared.domains.language.words import lowered
from shared.platform.readers.normalise import normalise


class Number(NamedTuple):
    """A number in one form, its unit where that is well known, and the name that it is part of."""

    value: Decimal
    unit: str = ""
    name: str = ""

    def bears(self, other: "Number") -> bool:
        """Whether a sentence with this number may be quoted for the other."""
        if (self.value, self.name) != (other.value, other.name):
            return False
        if "%" in {self.unit, other.unit} or (self.unit and other.unit):
            return self.unit == other.unit
        return True


class Written(NamedTuple):
    """A number as it stands in a text."""

    number: Number
    start: int
    end: int


_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPELLED = {word: at for at, word in enumerate(_ONES)} | {word: 10 * at for at, word in enumerate(_TENS, start=2)}
_SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "k": 10**3, "m": 10**6, "b": 10**9}
_UNITS = {
    "%": "% percent per\u2009cent",
    "points": "points point pp",
    "ms": "ms millisecond milliseconds", "s": "s sec secs second seconds", "min": "min mins minute minutes",
    "h": "h hr hrs hour hours", "day": "day days", "week": "week weeks", "month": "month months",
    "year": "year years", "kB": "kb", "MB": "mb", "GB": "gb", "TB": "tb", "mm": "mm", "cm": "cm", "km": "km",
    "kg": "kg", "mg": "mg", "Hz": "hz", "kHz": "khz", "MHz": "mhz", "GHz": "ghz", "dB": "db",
    "times": "times x fold -fold \u00d7",
}  # fmt: skip
_UNIT_OF = {form.replace("\u2009", " "): unit for unit, forms in _UNITS.items() for form in forms.split(" ")}
MOST_DIGITS = 24
"""Fewer than a Decimal keeps, so that none is rounded."""
_NEAR = 64
"""Characters before a number in which its name is looked for."""
_DIGITS = re.compile(
    r"(?<!\d,)\d{1,3}(?:,\d{3})++(?![\d,])(?:\.\d+)?|\d++(?:\.\d++)*+(?:[eE][-+]?\d++\b)?|(?<![\w.])\.\d++\b"
)
_WORDED = re.compile(rf"\b(?P<first>{'|'.join(_SPELLED)})(?:[- ]?(?P<second>{'|'.join(_ONES[1:10])}))?\b")
"""In lower case."""
_SCALE = re.compile(r"\s?(?:hundred|thousand|million|billion)\b|(?:k|K|M|B)(?![\w%])")
_UNIT = re.compile(
    rf"\s?(?:{'|'.join(sorted(map(re.escape, _UNIT_OF), key=len, reverse=True))})(?![^\W_])", re.IGNORECASE
)
_NAME = re.compile(rf"([^\W\d_]{{1,{_NEAR}}})-?$")
_LABEL = re.compile(
    r"\b(table|figure|fig\.|section|sec\.|equation|eq\.|algorithm|appendix|chapter|theorem|lemma|step|stage|version)s?\s$",
    re.IGNORECASE,
)
_CITATION = re.compile(r"\[\s*\d+(?:\s*[,;-]\s*\d+)*\s*\]")
_SHARES_UNIT = re.compile(r"\s?(?:to|-)\s?")
_BROKEN = re.compile(r"(?<=[a-z])[\u2010\u00ad]\s+(?=[a-z])")
_THIN_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}\b)")


class Stated(NamedTuple):
    """The numbers of a text, in order, and the plain form of it in which they were found."""

    plain: str
    digits: tuple[Written, ...]
    worded: tuple[tuple[str, Number], ...]
    """Each with the words that say it."""


@lru_cache(maxsize=1024)
def stated(text: str) -> Stated:
    """The numbers of a text; the steps of an extraction ask for those of the same sentences again and again."""
    form = _plain(text)
    worded = ((match.group(), _spelled(form, match)) for match in _WORDED.finditer(lowered(form)))
    return Stated(form, tuple(_written(form)), tuple(worded))


def _plain(text: str) -> str:
    """The text in which numbers are looked for: normalised, without citations, broken words and thousands joined."""
    return _CITATION.sub(" ", normalise(_BROKEN.sub("", _THIN_SPACE.sub("", text))))


def _written(text: str) -> list[Written]:
    """The numbers in digits, in order; a list or range shares the unit that follows its last."""
    found: list[Written] = []
    for match in reversed(list(_DIGITS.finditer(text))):
        one = _read(text, match.start(), match.end())
        if found and not one.number.unit and _SHARES_UNIT.fullmatch(text[one.end : found[-1].start]):
            one = one._replace(number=one.number._replace(unit=found[-1].number.unit))
        found.append(one)
    return found[::-1]


def numbers(text: str) -> list[Number]:
    """All numbers of a text, in digits and in words, in one form."""
    found = stated(text)
    return [one.number for one in found.digits] + [number for _, number in found.worded]


def missing(text: str, quotations: Iterable[str]) -> list[Number]:
    """The numbers of a text that stand in none of the quotations; "one" and "zero" in words are taken as words."""
    there: defaultdict[tuple[Decimal, str], set[Number]] = defaultdict(set)
    for quotation in quotations:
        for number in numbers(quotation):
            there[number.value, number.name].add(number)
    found = stated(text)
    worded = [number for said, number in found.worded if said not in {"one", "zero"}]
    asked = [one.number for one in found.digits] + worded
    return [one for one in asked if not any(other.bears(one) for other in there.get((one.value, one.name), ()))]


def _read(text: str, start: int, end: int) -> Written:
    digits = text[start:end]
    name = _name_before(text, start)
    if not name and text[max(0, start - 2) : start].lstrip("([~ ") == "-":
        digits = "-" + digits
    value = _decimal(digits)
    if value is None:
        return Written(Number(Decimal(0), name=f"{name}{digits}"), start, end)
    factor, unit, last = _suffix(text, end)
    return Written(Number(value * factor, unit, name), start, last)


def _name_before(text: str, start: int) -> str:
    near = max(0, start - _NEAR)
    named = (_LABEL if text[start - 1 : start].isspace() else _NAME).search(text, near, start)
    return named.group(1).lower().rstrip(".") if named else ""


def _suffix(text: str, end: int) -> tuple[int, str, int]:
    scale = _SCALE.match(text, end)
    factor = _SCALES[scale.group().strip().lower()] if scale else 1
    end = scale.end() if scale else end
    unit = _UNIT.match(text, end)
    return factor, _UNIT_OF[unit.group().strip().lower()] if unit else "", unit.end() if unit else end


def _decimal(digits: str) -> Decimal | None:
    """None for what is no number, or one too long or too large to compare by value."""
    coefficient, _, exponent = digits.replace(",", "").lower().partition("e")
    if coefficient.count(".") > 1 or len(coefficient) > MOST_DIGITS or len(exponent) > len("-99"):
        return None
    value = Decimal(coefficient).scaleb(int(exponent or 0))
    return value.normalize() + 0 if abs(value.adjusted()) <= MOST_DIGITS else None


def _spelled(text: str, match: re.Match[str]) -> Number:
    value = _SPELLED[match["first"]]
    if match["second"]:
        value += _SPELLED[match["second"]]
    factor, unit, _ = _suffix(text, match.end())
    return Number(Decimal(value * factor), unit)
