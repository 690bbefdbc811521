{#- A first build of a large table goes through history in slices: each is grouped, sorted and joined in memory, where all
    at once would go through the disk several times. A model says `meta: {slices: {schema, table, column}}`, the rows whose
    times are divided into stretches of about `slice_rows`, from midnight to midnight, and puts `in_slice` behind the
    filters of its inputs, with the hours it looks back. -#}
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
    {%- set slices = time_slices() if not temporary else [] -%}
    {%- set columns = compressed_columns(compiled_code) if slices else none -%}
    {%- if slices | length < 2 and not columns -%}
        {{ return(dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, **kwargs)) }}
    {%- endif -%}
    {%- if columns %}
    create table {{ relation }} ({{ columns }});
    {%- endif -%}
    {%- for slice in slices %}
    set variable slice_from = {{ slice.from_at }};
    set variable slice_until = {{ slice.until_at }};
    {{ 'create table ' ~ relation ~ ' as' if loop.first and not columns else 'insert into ' ~ relation }}
    {{ compiled_code }};
    {%- endfor %}
    reset variable slice_from;
    reset variable slice_until
{%- endmacro %}

{#- The columns of a model that says how a type of its columns lies on disk, `meta: {compression: {float: uncompressed}}`, as a
    table is created with them; none for others. DuckDB tries every way on each row group and takes the smallest. -#}
{% macro compressed_columns(compiled_code) -%}
    {%- set asked = (config.get('meta') or {}).get('compression') -%}
    {%- if not asked -%}{{ return(none) }}{%- endif -%}
    {%- set columns = [] -%}
    {%- for column in run_query('describe ' ~ compiled_code).rows -%}
        {%- set compression = asked.get(column[1] | lower) -%}
        {%- do columns.append(adapter.quote(column[0]) ~ ' ' ~ column[1] ~ (' using compression ' ~ compression if compression else '')) -%}
    {%- endfor -%}
    {{ return(columns | join(', ')) }}
{%- endmacro %}

{#- The slices of this model, in order; none where it is not to be sliced. -#}
{% macro time_slices() -%}
    {%- set of = (config.get('meta') or {}).get('slices') -%}
    {%- if not of -%}{{ return([]) }}{%- endif -%}
    {%- set rows = api.Relation.create(database=target.database, schema=of.schema or target.schema, identifier=of.table) -%}
    {%- set first, last = us('min(' ~ of.column ~ ')'), us('max(' ~ of.column ~ ')') -%}
    {%- set found = run_query('select count(*), ' ~ first ~ ', ' ~ last ~ ' from ' ~ rows).rows[0] -%}
    {%- if not found[0] -%}{{ return([]) }}{%- endif -%}
    {%- set day = hours_us(24) -%}
    {%- set first = found[1] | int // day -%}
    {%- set days = found[2] | int // day + 1 - first -%}
    {%- set length = [days * var('slice_rows') // (found[0] | int), 1] | max -%}
    {%- set slices = [] -%}
    {%- for begin in range(first, first + days, length) -%}
        {%- do slices.append({
            'from_at': "timestamp '1970-01-01'" if loop.first else timestamp_literal(begin * day),
            'until_at': "timestamp '9999-01-01'" if loop.last else timestamp_literal((begin + length) * day)
        }) -%}
    {%- endfor -%}
    {{ return(slices) }}
{%- endmacro %}
