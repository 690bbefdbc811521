{#- How far anything is known of failures, in microseconds: the body of the step `clock` of whoever labels snapshots.

    now_us      the fleet's clock: what was reported later is not known yet
    reach_us    up to where the failures have come
    settled_us  up to where they are all found: what may still be found later tells nothing, whatever it is, or the time of
                those that failed would be known sooner than that of those that did not -#}
{% macro failures_clock() -%}
    select
        {{ us('fleet_clock.known_until') }} as now_us,
        {{ us('feed_reach.reaches_until') }} as reach_us,
        {{ us('feed_reach.reaches_until') }} - {{ hours_us(var('found_within_hours')) }} as settled_us
    from {{ ref('fleet_clock') }} as fleet_clock
    inner join {{ ref('feed_reach') }} as feed_reach on feed_reach.feed = 'failures'
{%- endmacro %}
