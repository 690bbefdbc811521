"""What a look has found, and what to do about it."""

from dataclasses import dataclass

BUILD, NIGHTLY = "run `dbt build`", "run `make night NIGHT=<its date>`"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `advice` says what to do about it; a finding without advice is well."""

    subject: str
    text: str
    advice: str = ""

    @property
    def line(self) -> str:
        """The finding as `make doctor` prints it."""
        if not self.advice:
            return f"ok   {self.subject:<10} {self.text}"
        return f"LOOK {self.subject:<10} {self.text.rstrip('.')}: {self.advice}"
