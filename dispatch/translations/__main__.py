"""`python -m dispatch.translations`: bring the catalogue up to date and name what is still without English."""

import sys

from dispatch.translations import missing, update

if __name__ == "__main__":
    update()
    left = missing()
    sys.stdout.write("".join(f"no English yet: {text}\n" for text in left) or "Every text has its English.\n")
