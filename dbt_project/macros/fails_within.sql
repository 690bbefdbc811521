{#- Whether any component of a machine fails within so many hours from a snapshot, over its rows of hours_to_failure, one a
    component: 1 where one certainly does, 0 where every one certainly does not, NULL where nobody can tell.

    A component that may have failed before the snapshot already tells nothing. What is replaced, or not heard any
    more, just at the horizon's end lies in it, as in failure_labels; up to the end of the data everything is known. -#}
{% macro fails_within(hours) -%}
    case
            when max(case when worked_then and hours_high <= {{ hours }} then 1 else 0 end) = 1 then 1
            when min(case when hours_low > {{ hours }} or (hours_low = {{ hours }} and (known = 'between' or ended_by = 'data')) then 1 else 0 end) = 1 then 0
        end
{%- endmacro %}
