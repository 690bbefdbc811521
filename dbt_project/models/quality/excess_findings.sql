{%- set step = step_seconds() / 3600 -%}
{#- In whole days, for days are counted; a reading every 36 hours is looked for in 48. -#}
{%- set period = ([24, step] | max / 24) | round(0, 'ceil') | int * 24 -%}
{%- set text = dbt.type_string() -%}

with machine_days as (

    select * from {{ ref('machine_days') }}

),

periods as (

    {% if period == 24 -%}
    select
        machine_id,
        readings as came
    from machine_days
    {%- else -%}
    select
        machine_id,
        {{ int_div(us('day_at'), hours_us(period)) }} as period,
        sum(readings) as came
    from machine_days
    group by machine_id, {{ int_div(us('day_at'), hours_us(period)) }}
    {%- endif %}

),

-- A period without any reading makes none due, so that a silent week hides nothing.
machines as (

    select
        machine_id,
        sum(came) as came,
        count(*) * {{ period / step }} as due,
        max(came) as most
    from periods
    where came > 0
    group by machine_id

),

suspects as (

    select
        *,
        row_number() over (order by came - due desc, machine_id asc) as place
    from machines
    where came > 1.2 * due + 1

),

{% if tells_running() -%}
-- While a machine does not run, none is due.
off as (

    select
        {{ finding(
            'not running', "'telemetry'", "'running'", 'sum(moments_off)', '(select sum(moments) from machine_days)',
            "concat('of ', cast(count(distinct machine_id) as " ~ text ~ "), case when count(distinct machine_id) = 1 then ' machine' else ' machines' end)",
            "'none is needed, if it is so; else correct running in the mapping of the telemetry'"
        ) }}
    from machine_days
    where moments_off > 0
    having count(*) > 0

),

{% endif -%}
final as (

    select
        {{ finding(
            'more readings than due', "'telemetry'", "'datetime'", 'sum(came - due)', 'sum(came)',
            "concat(cast(count(*) as " ~ text ~ "), ' of ', cast((select count(*) from machines) as " ~ text ~ "), ' machines, ', max(case when place = 1 then concat(" ~ quoted_example('machine_id') ~ ", ' has up to ', cast(most as " ~ text ~ "), ' in " ~ period ~ " h where " ~ (period / step) | round(1) | string | replace('.0', '') ~ " are due') end))",
            "case when 2 * count(*) > (select count(*) from machines) then 'if readings come more often, say so in telemetry_step_hours; if several plants share their ids, put the plant before the id' else 'give the machines of each plant ids of their own, such as the plant before the id' end"
        ) }}
    from suspects
    having count(*) > 0
    {%- if tells_running() %}

    union all

    select * from off
    {%- endif %}

)

select * from final
