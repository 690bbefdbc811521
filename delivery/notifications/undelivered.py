"""What keeps a notice from being delivered, whichever way it goes."""


class Undelivered(RuntimeError):
    """A notice that was not delivered, in a sentence without the address; `answered` where the other side did."""

    def __init__(self, message: str, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


def answered_with(who: str, status: int) -> Undelivered:
    """`who` answered a call with an HTTP status that is no success; redirects are not followed."""
    more = "; set the address that it redirects to" if 300 <= status < 400 else ""
    return Undelivered(f"{who} answered {status}{more}", answered=True)
