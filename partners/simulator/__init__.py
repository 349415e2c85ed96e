"""Partners to practise on: one real HTTP server per documented partner API, with everything going wrong on request."""

from partners.simulator.callbacks import Sent, Spoiling
from partners.simulator.faults import MEANING, Fault
from partners.simulator.kiriminaja import KiriminAjaSimulator
from partners.simulator.lalamove import LalamoveSimulator
from partners.simulator.reference import ReferenceSimulator

__all__ = ["MEANING", "Fault", "KiriminAjaSimulator", "LalamoveSimulator", "ReferenceSimulator", "Sent", "Spoiling"]
