"""sousveil: a wind tunnel for scoring-and-surveillance schemes."""
