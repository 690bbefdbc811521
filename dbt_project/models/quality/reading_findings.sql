{%- set sensors = var('sensors') -%}
{%- set text = dbt.type_string() -%}

with counts as (

    select * from {{ ref('reading_counts') }}

),

by_sensor as (

    select
        sensor,
        sum(all_came) as all_came,
        sum(came) as came,
        sum(beyond) as beyond,
        min(low) as low,
        max(high) as high,
        case sensor
            {%- for name, known in sensors.items() %}
            when '{{ name }}' then '{{ known.min }} to {{ known.max }}'
            {%- endfor %}
        end as accepted
    from counts
    group by sensor

),

beyond as (

    select
        {{ finding(
            'outside range', "'telemetry'", 'sensor', 'beyond', 'came',
            "case when low = high then " ~ number_in_words('low') ~ " else concat('from ', " ~ number_in_words('low') ~ ", ' to ', " ~ number_in_words('high') ~ ") end",
            "concat('no feature should see them; if they are true, widen ', sensor, ' (', accepted, ') in vars.sensors of " ~ fleet_file() ~ "')"
        ) }}
    from by_sensor
    where beyond > 0

),

absent as (

    select
        {{ finding(
            'sensor without readings', "'telemetry'", 'sensor', '0', 'null', "concat('of ', cast(all_came as " ~ text ~ "), ' rows')",
            "concat('correct its column in the files, or take ', sensor, ' out of vars.sensors of " ~ fleet_file() ~ "')"
        ) }}
    from by_sensor
    where came = 0 and all_came > 0

),

final as (

    select * from beyond
    union all
    select * from absent

)

select * from final
