"""Pages for people: Indonesian, server-rendered, no script they cannot do without."""
