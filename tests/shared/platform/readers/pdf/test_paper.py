from pathlib import Path

import pypdfium2  # noqa: TID253 -- what the child would import
import pytest
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas

from shared.platform.readers.document import Document
from shared.platform.readers.limits import Limits
from shared.platform.readers.normalise import normalise, normalised
from shared.platform.readers.pdf import source
from shared.platform.readers.pdf.paper import read_paper
from tests.shared.platform.readers import pdfs

SAMPLE = Path("samples/paper.pdf")


@pytest.fixture(scope="module")
def sample() -> Document:
    return read(SAMPLE)


def of(content: bytes, tmp_path: Path) -> Document:
    path = tmp_path / "paper.pdf"
    path.write_bytes(content)
    return read(path)


def read(path: Path) -> Document:
    with source.opened(path, Limits().pages) as opened:
        return Document.model_validate_json(read_paper(opened).json())


def test_the_front_of_the_sample_is_read(sample: Document):
    assert sample.title.startswith("Listening at Night: Finding Leaks in Village Water Networks")
    assert [author.name for author in sample.authors] == ["Mira Aldonsen", "Tomás Feliu", "Ngozi Brandt"]
    assert sample.authors[2].affiliations == (
        "Institute for Rural Infrastructure, Lauterbach University of Applied Sciences",
        "Department of Acoustics, Norrby Technical University",
    )
    assert sample.abstract.startswith("Small water utilities lose")
    assert sample.abstract.endswith("together with the firmware and the analysis code.")
    assert "low-cost sensing" in sample.keywords
    assert sample.year == 2025
    assert sample.venue == "Proceedings of the Lauter Workshop on Rural Infrastructure"


def test_an_abstract_that_speaks_of_a_summary_keeps_the_word(tmp_path):
    def draw(canvas: Canvas) -> None:
        pdfs.text_at(canvas, 72, 80, "Reading the Tide with a Camera", 18, "Times-Bold")
        pdfs.text_at(canvas, 72, 120, "Abstract", 12, "Times-Bold")
        pdfs.text_at(canvas, 72, 140, "We give a summary of two years with a camera that reads the tide.")
        pdfs.text_at(canvas, 72, 180, "1 Introduction", 12, "Times-Bold")
        pdfs.text_at(canvas, 72, 200, pdfs.SENTENCE)

    abstract = of(pdfs.drawn(draw), tmp_path).abstract
    assert abstract == "We give a summary of two years with a camera that reads the tide."


def test_its_sections_have_roles_and_levels(sample: Document):
    roles = {section.heading: (section.role, section.level) for section in sample.sections}
    assert roles["1 Introduction"] == ("introduction", 1)
    assert roles["3.1 The hush index"] == ("method", 2)
    assert roles["5.1 Detection"] == ("results", 2)
    assert roles["7 Limitations"] == ("limitations", 1)
    assert roles["8 Future Work"] == ("future", 1)
    assert roles["References"] == ("references", 1)


def test_its_references_and_captions_stand_apart(sample: Document):
    assert len(sample.references) == 8
    assert sample.references[2].title == "LeakNet-S: spectrogram networks for leak classification"
    assert {caption.label for caption in sample.captions} == {"Figure 1", "Figure 2", "Table 1", "Table 2"}
    running = " ".join(sample.text[one.start : one.end] for one in sample.paragraphs())
    assert "Preamplifier board" not in running
    assert "Hush index (dB)" not in running


def test_sentences_stand_whole_across_lines_and_columns(sample: Document):
    assert "minimum night flow, the flow into a zone when consumption is lowest [5]." in sample.text
    assert "NightEar found 42 of 47 leaks, a recall of 0.89, with 50 alarms, a precision of 0.84." in sample.text


def test_running_heads_and_page_numbers_are_gone(sample: Document):
    assert "Aldonsen, Feliu and Brandt" not in sample.text
    assert "Invented work: sample" not in sample.text


