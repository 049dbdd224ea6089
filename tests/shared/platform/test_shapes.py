from typing import ClassVar

import pytest
from pydantic import ValidationError

from shared.errors import PreconditionFailed
from shared.platform.shapes import IfMatch, Input, NewId, Patch
from shared.platform.store.records import Record
from tests.fakes import FakeClock


class Place(Input):
    city: str = "Wien"
    room: str | None = None


class Meeting(Record):
    kind: ClassVar[str] = "shapes_meeting"

    title: str
    note: str | None = None
    place: Place = Place()


class PlacePatch(Patch):
    city: str = ""
    room: str | None = None


class MeetingPatch(Patch):
    title: str = ""
    note: str | None = None
    place: PlacePatch = PlacePatch()


MEETING = Meeting(id="1", title="One", note="n", place=Place(room="1.01"))


def patched(text: str) -> Meeting:
    return MeetingPatch.model_validate_json(text).applied_to(MEETING)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ("{}", MEETING),
        ('{"title": "Two"}', MEETING.with_(title="Two")),
        ('{"note": null}', MEETING.with_(note=None)),
        ('{"place": {"city": "Graz"}}', MEETING.with_(place=Place(city="Graz", room="1.01"))),
        ('{"place": {"room": null}}', MEETING.with_(place=Place(room=None))),
        ('{"place": {}}', MEETING),
    ],
)
def test_a_merge_patch_changes_what_it_names(patch, expected):
    assert patched(patch) == expected


@pytest.mark.parametrize("patch", ['{"title": null}', '{"place": null}', '{"unknown": 1}', '{"place": {"x": 1}}', "[]"])
def test_what_cannot_be_removed_or_is_unknown_is_refused(patch):
    with pytest.raises(ValidationError):
        patched(patch)


def test_if_match_is_held_against_the_current_etag():
    current = MEETING.with_(etag="b")
    IfMatch().check(current)
    IfMatch(()).check(current)
    IfMatch(("a", "b")).check(current)
    with pytest.raises(PreconditionFailed):
        IfMatch(("a",)).check(current)


def test_the_first_new_id_is_the_given_one_and_no_other():
    new_id = NewId(FakeClock(), "0192")
    assert new_id("evt") == "evt_0192"
    assert new_id("evt") != "evt_0192"
    assert NewId(FakeClock())("evt").startswith("evt_019b7600-")
