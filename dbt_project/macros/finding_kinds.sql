{#- What the models of quality/ find, each with how much it matters and in words: the kinds that landing finds by file stand
    in ingestion/findings.py. `error`: answers are wrong or lacking until it is cured; `warning`: worth a look; `note`: good
    to know. Each is worded behind the number one and behind any other. docs/operations.md lists all of them;
    tests/dbt/test_quality.py holds the three together. -#}
{% macro finding_kinds() -%}
    {{ return({
        'file refused': {
            'severity': 'error',
            'what_one': 'file could not be used, and nothing of it has landed',
            'what': 'files could not be used, and nothing of them has landed',
        },
        'no events': {
            'severity': 'note',
            'what_one': 'usable row has landed',
            'what': 'usable rows have landed',
        },
        'unknown machine': {
            'severity': 'warning',
            'what_one': 'row is of a machine without telemetry, so it labels and teaches nothing',
            'what': 'rows are of machines without telemetry, so they label and teach nothing',
        },
        'unknown code': {
            'severity': 'warning',
            'what_one': 'row holds a code that the vars do not name, so no feature sees it',
            'what': 'rows hold codes that the vars do not name, so no feature sees them',
        },
        'never seen': {
            'severity': 'note',
            'what_one': 'code of the vars has never been seen',
            'what': 'codes of the vars have never been seen',
        },
        'end before begin': {
            'severity': 'warning',
            'what_one': 'outage ends before it begins, and counts as one without a stated end',
            'what': 'outages end before they begin, and count as ones without a stated end',
        },
        'good after failure': {
            'severity': 'warning',
            'what_one': 'failure says that its component was known to work after it, and counts as one that does not say',
            'what': 'failures say that their components were known to work after them, and count as ones that do not say',
        },
        'outside telemetry': {
            'severity': 'warning',
            'what_one': 'failure lies where its machine has no rows in the hours before, so it labels nothing',
            'what': 'failures lie where their machines have no rows in the hours before, so they label nothing',
        },
        'hours unwatched': {
            'severity': 'warning',
            'what_one': 'hour of each day lies beyond the horizon of every night, which foresees no failure there',
            'what': 'hours of each day lie beyond the horizon of every night, which foresees no failure there',
        },
        'failures end early': {
            'severity': 'error',
            'what_one': 'day of telemetry lies beyond the last failure, far more than usual',
            'what': 'days of telemetry lie beyond the last failure, far more than usual',
        },
        'events end early': {
            'severity': 'warning',
            'what_one': 'day of telemetry lies beyond the last row of this feed, far more than usual',
            'what': 'days of telemetry lie beyond the last row of this feed, far more than usual',
        },
        'ids alike': {
            'severity': 'warning',
            'what_one': 'machine is spelled in more than one way and counts as several',
            'what': 'machines are spelled in more than one way and count as several',
        },
        'not registered': {
            'severity': 'note',
            'what_one': 'machine of the telemetry is not in the machines file, so its model, age and time in service are unknown',
            'what': 'machines of the telemetry are not in the machines file, so their model, age and time in service are unknown',
        },
        'out of service': {
            'severity': 'warning',
            'what_one': 'day with readings of a machine lies outside its in_service_from and in_service_until, and has no rows',
            'what': 'days with readings of a machine lie outside its in_service_from and in_service_until, and have no rows',
        },
        'silent for good': {
            'severity': 'warning',
            'what_one': 'machine counts as out of service, because it has been silent for longer than retired_after_days',
            'what': 'machines count as out of service, because they have been silent for longer than retired_after_days',
        },
        'clock ahead': {
            'severity': 'warning',
            'what_one': 'machine has readings of more than a day after the last ones of nearly all others',
            'what': 'machines have readings of more than a day after the last ones of nearly all others',
        },
        'more readings than due': {
            'severity': 'warning',
            'what_one': 'reading is more than telemetry_step_hours makes due',
            'what': 'readings are more than telemetry_step_hours makes due',
        },
        'another step': {
            'severity': 'warning',
            'what_one': 'var does not fit the step at which readings come',
            'what': 'vars do not fit the step at which readings come',
        },
        'outside range': {
            'severity': 'warning',
            'what_one': 'reading lies outside min and max of its sensor',
            'what': 'readings lie outside min and max of its sensor',
        },
        'not running': {
            'severity': 'note',
            'what_one': 'row is of a machine that did not run, so its readings enter no window',
            'what': 'rows are of machines that did not run, so their readings enter no window',
        },
        'sensor without readings': {
            'severity': 'warning',
            'what_one': 'reading of this sensor has come',
            'what': 'readings of this sensor have come',
        },
        'empty feature': {
            'severity': 'warning',
            'what_one': 'feature was NULL at every snapshot of the last days',
            'what': 'features were NULL at every snapshot of the last days',
        },
    }) }}
{%- endmacro %}

{#- The columns of a finding of this kind, feed and subject (SQL expressions but for the kind). `total` is what `occurrences`
    are a share of, NULL where there is no such thing; `severity` where another than the kind's own holds. -#}
{% macro finding(kind, feed, subject, occurrences, total, example, cure, severity=none) -%}
    {%- set known = finding_kinds()[kind] -%}
    {%- set text = dbt.type_string() -%}
    {{ feed }} as feed,
    '{{ kind }}' as kind,
    {{ severity or "'" ~ known.severity ~ "'" }} as severity,
    {{ subject }} as subject,
    cast({{ occurrences }} as bigint) as occurrences,
    cast({{ total }} as bigint) as total,
    case when {{ occurrences }} = 1 then '{{ known.what_one }}' else '{{ known.what }}' end as what,
    cast({{ example }} as {{ text }}) as example,
    cast({{ cure }} as {{ text }}) as cure
{%- endmacro %}

{#- From this share on a finding is more than a note (TELLING_SHARE in ingestion/findings.py). -#}
{% macro telling_share() -%}{{ return(0.01) }}{%- endmacro %}

{#- A text of the files as an example: in quotes, and short. -#}
{% macro quoted_example(expression) -%}
    concat('"', case when length({{ expression }}) > 40 then concat(left({{ expression }}, 40), '...') else {{ expression }} end, '"')
{%- endmacro %}

{#- Up to three texts, in the order of their `place`, as one; for use in an aggregate. -#}
{% macro first_examples(text, place) -%}
    concat_ws(
        ', ',
        max(case when {{ place }} = 1 then {{ text }} end),
        max(case when {{ place }} = 2 then {{ text }} end),
        max(case when {{ place }} = 3 then {{ text }} end),
        case when count(*) > 3 then concat('and ', cast(count(*) - 3 as {{ dbt.type_string() }}), ' more') end
    )
{%- endmacro %}
