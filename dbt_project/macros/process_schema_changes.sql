{#- dbt asks this before it adds rows to a growing model: its `on_schema_change: fail` in words that say what to do. -#}
{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {%- if on_schema_change == 'ignore' -%}{{ return({}) }}{%- endif -%}
    {%- set found = check_for_schema_changes(source_relation, target_relation) -%}
    {%- if found['schema_changed'] -%}
        {%- set more = found['source_not_in_target'] | map(attribute='name') | list -%}
        {%- set fewer = found['target_not_in_source'] | map(attribute='name') | list -%}
        {%- set others = found['new_target_types'] | map(attribute='column_name') | list -%}
        {%- set changes = [] -%}
        {%- for words, names in [('without ', more), ('with ', fewer), ('with another type of ', others)] if names -%}
            {%- do changes.append(words ~ some_of(names, ', ')) -%}
        {%- endfor -%}
        {%- do exceptions.raise_compiler_error(
            target_relation.identifier ~ ' was built ' ~ changes | join(' and ') ~ ': build all history anew: ' ~ rebuild_command() ~ ', then make train.'
        ) -%}
    {%- endif -%}
    {{ return(found['source_columns']) }}
{%- endmacro %}
