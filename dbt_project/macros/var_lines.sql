{#- Sentences on vars, each headed by the line of the dbt_project.yml in which the var stands; one that --vars gives stands in
    none. -#}
{% macro told_with_lines(problems) -%}
    {%- set given, folder, told = var_names(invocation_args_dict.get('vars')), invocation_args_dict.get('project_dir') or flags.PROJECT_DIR, [] -%}
    {%- set own = text_of_file(folder ~ '/dbt_project.yml') or '' -%}
    {%- set known = text_of_file(folder ~ '/dbt_packages/nightshift/dbt_project.yml') or '' if project_name != 'nightshift' else '' -%}
    {%- for problem in problems -%}
        {%- set keys = var_named(problem) -%}
        {%- set line = var_line(own, keys) if keys and keys[0] not in given else 0 -%}
        {%- set inherited = var_line(known, keys) if keys and keys[0] not in given and not line else 0 -%}
        {%- do told.append('line ' ~ line ~ ': ' ~ problem if line else ("line " ~ inherited ~ " of Nightshift's own: " ~ problem if inherited else problem)) -%}
    {%- endfor -%}
    {{ return(told) }}
{%- endmacro %}

{#- The vars that the command gave, which stand in no file. -#}
{% macro var_names(given) -%}
    {%- set found = fromyaml(given) if given is string else given -%}
    {{ return(found.keys() | list if found is mapping else []) }}
{%- endmacro %}

{#- The keys of the var that a sentence speaks of: a sensor by its name, else the first word that is a var's. -#}
{% macro var_named(problem) -%}
    {%- set sensor = modules.re.match("(?:unknown )?sensor '([^']+)'", problem) -%}
    {%- if sensor -%}
        {{ return(['sensors', sensor.group(1)]) }}
    {%- endif -%}
    {%- for word in modules.re.findall('[a-z_]+', problem) if var(word, none) is not none -%}
        {{ return([word]) }}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro %}

{#- The line, from 1, of a var in the text of a dbt_project.yml; 0 where it is not there. -#}
{% macro var_line(text, keys) -%}
    {%- set wanted, at = ['vars'] + keys, namespace(line=0, depth=0) -%}
    {%- for line in text.split('\n') -%}
        {%- set number = loop.index -%}
        {%- for _ in wanted -%}{#- Several may stand in one line. -#}
            {%- if at.depth < wanted | length and modules.re.search('(^|[{,\\s])["\']?' ~ modules.re.escape(wanted[at.depth]) ~ '["\']?\\s*:', line.split('#')[0]) -%}
                {%- set at.depth, at.line = at.depth + 1, number -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(at.line if at.depth == wanted | length else 0) }}
{%- endmacro %}
