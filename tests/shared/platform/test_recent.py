from shared.platform.recent import Recent


def test_the_oldest_gives_way():
    recent: Recent[int] = Recent(2)
    for number in range(3):
        recent.put(str(number), number)
    assert [recent.get(name) for name in "012"] == [None, 1, 2]


def test_what_is_put_again_is_the_newest():
    recent: Recent[int] = Recent(2)
    for name, value in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        recent.put(name, value)
    assert [recent.get(name) for name in "abc"] == [3, None, 4]
