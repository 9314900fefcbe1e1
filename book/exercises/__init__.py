"""The book's coding exercises: what a page, a notebook and a test all show and check.

A module an exercise, named as its label is: `ex-fp-code` is `fp_code`. It defines one
`Exercise`: the starter, the solution, hints, cases, wrong programs whose faults have
names, and other right ones. NumPy and nnlib are all that it uses, so that it checks
in the reader's browser, too.
"""
