"""Benchmark instances as Problems: VRPLIB and Solomon text, our own JSON, and solutions in CVRPLIB's `.sol` form."""

from routing.instances.nodes import BadInstance, Instance, Rounding
from routing.instances.reading import read
from routing.instances.solfile import KnownRoutes, gap, read_routes, reference_cost, write_routes

__all__ = [
    "BadInstance",
    "Instance",
    "KnownRoutes",
    "Rounding",
    "gap",
    "read",
    "read_routes",
    "reference_cost",
    "write_routes",
]
