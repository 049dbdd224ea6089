"""Set ``paper.md`` as ``paper.pdf``: two columns, two figures, two tables; the same bytes on every run.

The text uses a few marks: ``#`` title and headings, ``@`` author, ``=`` affiliation, ``>`` abstract, ``%`` keywords,
``~`` formula, ``!`` a figure or table from this file, ``[n]`` at the start of a line a reference.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from reportlab.graphics.shapes import Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus.doctemplate import BaseDocTemplate, FrameBreak, NextPageTemplate, PageTemplate
from reportlab.platypus.flowables import CondPageBreak, Flowable, KeepTogether
from reportlab.platypus.frames import Frame
from reportlab.platypus.paragraph import Paragraph
from reportlab.platypus.tables import Table

HERE = Path(__file__).parent
INK, SOFT, ACCENT, PALE = HexColor("#1d2430"), HexColor("#7b8494"), HexColor("#0b6e78"), HexColor("#dfe9ea")
SIDE, TOP, GAP = 20 * mm, 25 * mm, 7.5 * mm
COLUMN = (A4[0] - 2 * SIDE - GAP) / 2
NOTE = "Invented work: sample material for Event Hub, not a publication."
VENUE = "Proceedings of the Lauter Workshop on Rural Infrastructure, 2025"
RUNNING = ("Aldonsen, Feliu and Brandt", "Listening at Night")

for _name, _file in (("Sans", "Vera.ttf"), ("Sans-Bold", "VeraBd.ttf"), ("Sans-Italic", "VeraIt.ttf")):
    pdfmetrics.registerFont(TTFont(_name, _file))
pdfmetrics.registerFontFamily("Sans", normal="Sans", bold="Sans-Bold", italic="Sans-Italic", boldItalic="Sans-Bold")


def style(name: str, font: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(name, fontName=font, fontSize=size, leading=leading, textColor=INK, **more)


BODY = style("body", "Times-Roman", 11, 14.4, alignment=TA_JUSTIFY, firstLineIndent=10, embeddedHyphenation=1)
FIRST = ParagraphStyle("first", BODY, firstLineIndent=0)
STYLES = {
    "title": style("title", "Sans-Bold", 17.5, 22, spaceAfter=9),
    "authors": style("authors", "Sans", 10, 14, spaceAfter=3),
    "places": style("places", "Sans", 7.4, 10.4, spaceAfter=9),
    "abstract": style("abstract", "Times-Roman", 10.8, 14, alignment=TA_JUSTIFY, embeddedHyphenation=1, spaceAfter=5),
    "keywords": style("keywords", "Times-Roman", 10.4, 13),
    "h1": style("h1", "Sans-Bold", 11.6, 15, spaceBefore=12, spaceAfter=4),
    "h2": style("h2", "Sans-Bold", 9.6, 13, spaceBefore=7, spaceAfter=3),
    "formula": style("formula", "Times-Italic", 11, 15, alignment=TA_CENTER, spaceBefore=5, spaceAfter=5),
    "caption": style("caption", "Sans", 7.4, 9.8, spaceBefore=4, spaceAfter=8),
    "reference": style("reference", "Times-Roman", 10, 12.6, leftIndent=15, firstLineIndent=-15, spaceAfter=2.5),
}

_BREAKS = re.compile(
    r"(?<=[a-z]{3})(?=(?:tion|sion|ment|ness|less|phone|graph|works?|ture|cal|tive|lation|bour|pal)(?:s|ed|al)?\b)"
    r"|(?<=\bhydro)(?=phone)|(?<=\bmicro)(?=con)|(?<=\bspectro)(?=gram)|(?<=\bcon)(?=[tvs])|(?<=\binter)(?=[a-z])|(?<=\bdif)(?=fer)|(?<=\bexca)(?=v)"
)


def hyphenated(text: str) -> str:
    """Soft hyphens where long words may break."""
    return re.sub(r"[A-Za-z]{8,}", lambda word: _BREAKS.sub("\u00ad", word.group()), text)


def ligated(text: str) -> str:
    """With ligatures, which the sans-serif font has."""
    return text.replace("fi", "\ufb01").replace("fl", "\ufb02")


def caption(label: str, text: str) -> Paragraph:
    return Paragraph(f"<b>{label}.</b> {ligated(text)}", STYLES["caption"])


def hush_figure() -> list[Flowable]:
    """The hush index of a leaking sensor and its neighbours over two weeks."""
    leaking = [1.2, 0.8, 1.9, 1.1, 2.4, 1.6, 8.9, 9.6, 10.4, 10.1, 11.2, 10.8, 11.5, 11.9]
    others = (
        [0.9, 1.3, 1.2, 0.7, 3.1, 1.4, 1.0, 1.6, 1.2, 2.9, 1.8, 1.1, 1.3, 1.5],
        [1.6, 1.0, 2.2, 1.5, 3.6, 2.0, 1.9, 1.2, 2.1, 3.4, 2.0, 1.6, 1.9, 1.4],
        [0.5, 0.6, 1.0, 0.4, 2.6, 1.1, 0.6, 0.9, 1.4, 2.2, 1.2, 0.8, 0.7, 1.0],
    )
    height, left, base = 150, 24, 24
    across, up = (COLUMN - left - 6) / 13, (height - base - 8) / 13
    drawing = Drawing(COLUMN, height)
    drawing.add(Rect(left + 6 * across, base, 2 * across, 13 * up, fillColor=PALE, strokeColor=None))
    for level in (0, 4, 8, 12):
        y = base + level * up
        drawing.add(Line(left, y, COLUMN - 6, y, strokeColor=HexColor("#e3e6ea"), strokeWidth=0.5))
        drawing.add(
            String(left - 5, y - 2.2, str(level), fontName="Sans", fontSize=6, fillColor=SOFT, textAnchor="end")
        )
    for night in (1, 4, 7, 9, 14):
        x = left + (night - 1) * across
        drawing.add(String(x, base - 9, str(night), fontName="Sans", fontSize=6, fillColor=SOFT, textAnchor="middle"))
    for values, colour, width in [*((one, SOFT, 0.7) for one in others), (leaking, ACCENT, 1.6)]:
        points = [number for at, value in enumerate(values) for number in (left + at * across, base + value * up)]
        drawing.add(PolyLine(points, strokeColor=colour, strokeWidth=width))
    drawing.add(
        String(left + 8.2 * across, base + 12.2 * up, "sensor 5", fontName="Sans-Bold", fontSize=6.4, fillColor=ACCENT)
    )
    drawing.add(
        String(left + 8.2 * across, base + 4.4 * up, "neighbours", fontName="Sans", fontSize=6.4, fillColor=SOFT)
    )
    drawing.add(
        String(left + 6.1 * across, base + 5.6 * up, "alarm", fontName="Sans-Italic", fontSize=6.4, fillColor=INK)
    )
    drawing.add(String(COLUMN / 2, 3, "night", fontName="Sans", fontSize=6.4, fillColor=SOFT, textAnchor="middle"))
    text = (
        "Hush index (dB) of sensor 5 in Unterlauten and of its three nearest neighbours. The leak opened in night 7; "
        "the shaded nights 7 to 9 satisfy the persistence test. Rain in nights 5 and 10 lifts all four sensors and "
        "cancels out. The flow meter noticed nothing until night 16."
    )
    return [drawing, caption("Figure 1", text)]


def density_figure() -> list[Flowable]:
    """Recall by the number of sensors in a village."""
    height, left, base, most = 138, 24, 24, 1.0
    drawing = Drawing(COLUMN, height)
    up = height - base - 12
    for level in (0.0, 0.5, 1.0):
        y = base + level / most * up
        drawing.add(Line(left, y, COLUMN - 6, y, strokeColor=HexColor("#e3e6ea"), strokeWidth=0.5))
        drawing.add(
            String(left - 5, y - 2.2, f"{level:.1f}", fontName="Sans", fontSize=6, fillColor=SOFT, textAnchor="end")
        )
    step = (COLUMN - left - 6) / 4
    for at, (count, recall) in enumerate(((2, 0.51), (4, 0.74), (6, 0.85), (8, 0.89))):
        x = left + at * step + step * 0.25
        drawing.add(
            Rect(
                x,
                base,
                step / 2,
                recall * up,
                fillColor=ACCENT if count == 8 else HexColor("#8fbcc1"),
                strokeColor=None,
            )
        )
        middle = x + step / 4
        drawing.add(
            String(
                middle,
                base + recall * up + 3,
                f"{recall:.2f}",
                fontName="Sans-Bold",
                fontSize=6.4,
                fillColor=INK,
                textAnchor="middle",
            )
        )
        drawing.add(
            String(middle, base - 9, str(count), fontName="Sans", fontSize=6.4, fillColor=SOFT, textAnchor="middle")
        )
    drawing.add(
        String(
            COLUMN / 2, 3, "hydrophones per village", fontName="Sans", fontSize=6.4, fillColor=SOFT, textAnchor="middle"
        )
    )
    text = "Recall of NightEar on the four held-out villages with fewer sensors, as the mean of 200 random choices."
    return [drawing, caption("Figure 2", text)]


def table(rows: list[list[str]], widths: list[float]) -> Table:
    """Rules above, below and under the head, and none between."""
    made = Table(rows, colWidths=[COLUMN * width for width in widths], rowHeights=11.5, hAlign="LEFT")
    made.setStyle([
        ("FONT", (0, 0), (-1, -1), "Sans", 6.8),
        ("FONT", (0, 0), (-1, 0), "Sans-Bold", 6.8),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEABOVE", (0, 0), (-1, 0), 0.9, INK),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, INK),
        ("LINEBELOW", (0, -1), (-1, -1), 0.9, INK),
    ])  # fmt: skip
    return made


def parts_table() -> list[Flowable]:
    rows = [
        ["Part", "Euros"],
        ["Piezo disc and brass fitting", "21"],
        ["Preamplifier board", "18"],
        ["Microcontroller with radio", "24"],
        ["Two lithium cells", "13"],
        ["Housing, cable, seals", "11"],
        ["Sum", "87"],
    ]
    return [caption("Table 1", "Parts of one NightEar sensor at single-piece prices."), table(rows, [0.75, 0.25])]


def results_table() -> list[Flowable]:
    rows = [
        ["Method", "Found", "Alarms", "Recall", "Precision", "F1", "Dist."],
        ["Night flow", "21", "34", "0.45", "0.62", "0.52", "\u2013"],
        ["Threshold", "34", "69", "0.72", "0.49", "0.59", "38 m"],
        ["LeakNet-S", "41", "53", "0.87", "0.77", "0.82", "14 m"],
        ["NightEar", "42", "50", "0.89", "0.84", "0.87", "11 m"],
    ]
    text = (
        "Leaks found in the four held-out villages of VillageNight-12 (47 leaks). "
        "Dist. is the median distance from the excavated leak."
    )
    return [caption("Table 2", text), table(rows, [0.22, 0.11, 0.13, 0.13, 0.17, 0.1, 0.14])]


FLOATS: dict[str, Callable[[], list[Flowable]]] = {
    "hush": hush_figure,
    "density": density_figure,
    "parts": parts_table,
    "results": results_table,
}


def front(blocks: list[str]) -> list[Flowable]:
    """Title, authors, affiliations, abstract and keywords, over both columns."""
    lines = [line for block in blocks for line in block.splitlines()]
    authors = [[part.strip() for part in line[1:].split("|")] for line in lines if line.startswith("@")]
    places = [[part.strip() for part in line[1:].split("|")] for line in lines if line.startswith("=")]
    raised = '<super size="6.4" rise="3.6">{}</super>'
    names = ", ".join(name + raised.format(mark) for name, mark in authors)
    title = next(line[2:] for line in lines if line.startswith("# "))
    abstract = next(line[2:] for line in lines if line.startswith("> "))
    keywords = next(line[2:] for line in lines if line.startswith("% "))
    return [
        Paragraph(title, STYLES["title"]),
        Paragraph(names, STYLES["authors"]),
        Paragraph("<br/>".join(raised.format(mark) + place for mark, place in places), STYLES["places"]),
        Paragraph(f"<b>Abstract.</b> {hyphenated(abstract)}", STYLES["abstract"]),
        Paragraph(f"<b>Keywords:</b> {keywords}", STYLES["keywords"]),
    ]


def story(blocks: list[str]) -> list[Flowable]:
    """The text in two columns."""
    made: list[Flowable] = []
    opens = True
    for block, after in zip(blocks, [*blocks[1:], ""], strict=True):
        if block.startswith("#"):
            level = "h1" if block.startswith("## ") else "h2"
            made.append(CondPageBreak(95 if after.startswith("#") else 58))
            made.append(Paragraph(block.lstrip("# "), STYLES[level]))
            opens = True
            continue
        if block.startswith("!"):
            made.append(
                KeepTogether(
                    [Table([[FLOATS[block[1:]]()]], colWidths=[COLUMN], style=[("LEFTPADDING", (0, 0), (-1, -1), 0)])]
                )
            )
        elif block.startswith("~"):
            made.append(Paragraph(block[2:], STYLES["formula"]))
        elif block.startswith("["):
            made.extend(Paragraph(line, STYLES["reference"]) for line in block.splitlines())
        else:
            made.append(Paragraph(hyphenated(block), FIRST if opens else BODY))
        opens = block.startswith("~")
    return made


def furniture(canvas: Any, _document: BaseDocTemplate) -> None:
    """Running head, foot and page number."""
    canvas.saveState()
    canvas.setFillColor(SOFT)
    canvas.setFont("Sans", 6.8)
    if canvas.getPageNumber() > 1:
        canvas.drawString(SIDE, A4[1] - 15 * mm, RUNNING[0])
        canvas.drawRightString(A4[0] - SIDE, A4[1] - 15 * mm, RUNNING[1])
        canvas.setStrokeColor(PALE)
        canvas.line(SIDE, A4[1] - 17 * mm, A4[0] - SIDE, A4[1] - 17 * mm)
    else:
        canvas.drawString(SIDE, A4[1] - 15 * mm, VENUE)
    canvas.drawString(SIDE, 12 * mm, NOTE)
    canvas.drawRightString(A4[0] - SIDE, 12 * mm, str(canvas.getPageNumber()))
    canvas.restoreState()


def make(target: Path) -> None:
    """Write the paper; two runs give the same bytes."""
    text = (HERE / "paper.md").read_text(encoding="utf-8")
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    first = next(at for at, block in enumerate(blocks) if block.startswith("## "))
    head = front(blocks[:first])
    wide, bottom = A4[0] - 2 * SIDE, 20 * mm
    tall = sum(one.wrap(wide, A4[1])[1] + one.getSpaceAfter() for one in head) + 6
    top = A4[1] - TOP
    frames = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}

    def columns(height: float) -> list[Frame]:
        return [Frame(SIDE + at * (COLUMN + GAP), bottom, COLUMN, height, id=f"column{at}", **frames) for at in (0, 1)]

    document = BaseDocTemplate(
        str(target),
        pagesize=A4,
        title=blocks[0][2:],
        author="Mira Aldonsen, Tomás Feliu, Ngozi Brandt",
        subject=NOTE,
        invariant=1,
    )
    over = Frame(SIDE, top - tall, wide, tall, **frames)
    document.addPageTemplates([
        PageTemplate("first", [over, *columns(top - tall - bottom - 10)], onPage=furniture),
        PageTemplate("later", columns(top - bottom), onPage=furniture),
    ])  # fmt: skip
    document.build([NextPageTemplate("later"), *head, FrameBreak(), *story(blocks[first:])])


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample paper.")
    parser.add_argument("target", type=Path, nargs="?", default=HERE / "paper.pdf")
    make(parser.parse_args().target)


if __name__ == "__main__":
    main()
