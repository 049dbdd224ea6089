"""Projects: submissions to an event, with a team."""
