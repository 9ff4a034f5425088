"""`app`: the laboratory behind a page on this machine."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from sousveil.cli.options import Whole
from sousveil.cli.output import Answer, plural

__all__ = ["app"]


def app(study: str | None = None, /, *, port: Whole = 0, browser: bool = True,
        clear: Annotated[bool, Parameter(negative=())] = False) -> Answer:
    """Open the laboratory in a browser: every scheme, every rule, every guess, without another command.

    It listens on this machine only. Ctrl-C ends it, or the button in the page.

    Parameters
    ----------
    study
        What to open first: a name of the atlas, or the folder of a study. Its files are read at the start.
    port
        The port to listen on; a free one, unless given.
    browser
        Whether to open a browser.
    clear
        Take away all answers that were kept, and do nothing else.
    """
    if clear:
        from sousveil.app.shelf import Shelf, place

        gone = Shelf(place()).clear()
        return Answer(f"{plural(gone, 'answer')} taken away from {place()}", {"cleared": gone})
    from sousveil.app.serve import serve

    address = serve(study, port=port, browser=browser)
    return Answer("Stopped.", {"address": address})
