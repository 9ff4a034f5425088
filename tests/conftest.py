"""For all tests: no example of Hypothesis is held to a time. How long one takes hangs on who else uses the machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")
