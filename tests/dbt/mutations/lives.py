"""Machines in service: their snapshots, and their rows of the mart."""

from tests.dbt.mutations.mutation import MODELS, Mutation

MUTATIONS = (
    Mutation(
        "a machine that fell silent for good stays in service for some hours",
        f"{MODELS}/spine/spine.sql",
        "snapshots.as_of_us < lives.until_us)",
        "snapshots.as_of_us < lives.until_us + {{ hours_us(6) }})",
    ),
    Mutation(
        "a machine that is back after a long silence was in service all the time",
        f"{MODELS}/spine/lives_as_known.sql",
        "> {{ silence }} then 1",
        "> 10 * {{ silence }} then 1",
    ),
    Mutation(
        "a machine without a register entry is left out",
        f"{MODELS}/marts/mart_rows.sql",
        "left join machines on",
        "inner join machines on",
    ),
    Mutation(
        "a machine enters the spine one snapshot late",
        f"{MODELS}/spine/spine.sql",
        "snapshots.as_of_us >= lives.first_us",
        "snapshots.as_of_us > lives.first_us",
    ),
)
