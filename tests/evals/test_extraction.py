from evals.extraction import stands

RAW = "thefirstpageendsherefooterandthesecondpagebegins"


def test_a_quotation_over_a_page_stands_in_pieces():
    assert stands("thefirstpageendsherethesecondpagebegins", RAW)


def test_a_changed_quotation_does_not():
    assert not stands("thefirstpageendsherethethirdpagebegins", RAW)
    assert not stands("thefarstpageends", RAW)
