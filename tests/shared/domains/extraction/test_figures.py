from shared.domains.extraction.figures import figures


def test_a_result_s_numbers_have_unit_metric_and_data_set():
    first, second = figures("SeatSense reaches an accuracy of 92.5% on LibBadge, while boosting reaches 85.4%.")
    assert (first.value, first.unit, first.metric, first.dataset) == ("92.5", "%", "accuracy", "LibBadge")
    assert (second.value, second.unit) == ("85.4", "%")


def test_years_names_and_citations_are_no_figures():
    assert figures("In 2019, GPT-4 was better, see Table 2 and [3].") == ()


def test_a_number_with_a_separator_is_one():
    assert [one.value for one in figures("It takes 1,024 steps in 40 ms.")] == ["1,024", "40"]
