{#- When a raw row became known: what the row says itself, else its event time plus the feed's latency. Never before the
    event, so that staging's available_at alone decides what a snapshot may use. -#}
{% macro available_at(feed) -%}
    {%- set latency = var('feed_latency_hours').get(feed, 0) -%}
    greatest(datetime, coalesce(available_at, {% if latency %}{{ timestamp_of_us(us('datetime') ~ ' + ' ~ hours_us(latency)) }}{% else %}datetime{% endif %}))
{%- endmacro %}
