"""Use cases: a session first, what is needed next, who did it by keyword. They never commit."""
