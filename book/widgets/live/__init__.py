"""nnlib in the page: what the page's worker runs, and how its results come back."""
