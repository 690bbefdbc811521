{#- What the mart said before this build, for `restated_snapshots` to compare with. On Spark the mart is a table and says so
    itself. On DuckDB it is a view of tables that are replaced one after the other: each of them keeps a hash of the
    features that it is about to replace, in the same transaction. Only the first time since a build has finished, which
    showed them: what one that was cut off has made was never shown. -#}

{#- The snapshots from `from_us` on whose features are no longer what the mart said: machine_id and as_of. -#}
{% macro changed_snapshots(from_us) -%}
    {#- Named outside the condition, which dbt does not enter while parsing. -#}
    {%- set rows, spine, machines = ref('mart_rows'), ref('spine'), ref('stg_machines') -%}
    {{ return(adapter.dispatch('changed_snapshots')(from_us, rows, spine, machines)) }}
{%- endmacro %}

{% macro default__changed_snapshots(from_us, rows, spine, machines) -%}
    {%- set mart = load_relation(this.incorporate(path={'identifier': 'feature_mart'})) -%}
    {%- if mart is none or from_us is none -%}
        select machine_id, as_of from {{ spine }} where false
    {%- else -%}
        {{ no_longer_among(rows, feature_columns(), mart, feature_columns(), 'as_of >= ' ~ timestamp_literal(from_us)) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__changed_snapshots(from_us, rows, spine, machines) -%}
    {%- set mart = load_relation(this.incorporate(path={'identifier': 'feature_mart'})) -%}
    {%- if mart is none or mart.is_table or from_us is none or not state_relation('replaced_rows') -%}
        {#- An earlier version has made it as a table, or there is nothing to compare with. -#}
        {{ return(default__changed_snapshots(from_us if mart and mart.is_table else none, rows, spine, machines)) }}
    {%- endif -%}
    {%- set since = 'as_of >= ' ~ timestamp_literal(from_us) -%}
    {%- for table, features in mart_features() | groupby('relation') %}
        {{ no_longer_among(
            this.incorporate(path={'identifier': table}), 'machine_id, as_of, ' ~ features_print(features),
            replaced_rows(table), 'machine_id, as_of, print', since
        ) }}
        union
    {%- endfor %}
        select spine.machine_id, spine.as_of from {{ spine }} as spine
        left join {{ machines }} as now on spine.machine_id = now.machine_id
        left join {{ replaced_register() }} as before on spine.machine_id = before.machine_id
        where
            spine.{{ since }}
            and spine.as_of in (select as_of from {{ replaced_rows('sensor_features') }})
            and (now.model is distinct from before.model or now.age is distinct from before.age)
            and exists (select 1 from {{ state_relation('replaced_from') }} where of_table = 'stg_machines')
{%- endmacro %}

{#- Of moments that `before` tells of, the rows of `now` that are not among its own. -#}
{% macro no_longer_among(now, its_columns, before, their_columns, since) -%}
        select machine_id, as_of from (
            select {{ its_columns }} from {{ now }} as now
            where {{ since }} and as_of in (select as_of from {{ before }} where {{ since }})
            except
            select {{ their_columns }} from {{ before }}
            where {{ since }}
        ) as changed
{%- endmacro %}

{#- A hook before a table of features is replaced. -#}
{% macro keep_replaced() -%}
    {%- set finished = source('state', 'finished_builds') -%}
    {{ return(adapter.dispatch('keep_replaced')(finished)) }}
{%- endmacro %}
{% macro default__keep_replaced(finished) -%}{%- endmacro %}
{% macro duckdb__keep_replaced(finished) -%}
    {%- if execute and not (flags.FULL_REFRESH and is_whole_build()) and load_relation(this) is not none -%}
        {%- set of_table = this.identifier -%}
        {%- set features = mart_features() | selectattr('relation', 'equalto', of_table) | list -%}
        {%- set from_us = build_from_us() -%}
        {%- set from_at = timestamp_literal(from_us) if from_us is not none else "timestamp '-infinity'" -%}
    insert into state.replaced_rows
    select '{{ of_table }}', machine_id, as_of, {{ features_print(features) }}
    from {{ this }}
    where
        as_of >= {{ from_at }}
        and as_of < coalesce((select min(from_at) from state.replaced_from where of_table = '{{ of_table }}'), timestamp 'infinity');
    insert into state.replaced_from select count(*), '{{ of_table }}', {{ from_at }} from {{ finished }}
    {%- endif -%}
{%- endmacro %}

{#- A hook before the register is replaced. -#}
{% macro keep_register() -%}
    {%- set finished = source('state', 'finished_builds') -%}
    {{ return(adapter.dispatch('keep_register')(finished)) }}
{%- endmacro %}
{% macro default__keep_register(finished) -%}{%- endmacro %}
{% macro duckdb__keep_register(finished) -%}
    {%- if execute and load_relation(this) is not none -%}
    insert into state.replaced_register
    select machine_id, model, age from {{ this }}
    where not exists (select 1 from state.replaced_from where of_table = 'stg_machines');
    insert into state.replaced_from select count(*), 'stg_machines', timestamp '-infinity' from {{ finished }}
    {%- endif -%}
{%- endmacro %}

{#- Before the first model runs, for models keep theirs side by side: what was kept for a build that has finished since is of
    no use any more. -#}
{% macro forget_replaced() -%}
    {%- set finished = source('state', 'finished_builds') -%}
    {{ return(adapter.dispatch('forget_replaced')(finished)) }}
{%- endmacro %}
{% macro default__forget_replaced(finished) -%}{%- endmacro %}
{% macro duckdb__forget_replaced(finished) %}
    create table if not exists state.replaced_from (finished_before bigint, of_table varchar, from_at timestamp);
    create table if not exists state.replaced_rows (of_table varchar, machine_id varchar, as_of timestamp, print ubigint);
    create table if not exists state.replaced_register (machine_id varchar, model varchar, age double);
    {%- set is_old = '(select min(finished_before) from state.replaced_from) < (select count(*) from ' ~ finished ~ ')' %}
    delete from state.replaced_rows where {{ is_old }};
    delete from state.replaced_register where {{ is_old }};
    delete from state.replaced_from where {{ is_old }};
{%- endmacro %}

{% macro features_print(features) -%}{{ return('hash(' ~ features | map(attribute='name') | join(', ') ~ ')') }}{%- endmacro %}

{#- Nothing stands there for the build after the one that it was kept for, if that replaces nothing. -#}
{% macro replaced_rows(of_table) -%}
    {{ return("(select machine_id, as_of, print from state.replaced_rows where of_table = '" ~ of_table ~ "')") }}
{%- endmacro %}
{% macro replaced_register() -%}{{ return('state.replaced_register') }}{%- endmacro %}
{% macro state_relation(name) -%}{{ return(adapter.get_relation(target.database, 'state', name)) }}{%- endmacro %}
