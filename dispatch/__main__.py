"""`python -m dispatch …` is `antar …`; the supervisor starts its children this way."""

from dispatch.cli import main

main()
