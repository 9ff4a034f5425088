"""A plan, and the engines that carry it forward."""
