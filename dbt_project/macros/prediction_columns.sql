{#- The columns of the prediction log and of `predictions`, in order, each a name with a type that both engines know. Python owns
    them (ml/scoring/contract.py), and a test compares. -#}
{% macro prediction_columns() -%}
    {%- set columns = [
        ('machine_id', 'string'), ('as_of', 'timestamp'), ('horizon_hours', 'integer'), ('failure_probability', 'double')
    ] -%}
    {%- for component in var('components') -%}{%- do columns.append((component ~ '_probability', 'double')) -%}{%- endfor -%}
    {%- do columns.extend([
        ('predicted_component', 'string'), ('alert', 'boolean'), ('risk_level', 'string'), ('recommended_action', 'string'),
        ('reasons', 'string'), ('reason_records', 'string'), ('model_name', 'string'), ('model_version', 'string'),
        ('features_hash', 'string'), ('scored_at', 'timestamp'), ('distance_from_normal', 'double')
    ]) -%}
    {%- for hours in further_horizons() -%}{%- do columns.append(('failure_probability_' ~ hours ~ 'h', 'double')) -%}{%- endfor -%}
    {%- for end in ['low', 'median', 'high'] -%}{%- do columns.append(('remaining_hours_' ~ end, 'double')) -%}{%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}
