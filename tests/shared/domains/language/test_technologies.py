from shared.domains.language.technologies import technologies


def test_names_are_found_most_frequent_first():
    assert technologies("We use NumPy, PyTorch and C++. PyTorch (with CUDA) is fast.") == (
        "PyTorch",
        "NumPy",
        "C++",
        "CUDA",
    )


def test_part_of_a_word_is_no_technology():
    assert technologies("Javanese Pythons, MyPython and GitHubbers") == ()


def test_a_name_that_is_a_word_must_recur():
    assert technologies("A Ray of light in a Canvas.") == ()
    assert technologies("Ray runs. Ray scales. Ray ends.") == ("Ray",)
