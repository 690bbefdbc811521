{{ config(unique_key='file_id') }}
{%- set built = built_file_id() %}
{%- set sensors = var('sensors') -%}

with telemetry as (

    select * from {{ source('raw', 'telemetry') }}
    where {{ '_file_id > ' ~ built if built is not none else 'true' }}

),

-- NaN, which takes a reading back, is above every number and no reading.
marked as (

    select
        _file_id,
        {%- for name, sensor in sensors.items() %}
        {{ name }},
        case when {{ name }} < {{ sensor.min }} or ({{ name }} > {{ sensor.max }} and {{ name }} <= 1e308) then {{ name }} end
            as {{ name }}_outside{{ ',' if not loop.last }}
        {%- endfor %}
    from telemetry

),

counted as (

    select
        _file_id,
        count(*) as came
        {%- for name in sensors %},
        count({{ name }}) as {{ name }}_came,
        count({{ name }}_outside) as {{ name }}_beyond,
        min({{ name }}_outside) as {{ name }}_low,
        max({{ name }}_outside) as {{ name }}_high
        {%- endfor %}
    from marked
    group by _file_id

),

names as (
    {% for name in sensors %}
    select '{{ name }}' as sensor
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        counted._file_id as file_id,
        names.sensor,
        counted.came as all_came
        {%- for of in ['came', 'beyond', 'low', 'high'] %},
        case names.sensor
            {%- for name in sensors %}
            when '{{ name }}' then counted.{{ name }}_{{ of }}
            {%- endfor %}
        end as {{ of }}
        {%- endfor %}
    from counted
    cross join names

)

select * from final
