"""sousveil: a wind tunnel for scoring-and-surveillance schemes."""

__version__ = "0.1.0"
