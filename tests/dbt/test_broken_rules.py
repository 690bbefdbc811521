"""The macro behind every test of plausible rows, on more rules than any usual fleet has."""

from typing import Any

import duckdb
import jinja2

from settings import ROOT

CODES = 60
RULES = {f"rule {code} of c's": f"c{code} >= {code % 30 == 0:d}" for code in range(CODES)}


def rules_sql(relation: str, rules: dict[str, str]) -> str:
    source = (ROOT / "dbt_project/macros/tests/broken_rules.sql").read_text()
    said: dict[str, Any] = {"config": lambda **_: "", "relation": relation, "rules": rules}
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    return environment.from_string(source + "{{ broken_rules(relation, rules) }}").render(**said)


def test_each_broken_rule_is_told_with_its_rows() -> None:
    with duckdb.connect() as con:
        con.execute(
            f"create table wide as select {', '.join(f'range % 2 as c{n}' for n in range(CODES))} from range(10)"
        )
        found = con.execute(rules_sql("wide", RULES)).fetchall()
    assert sorted(found) == [("rule 0 of c's", 5), ("rule 30 of c's", 5)]


def test_no_rule_reads_the_counts_of_all_others_again() -> None:
    counted = rules_sql("wide", RULES).split("from wide")[:-1]
    assert [part.count("count(*)") for part in counted] == [25, 25, 10]
