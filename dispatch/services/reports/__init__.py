"""Figures for the office head: counted from the rows and the trail, never estimated, and adding up."""
