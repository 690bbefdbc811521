{#- Set model and age of every mart row to the register's, where the mart is a table: Spark does not update, and makes the mart
    again from what it is made of, never from itself, so that nothing is lost when it is killed in between. -#}
{% macro update_register(mart) -%}
    {%- do replace_partitions(mart, in_partitions('select * from ' ~ ref('mart_rows')), 'as_of', none) -%}
    refresh table {{ mart }}
{%- endmacro %}
