"""The agenda: what is on when, for an event and for a person, on the page and in calendars."""
