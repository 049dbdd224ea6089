"""A paper out of a PDF: the steps in order."""

from __future__ import annotations

from typing import Any

from shared.platform.readers import Corrupt, Scanned
from shared.platform.readers.draft import Aside, Caption, Draft, Reference
from shared.platform.readers.pdf import source
from shared.platform.readers.pdf.blocks import Block, blocks_of, body_of
from shared.platform.readers.pdf.classify import classify
from shared.platform.readers.pdf.columns import columns_of, usual_gutter
from shared.platform.readers.pdf.flow import flowed
from shared.platform.readers.pdf.front import ABSTRACT, Front, front_of
from shared.platform.readers.pdf.furniture import drop_furniture
from shared.platform.readers.pdf.geometry import Page
from shared.platform.readers.pdf.imprint import imprint_of
from shared.platform.readers.pdf.outline import Woven, outline
from shared.platform.readers.pdf.references import title_in, with_entries
from shared.platform.readers.pdf.weave import Weaver, compounds_in

_INFO = ("Title", "Author", "Subject", "Keywords")


def read_paper(opened: Any) -> Draft:
    """Read an open PDF as a paper."""
    found = list(source.pages(opened))
    hints = {key: source.info(opened, key) for key in _INFO}
    pages = [page for page in found if page is not None]
    warnings = _warnings(found, pages)
    first = pages[0].lines[:]
    drop_furniture(pages)
    blocks = _blocks(pages)
    return _document(pages, blocks, front_of(blocks, hints), imprint_of(first, hints), warnings)


def _warnings(found: list[Page | None], pages: list[Page]) -> list[str]:
    if not pages:
        raise Corrupt
    letters = sum(len(line.text) for page in pages for line in [*page.lines, *page.turned])
    unmapped = sum(page.unmapped for page in pages)
    if not letters:
        raise Scanned
    warnings = []
    if len(pages) < len(found):
        warnings.append(f"{len(found) - len(pages)} of {len(found)} pages could not be read.")
    if unmapped > 0.05 * letters:
        warnings.append(f"{unmapped} characters are in fonts that do not say which letters they show.")
    if any(page.cut for page in pages):
        warnings.append("Some pages hold more text than a page can show; only its beginning was read.")
    if any(page.scanned and page.lines for page in pages):
        warnings.append("Some pages are pictures; their text comes from character recognition.")
    return warnings


def _blocks(pages: list[Page]) -> list[Block]:
    usual = usual_gutter([page.lines for page in pages])
    columns = [column for page in pages for column in columns_of(page.lines or page.turned, usual)]
    body = body_of(columns)
    blocks = [block for column in columns for block in blocks_of(column, body)]
    return classify(blocks, body)


def _document(
    pages: list[Page], blocks: list[Block], front: Front, imprint: tuple[str | None, int | None], warnings: list[str]
) -> Draft:
    front_ids = {id(block) for block in front.blocks}
    abstract_ids = {id(block) for block in front.abstract}
    weaver = Weaver(compounds_in(blocks))
    ahead = flowed([block for block in blocks if id(block) in front_ids])
    after = flowed(with_entries([block for block in blocks if id(block) not in front_ids]))
    woven = [Woven(passage, *weaver.paragraph(passage.blocks)) for passage in [*ahead, *after]]
    woven = [one for one in woven if one.end > one.start]
    text = weaver.text
    abstract = [one for one in woven if id(one.passage.blocks[0]) in abstract_ids]
    sections = outline(woven, len(ahead), _unnamed_abstract(woven, len(ahead), abstract))
    venue, year = imprint
    return Draft(
        text=text,
        title=front.title,
        authors=front.authors,
        abstract=ABSTRACT.sub("", "\n\n".join(text[one.start : one.end] for one in abstract), count=1),
        keywords=front.keywords,
        venue=venue,
        year=year,
        sections=sections,
        references=[_reference(text, one) for one in woven if one.passage.kind == "entry"],
        captions=[_caption(text, one) for one in woven if one.passage.kind == "caption"],
        asides=[aside for one in woven for aside in _aside(one)],
        lines=weaver.lines,
        breaks=_breaks(weaver, woven),
        pages=[page.size for page in pages],
        hidden=[hidden for page in pages for hidden in page.hidden],
        warnings=warnings,
    )


def _breaks(weaver: Weaver, woven: list[Woven]) -> list[int]:
    """None where the PDF's own order breaks every other line: then it is no order to hold the text against."""
    lines = sum(len(block.lines) for one in woven if one.passage.kind == "paragraph" for block in one.passage.blocks)
    return weaver.breaks if 2 * len(weaver.breaks) < lines else []


def _caption(text: str, one: Woven) -> Caption:
    return Caption(label=one.passage.label, text=text[one.start : one.end], start=one.start, end=one.end)


def _aside(one: Woven) -> list[Aside]:
    match one.passage.kind:
        case "paragraph" | "heading" | "entry":
            return []
        case kind:
            return [Aside(kind=kind, start=one.start, end=one.end)]


def _reference(text: str, entry: Woven) -> Reference:
    words = text[entry.start : entry.end]
    return Reference(text=words, title=title_in(words), start=entry.start, end=entry.end)


def _named(one: Woven) -> bool:
    return bool(ABSTRACT.match(one.passage.text))


def _unnamed_abstract(woven: list[Woven], front: int, abstract: list[Woven]) -> tuple[int, int] | None:
    """The span of an abstract that no heading names: it becomes a section of its own."""
    if not abstract or (woven.index(abstract[0]) > front and not _named(abstract[0])):
        return None
    return abstract[0].start, abstract[-1].end
