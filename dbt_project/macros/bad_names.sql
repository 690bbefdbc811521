{#- Of `bad_vars`: error codes and components that are no identifiers, texts that stand for two of them, and names that the
    tables could not keep apart (in Python `settings/name_clashes.py`). -#}
{% macro bad_names(problems) -%}
    {%- set identifier = '^[A-Za-z_][A-Za-z0-9_]*$' -%}
    {%- for key in ['error_codes', 'components'] -%}
        {%- for name in var(key) if not modules.re.match(identifier, name | string) -%}
            {%- do problems.append(key ~ " holds '" ~ name ~ "', which is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for key in ['error_codes', 'components'] if var(key) is mapping -%}
        {%- for name, text in var(key).items() -%}
            {%- if text is not string or not text | trim -%}
                {%- do problems.append(key ~ ": '" ~ name ~ "' must be a text, what people call it.") -%}
            {%- elif text != name and (text in var(key) or var(key).values() | select('equalto', text) | list | length > 1) -%}
                {%- do problems.append(key ~ ": '" ~ text ~ "' stands for more than one of them.") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set seen = {} -%}
    {%- for key, of_all in {'sensors': [], 'error_codes': [], 'components': ['any', 'failure']}.items() if var(key) is not string -%}
        {%- for name in var(key) if name is string -%}
            {%- set low = name | lower -%}
            {%- if low in of_all + ['errors', 'not_running'] -%}
                {%- do problems.append(key ~ ' holds ' ~ name ~ ', as the tables call all of them together: call it otherwise.') -%}
            {%- elif seen.get(low) == key -%}
                {%- do problems.append(key ~ ' holds ' ~ name ~ ' twice, for capitals tell no names apart: call each otherwise.') -%}
            {%- elif low in seen -%}
                {%- do problems.append(key ~ ' holds ' ~ name ~ ', and so does ' ~ seen[low] ~ ': call one otherwise, with ' ~ name ~ ' as what people call it.') -%}
            {%- endif -%}
            {%- do seen.update({low: seen.get(low, key)}) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}
