{{ config(materialized='incremental', meta={'range_column': 'as_of', 'slices': {'table': 'spine', 'column': 'as_of'}}) }}
{%- set windows = var('windows_hours') -%}
{%- set codes = var('error_codes') | list -%}
{%- set longest = windows | max -%}
{%- set last = {} -%}
{%- for code in codes %}{% do last.update({feature_name(code, 'hours_since') | trim: code}) %}{% endfor %}

with spine as (

    select * from {{ ref('spine') }}
    where true {{ since_build_at('as_of') }} {{ in_slice('as_of') }}

),

errors as (

    select
        machine_id,
        error_code,
        {{ us('event_at') }} as event_us,
        {{ us('available_at') }} as known_us
    from {{ ref('stg_errors') }}
    where true {{ since_build_at('event_at', longest) }} {{ in_slice('event_at', longest) }}

),

-- The snapshots that can still see an error: joined by equality, so that errors in gaps and after the last reading count.
reached as (

    select
        machine_id,
        error_code,
        event_us,
        {{ series_from(bucket_end_us('known_us'), bucket_end_us('event_us') ~ ' + ' ~ hours_us(longest), hours_us(bucket_hours())) }}
            as as_of_us
    from errors

),

counts as (

    select
        machine_id,
        as_of_us
        {%- for hours in windows %}
        {%- set inside = 'event_us > as_of_us - ' ~ hours_us(hours) %},
        cast(count(*) filter (where {{ inside }}) as integer) as {{ feature_name('errors', 'count', hours) }}
        {%- for code in codes %},
        cast(count(*) filter (where {{ inside }} and error_code = '{{ code }}') as integer) as {{ feature_name(code, 'count', hours) }}
        {%- endfor %}
        {%- endfor %}
    from reached
    group by machine_id, as_of_us

),

{{ latest_events(ref('stg_errors'), 'error_code', last) }},

final as (

    select
        spine.machine_id,
        spine.as_of,
        spine.as_of_us
        {%- for hours in windows %}
        {%- for subject in ['errors'] + codes %}
        {%- set column = feature_name(subject, 'count', hours) %},
        coalesce(counts.{{ column }}, 0) as {{ column }}
        {%- endfor %}
        {%- endfor %}
        {%- for feature in last %},
        {{ hours_between_us('latest.' ~ feature ~ '_us', 'spine.as_of_us') }} as {{ feature }}
        {%- endfor %}
    from spine
    left join latest
        on
            spine.machine_id = latest.machine_id
            and spine.as_of_us = latest.as_of_us
    left join counts
        on
            spine.machine_id = counts.machine_id
            and spine.as_of_us = counts.as_of_us

)

-- In time order without a sort: the spine is streamed as it lies.
select * from final
