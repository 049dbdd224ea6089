"""Names of files: whatever somebody typed, what is shown is a name."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from shared.domains.sources.uploads import safe_name

NAMES = st.text(st.characters(), max_size=400) | st.text(st.sampled_from("./\\ a\u202e\r\n:*\0é"), max_size=400)


@given(NAMES)
def test_a_shown_name_holds_no_path_and_nothing_that_turns_or_hides(name):
    shown = safe_name(name)
    assert 1 <= len(shown) <= 120
    assert not set(shown) & set('/\\:*?"<>|')
    assert ".." not in shown
    assert not any(unicodedata.category(one) in {"Cc", "Cf", "Zl", "Zp", "Cs"} for one in shown)
    assert shown == shown.strip()


@given(NAMES)
def test_a_shown_name_is_shown_the_same_again(name):
    assert safe_name(safe_name(name)) == safe_name(name)


@given(st.from_regex(r"[A-Za-z0-9_-]([A-Za-z0-9 _-]{0,98}[A-Za-z0-9_-])?\.pdf", fullmatch=True))
def test_a_plain_name_stays(name):
    assert safe_name(name) == name
