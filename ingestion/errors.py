"""What can go wrong with the whole landing, and with one file of it."""


class LandingError(RuntimeError):
    """The night cannot go on with what has been dropped; the message says what is missing and the cure."""


class RefusedError(Exception):
    """One file cannot be used at all; the message is the sentence for the summary. The other files go on."""
