"""The rules of dbt-project-evaluator and of dbt_project/README.md, read from the manifest.

What breaks a rule stands in dbt_project/evaluator_exceptions.md with its reason, and what stands there breaks it.
"""

import re
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from settings import ROOT

EXCEPTIONS = ROOT / "dbt_project/evaluator_exceptions.md"
# The folders in the order of the data.
FLOW = ("staging", "spine", "features", "labels", "marts", "quality", "outcomes")
BUILDS, BEFORE_STAGING = "builds", {"build_window", "file_arrivals"}
KEY_TESTS = ({"unique_combination_of_columns"}, {"unique", "not_null"})
# Parts all of whose rows stand in another model, by that model: no key of theirs is broken that is not there.
KEYS_TESTED_IN = {"mart_rows": "feature_mart"} | dict.fromkeys(
    (f"{subject}_findings" for subject in ("feed", "reading", "excess", "event", "failure", "machine")), "data_quality"
)
MOST_PARENTS, MOST_LEAVES = 6, 3  # dbt-project-evaluator's own limits


class Model(NamedTuple):
    name: str
    folder: str
    node: Any
    models: set[str]
    sources: set[str]
    tests: set[str]


class Project(NamedTuple):
    models: dict[str, Model]
    sources: dict[str, Any]
    exposed: set[str]
    children: dict[str, set[str]]  # of models and sources, by name


def _parsed() -> Manifest:
    with tempfile.TemporaryDirectory() as folder:  # nothing that another parse has left behind
        place = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target", "lint"]
        files = ["--target-path", folder, "--log-path", folder, "--log-level-file", "none", "--quiet"]
        done = dbtRunner().invoke(["parse", *place, *files])
    assert isinstance(done.result, Manifest), done.exception
    return done.result


@cache
def project() -> Project:
    manifest = _parsed()
    nodes: dict[str, Any] = dict(manifest.nodes)
    tests: dict[str, set[str]] = defaultdict(set)
    for node in nodes.values():
        if str(node.resource_type) == "test" and getattr(node, "attached_node", None):
            tests[node.attached_node].add(node.test_metadata.name)
    models: dict[str, Model] = {}
    children: dict[str, set[str]] = defaultdict(set)
    for unique_id, node in nodes.items():
        if str(node.resource_type) != "model":
            continue
        read = [parent.split(".", 2) for parent in node.depends_on.nodes]
        model = Model(
            node.name, node.fqn[1], node, {name for kind, _, name in read if kind == "model"},
            {name for kind, _, name in read if kind == "source"}, tests[unique_id],
        )  # fmt: skip
        models[node.name] = model
        for parent in model.models | model.sources:
            children[parent].add(node.name)
    sources = {f"{source.source_name}.{source.name}": source for source in manifest.sources.values()}
    exposed = {name.split(".")[-1] for exposure in manifest.exposures.values() for name in exposure.depends_on.nodes}
    return Project(models, sources, exposed, children)


def _models(breaks: Callable[[Model], Any]) -> set[str]:
    return {model.name for model in project().models.values() if breaks(model)}


def _reads_a_later_folder(model: Model) -> bool:
    if model.folder == BUILDS:
        return bool(model.models - BEFORE_STAGING)
    parents = [project().models[name] for name in model.models]
    return any(
        parent.name not in BEFORE_STAGING
        and (parent.folder not in FLOW or FLOW.index(parent.folder) > FLOW.index(model.folder))
        for parent in parents
    )


def _rejoins(model: Model) -> bool:
    """One parent is made of another, and of nothing that others need: the two could be one step."""
    known = project()
    return any(
        other in model.models and known.children[parent] == {model.name} and parent not in known.exposed
        for parent in model.models
        for other in known.models[parent].models
    )


def _leaves(name: str) -> set[str]:
    return {child for child in project().children[name] if not project().children[child]}


def _has_no_key_test(model: Model) -> bool:
    return not any(wanted <= model.tests for wanted in KEY_TESTS)


def _undescribed(node: Any) -> bool:
    return not node.description or any(not column.description for column in node.columns.values())


RULES: dict[str, Callable[[], set[str]]] = {
    "a name tells its folder": lambda: _models(lambda m: (m.folder == "staging") != m.name.startswith("stg_")),
    "a model reads no later folder": lambda: _models(_reads_a_later_folder),
    "staging reads one source and no model": lambda: _models(
        lambda m: m.folder == "staging" and (m.models or len(m.sources) != 1)
    ),
    "only staging reads sources": lambda: _models(lambda m: m.folder != "staging" and m.sources),
    "no source is joined to a model": lambda: _models(lambda m: m.sources and m.models),
    "no sources are joined": lambda: _models(lambda m: len(m.sources) > 1),
    "no model without a parent": lambda: _models(lambda m: not m.models and not m.sources),
    "no model of too many parents": lambda: _models(lambda m: len(m.models) > MOST_PARENTS),
    "no parent is joined again": lambda: _models(_rejoins),
    "no model fans out into leaves": lambda: _models(lambda m: len(_leaves(m.name)) > MOST_LEAVES),
    "a source has one child": lambda: {name for name in project().sources if len(project().children[name]) > 1},
    "a source is used": lambda: {name for name in project().sources if not project().children[name]},
    "no table is named but by ref and source": lambda: _models(
        lambda m: re.search(r"\b(?:from|join)\s+[\w\"`]+\.[\w\"`]+", m.node.raw_code)
    ),
    "a model has a key test": lambda: _models(_has_no_key_test),
    "a model says its grain first": lambda: _models(lambda m: not m.node.description.startswith("One row")),
    "a model and its columns are described": lambda: _models(lambda m: _undescribed(m.node)),
    "a source and its columns are described": lambda: {
        name for name, source in project().sources.items() if _undescribed(source)
    },
    "what nobody reads is exposed": lambda: _models(
        lambda m: not project().children[m.name] and m.name not in project().exposed
    ),
    "an exposure reads tables": lambda: _models(
        lambda m: m.name in project().exposed and m.node.config.materialized == "view"
    ),
}  # fmt: skip


def exceptions() -> dict[str, set[str]]:
    """The file's tables: a heading names the rule, each row a model or source and the reason."""
    listed: dict[str, set[str]] = {}
    for line in EXCEPTIONS.read_text().splitlines():
        if line.startswith("## "):
            rule = line.removeprefix("## ")
            listed[rule] = set()
        elif line.startswith("| `"):
            names, reason = line.strip("| ").split(" | ")
            assert len(reason) > 20, f"{rule}: {names} needs a reason"
            listed[rule] |= set(re.findall(r"`([\w.]+)`", names))
    return listed


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_broken_just_where_the_list_says_why(rule: str) -> None:
    assert RULES[rule]() == exceptions().get(rule, set())


def test_the_list_names_no_other_rule() -> None:
    assert set(exceptions()) <= set(RULES)


def test_a_table_without_a_key_has_one_row() -> None:
    assert _models(lambda m: _has_no_key_test(m) and "one_row" not in m.tests) == set(KEYS_TESTED_IN)
    known = project().models
    for part, whole in KEYS_TESTED_IN.items():
        assert part in known[whole].models
        assert not _has_no_key_test(known[whole])
