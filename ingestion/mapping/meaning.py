"""By which mapping each file has landed: one that is changed reads later files, and what has landed stays as it was."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence

from ingestion.discover import Drop
from ingestion.mapping.entry import EntryPlan
from ingestion.mapping.plan import Plan
from ingestion.raw_schema import ensure_meanings
from warehouse.connection import Connection


def meaning_of(con: Connection, plans: Iterable[EntryPlan]) -> str:
    """A digest of all that makes rows of a file but its name, one for each entry: it, and what its lookups say."""
    return "+".join(_digest(con, plan) for plan in plans)


def _digest(con: Connection, plan: EntryPlan) -> str:
    entry = plan.entry.model_dump(mode="json", exclude={"files"})
    lookups = {
        name: con.execute(f"select _row::varchar from {plan.lookups[name].table} order by _key").fetchall()
        for name in sorted(plan.joins)
    }
    sensors = [column.name for column in plan.feed.sensors] if plan.long else []
    return hashlib.sha256(json.dumps([entry, lookups, sensors], sort_keys=True).encode()).hexdigest()


def read_otherwise(con: Connection, plans: Plan, drops: Sequence[Drop]) -> Iterator[str]:
    """One sentence for each mapped feed of which files have landed that today's mapping would read otherwise.

    Files of `drops` by other entries too; of a file without a row nothing is kept that could be read otherwise.
    """
    if plans.entries:
        ensure_meanings(con)
    for feed in dict.fromkeys(feed for feed, _ in plans.entries):
        today = [_digest(con, plan) for (name, _), plan in plans.entries.items() if name == feed]
        present = {drop.name: meaning_of(con, plans.of(drop)) for drop in drops if drop.feed == feed}
        [(files, example)] = con.execute(
            """select count(*), min(file) from raw.landed_files left join raw.mapped_files using (_file_id)
            left join (select unnest(?::varchar[]) as file, unnest(?::varchar[]) as now) using (file)
            where feed = ? and rows + duplicates > 0 and (
                not coalesce(list_has_all(?::varchar[], string_split(meaning, '+')), false)
                or (now is not null and len(string_split(meaning, '+')) <> len(string_split(now, '+')))
            )""",
            [list(present), list(present.values()), feed, today],
        ).fetchall()
        if files:
            many = files > 1
            yield (
                f"{files:,} file{'s' if many else ''} of {feed} landed under another mapping than today's, such as "
                f"{example}, and stay{'' if many else 's'} as it read {'them' if many else 'it'}; to read all of them "
                "by today's, land them into a new NIGHTSHIFT_HOME."
            )
