{#- What the stored rows depend on beside the raw rows, by names that people know: kept with every build, so that the next one
    knows. `rules` is to be raised when a growing model comes to give other values for the same raw rows and vars; new columns
    tell by themselves. -#}
{% macro row_meaning() -%}
    {%- set meaning = {'rules': 2} -%}
    {%- for name, known in var('sensors').items() -%}
        {%- set most = most_steps(name) -%}
        {%- do meaning.update({
            'sensors.' ~ name: (known.min | float) ~ ' to ' ~ (known.max | float) ~ ', ' ~ sensor_decimals(name) ~ ' decimals' ~ (', up to ' ~ most ~ ' steps' if most > 10 ** 14 else '') ~ kind_in_words(known)
        }) -%}
    {%- endfor -%}
    {%- if tells_running() -%}{%- do meaning.update({'running': 'told'}) -%}{%- endif -%}
    {%- for name, reach in var_reach().items() if reach == 'rows' -%}
        {%- set value = horizon_hours() if name == 'horizon_hours' else var(name) -%}
        {%- if name in ['error_codes', 'components'] -%}
            {%- do meaning.update({name: value | sort | join(', ')}) -%}
            {#- How files call them decides what their rows mean. -#}
            {%- for identifier, text in (value.items() if value is mapping else []) if text != identifier -%}
                {%- do meaning.update({name ~ '.' ~ identifier: text}) -%}
            {%- endfor -%}
        {%- elif name in ['found_within_hours', 'new_hours', 'slopes_hours', 'moved_hours'] and not value -%}
            {#- As it was before there was such a var. -#}
        {%- elif name == 'regimes' -%}
            {%- for sensor, edges in value.items() -%}
                {%- do meaning.update({'regimes.' ~ loop.index ~ ' by ' ~ sensor: edges | join(', ')}) -%}
            {%- endfor -%}
        {%- elif value is mapping -%}
            {#- A feed without latency need not be named. -#}
            {%- for key, part in value.items() if part -%}
                {%- do meaning.update({name ~ '.' ~ key: part}) -%}
            {%- endfor -%}
        {%- elif value is sequence and value is not string -%}
            {%- do meaning.update({name: value | sort | join(', ')}) -%}
        {%- else -%}
            {%- do meaning.update({name: value}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(meaning) }}
{%- endmacro %}

{#- What makes of a sensor more than a gauge; nothing of one that is no more. -#}
{% macro kind_in_words(sensor) -%}
    {%- set kind, states, held = sensor.get('kind') or 'gauge', sensor.get('states') or {}, sensor.get('on_change_hours') -%}
    {%- set words = [] -%}
    {%- if kind != 'gauge' -%}{%- do words.append(', ' ~ kind) -%}{%- endif -%}
    {%- for state, number in states.items() -%}{%- do words.append(' ' ~ state ~ '=' ~ number) -%}{%- endfor -%}
    {%- if sensor.get('component') and var('new_hours') -%}{%- do words.append(', of ' ~ sensor.component) -%}{%- endif -%}
    {%- if held -%}{%- do words.append(', held ' ~ held ~ ' h') -%}{%- endif -%}
    {{- words | join -}}
{%- endmacro %}

{#- How cells are read as a file lands. A missing word is no reading either way, and a row set aside for its time is looked at
    by each landing again. -#}
{% macro landing_meaning() -%}
    {%- set meaning = {'removed_words': var('removed_words') | sort | join(', ')} -%}
    {{ return(meaning) }}
{%- endmacro %}

{#- Both, as they are kept. -#}
{% macro meaning_of_rows() -%}
    {{ return(fromjson(tojson({'rows': row_meaning(), 'landing': landing_meaning()}))) }}
{%- endmacro %}

{#- While dbt parses, nobody has refused vars of which nothing can be said. -#}
{% macro meaning_literal() -%}
    {{ return(text_literal(tojson(meaning_of_rows(), sort_keys=true)) if execute else "''") }}
{%- endmacro %}

{#- `name: old -> new` for each entry that differs; what only one of them has is none in the other. -#}
{% macro meaning_changes(before, now) -%}
    {%- set changes = [] -%}
    {%- for name, value in before.items() if name not in now or now[name] != value -%}
        {%- do changes.append(name ~ ': ' ~ value ~ ' -> ' ~ now.get(name, 'none')) -%}
    {%- endfor -%}
    {%- for name, value in now.items() if name not in before -%}
        {%- do changes.append(name ~ ': none -> ' ~ value) -%}
    {%- endfor -%}
    {{ return(changes) }}
{%- endmacro %}
