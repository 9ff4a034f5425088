"""The app: the public names behind a page on this machine, for whoever opens no terminal again after `sousveil app`.

    question.py   an address, read: the whole state of a view; commands.py: its command, its lines of Python
    studies.py    where a study comes from: the atlas, a folder that was opened, files that are edited in the page
    card.py       what a study offers to look at; controls.py: and what can be changed
    answers.py    one question carried out, as plain data: what workers do, and nothing else does
    said.py       numbers as they are said: both sides of a difference, never which is worse
    instruments.py, lives.py, courses.py, pieces.py   base rates, a story and its picture, sections of reports
    tables.py     a table of decisions, counted; uploads.py: how it comes here, and stays nowhere
    unpublished.py   both ends of a harm, what figures say, which number to ask for
    waiting.py    views whose answer takes long: what is asked for them
    readiness.py  whether the engine is compiled yet
    workers.py    processes that carry questions out, no more at once than there are cores
    shelf.py      answers by the content of their question, on disk, bounded
    inquiry.py    what pages ask, and who answers
    guard.py      who may not get in
    desk.py       studies that are being written, kept in memory until they are saved; writes.py: what pages write
    site.py       the addresses, and what stands there; views.py, frame.py, downloads.py: of what
    patience.py   connections on which nothing comes
    serve.py      a port, a browser, an end
"""
