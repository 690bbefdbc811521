"""What is compiled ahead is what dbt would compile, and nothing is compiled twice."""

from types import SimpleNamespace

import pytest
from dbt.clients.jinja import get_rendered
from dbt_common.clients.jinja import MacroFuzzEnvironment, template_cache

from warehouse.dbt_server import templates
from warehouse.dbt_server.templates import OUR_PACKAGE, compiling

SQL, RULE = "select {{ x }} -- {% if x %}y{% endif %}", "{{ x }}"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that Jinja itself compiles, each as often as it does; dbt is as it was afterwards."""
    texts: list[str] = []

    def note(environment: MacroFuzzEnvironment, source: str) -> object:
        texts.append(source)
        return dbts_own(environment, source)

    dbts_own = templates._dbts_own
    monkeypatch.setattr(templates, "_dbts_own", note)
    monkeypatch.setattr(templates, "_compiled", {})
    monkeypatch.setattr(MacroFuzzEnvironment, "compile", MacroFuzzEnvironment.compile)
    monkeypatch.setattr(template_cache, "file_cache", {})
    return texts


def macro(package: str) -> SimpleNamespace:
    return SimpleNamespace(package_name=package, name="m", macro_sql=f"{{% macro m() %}}{package}{{% endmacro %}}")


def test_models_tests_and_macros_are_compiled_once_for_all_who_render_them(compiled: list[str]) -> None:
    ours, others = macro(OUR_PACKAGE), macro("dbt")
    model = SimpleNamespace(language="sql", raw_code=SQL)
    given = SimpleNamespace(kwargs={"rules": {"a": [RULE]}, "n": 1})
    test = SimpleNamespace(language="sql", raw_code=SQL, test_metadata=given)
    python = SimpleNamespace(language="python", raw_code="def model(): ...")
    nodes = {"model": model, "test": test, "python": python}
    steps = compiling(SimpleNamespace(macros={"a": others, "b": ours}, nodes=nodes))
    next(steps)
    assert compiled == [ours.macro_sql]  # what every command of ours needs comes first, a text at each step
    assert len([*steps]) > 2
    assert compiled == [ours.macro_sql, SQL, RULE, others.macro_sql]
    assert get_rendered(SQL, {"x": 1}) == "select 1 -- y"
    assert get_rendered(SQL, {"x": 0}) == "select 0 -- "
    assert get_rendered(RULE, {"x": [1]}, native=True) == [1]  # by another kind of template, which is kept apart
    assert get_rendered(RULE, {"x": [1]}) == "[1]"
    assert template_cache.get_node_template(others).module is not None
    assert compiled == [ours.macro_sql, SQL, RULE, others.macro_sql, RULE]
