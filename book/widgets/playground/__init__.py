"""A page on which a reader sets up a network, and watches nnlib train it.

settings.py says what can be set, and datasets.py what is learned; engine.py trains, and session.py lets the page's
worker call it. page.py makes what the page shows before Python is there. NumPy and nnlib do for all but page.py and
projection.py, which work when the book is made.
"""
