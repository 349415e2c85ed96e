"""Geography: villages, boundaries and maps as one HTML page."""
