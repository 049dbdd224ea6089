import stat

from local.host.files import made_once, write_private


def test_what_is_made_once_stays_and_is_its_owners(tmp_path):
    path = tmp_path / "new" / "key"
    assert [made_once(path, lambda: "first"), made_once(path, lambda: "second")] == ["first", "first"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_of_two_who_make_it_at_once_both_get_the_same(tmp_path):
    path = tmp_path / "key"
    assert made_once(path, lambda: made_once(path, lambda: "the other's") + " no more") == "the other's"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "record"
    write_private(path, "long and old")
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
