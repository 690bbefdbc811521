"""The errors of a landing as a whole, and of one file in it."""


class LandingError(RuntimeError):
    """The landed files do not suffice for a night; the message says what is missing and the cure."""


class NoDropsError(LandingError):
    """Nothing lies in the drops folder, which is no fault where what a night needs has landed before."""


class RefusedError(Exception):
    """One file cannot be used at all; the message is its sentence in the summary. The other files are still landed."""


class UnfitError(RefusedError):
    """A file that cannot be used because its columns are not those of the feed."""
