{#- Moments as BIGINT microseconds since 1970 (UTC): frames on them are exact on every engine. -#}
{% macro us(timestamp) -%}{{ return(adapter.dispatch('us')(timestamp)) }}{%- endmacro %}
{% macro default__us(timestamp) -%}epoch_us({{ timestamp }}){%- endmacro %}
{% macro spark__us(timestamp) -%}unix_micros({{ timestamp }}){%- endmacro %}

{% macro timestamp_of_us(us) -%}{{ return(adapter.dispatch('timestamp_of_us')(us)) }}{%- endmacro %}
{% macro default__timestamp_of_us(us) -%}make_timestamp({{ us }}){%- endmacro %}
{% macro spark__timestamp_of_us(us) -%}cast(timestamp_micros({{ us }}) as timestamp){%- endmacro %}

{#- Integer division of non-negative BIGINTs. -#}
{% macro int_div(dividend, divisor) -%}{{ return(adapter.dispatch('int_div')(dividend, divisor)) }}{%- endmacro %}
{% macro default__int_div(dividend, divisor) -%}(({{ dividend }}) // {{ divisor }}){%- endmacro %}
{% macro spark__int_div(dividend, divisor) -%}(({{ dividend }}) div {{ divisor }}){%- endmacro %}

{#- As a select item: one row for each of first, first + step, ... up to last (SQL expressions); none where last is before
    first or either is NULL. -#}
{% macro series_from(first, last, step=1) -%}{{ return(adapter.dispatch('series_from')(first, last, step)) }}{%- endmacro %}
{% macro default__series_from(first, last, step) -%}
    unnest(generate_series(cast({{ first }} as bigint), cast({{ last }} as bigint), {{ step }}))
{%- endmacro %}
{% macro spark__series_from(first, last, step) -%}
    {#- `sequence` counts downwards or fails where there is nothing to count. -#}
    explode(
        case when {{ first }} <= {{ last }} then
            sequence(cast({{ first }} as bigint), cast({{ last }} as bigint), cast({{ step }} as bigint))
        end
    )
{%- endmacro %}

{#- The Monday that begins the week of a timestamp. -#}
{% macro week_of(timestamp) -%}
    cast(date_trunc('week', {{ timestamp }}) as date)
{%- endmacro %}

{#- A moment in microseconds, known while compiling, as a timestamp literal. -#}
{% macro timestamp_literal(us) -%}
    {%- set moment = modules.datetime.datetime(1970, 1, 1) + modules.datetime.timedelta(microseconds=us) -%}
    timestamp '{{ moment.strftime('%Y-%m-%d %H:%M:%S.%f') }}'
{%- endmacro %}
