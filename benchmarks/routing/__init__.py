"""Antar's routing engine measured against PyVRP, VROOM and OR-Tools, on the same problems and seconds."""
