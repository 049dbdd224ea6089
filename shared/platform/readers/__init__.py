"""Readers: uploaded bytes become a ``Document``, or a plain reason why not.

Parsing happens in a limited child process (``sandbox.read``); nothing here imports a parser.
"""

from __future__ import annotations

READER = 2
"""The version of the readers: one more with each change that reads some source better, so that it can be read again."""


class ReadError(Exception):
    """A source that cannot be read: a stable ``code`` for programs and a plain ``detail`` for people."""

    code = "upload.unreadable"
    detail = "The file could not be read."

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or type(self).detail
        super().__init__(self.detail)


class Empty(ReadError):
    code = "upload.empty"
    detail = "The file is empty."


class TooLarge(ReadError):
    code = "upload.too_large"
    detail = "The file is larger than the limit."


class NotAPdf(ReadError):
    code = "upload.not_a_pdf"
    detail = "The content of the file is not a PDF."


class Corrupt(ReadError):
    code = "upload.corrupt"
    detail = "The file is damaged and cannot be opened."


class Encrypted(ReadError):
    code = "upload.encrypted"
    detail = "The PDF needs a password. Please upload a copy without one."


class Scanned(ReadError):
    code = "upload.scanned"
    detail = "The PDF has no text, only pictures of pages. Please upload a copy with a text layer (OCR)."


class TooManyPages(ReadError):
    code = "upload.too_many_pages"
    detail = "The PDF has more pages than the limit."


class Bomb(ReadError):
    code = "upload.bomb"
    detail = "Reading the file needs more memory or yields more output than allowed."


class TimedOut(ReadError):
    code = "upload.timeout"
    detail = "Reading the file took longer than allowed."


class Polyglot(ReadError):
    code = "upload.polyglot"
    detail = "The file holds several formats at once."


ERRORS: dict[str, type[ReadError]] = {
    error.code: error
    for error in (
        ReadError, Empty, TooLarge, NotAPdf, Corrupt, Encrypted, Scanned, TooManyPages, Bomb, TimedOut, Polyglot
    )
}  # fmt: skip
"""Every way in which reading fails, by code: a child process reports the code, the parent raises the error."""