def test_every_line_can_be_found_in_the_raw_text_of_its_page(sample: Document):
    source = pypdfium2.PdfDocument(SAMPLE)
    raw = [normalise(page.get_textpage().get_text_range()) for page in source]
    body = [line for line in sample.lines if len(line.advances) > 30]
    texts = [(line.page, sample.text[line.start : line.start + len(line.advances)]) for line in body]
    assert len(texts) > 200
    assert [text for page, text in texts if normalise(text) not in raw[page - 1]] == []


def test_a_quotation_is_placed_where_it_is_printed(sample: Document):
    span = normalised(sample.text).find("found 42 of 47 leaks in four villages that were held out")
    assert span is not None
    boxes = sample.place(*span)
    page = pypdfium2.PdfDocument(SAMPLE)[boxes[0].page - 1]
    height, words = page.get_height(), page.get_textpage()
    printed = [words.get_text_bounded(box.x0, height - box.y1, box.x1, height - box.y0) for box in boxes]
    assert normalise(" ".join(printed)) == normalise(sample.text[slice(*span)])


def test_columns_are_read_one_after_the_other_however_they_were_drawn(tmp_path: Path):
    document = of(pdfs.two_columns(), tmp_path)
    order = [document.text.index(mark) for mark in ("left 1.0", "left 1.29", "right 1.0", "right 1.29", "left 2.0")]
    assert order == sorted(order)
    assert document.title == "How Water Finds Its Way Through a Village"
    assert "Journal of Examples" not in document.text


