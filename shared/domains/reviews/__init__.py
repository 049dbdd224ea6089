"""Reviews: who is asked to judge which project, until when, and what awaits them."""
