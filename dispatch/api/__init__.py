"""JSON in, one use case, JSON out."""
