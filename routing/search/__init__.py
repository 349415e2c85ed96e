"""The search for better routes: ruin a few neighbouring routes, rebuild them greedily, keep what pays.

After Christiaens and Vanden Berghe's slack induction by string removals (2020), for heterogeneous vehicles, several
windows a stop, optional stops and the exact tariff. Compiled by numba where it is installed, else plain Python.
"""
