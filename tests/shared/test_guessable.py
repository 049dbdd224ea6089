import pytest

from shared.guessable import _commonest, why_guessable


@pytest.mark.parametrize("password", ["password", "Password1", "12345678", "QWERTYUIOP", "iloveyou", "football1"])
def test_the_commonest_passwords_are_guessable_in_any_case(password):
    assert "most common" in (why_guessable(password, "ada@example.org") or "")


def test_the_list_holds_ten_thousand_that_are_long_enough():
    assert len(_commonest()) >= 10_000
    assert all(len(password) >= 8 and password == password.casefold() for password in _commonest())


@pytest.mark.parametrize(
    ("password", "email", "name"),
    [
        ("I am ADA now", "ada@example.org", ""),
        ("ada.lovelace!", "Ada.Lovelace@example.org", ""),
        ("ada-and-more", "ada+hub@example.org", ""),
        ("so grace hopper said", "g@example.org", "Grace Hopper"),
        ("GraceHopper1906", "g@example.org", "Grace  Hopper"),
        ("\uff21\uff24\uff21 in full width", "ada@example.org", ""),
    ],
)
def test_a_password_that_holds_its_owners_name_is_guessable(password, email, name):
    assert "leave the name out" in (why_guessable(password, email, name) or "")


@pytest.mark.parametrize(
    ("password", "email", "name"),
    [
        ("correct horse battery", "ada@example.org", "Ada Reader"),
        ("example.org is there", "ada@example.org", ""),
        ("a short name is in many", "a@example.org", "Al"),
        ("ein Satz aus Wörtern", "ada@example.org", ""),
    ],
)
def test_other_passwords_are_nobodys_first_guess(password, email, name):
    assert why_guessable(password, email, name) is None
