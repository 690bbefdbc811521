{%- set sensors = var('sensors') -%}
{%- set text = dbt.type_string() -%}

with telemetry as (

    select * from {{ source('raw', 'telemetry') }}

),

-- NaN, which takes a reading back, is above every number and no reading.
marked as (

    select
        {%- for name, sensor in sensors.items() %}
        {{ name }},
        case when {{ name }} < {{ sensor.min }} or ({{ name }} > {{ sensor.max }} and {{ name }} <= 1e308) then {{ name }} end
            as {{ name }}_outside{{ ',' if not loop.last }}
        {%- endfor %}
    from telemetry

),

counted as (

    select
        count(*) as came
        {%- for name in sensors %},
        count({{ name }}) as {{ name }}_came,
        count({{ name }}_outside) as {{ name }}_beyond,
        min({{ name }}_outside) as {{ name }}_low,
        max({{ name }}_outside) as {{ name }}_high
        {%- endfor %}
    from marked

),

names as (
    {% for name in sensors %}
    select '{{ name }}' as sensor
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

by_sensor as (

    select
        names.sensor,
        counted.came as all_came
        {%- for of in ['came', 'beyond', 'low', 'high'] %},
        case names.sensor
            {%- for name in sensors %}
            when '{{ name }}' then counted.{{ name }}_{{ of }}
            {%- endfor %}
        end as {{ of }}
        {%- endfor %},
        case names.sensor
            {%- for name, sensor in sensors.items() %}
            when '{{ name }}' then '{{ sensor.min }} to {{ sensor.max }}'
            {%- endfor %}
        end as accepted
    from counted
    cross join names

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
