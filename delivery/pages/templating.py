"""The Jinja templates beside this module: in HTML every value is escaped, in plain text none."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


@cache
def environment(escape: bool = True) -> Environment:
    """Jinja's environment over templates/, made once for each of the two ways of escaping."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, **values: object) -> str:
    """The text of `template` (a file name in templates/) with `values` in it. A missing value raises."""
    return environment().get_template(template).render(**values)


def render_text(template: str, **values: object) -> str:
    """Like `render` for plain text: nothing is escaped."""
    return environment(escape=False).get_template(template).render(**values)
