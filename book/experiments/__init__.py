"""What is too long for a page: stored runs, the zoo of chapter 5, an article's own Adam.

Chapters write `from experiments import ...`; their working folder is book/. A module with
a function `results` is a stored run: see `experiments.stored`.
"""
