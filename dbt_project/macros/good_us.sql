{#- The last moment, in microseconds, at which a component that failed still worked: it failed in (good, found], `good` and
    `found` being the names of two timestamp columns. Where nobody says so it failed just when it was found, which is the
    interval of one microsecond: then the rules for intervals are those for moments.

    A horizon (as_of, as_of + horizon] holds such a failure for certain where `as_of <= good and found <= as_of + horizon`, and
    not at all where `found <= as_of or good >= as_of + horizon`; else nobody can tell. -#}
{% macro good_us(good='known_good_at', found='ended_at') -%}
    {{ return('coalesce(' ~ us(good) ~ ', ' ~ us(found) ~ ' - 1)') }}
{%- endmacro %}
