{#- Every row keeps each of `rules`, SQL conditions keyed by the sentence that says them. -#}
{% test every_row(model, rules) %}
{{ broken_rules(model, rules) }}
{% endtest %}
