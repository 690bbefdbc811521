"""The one Jinja environment: every value is escaped, every template lives beside this module."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@cache
def environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: object) -> str:
    """The text of `template` (a file name in ml/templates) with `values` in it. A missing value raises."""
    return environment().get_template(template).render(**values)
