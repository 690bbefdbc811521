"""Names of sensors, error codes and components that the tables could not keep apart, whose columns are made of them."""

from collections.abc import Mapping, Sequence

_BESIDE = ("errors", "not_running")  # of all codes, and of no sensor: `errors_count_24h`, `not_running_n_24h`
# What tables say of all components and all codes together, too: `fails_any`, `failure_probability`.
OF_ALL = {"sensors": _BESIDE, "error_codes": _BESIDE, "components": ("any", "failure", *_BESIDE)}


def name_clash(named: Mapping[str, Sequence[str]]) -> str:
    """The sentence for the first name that another has too, or that OF_ALL needs; empty where all differ.

    `named`: identifiers by their var, one of OF_ALL. SQL tells no capitals apart, and nobody could tell of what
    `volt_hours_since` speaks, were it a sensor and an error code.
    """
    seen: dict[str, str] = {}
    for var, names in named.items():
        for name in names:
            low = name.lower()
            if low in OF_ALL[var]:
                return f"{var} holds {name}, as the tables call all of them together: call it otherwise"
            if seen.get(low) == var:
                return f"{var} holds {name} twice, for capitals tell no names apart: call each otherwise"
            if low in seen:
                told = f"call one otherwise, with {name} as what people call it"
                return f"{var} holds {name}, and so does {seen[low]}: {told}"
            seen[low] = var
    return ""
