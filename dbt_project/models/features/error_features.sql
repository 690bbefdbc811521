{%- set windows = var('windows_hours') -%}
{%- set codes = var('error_codes') -%}

with spine as (

    select * from {{ ref('spine') }}

),

errors as (

    select
        machine_id,
        error_code,
        {{ us('event_at') }} as event_us,
        greatest({{ us('event_at') }}, {{ us('available_at') }}) as known_us
    from {{ ref('stg_errors') }}

),

reached as (

    select
        *,
        {{ spread_event(bucket_end_us('known_us'), windows | max) }} as as_of_us
    from errors

),

counts as (

    select
        machine_id,
        as_of_us
        {%- for hours in windows %}
        {%- set inside = 'event_us > as_of_us - ' ~ hours_us(hours) %},
        count(*) filter (where {{ inside }}) as {{ feature_name('errors', 'count', hours) }}
        {%- for code in codes %},
        count(*) filter (where {{ inside }} and error_code = '{{ code }}') as {{ feature_name(code, 'count', hours) }}
        {%- endfor %}
        {%- endfor %}
    from reached
    group by machine_id, as_of_us

),

timeline as (

    select
        machine_id,
        as_of_us as moment_us,
        true as is_snapshot,
        cast(null as varchar) as error_code,
        cast(null as bigint) as event_us
    from spine

    union all

    select
        machine_id,
        known_us as moment_us,
        false as is_snapshot,
        error_code,
        event_us
    from errors

),

latest as (

    select
        machine_id,
        moment_us,
        is_snapshot
        {%- for code in codes %},
        max(case when error_code = '{{ code }}' then event_us end) over known as {{ code }}_last_us
        {%- endfor %}
    from timeline
    window known as (
        partition by machine_id order by moment_us
        range between unbounded preceding and current row
    )

),

final as (

    select
        spine.machine_id,
        spine.as_of
        {%- for hours in windows %}
        {%- for subject in ['errors'] + codes %}
        {%- set column = feature_name(subject, 'count', hours) %},
        cast(coalesce(counts.{{ column }}, 0) as integer) as {{ column }}
        {%- endfor %}
        {%- endfor %}
        {%- for code in codes %},
        {{ hours_between_us('latest.' ~ code ~ '_last_us', 'spine.as_of_us') }} as {{ feature_name(code, 'hours_since') }}
        {%- endfor %}
    from spine
    inner join latest
        on
            spine.machine_id = latest.machine_id
            and spine.as_of_us = latest.moment_us
            and latest.is_snapshot
    left join counts
        on
            spine.machine_id = counts.machine_id
            and spine.as_of_us = counts.as_of_us

)

select * from final
