{#- When a raw row became known: what the row says itself, else its event time plus the feed's latency. -#}
{% macro available_at(feed) -%}
    {%- set latency = var('feed_latency_hours').get(feed, 0) -%}
    coalesce(available_at, {% if latency %}{{ timestamp_of_us(us('datetime') ~ ' + ' ~ hours_us(latency)) }}{% else %}datetime{% endif %})
{%- endmacro %}
