"""What can be wrong with a document, each with the place and the remedy."""


class ReadingError(Exception):
    """A document that cannot be read; the message says what to do."""


class EmptyDocument(ReadingError):
    pass


class NotText(ReadingError):
    pass


class TooLarge(ReadingError):
    pass


class Encrypted(ReadingError):
    pass


class Busy(ReadingError):
    """Pictures of somebody else are being read; there is room for one at a time."""
