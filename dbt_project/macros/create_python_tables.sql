{#- Scoring writes this table from Python; dbt reads it as a source. Made here, empty, so that a first `dbt build`
    works before anything was scored and the contract's columns stand in one place. -#}
{% macro create_python_tables() -%}
    create schema if not exists ml;
    create table if not exists ml.prediction_log (
        machine_id varchar, as_of timestamp, horizon_hours integer, failure_probability double,
        {% for component in var('components') %}{{ component }}_probability double, {% endfor %}
        predicted_component varchar, alert boolean, risk_level varchar, recommended_action varchar, reasons varchar,
        model_name varchar, model_version varchar, features_hash varchar, scored_at timestamp
    )
{%- endmacro %}
