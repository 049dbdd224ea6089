"""What takes a room or a speaker twice, and what does not."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domains.events.timetable import Booking

NINE = datetime(2026, 5, 4, 9, tzinfo=UTC)
hours = st.integers(0, 6)
names = st.sampled_from(["", "Aula", "Annex"])
speakers = st.sets(st.sampled_from(["ada", "ben", "cleo"])).map(tuple)


@st.composite
def bookings(draw):
    start = draw(hours)
    return a_booking(start, start + draw(st.integers(1, 3)), draw(names).casefold(), draw(speakers))


def a_booking(start, end, room="aula", who=()):
    return Booking(
        session_id="sess_1",
        title="Seats",
        start=NINE + timedelta(hours=start),
        end=NINE + timedelta(hours=end),
        room=room,
        speakers=who,
    )


@given(bookings(), bookings())
def test_two_bookings_clash_exactly_when_some_hour_has_both_in_one_room_or_by_one_speaker(one, other):
    def hours_of(booking):
        return {at for at in range(12) if booking.start <= NINE + timedelta(hours=at) < booking.end}

    together = hours_of(one) & hours_of(other)
    same = (one.room and one.room == other.room) or set(one.speakers) & set(other.speakers)
    assert one.clashes(other) is bool(together and same)
    assert one.clashes(other) is other.clashes(one)


def test_a_session_may_begin_when_another_ends():
    assert not a_booking(0, 1).clashes(a_booking(1, 2))
    assert a_booking(0, 2).clashes(a_booking(1, 2))


def test_sessions_without_a_room_or_speaker_never_clash():
    assert not a_booking(0, 1, room="").clashes(a_booking(0, 1, room=""))
