{#- The one value that a query gives, which all models of a command share: the first that asks has it run. For what does not
    change while models ask; a growing model asks half a dozen times, and each query is a round through dbt. It is kept in
    `graph`, which every model of a command sees, under the command's own id: a process may run several. -#}
{% macro asked_once(query) -%}
    {%- set key = invocation_id ~ ' ' ~ query -%}
    {%- if key not in graph -%}
        {%- do graph.update({key: run_query(query).rows[0][0]}) -%}
    {%- endif -%}
    {{ return(graph[key]) }}
{%- endmacro %}
