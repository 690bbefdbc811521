{#- The ids of all models that must be made, one after the other, for a build to be whole: the mart and the tables that it is
    made of. Known while running only. -#}
{% macro whole_build() -%}
    {%- set found = [model_id('feature_mart')] -%}
    {#- The list grows while it is walked through. -#}
    {%- for id in found -%}
        {%- for parent in graph.nodes[id].depends_on.nodes if parent.startswith('model.') and parent not in found -%}
            {%- do found.append(parent) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set made = [] -%}
    {%- for id in found if id == found[0] or graph.nodes[id].config.materialized in ['table', 'incremental'] -%}
        {%- do made.append(id) -%}
    {%- endfor -%}
    {{ return(made) }}
{%- endmacro %}

{#- Whether this command makes all of them. One that fails keeps the mart from being made, so where the mart is made all
    have been; `dbt retry`, which makes only the rest, makes a part. -#}
{% macro is_whole_build() -%}
    {{ return(not whole_build() | reject('in', selected_resources) | list) }}
{%- endmacro %}

{#- The models that this command makes; none of a command that only tests or compiles. -#}
{% macro models_to_make() -%}
    {%- set models = [] -%}
    {%- for id in selected_resources if id.startswith('model.') and flags.WHICH in ['run', 'build', 'retry'] -%}
        {%- do models.append(id) -%}
    {%- endfor -%}
    {{ return(models) }}
{%- endmacro %}

{#- `project_name` would be the fleet's, which has this project as its package. -#}
{% macro model_id(name) -%}{{ return('model.nightshift.' ~ name) }}{%- endmacro %}
