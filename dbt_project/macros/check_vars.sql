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

{#- The same within a sentence: its place where the fleet is named by it, else the name of the fleet. -#}
{% macro fleet_file() -%}
    {%- set folder = env_var('DBT_PROJECT_DIR', '') -%}
    {%- if project_name == 'nightshift' -%}{{ return('dbt_project.yml') }}{%- endif -%}
    {{ return((folder.rstrip('/') ~ '/dbt_project.yml' if folder else 'the dbt_project.yml of ' ~ project_name) | replace("'", "''")) }}
{%- endmacro %}

{#- Sensors that the vars name and no landed file of readings has; or the sentence that nothing has landed. -#}
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
    {%- for name, file in sensors_in_no_file() if name | lower in var('sensors') | map('lower') | list -%}
        {%- do problems.append("sensor '" ~ name ~ "' is in no file that has landed, such as " ~ file ~ ': correct it in vars.sensors, give it its column there as `label` or in vars.mapping, or take it out; then land again.') -%}
    {%- endfor -%}
    {{ return(problems) }}
{%- endmacro %}

{#- Sensors that each file of readings lacked as it landed, with the last of them (in_no_file in ingestion/absent_sensors.py).
    Files that landed before the vars named a sensor say nothing of it. -#}
{% macro sensors_in_no_file() -%}
    {%- set findings = adapter.get_relation(target.database, 'raw', 'findings') -%}
    {%- set landed_files = adapter.get_relation(target.database, 'raw', 'landed_files') -%}
    {%- if not findings or not landed_files -%}{{ return([]) }}{%- endif -%}
    {{ return(run_query(
        'select column_name, max_by(file, _file_id) from ' ~ findings ~ " where feed = 'telemetry' and kind = 'column absent' group by column_name "
        ~ 'having count(distinct _file_id) = (select count(*) from ' ~ landed_files ~ " where feed = 'telemetry' and rows > 0)"
    ).rows) }}
{%- endmacro %}
