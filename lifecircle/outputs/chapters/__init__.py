"""The chapters of a report: each a function of an assessment, listed in ``outputs.report``."""
