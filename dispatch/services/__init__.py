"""Use cases: one module per group. They take a session, never commit, and know neither Flask nor rq."""
