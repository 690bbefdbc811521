"""Names of error codes and components that the tables could not keep apart, whose columns are made of them."""

from collections.abc import Mapping, Sequence

# What tables say of all components and all codes together: `fails_any`, `failure_probability`, `errors_count_24h`.
OF_ALL = {"components": ("any", "failure"), "error_codes": ("errors",)}


def name_clash(named: Mapping[str, Sequence[str]]) -> str:
    """The sentence for the first name that another has too, or that OF_ALL needs; empty where all differ.

    `named`: identifiers by their var, one of OF_ALL. SQL tells no capitals apart.
    """
    for var, names in named.items():
        low = [name.lower() for name in names]
        for at, name in enumerate(names):
            if low[at] in OF_ALL[var]:
                return f"{var} holds {name}, as the tables call all of them together: call it otherwise"
            if low[at] in low[:at]:
                return f"{var} holds {name} twice, for capitals tell no names apart: call each otherwise"
    return ""
