{#- Set model and age of every mart row to the register's. -#}
{% macro update_register(mart, machines) -%}{{ return(adapter.dispatch('update_register')(mart, machines)) }}{%- endmacro %}
{#- Spark does not update: it makes the mart again from what it is made of, never from itself, so that nothing is lost when
    it is killed in between. -#}
{% macro spark__update_register(mart, machines) -%}
    {%- do replace_partitions(mart, in_partitions('select * from ' ~ ref('mart_rows')), 'as_of', none) -%}
    refresh table {{ mart }}
{%- endmacro %}
{% macro default__update_register(mart, machines) -%}
    update {{ mart }} as mart
    set model = machines.model, age = machines.age
    from {{ machines }} as machines
    where
        mart.machine_id = machines.machine_id
        and (mart.model is distinct from machines.model or mart.age is distinct from machines.age)
{%- endmacro %}
