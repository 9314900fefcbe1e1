"""What every test of the book on paper can ask for."""

from made import epub, pages, pdf

__all__ = ["epub", "pages", "pdf"]
