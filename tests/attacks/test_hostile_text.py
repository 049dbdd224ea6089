"""Nothing that reads a source's text takes time with the square of it, whatever somebody writes into a paper."""

import pytest

from tests.effort import grows_linearly
from tests.patterns import Reading, functions_of, modules_of, patterns_of

MODULES = modules_of("shared.platform.readers", "shared.domains.extraction", "shared.domains.language")
PATTERNS = list(patterns_of(MODULES))
FUNCTIONS = list(functions_of([one for one in MODULES if "lexicon" not in one.__name__]))  # whose names are of files


@pytest.mark.parametrize("reading", [*PATTERNS, *FUNCTIONS], ids=lambda one: one.name)
def test_no_text_makes_a_reader_work_with_the_square_of_its_length(reading: Reading):
    slow = [
        (shape, ending) for shape, ending in reading.shapes if not grows_linearly(reading.read, shape, 1000, 4, ending)
    ]
    assert not slow
