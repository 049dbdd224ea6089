from shared.domains.language.names import presented_names, title_names


def test_a_name_is_what_the_text_presents():
    text = "We use PyTorch. We present NightEar, a method. In short, NightEar works."
    assert presented_names(text) == ("NightEar",)


def test_a_title_names_by_its_head_or_by_a_coined_word():
    assert title_names("SeatSense: Forecasting Free Seats") == ("SeatSense",)
    assert title_names("Teaching with the PyQInt package") == ("PyQInt",)
    assert title_names("The Card Sorting Test: A model") == ()
    assert title_names("[Re] A Study: of things") == ()
    assert title_names("A very long head that goes on: and on") == ()
