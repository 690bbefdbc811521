"""Words that stand where a number should, and what they mean."""

from dataclasses import dataclass

# As spreadsheets, data frames, databases, historians and PLCs write them; compared without regard to capitals.
MISSING = (
    "na", "n/a", "#n/a", "#na", "n.a.", "n.a", "nan", "-nan", "+nan", "nan(ind)", "1.#qnan", "-1.#ind", "null",
    "<null>", "(null)", "nil", "none", "nothing", "empty", "blank", "void", "missing", "undefined", "unknown",
    "\\n", "-", "--", "---", "–", "—", ".", "..", "...", "?", "??", "???", "*", "_", "/", "#", "k.a.",
    "n.v.", "nd", "n.d.",
    "bad", "bad input", "bad data", "bad quality", "bad value", "bad total", "bad_data", "badinput", "bad sensor",
    "invalid", "invalid data", "invalid float", "not available", "notavailable", "not connected", "not connect",
    "not_connected", "disconnected", "no data", "no_data", "nodata", "no value", "no sample", "no result", "no signal",
    "no reading", "i/o timeout", "io timeout", "timeout", "time out", "scan timeout", "scan off", "comm fail",
    "comm error", "comm failure", "communication error", "communication failure", "sensor failure", "device failure",
    "sensor fault", "configure", "configuration error", "calc off", "calc failed", "calc timeout", "intf shut",
    "shutdown", "pt created", "arc offline", "arc off-line", "archive offline", "access denied", "no access",
    "out of serv", "out of service", "off-line", "offline", "over range", "overrange", "under range", "underrange",
    "overflow",
    "underflow", "trace", "error", "err", "#error", "#err", "fault", "failed",
    "#value!", "#div/0!", "#ref!", "#num!", "#name?", "#null!", "#wert!", "#bezug!", "#zahl!", "#nv",
)  # fmt: skip


@dataclass(frozen=True)
class Words:
    """Lower-case words of number columns: those that say nothing, and those that take an earlier value back."""

    missing: tuple[str, ...] = MISSING
    removed: tuple[str, ...] = ()


def words_of(missing: tuple[str, ...], removed: tuple[str, ...]) -> Words:
    """The words of the vars beside those that are known; a word to remove by means that and nothing else."""
    taken = tuple(word.strip().lower() for word in removed)
    known = (*MISSING, *(word.strip().lower() for word in missing))
    return Words(tuple(dict.fromkeys(word for word in known if word not in taken)), taken)
