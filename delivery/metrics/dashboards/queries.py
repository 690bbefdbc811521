"""What the dashboard over the published copy asks, in SQL; `$__timeFilter` is the plugin's: the span on show."""

FIRST_THIS_MORNING = """
    select risk_rank, machine_id, failure_probability, predicted_component, recommended_action, reasons
    from fleet_risk_today order by risk_rank limit 25
"""
ALERTS_BY_NIGHT = """
    select as_of as time, alerts, silent from nights where $__timeFilter(as_of) order by as_of
"""
DRIFT_BY_NIGHT = """
    select as_of as time, columns_drifted from drift_nights where judged and $__timeFilter(as_of) order by as_of
"""
QUALITY_BY_NIGHT = """
    select as_of as time, quality, quality_low, quality_high, quality_at_gate
    from drift_nights where quality_judged and $__timeFilter(as_of) order by as_of
"""
CASES_BY_WEEK = """
    select date_trunc('week', opened_at) as time, count(*) as cases,
        count(*) filter (where verdict = 'false') as false_ones
    from alert_episodes where $__timeFilter(opened_at) group by 1 order by 1
"""
OPEN_CASES = """
    select machine_id, component, opened_at, nights, highest_probability, crew_verdict, crew_note
    from alert_episodes where closed_by is null order by highest_probability desc
"""
ODD_DATA = """
    select severity, feed, kind, subject, occurrences, cure from data_quality
    where as_of = (select max(as_of) from data_quality) order by severity, occurrences desc
"""
DECISIONS = """
    select decided_at, model_version, promoted, replaced, reason from promotions order by decided_at desc limit 20
"""
