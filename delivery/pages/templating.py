"""The Jinja templates beside this module: every value is escaped, for HTML or for Markdown."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined

from delivery.markup import markdown


@cache
def environment(escape: bool = True) -> Environment:
    """Jinja's environment over templates/, made once for each of the two ways of escaping."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=None if escape else _as_markdown,
    )


def render(template: str, **values: object) -> str:
    """The text of `template` (a file name in templates/) with `values` in it. A missing value raises."""
    return environment().get_template(template).render(**values)


def render_markdown(template: str, **values: object) -> str:
    """Like `render` for Markdown: no value can be a link, a table cell or anything else than text."""
    return environment(escape=False).get_template(template).render(**values)


def _as_markdown(value: object) -> object:
    return value if isinstance(value, Undefined) else markdown(value)
