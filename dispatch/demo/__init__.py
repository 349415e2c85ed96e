"""A demonstration: the real processes, a simulated courier company, and people who act through the real pages."""
