{#- Sensors that tell changes only: a reading of theirs counts at every telemetry step (a whole number of them since 1970)
    from its own moment until the next one of that sensor and machine, for `on_change_hours` at most. So it weighs as much
    as it held, and as many readings come as are due. -#}
{% macro sensors_on_change() -%}
    {%- set found = [] -%}
    {%- for sensor, known in var('sensors').items() if known.get('on_change_hours') -%}{%- do found.append(sensor) -%}{%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- How far a reading may reach ahead: what is read of staging begins so much earlier. -#}
{% macro most_hours_held() -%}
    {%- set hours = [0] -%}
    {%- for sensor in sensors_on_change() -%}{%- do hours.append(var('sensors')[sensor].on_change_hours) -%}{%- endfor -%}
    {{ return(hours | max) }}
{%- endmacro %}

{#- The rows that windows count, from so many hours before the build on: staging's, and what holds. To follow `from`. -#}
{% macro counted_rows(back_hours, sliced) -%}
    {%- set holds = sensors_on_change() | length > 0 -%}
    {{ 'counted' if holds else ref('stg_telemetry') }}
    where
        true {{ since_build_at('event_at', back_hours, is_clock=not holds) }}
        {%- if sliced %}
        {{ in_slice('event_at', back_hours) }}
        {%- endif -%}
{%- endmacro %}

{#- The CTEs that make `counted` where a sensor holds; else nothing. What is known of a reading, and of the one that ends it,
    may come late or be corrected: at each step the latest one known at a moment counts, in the stretch in which it does. -#}
{% macro held_readings(back_hours, sliced) -%}
{%- set holding = sensors_on_change() -%}
{%- set reach = back_hours + most_hours_held() -%}
{%- set step = step_seconds() * 1000000 -%}
{%- set known_in_time = 'known_us <= ' ~ bucket_end_us('event_us') ~ ' and superseded_us is null' -%}
{%- if holding -%}
staged as (

    select * from {{ ref('stg_telemetry') }}
    where
        true {{ since_build_at('event_at', reach) }}
        {%- if sliced %}
        {{ in_slice('event_at', reach) }}
        {%- endif %}

),

-- A machine that stops running ends what held: as a reading without a value.
said as (
    {% for sensor in holding %}
    select
        machine_id,
        '{{ sensor }}' as sensor,
        {{ us('event_at') }} as event_us,
        cast({{ sensor }} as double) as reading,
        {{ us('available_at') }} as known_us,
        {{ us('superseded_at') }} as superseded_us,
        cast({{ hours_us(var('sensors')[sensor].on_change_hours) }} as bigint) as holds_us
    from staged
    where {{ sensor }} is not null {{ 'or not is_running' if tells_running() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- No reading counts at a step at which a later one is known for certain, whatever the snapshot.
ended as (

    select
        *,
        min(case when {{ known_in_time }} then event_us end) over (
            partition by machine_id, sensor order by event_us
            range between 1 following and {{ hours_us(most_hours_held()) }} following
        ) as next_us
    from said

),

at_steps as (

    select
        machine_id,
        sensor,
        event_us,
        reading,
        known_us,
        superseded_us,
        {{ series_from(
            int_div('event_us + ' ~ (step - 1), step) ~ ' * ' ~ step,
            'least(event_us + holds_us, coalesce(next_us - 1, event_us + holds_us))',
            step
        ) }} as step_us
    from ended
    where reading is not null or not ({{ known_in_time }})

),

shared_steps as (

    select
        machine_id,
        sensor,
        step_us
    from at_steps
    group by machine_id, sensor, step_us
    having count(*) > 1

),

rivals as (

    select
        at_steps.*,
        shared_steps.machine_id is not null as is_shared
    from at_steps
    left join shared_steps
        on
            at_steps.machine_id = shared_steps.machine_id
            and at_steps.sensor = shared_steps.sensor
            and at_steps.step_us = shared_steps.step_us

),

-- When what is known of a step changes.
turns as (

    select
        machine_id,
        sensor,
        step_us,
        known_us as turn_us
    from rivals
    where is_shared
    union
    select
        machine_id,
        sensor,
        step_us,
        superseded_us as turn_us
    from rivals
    where is_shared and superseded_us is not null

),

believed as (

    select
        turns.machine_id,
        turns.sensor,
        turns.step_us,
        turns.turn_us,
        case
            when max(rivals.event_us) = max(case when rivals.reading is not null then rivals.event_us end)
                then max_by(rivals.reading, rivals.event_us) filter (where rivals.reading is not null)
        end as reading
    from turns
    left join rivals
        on
            turns.machine_id = rivals.machine_id
            and turns.sensor = rivals.sensor
            and turns.step_us = rivals.step_us
            and turns.turn_us >= rivals.known_us
            and (rivals.superseded_us is null or turns.turn_us < rivals.superseded_us)
    group by turns.machine_id, turns.sensor, turns.step_us, turns.turn_us

),

stretches as (

    select
        *,
        lead(turn_us) over (partition by machine_id, sensor, step_us order by turn_us) as next_turn_us
    from believed

),

held as (

    select
        machine_id,
        sensor,
        step_us,
        reading,
        known_us,
        superseded_us
    from rivals
    where not is_shared
    union all
    select
        machine_id,
        sensor,
        step_us,
        reading,
        turn_us as known_us,
        next_turn_us as superseded_us
    from stretches

),

counted as (

    select
        machine_id,
        event_at,
        {% for sensor in var('sensors') -%}
        {{ 'cast(null as double) as ' ~ sensor if sensor in holding else sensor }},
        {% endfor -%}
        {{ 'is_running,' if tells_running() }}
        available_at,
        superseded_at
    from staged
    union all
    select
        machine_id,
        {{ timestamp_of_us('step_us') }} as event_at,
        {% for sensor in var('sensors') -%}
        {{ "case when sensor = '" ~ sensor ~ "' then reading end" if sensor in holding else 'null' }} as {{ sensor }},
        {% endfor -%}
        {{ 'true as is_running,' if tells_running() }}
        {{ timestamp_of_us('known_us') }} as available_at,
        {{ timestamp_of_us('superseded_us') }} as superseded_at
    from held
    where reading is not null

),

{% endif -%}
{%- endmacro %}
