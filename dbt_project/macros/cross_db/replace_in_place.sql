{#- How DuckDB replaces a table or a view: it is dropped and made anew in one transaction, so that whoever reads meanwhile sees
    the one before, and so does whoever comes after a kill. dbt's own makes it under another name, renames both and drops the
    one before in a transaction of its own, three rounds through dbt for each model. A fleet in a folder of its own, for which
    this project is a package, keeps dbt's own, and the same tables come out. No model of these kinds may read itself. -#}
{% materialization table, adapter='duckdb' -%}
    {{ return(replace_in_place('table')) }}
{%- endmaterialization %}

{% materialization view, adapter='duckdb' -%}
    {{ return(replace_in_place('view')) }}
{%- endmaterialization %}

{% macro replace_in_place(type) -%}
    {%- set existing, target_relation = load_cached_relation(this), this.incorporate(type=type) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- do adapter.ensure_transaction() -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is not none and existing.type != type -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- call statement('main') %}
    drop {{ type }} if exists {{ target_relation }};
    {{ create_table_as(false, target_relation, compiled_code) if type == 'table' else get_create_view_as_sql(target_relation, compiled_code) }}
    {%- endcall -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}
