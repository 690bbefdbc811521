{#- What a change of each var reaches; the one list of it, and every var of dbt_project.yml stands here:

    rows      what stored rows mean: the tables of growing models must be made anew
    sensors   names and decimals reach rows, the range only how later files are read
    landing   how later files are read: what has landed stays as it was read
    build     how a build proceeds, or what every build makes anew: nothing that is stored

    A var that is not here reaches rows. -#}
{% macro var_reach() -%}
    {{ return({
        'sensors': 'sensors',
        'error_codes': 'rows',
        'components': 'rows',
        'telemetry_step_hours': 'rows',
        'snapshot_every_hours': 'rows',
        'scoring_hour': 'rows',
        'horizon_hours': 'rows',
        'horizons_hours': 'build',
        'remaining_cap_hours': 'build',
        'windows_hours': 'rows',
        'baseline_hours': 'rows',
        'min_baseline_readings': 'rows',
        'new_hours': 'rows',
        'regimes': 'rows',
        'slopes_hours': 'rows',
        'moved_hours': 'rows',
        'sensor_decimals': 'sensors',
        'missing_words': 'landing',
        'removed_words': 'landing',
        'plausible_clock': 'landing',
        'feed_latency_hours': 'rows',
        'corrective_hours': 'rows',
        'outage_gap_hours': 'rows',
        'found_within_hours': 'rows',
        'retired_after_days': 'rows',
        'feed_reaches': 'build',
        'restate_days': 'build',
        'restate_from': 'build',
        'slice_rows': 'build',
        'episode_cooldown_hours': 'build',
    }) }}
{%- endmacro %}
