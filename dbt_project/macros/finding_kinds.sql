{#- What the models of quality/ find, each with how much it matters and in words: the kinds that landing finds by file stand
    in ingestion/findings.py. `error`: answers are wrong or lacking until it is cured; `warning`: worth a look; `note`: good
    to know. docs/operations.md lists all of them; tests/dbt/test_quality.py holds the three together. -#}
{% macro finding_kinds() -%}
    {{ return({
        'file refused': {'severity': 'error', 'what': 'file could not be used, and nothing of it has landed'},
        'no events': {'severity': 'note', 'what': 'usable rows have landed'},
        'unknown machine': {'severity': 'warning', 'what': 'rows are of machines without telemetry, so they label and teach nothing'},
        'unknown code': {'severity': 'warning', 'what': 'rows hold codes that the vars do not name, so no feature sees them'},
        'never seen': {'severity': 'note', 'what': 'codes of the vars have never been seen'},
        'failures end early': {'severity': 'error', 'what': 'days of telemetry lie beyond the last failure, far more than usual'},
        'silent for good': {'severity': 'warning', 'what': 'machines count as out of service, because they have been silent for longer than retired_after_days'},
        'more readings than due': {'severity': 'warning', 'what': 'readings are more than telemetry_step_hours makes due'},
        'another step': {'severity': 'warning', 'what': 'readings come at another step than telemetry_step_hours says, or windows do not fit it'},
        'outside range': {'severity': 'warning', 'what': 'readings lie outside min and max of dbt_project.yml'},
        'sensor without readings': {'severity': 'warning', 'what': 'readings of this sensor have come'},
        'empty feature': {'severity': 'warning', 'what': 'features were NULL at every snapshot of the last days'},
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
    '{{ known.what }}' as what,
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
