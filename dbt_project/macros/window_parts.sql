{#- How sensor_features comes from buckets to windows. A window is merged from whole narrower windows, each a lag away,
    where that takes few lags (a frame costs what five do); else, like the baseline, it is a frame over the buckets.

    `spans`: the windows, then the baseline before the longest; `nearest` and `farthest` are its buckets counted back from
    the snapshot, `level` the step that makes it, `pieces` how many `of` another span, `stride` buckets apart, it takes; none
    for a frame. `levels`: the last step. `parts`: one for each sensor, span and mergeable sum. -#}
{% macro window_parts() -%}
    {%- set bucket = bucket_hours() -%}
    {%- set most_lags = 5 -%}
    {%- set spans = [] -%}
    {%- for hours in var('windows_hours') | sort -%}
        {%- set length = hours // bucket -%}
        {%- set span = {'name': hours ~ 'h', 'nearest': 0, 'farthest': length - 1, 'level': 1, 'pieces': none} -%}
        {%- set best = namespace(level=none) -%}
        {%- for narrower in [{'name': none, 'farthest': 0, 'level': 0}] + spans -%}
            {#- Parsing comes before check_vars refuses a window of no hours. -#}
            {%- set stride = [narrower.farthest + 1, 1] | max -%}
            {%- if length % stride == 0 and length // stride - 1 <= most_lags and (best.level is none or narrower.level <= best.level) -%}
                {%- set best.level = narrower.level -%}
                {%- do span.update({'of': narrower.name, 'stride': stride, 'pieces': length // stride, 'level': narrower.level + 1}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do spans.append(span) -%}
    {%- endfor -%}
    {%- set levels = spans | map(attribute='level') | max -%}
    {%- set longest = spans[-1].farthest + 1 -%}
    {%- do spans.append({'name': 'base', 'nearest': longest, 'farthest': var('baseline_hours') // bucket - 1, 'level': levels, 'pieces': none}) -%}
    {%- set parts = [] -%}
    {%- for sensor in var('sensors') -%}
        {%- for span in spans -%}
            {%- for sum, merge in [('n', 'sum'), ('sum', 'sum'), ('squares', 'sum'), ('low', 'min'), ('high', 'max')]
                if span.name != 'base' or merge == 'sum' -%}
                {%- do parts.append({
                    'source': sensor ~ '_' ~ sum, 'column': sensor ~ '_' ~ sum ~ '_' ~ span.name,
                    'merge': merge, 'span': span, 'type': {'n': 'bigint', 'sum': sum_type(sensor), 'squares': wide_integer()}.get(sum)
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({'spans': spans, 'parts': parts, 'levels': levels}) }}
{%- endmacro %}

{#- One part of a window, from the parts of narrower ones or of its buckets. Needs the windows `machine` and `last_<span>`. -#}
{% macro window_part(part) -%}
    {%- set span = part.span -%}
    {%- if span.pieces is none -%}
        {{ or_nothing(part, narrowed(part, part.merge ~ '(' ~ part.source ~ ') over last_' ~ span.name)) }}
    {%- else -%}
        {%- set source = part.source ~ ('_' ~ span.of if span.of else '') -%}
        {%- set pieces = [source] -%}
        {%- for piece in range(1, span.pieces) -%}
            {%- do pieces.append('lag(' ~ source ~ ', ' ~ piece * span.stride ~ (', 0' if part.merge == 'sum' else '') ~ ') over machine') -%}
        {%- endfor -%}
        {{ merge_parts(part.merge, pieces) }}
    {%- endif -%}
{%- endmacro %}

{#- The same part of what `late_readings` adds. -#}
{% macro late_part(part) -%}
    {{ narrowed(
        part,
        part.merge ~ '(' ~ part.source ~ ') filter (where buckets_ago between ' ~ part.span.nearest ~ ' and ' ~ part.span.farthest ~ ')'
    ) }}
{%- endmacro %}

{#- A sum is 0 where there is nothing to sum; the lowest and highest of nothing stay NULL. -#}
{% macro or_nothing(part, expression) -%}
    {{ return('coalesce(' ~ expression ~ ', 0)' if part.merge == 'sum' else expression) }}
{%- endmacro %}

{#- An aggregate in its part's own type: engines widen sums, and wide numbers are slow. -#}
{% macro narrowed(part, expression) -%}
    {{ return('cast(' ~ expression ~ ' as ' ~ part.type ~ ')' if part.merge == 'sum' else expression) }}
{%- endmacro %}

{#- One part from several: sums add up, extremes win. -#}
{% macro merge_parts(merge, pieces) -%}
    {%- if pieces | length == 1 -%} {{ pieces[0] }}
    {%- elif merge == 'sum' -%} {{ pieces | join(' + ') }}
    {%- elif merge == 'min' -%} least({{ pieces | join(', ') }})
    {%- else -%} greatest({{ pieces | join(', ') }})
    {%- endif -%}
{%- endmacro %}
