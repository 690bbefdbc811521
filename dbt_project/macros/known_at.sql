{#- When a raw event became known, for rows joined to `file_arrivals as arrivals`. Where the source does not say, an event of a
    file that landed after a build is known only after the snapshots of that build: they were made, and answered, without
    it. Rows of a feed's first load, and those that `restate_from` took in expressly, count as on time. -#}
{% macro known_at(feed) -%}
    case
        when available_at is null and arrivals.built_until_us is not null
            and ({{ us('datetime') }} >= arrivals.restated_from_us) is not true
            then greatest({{ available_at(feed) }}, {{ timestamp_of_us('arrivals.built_until_us + 1') }})
        else {{ available_at(feed) }}
    end
{%- endmacro %}
