"""Which blocks are headings, how deep, and what part their section plays."""

from __future__ import annotations

import re

from shared.platform.readers.pdf.blocks import Block, Body
from shared.platform.readers.plain import Role

NUMBERED = re.compile(
    r"\s*(?:(?:chapter|section|appendix)\s+)?((?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,4}|[IVX]{1,5})[.:)]?\s+(?=\S)",
    re.IGNORECASE,
)
_ROLES: tuple[tuple[Role, tuple[str, ...]], ...] = (
    (
        "references",
        ("references", "bibliography", "literature cited", "works cited", "references and notes", "literatur"),
    ),
    ("abstract", ("abstract", "summary", "executive summary", "synopsis", "zusammenfassung")),
    (
        "acknowledgements",
        (
            "acknowledge?ments?.*",
            "funding.*",
            "author contributions?.*",
            ".*conflicts? of interests?",
            "competing interests?.*",
        ),
    ),
    (
        "other",
        (
            "(?:data|code|software|materials?)(?: and (?:data|code|software))? availability.*",
            "data and code",
            "availability.*",
        ),
    ),
    ("limitations", (r".*\blimitations?\b.*", "threats to validity", "caveats.*", "scope and limits", "limits.*")),
    (
        "future",
        (r"(?:.*\b)?future (?:work|directions?|research|steps|plans?)\b.*", "outlook", "next steps", "road ?map"),
    ),
    ("conclusion", (r"(?:.*\b)?conclu(?:sions?|ding remarks).*", "closing remarks", "summary and .*")),
    ("discussion", (r".*\bdiscussions?\b.*", "interpretation.*", "lessons learned.*", "implications.*")),
    (
        "results",
        (
            r".*\b(?:results?|findings|evaluations?|experiments?|benchmarks?|performance)\b.*",
            "ablations?.*",
            "case stud(?:y|ies).*",
        ),
    ),
    (
        "background",
        (
            r".*\b(?:related|prior|previous) work\b.*",
            r".*\b(?:background|literature review|preliminaries|state of the art)\b.*",
            "motivation",
            "statement of need",
            "historical context",
        ),
    ),
    ("introduction", ("introduction.*", "introductory remarks", "overview")),
    (
        "method",
        (
            r".*\b(?:methods?|methodology|materials|approach|procedures?|set-?up|implementation|model|algorithms?|architecture)\b.*",
            r".*\b(?:data|data ?sets?|study (?:area|site|design)|field sites?|design|participants|protocol)\b.*",
        ),
    ),
    ("appendix", ("appendi(?:x|ces).*", "supplement.*")),
)
_PATTERNS = tuple((role, re.compile("|".join(words))) for role, words in _ROLES)
_TOP = {"references", "abstract", "acknowledgements", "appendix"}
_KNOWN = re.compile(
    r"(?:abstract|introduction|background|related work|methods?|methodology|materials and methods|data|"
    r"results|discussion|results and discussion|limitations|conclusions?|future work|references|bibliography|"
    r"acknowledge?ments?|appendix(?: [A-Z0-9])?|evaluation|experiments|keywords|summary|statement of need)[.:]?",
    re.IGNORECASE,
)
# at half of either, the long headings of handbooks and of repositories' cover pages are text
_LONGEST, _MOST_WORDS = 140, 16
_NOT_A_HEADING = re.compile(r"[.,;]\s*$|^[\W\d_]*$|^https?:|@|^\(?\w\)?$")


def plain_heading(text: str) -> str:
    """A heading without its number."""
    match = NUMBERED.match(text)
    number = match.group().strip() if match else ""
    counts = number[:1].isdigit() or number[-1:] in (".", ":", ")") or re.fullmatch(r"[IVX]{2,5}|.+\s.+", number)
    bare = text[match.end() :] if match and counts else text
    return bare.strip(" .:—–-") or text.strip()


def role_of(heading: str) -> Role:
    """The part that a section of this name plays in a paper."""
    if re.match(r"\s*appendi(?:x|ces)\b", heading, re.IGNORECASE):
        return "appendix"
    bare = plain_heading(heading).casefold()
    return next((role for role, pattern in _PATTERNS if pattern.fullmatch(bare)), "other")


def is_known(text: str) -> bool:
    """Whether the words are those of a usual heading, however they are set."""
    return bool(_KNOWN.fullmatch(plain_heading(text)))


def is_heading(block: Block, body: Body) -> bool:
    """By its setting (larger, bold, capitals, numbered) and its words; sentences are none."""
    text = block.text.strip()
    if (
        block.kind not in ("paragraph", "figure")
        or block.column.margin
        or len(block.lines) > 3  # at one line, titles of chapters that run over are text
        or len(text) > _LONGEST
        or len(text.split()) > _MOST_WORDS
    ):
        return False
    if is_known(text) and len(block.lines) == 1:
        return True
    if _NOT_A_HEADING.search(text) or not any(letter.isalpha() for letter in text) or "=" in text:
        return False
    return _stands_out(block, text, body) and _opens_like_one(text)


def _opens_like_one(text: str) -> bool:
    bare = plain_heading(text)
    return bare[:1].isupper() or bare[:1] in "“\"'" or bare[:1].isdigit()


def _stands_out(block: Block, text: str, body: Body) -> bool:
    # at the text's own size, lines that begin with a bold word are headings
    if block.size >= 1.09 * body.size:
        return True
    whole_bold = all(run.style.bold for line in block.lines for run in line.runs if run.text.strip())
    if block.size < 0.93 * body.size:  # much less, and the running heads of journals are headings
        # subsections in bold of a smaller size, as in the sample paper
        return whole_bold and bool(re.match(r"\s*\d{1,2}(?:\.\d{1,2})+\.?\s+[A-Z]", text))
    letters = [letter for letter in text if letter.isalpha()]
    # short names of models ("CLEME") are capitals too; at half the share, rows of a table ("D1 D2 D3") are headings
    capitals = len(letters) > 5 and sum(letter.isupper() for letter in letters) > 0.9 * len(letters)
    numbered = bool(re.match(r"\s*\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[A-Z]", text))
    italic = all(run.style.italic for line in block.lines for run in line.runs if run.text.strip())
    return (
        whole_bold
        or capitals
        or (numbered and (italic or len(text) < 70))  # longer is an item of a list; at half, numbered steps are lost
    )


def level_of(block: Block, sizes: list[float]) -> int:
    """1 for a chapter or section, deeper by its number, else by its size among the sizes of headings."""
    match = re.match(r"\s*(?:\d{1,2}|[A-Z])((?:\.\d{1,2})+)", block.text)
    if match:
        return 1 + match.group(1).count(".")
    if re.match(r"\s*\d{1,2}\.?\s", block.text) or role_of(block.text) in _TOP:
        return 1
    # sizes that differ by the rounding of a scaled page are one level
    return 1 + sum(size > block.size + 0.4 for size in sizes) + block.run_in
