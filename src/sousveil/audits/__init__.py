"""What a table of decisions shows, in aggregates only.

    audit("decisions.csv", Question(decision="flagged", outcome="fraud", groups=("sex", "origin")))

The file is reduced to counts inside DuckDB (`read`), refused when it carries identifiers (`guard`), small counts and
what would give them away are withheld (`suppress`), and every measure rests on the counts that remain (`metrics`,
`control`, `checks`). MODEL.md section 9.
"""
