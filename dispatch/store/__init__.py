"""Ground: rows, their states, the trail they leave, and the work that waits."""
