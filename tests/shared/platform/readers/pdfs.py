"""PDFs for tests: set with reportlab, or written byte by byte where they must be wrong."""

import io
import zlib
from collections.abc import Callable

from reportlab.lib.colors import white
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

SENTENCE = "We measured the flow of water in twelve villages and found a leak in each of them."


def drawn(draw: Callable[[Canvas], None], pages: int = 1, **options: object) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(595, 842), invariant=1, **options)
    for _ in range(pages):
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def text_at(canvas: Canvas, x: float, y: float, text: str, size: float = 10, font: str = "Times-Roman") -> None:
    """Text with its baseline y points below the top edge."""
    canvas.setFont(font, size)
    canvas.drawString(x, 842 - y, text)


def plain(*lines: str) -> bytes:
    def draw(canvas: Canvas) -> None:
        for at, line in enumerate(lines or (SENTENCE,)):
            text_at(canvas, 72, 100 + 14 * at, line)

    return drawn(draw)


def encrypted(user: str, owner: str = "owner") -> bytes:
    return drawn(
        lambda canvas: text_at(canvas, 72, 100, SENTENCE), encrypt=StandardEncryption(user, owner, strength=128)
    )


def scanned() -> bytes:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(Image.new("L", (60, 80), 200))
    return drawn(lambda canvas: canvas.drawImage(picture, 0, 0, 595, 842), pages=2)


def ocred() -> bytes:
    """A picture of a page with an invisible layer of text over it."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    picture = ImageReader(Image.new("L", (60, 80), 200))

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(picture, 0, 0, 595, 842)
        layer = canvas.beginText(72, 700)
        layer.setTextRenderMode(3)
        layer.textLine(SENTENCE)
        canvas.drawText(layer)

    return drawn(draw)


def with_hidden() -> bytes:
    """One visible sentence, and one hidden in each way."""

    def draw(canvas: Canvas) -> None:
        text_at(canvas, 72, 100, SENTENCE)
        canvas.setFillColor(white)
        text_at(canvas, 72, 140, "Written white on white.")
        canvas.setFillGray(0)
        text_at(canvas, 72, 180, "Written far too small.", size=1)
        text_at(canvas, 72, -60, "Written above the page.")
        text_at(canvas, 72, 220, "Written and then covered.")
        canvas.setFillColorRGB(0.9, 0.9, 0.2)
        canvas.rect(60, 842 - 230, 300, 22, stroke=0, fill=1)
        canvas.setFillGray(0)
        layer = canvas.beginText(72, 842 - 260)
        layer.setTextRenderMode(3)
        layer.textOut("Written without ink.")
        layer.setTextRenderMode(0)
        canvas.drawText(layer)
        canvas.setFillColorRGB(0.1, 0.1, 0.4)
        canvas.rect(60, 842 - 330, 300, 22, stroke=0, fill=1)
        canvas.setFillColor(white)
        text_at(canvas, 72, 325, "White on dark can be read.")

    return drawn(draw)


def raw(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of numbered objects with a right cross-reference table."""
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, root, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer


def of_pages(count: int) -> bytes:
    """The same page again and again."""
    kids = b" ".join([b"3 0 R"] * count)
    return raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
    )


def with_mathematical_letter() -> bytes:
    """A sentence whose letter Q stands for U+1D450, which UTF-16 writes as two surrogates."""
    content = b"BT /F 10 Tf 20 100 Td (The speed of light Q is large.) Tj ET"
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def 1 begincodespacerange <00> <FF>"
        b" endcodespacerange 1 beginbfchar <51> <D835DC50> endbfchar endcmap end end"
    )
    return raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(cmap), cmap),
    )


def flate_bomb(megabytes: int) -> bytes:
    """A content stream that unfolds, in two steps, to spaces without end."""
    inner = zlib.compressobj(9)
    packed = b"".join(inner.compress(b" " * 1_000_000) for _ in range(megabytes)) + inner.flush()
    stream = zlib.compress(packed, 9)
    return raw(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R>>",
        b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (len(stream), stream),
    )


def two_columns(pages: int = 3) -> bytes:
    """A full-width title, then columns row by row in the file, with running heads and page numbers."""

    def draw(canvas: Canvas) -> None:
        number = canvas.getPageNumber()
        text_at(canvas, 72, 40, "Journal of Examples, volume 3", size=8)
        text_at(canvas, 290, 810, str(number), size=8)
        if number == 1:
            text_at(canvas, 72, 80, "How Water Finds Its Way Through a Village", size=18, font="Times-Bold")
        for row in range(30):
            left = f"left {number}.{row} has words that fill the whole of its column"
            right = f"right {number}.{row} has words that fill the whole of its column"
            text_at(canvas, 60, 120 + 13 * row, left, size=9)
            text_at(canvas, 310, 120 + 13 * row, right, size=9)

    return drawn(draw, pages=pages)
