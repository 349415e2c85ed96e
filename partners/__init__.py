"""Couriers and geocoders outside our process, each behind one Protocol."""
