{#- Refuses vars that cannot be built, and a build that would spoil what is there, with one sentence each, before any model
    runs. -#}
{% macro check_vars() -%}
    {#- Named outside the condition, which dbt does not enter while parsing. -#}
    {%- set mart = ref('feature_mart') -%}
    {%- if execute -%}
        {%- set problems = [] -%}
        {%- if is_of_another_home() -%}
            {%- do exceptions.raise_compiler_error('--project-dir alone opens the home of the folder that dbt is called in, ' ~ flags.PROFILES_DIR ~ ': set DBT_PROJECT_DIR to the fleet, or call dbt in its folder.') -%}
        {%- endif -%}
        {%- do bad_vars(problems) -%}
        {%- if not problems -%}
            {%- do problems.extend(missing_sensors()) -%}
        {%- endif -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error(vars_file() ~ ' vars cannot be used:\n  - ' ~ told_with_lines(problems) | join('\n  - ')) -%}
        {%- endif -%}
        {%- do check_build(mart, problems) -%}
        {%- if problems -%}
            {%- do exceptions.raise_compiler_error('This build is refused:\n  - ' ~ problems | join('\n  - ')) -%}
        {%- endif -%}
        {%- for _, example, cure in step_notes() -%}
            {%- do log('NOTE ' ~ example ~ ': ' ~ cure ~ '.', info=true) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- Whether profiles.yml took the home of another folder than the fleet's: it sees no --project-dir. -#}
{% macro is_of_another_home() -%}
    {%- set told = env_var('DBT_PROJECT_DIR', '') or env_var('NIGHTSHIFT_HOME', '') -%}
    {%- set folder = invocation_args_dict.get('project_dir') -%}
    {{ return(not told and folder and folder | string != flags.PROFILES_DIR | string) }}
{%- endmacro %}

{#- The fleet's file, as sentences name it. -#}
{% macro vars_file() -%}
    {{ return('dbt_project.yml' if project_name == 'nightshift' else 'The dbt_project.yml of ' ~ project_name ~ ':') }}
{%- endmacro %}

{#- Sensors that the vars name and the landed telemetry lacks; or the sentence that nothing has landed. -#}
{% macro missing_sensors() -%}
    {%- set telemetry = adapter.get_relation(target.database, 'raw', 'telemetry') -%}
    {%- if telemetry is none -%}
        {{ return(['raw.telemetry does not exist in ' ~ (target.database or target.name) ~ ': land the raw files first (make land).']) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(telemetry) | map(attribute='name') | map('lower') | list -%}
    {%- set problems = [] -%}
    {%- for name in var('sensors') if name | lower not in columns -%}
        {%- do problems.append("unknown sensor '" ~ name ~ "': raw.telemetry has no such column; land files that hold it or remove it from vars.sensors.") -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}
