{#- A first build of a wide table goes through history in slices of about `slice_rows` rows: each is sorted and joined in
    memory, where all at once would go through the disk several times. A model that says `meta: {in_slices: true}` puts
    `in_slice` behind each of its inputs' filters, with the hours it looks back; slices begin at midnight. -#}
{% macro in_slice(timestamp, back_hours=0) -%}{{ return(adapter.dispatch('in_slice')(timestamp, back_hours)) }}{%- endmacro %}
{% macro default__in_slice(timestamp, back_hours) -%}{%- endmacro %}
{% macro duckdb__in_slice(timestamp, back_hours) -%}
    {%- if build_from_us() is none %} and {{ timestamp }} >= coalesce(getvariable('slice_from'), timestamp '1970-01-01')
        {%- if back_hours %} - interval {{ back_hours }} hours{% endif %}
        and {{ timestamp }} < coalesce(getvariable('slice_until'), timestamp '9999-01-01')
    {%- endif -%}
{%- endmacro %}

{#- dbt calls this for every table; those that are not sliced are made as ever. -#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set slices = time_slices() if not temporary and (config.get('meta') or {}).get('in_slices') else [] -%}
    {%- if slices | length < 2 -%}
        {{ return(dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, **kwargs)) }}
    {%- endif -%}
    {%- for slice in slices %}
    set variable slice_from = {{ slice.from_at }};
    set variable slice_until = {{ slice.until_at }};
    {{ 'create table ' ~ relation ~ ' as' if loop.first else 'insert into ' ~ relation }}
    {{ compiled_code }};
    {%- endfor %}
    reset variable slice_from;
    reset variable slice_until
{%- endmacro %}

{#- The stretches of the spine, from midnight to midnight, in order; one where it is short enough. -#}
{% macro time_slices() -%}
    {%- set spine = api.Relation.create(database=target.database, schema=target.schema, identifier='spine') -%}
    {%- set found = run_query('select count(*), min(as_of_us), max(as_of_us) from ' ~ spine).rows[0] -%}
    {%- if not found[0] -%}{{ return([]) }}{%- endif -%}
    {%- set day = hours_us(24) -%}
    {%- set first = found[1] | int // day -%}
    {%- set days = found[2] | int // day + 1 - first -%}
    {%- set length = [days * var('slice_rows') // (found[0] | int), 1] | max -%}
    {%- set slices = [] -%}
    {%- for begin in range(first, first + days, length) -%}
        {%- do slices.append({
            'from_at': timestamp_literal(begin * day), 'until_at': timestamp_literal((begin + length) * day)
        }) -%}
    {%- endfor -%}
    {{ return(slices) }}
{%- endmacro %}
