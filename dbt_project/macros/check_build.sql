{#- Refuses, before any model runs, a build that would leave tables emptied, cut short, or half of one meaning and half of
    another: adds to `problems` one sentence each. -#}
{% macro check_build(mart, problems) -%}
    {%- if models_to_make() -%}
        {%- do refuse_parts_of_tables(problems) -%}
        {%- if not problems -%}
            {%- do refuse_other_meaning(mart, problems) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- dbt's flags that make tables of no rows or of some: the next build would take them for all of history. -#}
{% macro refuse_parts_of_tables(problems) -%}
    {%- for flag in ['empty', 'sample', 'event_time_start', 'event_time_end'] if invocation_args_dict.get(flag) -%}
        {%- do problems.append('--' ~ flag | replace('_', '-') ~ ' would leave tables with none or some of their rows: leave it out, nothing has been changed.') -%}
    {%- endfor -%}
{%- endmacro %}

{#- Rows stay as they were made until a build of all history: one that makes later rows otherwise would mix them. A home
    without notes, of an earlier version, is taken as it is; where no build has finished, all is made anew anyway. -#}
{% macro refuse_other_meaning(mart, problems) -%}
    {%- set known = known_meanings() -%}
    {%- set is_rebuild = flags.FULL_REFRESH and is_whole_build() -%}
    {%- set now = meaning_of_rows() -%}
    {%- set changes = [] -%}
    {%- for before in known.meanings -%}
        {%- for change in meaning_changes(before.rows, now.rows) if change not in changes -%}
            {%- do changes.append(change) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set lacking = lacking_features(mart) if known.builds and not changes else [] -%}
    {%- if known.builds and not is_rebuild -%}
        {%- set cure = 'build all history anew: ' ~ rebuild_command() ~ ', then make train.' -%}
        {%- if changes -%}
            {%- do problems.append('What a row means is no longer what the tables were built with: ' ~ some_of(changes, '; ') ~ '. Set it back, or ' ~ cure) -%}
        {%- elif lacking -%}
            {%- do problems.append('An earlier version built the tables, without ' ~ some_of(lacking, ', ') ~ ': ' ~ cure) -%}
        {%- endif -%}
    {%- endif -%}
    {%- for before in known.meanings -%}
        {%- set changes = meaning_changes(before.landing, now.landing) -%}
        {%- if changes -%}
            {%- do exceptions.warn('Files that have landed stay as they were read, later ones are read otherwise: ' ~ some_of(changes, '; ') ~ '. To read all of them so, land them into a new NIGHTSHIFT_HOME.') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- How many builds have finished, and the meanings that the rows of this home may have: that of the last build that finished,
    and those of builds that have begun since. -#}
{% macro known_meanings() -%}
    {%- set found = run_query(
        'select (select count(*) from ' ~ source('state', 'finished_builds') ~ ') as builds, cast(null as ' ~ dbt.type_string() ~ ') as meaning '
        ~ 'union select null, meaning from ' ~ source('state', 'finished_builds')
        ~ ' where build_number = (select max(build_number) from ' ~ source('state', 'finished_builds') ~ ') '
        ~ 'union select null, meaning from ' ~ source('state', 'begun_builds')
        ~ ' where finished_before = (select count(*) from ' ~ source('state', 'finished_builds') ~ ')'
    ) -%}
    {%- set known = {'builds': found.columns[0].values() | select('number') | map('int') | sum, 'meanings': []} -%}
    {%- for text in found.columns[1].values() if text -%}
        {%- do known.meanings.append(fromjson(text)) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro %}

{#- Features that the vars and this version make, and that the mart does not have. -#}
{% macro lacking_features(mart) -%}
    {%- set mart = load_relation(mart) -%}
    {%- if mart is none -%}{{ return([]) }}{%- endif -%}
    {%- set known = adapter.get_columns_in_relation(mart) | map(attribute='name') | map('lower') | list -%}
    {%- set lacking = [] -%}
    {%- for feature in mart_features() if feature.name | trim | lower not in known -%}
        {%- do lacking.append(feature.name | trim) -%}
    {%- endfor -%}
    {{ return(lacking) }}
{%- endmacro %}

{#- With the vars of this command, without which the next one would be refused. -#}
{% macro rebuild_command() -%}
    {%- set given = invocation_args_dict.get('vars') -%}
    {{ return('dbt build --full-refresh' ~ (" --vars '" ~ (given if given is string else tojson(given)) ~ "'" if given else '')) }}
{%- endmacro %}

{#- The first few of a list, and how many more. -#}
{% macro some_of(words, between) -%}
    {{ return(words[:3] | join(between) ~ (' and ' ~ (words | length - 3) ~ ' more' if words | length > 3 else '')) }}
{%- endmacro %}