def test_notes_in_a_margin_close_by_stay_out_of_the_text(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        for at in range(24):
            body = f"We dug the hole {at} with care and measured how much water it had lost in the night."
            pdfs.text_at(canvas, 168, 100 + 14 * at, body)
        notes = ["Authors of papers keep", "all rights, and release", "the work under a free", "licence to all readers"]
        for at, note in enumerate(notes):
            pdfs.text_at(canvas, 156 - canvas.stringWidth(note, "Times-Roman", 8), 175 + 10 * at, note, size=8)

    read = of(pdfs.drawn(draw), tmp_path)
    (margin,) = [one for one in read.asides if one.kind == "margin"]
    assert read.text[margin.start : margin.end].startswith("Authors of papers keep all rights, and release the work")
    assert "hole 5 with care and measured how much water it had lost in the night. We dug the hole 6" in read.text


def test_a_break_is_noted_where_a_note_or_a_page_s_end_parts_a_sentence(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        page = canvas.getPageNumber()
        for at in range(20):
            body = f"at {page}.{at:02} and the water flowed on along the pipes and through the valves of all"
            pdfs.text_at(canvas, 168, 140 + 14 * at, body)
            if at == 8:
                pdfs.text_at(canvas, 72, 180, "A note that stands", size=7)
                pdfs.text_at(canvas, 72, 190, "in the margin here", size=7)
        pdfs.text_at(canvas, 280, 820, str(page))

    read = of(pdfs.drawn(draw, pages=2), tmp_path)
    after = [read.text[at : at + 8] for at in read.breaks]
    assert after == ["at 1.09 ", "at 2.00 ", "at 2.09 "]


def test_text_drawn_in_no_order_has_no_breaks(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        for at in (5, 2, 7, 0, 4, 1, 6, 3):
            pdfs.text_at(canvas, 72, 100 + 14 * at, f"line {at} says that the water flowed on along the pipes and")

    read = of(pdfs.drawn(draw), tmp_path)
    assert "pipes and line 1 says" in read.text
    assert read.breaks == ()


def test_a_dash_at_a_line_s_end_takes_no_space(tmp_path: Path):
    lines = ("The sensors listen on pages 12\u2013", "15 of the night log\u2014and", "that is all.")
    text = of(pdfs.plain(*lines), tmp_path).text
    assert text == "The sensors listen on pages 12\u201315 of the night log\u2014and that is all."


def test_a_letter_beyond_the_basic_plane_is_one_character(tmp_path: Path):
    assert of(pdfs.with_mathematical_letter(), tmp_path).text == "The speed of light \U0001d450 is large."


def test_hyphenation_is_healed_but_compounds_are_kept(tmp_path: Path):
    lines = ("The self-made sensors are cali-", "brated twice and the self-", "made ones three times.")
    assert of(pdfs.plain(*lines), tmp_path).text == (
        "The self-made sensors are calibrated twice and the self-made ones three times."
    )


def test_hidden_text_is_recorded_and_never_read(tmp_path: Path):
    document = of(pdfs.with_hidden(), tmp_path)
    assert document.text == f"{pdfs.SENTENCE}\n\nWhite on dark can be read."
    assert {hidden.reason: hidden.text for hidden in document.hidden} == {
        "white": "Written white on white.",
        "tiny": "Written far too small.",
        "off_page": "Written above the page.",
        "covered": "Written and then covered.",
        "invisible": "Written without ink.",
    }


def test_the_text_layer_of_a_scan_is_read_with_a_warning(tmp_path: Path):
    document = of(pdfs.ocred(), tmp_path)
    assert document.text == pdfs.SENTENCE
    assert "character recognition" in document.warnings[0]


def test_numbered_lines_of_a_manuscript_lose_their_numbers(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        for row in range(20):
            pdfs.text_at(canvas, 40, 100 + 20 * row, str(row + 1), size=7)
            pdfs.text_at(canvas, 72, 100 + 20 * row, "words that run on and on over the whole of a line")

    text = of(pdfs.drawn(draw), tmp_path).text
    assert not any(letter.isdigit() for letter in text)


def test_places_are_right_on_a_turned_page(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.rotate(90)
        canvas.setFont("Times-Roman", 12)
        canvas.drawString(100, -60, "Upright on a turned page.")

    document = of(pdfs.drawn(draw), tmp_path)
    box = document.place(0, 7)[0]
    assert document.text == "Upright on a turned page."
    assert (round(box.x0), round(box.y1)) == (100, 63)
    assert (document.pages[0].width, document.pages[0].height) == (595, 842)


def test_a_line_of_any_white_space_is_nothing(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        pdfs.text_at(canvas, 72, 100, "Wells fill at night, when nobody draws from them.")
        pdfs.text_at(canvas, 72, 200, "\u3000" * 12, font="HeiseiMin-W3")
        pdfs.text_at(canvas, 72, 300, "They are measured before sunrise.")

    registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    text = of(pdfs.drawn(draw), tmp_path).text
    assert text.split("\n\n") == [
        "Wells fill at night, when nobody draws from them.",
        "They are measured before sunrise.",
    ]


def test_a_heading_run_into_a_paragraph_of_one_line_stands_apart(tmp_path: Path):
    def draw(canvas: Canvas) -> None:
        pdfs.text_at(canvas, 72, 100, "Wells of One Valley Through Four Winters", size=16)
        pdfs.text_at(canvas, 72, 150, "1 Introduction", font="Times-Bold")
        for at in range(4):
            line = "Wells fill at night, when nobody draws from them, and lose by day what the rain has not"
            pdfs.text_at(canvas, 72, 170 + 12 * at, f"{line} given {at}.")
        pdfs.text_at(canvas, 72, 222, "Data.", font="Times-Bold")
        pdfs.text_at(canvas, 98, 222, "We used the readings of four winters and")
        pdfs.text_at(canvas, 72, 244, "every reading was taken by hand before sunrise.")
        pdfs.text_at(canvas, 72, 270, "2 Method", font="Times-Bold")
        pdfs.text_at(canvas, 72, 290, "We measure the depth of the water with a rope and a weight of known length.")

    read = of(pdfs.drawn(draw), tmp_path)
    assert [section.heading for section in read.sections] == ["1 Introduction", "Data", "2 Method"]
    assert "four winters and every reading was taken" in normalise(read.text)
