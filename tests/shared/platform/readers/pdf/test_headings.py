import pytest

from shared.platform.readers.pdf.headings import plain_heading, role_of


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("1 Introduction", "introduction"),
        ("II. RELATED WORK", "background"),
        ("3.2 Study Area", "method"),
        ("Materials and Methods", "method"),
        ("4. Experimental Results", "results"),
        ("5 Results and Discussion", "discussion"),
        ("Threats to Validity", "limitations"),
        ("6.1 Limitations and Ethics", "limitations"),
        ("Conclusions and Future Work", "future"),
        ("Concluding remarks", "conclusion"),
        ("Acknowledgments", "acknowledgements"),
        ("Data Availability", "other"),
        ("Appendix A: Proofs", "appendix"),
        ("REFERENCES", "references"),
        ("The Hush Index", "other"),
    ],
)
def test_a_heading_tells_the_role_of_its_section(heading: str, role: str):
    assert role_of(heading) == role


@pytest.mark.parametrize(
    ("text", "bare"), [("2.1 Data", "Data"), ("IV. Results", "Results"), ("A Study", "A Study"), ("3", "3")]
)
def test_a_heading_s_number_is_no_part_of_it(text: str, bare: str):
    assert plain_heading(text) == bare
