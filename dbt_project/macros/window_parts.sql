{#- How sensor_features comes from buckets to windows. Every span of buckets is merged from shorter ones, each a lag away,
    shortest first; where that took more than `most_pieces()`, from the longest doubled until it does not.

    `steps`: for each level, which needs the ones before it, what it makes. `parts`: one for each subject, mergeable sum and
    span that is a window, or the baseline before the longest; `nearest` and `farthest` are its buckets counted back from the
    snapshot. `reach`: the buckets that a snapshot looks back, its own among them. -#}
{% macro window_parts() -%}
    {%- set bucket = bucket_hours() -%}
    {%- set most = most_pieces() -%}
    {#- Parsing comes before check_vars refuses a window of no hours. -#}
    {%- set targets = [] -%}
    {%- for hours in var('windows_hours') | sort -%}
        {%- do targets.append({'name': hours ~ 'h', 'nearest': 0, 'length': [hours // bucket, 1] | max}) -%}
    {%- endfor -%}
    {%- set longest = targets[-1].length -%}
    {%- set reach = var('baseline_hours') // bucket -%}
    {%- do targets.append({'name': 'base', 'nearest': longest, 'length': [reach - longest, 1] | max}) -%}
    {%- set made = [{'name': none, 'length': 1, 'level': 0}] -%}
    {%- set spans = [] -%}
    {%- for target in targets -%}
        {%- for _ in range(64) if pieces_of(target, made) | length > most and 2 * made[-1].length <= target.length -%}
            {%- set double = {'name': 'twice_' ~ made[-1].length, 'nearest': 0, 'length': 2 * made[-1].length} -%}
            {%- do double.update({'pieces': pieces_of(double, made), 'level': made[-1].level + 1, 'for': target.name}) -%}
            {%- do spans.append(double) -%}
            {%- do made.append(double) -%}
        {%- endfor -%}
        {%- set pieces = pieces_of(target, made) -%}
        {%- do target.update({
            'pieces': pieces, 'level': pieces | map(attribute='level') | max + 1, 'for': target.name,
            'farthest': target.nearest + target.length - 1
        }) -%}
        {%- do spans.append(target) -%}
        {%- if target.length > made[-1].length -%}{%- do made.append(target) -%}{%- endif -%}
    {%- endfor -%}
    {%- set steps, parts = [], [] -%}
    {%- for level in range(1, spans | map(attribute='level') | max + 1) -%}{%- do steps.append([]) -%}{%- endfor -%}
    {%- for subject, sums in all_bucket_sums().items() -%}
        {%- for span in spans -%}
            {%- for sum in sums if span.for != 'base' or sum.in_base -%}
                {%- set part = {
                    'source': subject ~ '_' ~ sum.name, 'column': subject ~ '_' ~ sum.name ~ '_' ~ span.name,
                    'merge': sum.merge, 'span': span, 'type': sum.type
                } -%}
                {%- do steps[span.level - 1].append(part) -%}
                {%- if span.farthest is defined -%}{%- do parts.append(part) -%}{%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return({'steps': steps, 'parts': parts, 'reach': [reach, 1] | max}) }}
{%- endmacro %}

{#- One part of a window, from the parts of shorter spans; `machine` is the machine_window. -#}
{% macro window_part(part, machine) -%}
    {%- set pieces = [] -%}
    {%- for piece in part.span.pieces -%}
        {%- set source = part.source ~ ('_' ~ piece.of if piece.of else '') -%}
        {%- do pieces.append(
            'lag(' ~ source ~ ', ' ~ piece.back ~ (', 0' if part.merge == 'sum' else '') ~ ') over (' ~ machine ~ ')' if piece.back else source
        ) -%}
    {%- endfor -%}
    {{ merge_parts(part.merge, pieces) }}
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
