"""The report of a run: findings, sections, and the sentences that both are made of."""
