"""Research events: conferences, seminars, lecture series."""
