"""The app: the public names behind a page on this machine, for whoever opens no terminal again after `sousveil app`.

    question.py   an address, read: the whole state of a view, its command, its lines of Python
    studies.py    where a study comes from: the atlas, a folder that was opened, files that are edited in the page
    card.py       what a study offers to look at and to change
    answers.py    one question carried out, as plain data: what workers do, and nothing else does
    workers.py    processes that carry questions out, no more at once than there are cores
    shelf.py      answers by the content of their question, on disk, bounded
    guard.py      who may not get in
    site.py       the addresses, and what stands there
    serve.py      a port, a browser, an end
"""
