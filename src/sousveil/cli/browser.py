"""`app`: the laboratory behind a page on this machine."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from sousveil.cli.options import Whole
from sousveil.cli.output import Answer, plural

__all__ = ["app"]


def app(study: str | None = None, /, *, port: Whole = 0, browser: bool = True, host: str = "127.0.0.1",
        i_know: str = "", clear: Annotated[bool, Parameter(negative=())] = False) -> Answer:
    """Open the laboratory in a browser: every scheme, every rule, every guess, without another command.

    It listens on this machine only, unless told otherwise in words. Ctrl-C ends it, or the button in the page.

    Parameters
    ----------
    study
        What to open first: a name of the atlas, or the folder of a study. Its files are read at the start.
    port
        The port to listen on; a free one, unless given.
    browser
        Whether to open a browser.
    host
        Another address of this machine to listen on: others can then reach the page, with a password that is printed.
    i_know
        The sentence that says so, word for word; without it --host is refused, and the refusal names it.
    clear
        Take away all answers that were kept, and do nothing else.
    """
    if clear:
        from sousveil.app.shelf import Shelf, place

        gone = Shelf(place()).clear()
        return Answer(f"{plural(gone, 'answer')} taken away from {place()}", {"cleared": gone})
    from sousveil.app.serve import serve

    address = serve(study, port=port, browser=browser, host=host, i_know=i_know)
    return Answer("Stopped.", {"address": address})
