"""Papers an office prints and signs: plain values in, PDF bytes out. Knows no row, no request and no clock."""
