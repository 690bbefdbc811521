{#- Which stretch of time this build restates.

    A first build makes all history. Later ones begin `restate_days` before the day up to which the last finished build
    had data, so that readings, errors and corrections which came that much late change the snapshots they should. The
    var `restate_from` (a date) begins earlier. Every incremental model replaces all of its rows from there on: the same
    rows come out however often and wherever a build was cut off. -#}

{#- The literal that a model compares its range column with, in microseconds; none when it makes all history. A model that
    says `meta: {on_spine: true}` begins where snapshots are made anew: it comes after `rebuild_window` because the spine does. -#}
{% macro build_from_us(back_hours=0) -%}
    {#- The reference comes first: dbt must see it while parsing, when nothing is incremental yet. -#}
    {%- set window = ref('build_window') -%}
    {%- if not is_incremental() -%}{{ return(none) }}{%- endif -%}
    {%- if (config.get('meta') or {}).get('on_spine') -%}
        {%- set window = this.incorporate(path={'identifier': 'rebuild_window'}) -%}
    {%- endif -%}
    {%- set from_us = asked_once('select from_us from ' ~ window) -%}
    {%- if from_us is none -%}{{ return(none) }}{%- endif -%}
    {{ return(from_us | int - hours_us(back_hours)) }}
{%- endmacro %}

{#- The last landed file that the last finished build saw, as a literal: the row groups of files up to it are skipped. None
    in a build of all history. -#}
{% macro built_file_id() -%}
    {%- set build_window = ref('build_window') -%}
    {%- if build_from_us() is none -%}{{ return(none) }}{%- endif -%}
    {{ return(asked_once('select built_file_id from ' ~ build_window)) }}
{%- endmacro %}

{#- `and <us> >= <where this build begins>`, reaching `back_hours` further into the past; nothing in a full build. -#}
{% macro since_build(us, back_hours=0) -%}
    {%- set from_us = build_from_us(back_hours) -%}
    {%- if from_us is not none %} and {{ us }} >= {{ from_us }}{% endif -%}
{%- endmacro %}

{#- The same for a timestamp column, as a literal timestamp, so that row groups are skipped; and partitions, where it is
    the clock of its table. -#}
{% macro since_build_at(timestamp, back_hours=0, is_clock=true) -%}
    {%- set from_us = build_from_us(back_hours) -%}
    {%- if from_us is not none %} and {{ timestamp }} >= {{ timestamp_literal(from_us) }}
        {%- if is_clock %}{{ on_days_since(timestamp, from_us) }}{% endif %}
    {%- endif -%}
{%- endmacro %}

{#- How far before the window a label can still change: its horizon, how long a failure may go unfound, and the feed's latency;
    in whole days, because partitions are replaced whole. -#}
{% macro label_reach_hours() -%}
    {%- set hours = horizon_hours() + var('found_within_hours') + var('feed_latency_hours').get('failures', 0) -%}
    {{ return((hours + 23) // 24 * 24) }}
{%- endmacro %}
