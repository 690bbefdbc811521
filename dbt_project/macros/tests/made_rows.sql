{#- The rows of a relation that a test looks at. `dbt build` tests what it has made: those from where the build began, and before it
    as far as a label reaches; what lies before has been tested by the build that made it, and a night must not cost more the
    longer the history is. `dbt test`, and a build of all history, look at every row. So they do at a relation without a clock:
    its `meta.range_column`, or `meta.clock` where it is computed as it is read.

    Without an alias, for `from` and what follows it. -#}
{% macro made_rows(relation) -%}
    {%- set from_us = made_since_us(relation) -%}
    {%- if from_us is none -%}{{ return(relation) }}{%- endif -%}
    {%- set clock = clock_of(relation) -%}
    {%- set on_days = on_days_since(clock, from_us) if model_meta(relation).get('range_column') else '' -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ clock ~ ' >= ' ~ timestamp_literal(from_us) ~ on_days ~ ')') }}
{%- endmacro %}

{#- From which moment on a test looks at a relation, in microseconds; none for all of it. The relation has been made by then, and
    so have the windows that it was made in. -#}
{% macro made_since_us(relation) -%}
    {%- if not execute or invocation_args_dict.get('which') != 'build' or flags.FULL_REFRESH or not clock_of(relation) -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set window = 'rebuild_window' if model_meta(relation).get('on_spine') else 'build_window' -%}
    {%- set from_us = asked_once('select from_us from ' ~ relation.incorporate(path={'identifier': window})) -%}
    {{ return(from_us | int - hours_us(label_reach_hours()) if from_us is not none else none) }}
{%- endmacro %}

{% macro clock_of(relation) -%}
    {%- set meta = model_meta(relation) -%}
    {{ return(meta.get('range_column') or meta.get('clock')) }}
{%- endmacro %}

{#- `meta` of the model that makes a relation; none of a source, or while dbt parses and knows no models yet. -#}
{% macro model_meta(relation) -%}
    {%- set model = graph.nodes.get('model.nightshift.' ~ relation.identifier) if execute -%}
    {{ return((model.config.get('meta') or {}) if model else {}) }}
{%- endmacro %}
