"""How fast lifecircle is beside its peers, with the answers checked equal: ``python -m benchmarks``."""
