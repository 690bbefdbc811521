{#- Tables that models read and that no model makes: written by scoring, by the mart when a build has finished, and by
    landing the one feed that need not come. Made here, empty, so that a first `dbt build` works and their columns stand
    in one place. -#}
{% macro create_python_tables() -%}
    create schema if not exists ml;
    create table if not exists ml.prediction_log (
        machine_id varchar, as_of timestamp, horizon_hours integer, failure_probability double,
        {% for component in var('components') %}{{ component }}_probability double, {% endfor %}
        predicted_component varchar, alert boolean, risk_level varchar, recommended_action varchar, reasons varchar,
        model_name varchar, model_version varchar, features_hash varchar, scored_at timestamp
    );
    {% for component in var('components') -%}
    alter table ml.prediction_log add column if not exists {{ component }}_probability double;
    {% endfor -%}
    create schema if not exists state;
    create table if not exists state.finished_builds (from_us bigint, built_until timestamp, last_file_id bigint);
    create schema if not exists raw;
    create table if not exists raw.feedback (
        datetime timestamp, "machineID" varchar, comp varchar, verdict varchar, note varchar, available_at timestamp, _file_id integer
    )
{%- endmacro %}
