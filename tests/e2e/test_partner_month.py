"""`antar demo --scenario partners`, a short month: faults and all, its ledger balances and every invariant holds."""

import os
import re
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.processes]


def test_a_short_month_ends_with_books_that_balance(tmp_path):
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANTAR_")}
    command = [sys.executable, "-m", "dispatch", "demo", "--scenario", "partners", "--days", "4", "--per-day", "200"]

    said = subprocess.run(
        command, env={**env, "ANTAR_HOME": str(tmp_path / "home")}, capture_output=True, text=True, timeout=900
    )

    assert said.returncode == 0, said.stdout + said.stderr
    assert re.search(r"documents +800 in 4 working days", said.stdout)
    by_ojek, by_post, by_company = map(
        int,
        re.search(r"(\d+) by ojek on \d+ routes, (\d+) by Pos, (\d+) by the courier company", said.stdout).groups(),
    )
    assert min(by_ojek, by_post, by_company) > 0
    assert "they sum to Rp 0" in said.stdout
    assert re.search(r"every invariant +holds", said.stdout)
    assert len(list((tmp_path / "home" / "bast-jasa").glob("*.pdf"))) >= 3
