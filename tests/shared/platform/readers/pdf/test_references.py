import pytest

from shared.platform.readers.pdf.references import title_in


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        (
            "Petrov, H., & Amsel, L. (2011). Locating leaks by ear. Buried Networks, 12(3), 1–9.",
            "Locating leaks by ear",
        ),
        ("[3] H. Petrov and L. Amsel. Locating leaks by ear. Buried Networks, 12:1–9, 2011.", "Locating leaks by ear"),
        ("7. H. Petrov. “Locating leaks by ear.” In: Buried Networks 12 (2011), pp. 1–9.", "Locating leaks by ear"),
        ("Petrov H. 2011. Locating leaks by ear. Buried Networks 12: 1-9.", "Locating leaks by ear"),
        (
            "Petrov, H. (2011). Is it wet? Using ears to find leaks. Buried Networks, 1.",
            "Is it wet? Using ears to find leaks",
        ),
        ("Petrov, H. (2011). Pipes (2nd ed.). Harbour Press.", "Pipes"),
        ("Petrov, H. (2011). Clustering with R. Buried Networks, 12.", "Clustering with R"),
        ("Petrov, H. (2011). Rods, version 2.1. Harbour Press.", "Rods, version 2.1"),
    ],
)
def test_the_title_is_found_in_usual_forms(entry: str, title: str):
    assert title_in(entry) == title


@pytest.mark.parametrize("entry", ["", "[1]", "...", "(2011).               "])
def test_an_entry_without_a_title_has_none(entry: str):
    assert title_in(entry) is None
