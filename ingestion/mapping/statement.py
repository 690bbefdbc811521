"""The one statement that makes a mapped file's rows: its columns, its lookups, `where`, and what each value becomes."""

from ingestion import sql
from ingestion.mapping.bound import BoundFile
from ingestion.mapping.cells import MadeValue
from ingestion.mapping.entry import SENSOR
from warehouse.sql import ident, literal

MAPPED = "landing_mapped"


def mapped_sql(file: BoundFile) -> str:
    """The temporary table of the rows."""
    return f"create or replace temp table {MAPPED} as {rows_sql(file)}"


def rows_sql(file: BoundFile) -> str:
    """One pass over the file: its used columns, the lookups, `where`, and then the expressions of the rows to use."""
    plan, table, made = file.plan, file.table, file.made
    cells = "".join(f", {table.cell(name)} as {ident(name)}" for name in file.used)
    lookups, unknown, joined = "", "", ""
    for name, key in plan.joins.items():
        lookup, keyed = plan.lookups[name], f"cast({_value(made[key])} as varchar)"
        lookups += f", {ident(name)}"
        unknown += f", case when {ident(name)} is null then {keyed} end as {ident(f'_u_{name}')}"
        joined += f"""
        left join (select _key, _row as {ident(name)} from {lookup.table}) as {ident(f"_by_{name}")}
            on {ident(f"_by_{name}")}._key = {sql.clean(keyed)}"""
    where = made.get("where")
    judged = [one for one in (where,) if one] + [
        one for one, _ in file.values if one.expression.windows and one is not where
    ]
    later = [one for one, _ in file.values if not one.plain and not one.expression.windows]
    told = [f"{ident(f'_u_{name}')} is not null" for name in plan.joins]
    chosen = f"where {' or '.join([_is_chosen(where), *told])}" if where else ""
    return f"""
    with file as (select {table.row} as _row{cells} from {table.relation}),
    joined as (select file.*{lookups} from file{joined}),
    known as (select *{unknown} from joined),
    judged as (select *{_structs(judged)} from known),
    made as (select *{_structs(later)} from judged {chosen})
    select _row, _row + {table.first_line} as _line, {", ".join(_kept(file))} from made"""


def _structs(found: list[MadeValue]) -> str:
    return "".join(f", {one.kept} as _e{one.at}" for one in found)


def _is_chosen(where: MadeValue) -> str:
    """Also where it cannot be said, which is a problem of that row."""
    return f"(_e{where.at} is null or coalesce(_e{where.at}.v, false))"


def _value(made: MadeValue) -> str:
    """Its value where it is needed at once, NULL where it fails."""
    return made.value if made.plain else f"{made.kept}.v"


def _kept(file: BoundFile) -> list[str]:
    where, long = file.made.get("where"), file.plan.long
    use = _is_chosen(where) if where else "true"
    chosen = f"{use} as _chosen"
    out, problems = [], []
    if where:
        problems.append(where)
    for made, column in file.values:
        out.append(f"{made.value if made.plain else f'_e{made.at}.v'} as _v{made.at}")
        if made.plain or made.expression.windows:
            continue
        if file.may_lose(made, column):
            out.append(f"case when _e{made.at} is null then {made.text()} end as _t{made.at}")
        else:
            problems.append(made)
    out += [f"_e{made.at}.l as _l{made.at}" for made, _ in file.values if made.local]
    if long:
        sensor = file.made[f"columns.{SENSOR}"]
        name = f"lower({sensor.value if sensor.plain else f'_e{sensor.at}.v'})"
        known = ", ".join(literal(column.name.lower()) for column in file.plan.feed.sensors)
        out.append(f"case when {use} and {name} not in ({known}) then {name} end as _u_sensor")
        use += f" and coalesce({name} in ({known}), false)"
    reasons = " ".join(f"when _e{one.at} is null then {one.problem}" for one in problems)
    out.append(f"{f'case {reasons} end' if reasons else 'null::varchar'} as _problem")
    out += [ident(f"_u_{name}") for name in file.plan.joins]
    return [chosen, f"{use} as _use", *out]
