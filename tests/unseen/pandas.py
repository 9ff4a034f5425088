"""Started programs find no pandas, as users have none: pyarrow takes it in where it can, which takes half a second."""

raise ImportError("no pandas here: sousveil does without")
