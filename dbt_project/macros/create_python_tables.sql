{#- Tables that models read and that no model makes: written by scoring, by hooks when a build begins and when its mart
    has been made, and by landing: the one feed that need not come, what was odd, and what was refused. Made here, empty, so
    that a first `dbt build` works and their columns stand in one place. -#}
{% macro create_python_tables() -%}
    {#- Vars that name no columns are told by `check_vars`, which comes next. -#}
    {%- set problems = [] -%}
    {%- if execute -%}{%- do bad_vars(problems) -%}{%- endif -%}
    {%- if problems -%}{{ return('') }}{%- endif -%}
    {%- set text = dbt.type_string() -%}
    {%- set log = [] -%}
    {%- for name, type in prediction_columns() -%}{%- do log.append(name ~ ' ' ~ type) -%}{%- endfor -%}
    {{ return(create_tables([
        {
            'schema': 'ml', 'name': 'prediction_log', 'columns': log, 'later_columns': log,
            'helpers': ['day date', 'batch ' ~ text], 'partitions': ['day', 'batch'],
        },
        {
            'schema': 'state', 'name': 'finished_builds',
            'columns': [
                'from_us bigint', 'built_until timestamp', 'last_file_id bigint', 'known_until timestamp', 'restated_from_us bigint',
                'build_number bigint', 'meaning ' ~ text,
            ],
            'later_columns': ['known_until timestamp', 'restated_from_us bigint', 'build_number bigint', 'meaning ' ~ text],
        },
        {
            'schema': 'state', 'name': 'begun_builds',
            'columns': ['from_us bigint', 'finished_before bigint', 'meaning ' ~ text], 'later_columns': ['meaning ' ~ text],
        },
        {
            'schema': 'raw', 'name': 'feedback', 'columns': [
                'datetime timestamp', 'machineID ' ~ text, 'comp ' ~ text, 'verdict ' ~ text, 'note ' ~ text, 'available_at timestamp',
                '_file_id integer'
            ], 'helpers': ['day date'], 'partitions': ['day', '_file_id'],
        },
        {
            'schema': 'raw', 'name': 'findings', 'columns': [
                '_file_id integer', 'feed ' ~ text, 'file ' ~ text, 'kind ' ~ text, 'column_name ' ~ text, 'occurrences bigint',
                'example ' ~ text, 'cure ' ~ text, 'severity ' ~ text, 'what ' ~ text
            ], 'partitions': ['_file_id'],
        },
        {
            'schema': 'raw', 'name': 'refused_files', 'columns': ['feed ' ~ text, 'file ' ~ text, 'reason ' ~ text],
        },
    ]) ~ forget_replaced()) }}
{%- endmacro %}
