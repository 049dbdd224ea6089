"""Sessions: the talks, panels and workshops of an event."""
