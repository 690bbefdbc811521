{#- Tables that models read and that no model makes: written by scoring, by the mart when a build has finished, and by
    landing the one feed that need not come. Made here, empty, so that a first `dbt build` works and their columns stand
    in one place. -#}
{% macro create_python_tables() -%}
    {%- set text = dbt.type_string() -%}
    {%- set chances = [] -%}
    {%- for component in var('components') -%}{%- do chances.append(component ~ '_probability double') -%}{%- endfor -%}
    {{ return(create_tables([
        {
            'schema': 'ml', 'name': 'prediction_log', 'columns': [
                'machine_id ' ~ text, 'as_of timestamp', 'horizon_hours integer', 'failure_probability double'
            ] + chances + [
                'predicted_component ' ~ text, 'alert boolean', 'risk_level ' ~ text, 'recommended_action ' ~ text, 'reasons ' ~ text,
                'model_name ' ~ text, 'model_version ' ~ text, 'features_hash ' ~ text, 'scored_at timestamp'
            ], 'helpers': ['day date', 'batch ' ~ text], 'partitions': ['day', 'batch'], 'later_columns': chances,
        },
        {
            'schema': 'state', 'name': 'finished_builds',
            'columns': ['from_us bigint', 'built_until timestamp', 'last_file_id bigint'],
        },
        {
            'schema': 'raw', 'name': 'feedback', 'columns': [
                'datetime timestamp', 'machineID ' ~ text, 'comp ' ~ text, 'verdict ' ~ text, 'note ' ~ text, 'available_at timestamp',
                '_file_id integer'
            ], 'helpers': ['day date'], 'partitions': ['day', '_file_id'],
        },
    ])) }}
{%- endmacro %}
