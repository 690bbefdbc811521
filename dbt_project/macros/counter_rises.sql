{#- How much a counter has risen from its reading before to this one, wherever the two lie. A fall is a reset and no rise: what
    was counted between it and the next reading is lost, a step's worth, where the new reading itself would be all of what
    the counter shows if it was set back or corrected by a little.

    Readings further apart than `counter_gap_hours` are no pair, so that every pair of a window lies within the baseline. -#}
{% macro counter_gap_hours() -%}
    {%- set longest = var('windows_hours') | max -%}
    {{ return([longest, var('baseline_hours') - longest] | min) }}
{%- endmacro %}

{#- Two CTEs, the second called `name`: the rows of `readings` (with `event_us`) and, for every counter, `<sensor>_risen` and
    `<sensor>_paired` (1), NULL where it is no second of a pair. `series` are the columns beside the machine that part one
    series from another. -#}
{% macro with_rises(name, readings, series=[], where='true') -%}
{{ name }}_before as (

    select
        *
        {%- for sensor in sensors_of('counter') %},
        case when {{ sensor }} is not null then max({{ moment_and_steps(sensor) }}) over earlier end as {{ sensor }}_before
        {%- endfor %}
    from {{ readings }}
    where {{ where }}
    window
        earlier as (
            partition by {{ (['machine_id'] + series) | join(', ') }} order by event_us
            range between {{ hours_us(counter_gap_hours()) }} preceding and 1 preceding
        )

),

{{ name }} as (

    select
        *
        {%- for sensor in sensors_of('counter') %},
        case when {{ sensor }}_before is not null then greatest({{ sensor }} - ({{ steps_of_last(sensor ~ '_before') }}), 0) end
            as {{ sensor }}_risen,
        case when {{ sensor }}_before is not null then 1 end as {{ sensor }}_paired
        {%- endfor %}
    from {{ name }}_before

)
{%- endmacro %}

{#- A reading and its moment as one number, of which the largest is that of the latest reading: it merges as an extreme does.
    Readings are at most 1e15 steps either way. -#}
{% macro moment_and_steps(sensor) -%}
    cast(event_us as {{ wide_integer() }}) * 4000000000000000 + {{ sensor }} + 2000000000000000
{%- endmacro %}

{% macro steps_of_last(number) -%}
    cast({{ number }} % 4000000000000000 as bigint) - 2000000000000000
{%- endmacro %}
