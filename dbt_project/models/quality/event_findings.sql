{%- set text = dbt.type_string() -%}
{%- set feeds = {
    'errors': {'model': ref('stg_errors'), 'code': 'error_code', 'column': 'errorID', 'var': 'error_codes'},
    'maint': {'model': ref('stg_replacements'), 'code': 'component', 'column': 'comp', 'var': 'components'},
    'failures': {'model': ref('stg_failures'), 'code': 'component', 'column': 'failure', 'var': 'components'},
} -%}
{%- set last_and_usual = (
    "cast(" ~ timestamp_of_us('quiet.last_us') ~ " as " ~ text ~ "), ', and until then there was one every ', "
    ~ "cast(cast(round(quiet.usual_gap_hours) as bigint) as " ~ text ~ "), ' h'"
) -%}
{%- set of_failures = "case when feed = 'failures' then 'error' else 'warning' end" -%}

with machines as (

    select distinct machine_id from {{ ref('machine_days') }}

),

clock as (

    select {{ us('last_event_at') }} as last_reading_us from {{ ref('fleet_clock') }}

),

feeds as (
    {% for name, feed in feeds.items() %}
    select
        '{{ name }}' as feed,
        '{{ feed.column }}' as code_column,
        'vars.{{ feed.var }}' as of_var
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

codes as (
    {% for name, feed in feeds.items() %}
    {%- for code in var(feed.var) %}
    select
        '{{ name }}' as feed,
        '{{ code }}' as code,
        {{ text_literal(var(feed.var)[code] if var(feed.var) is mapping else code) }} as spelled
    union all
    {%- endfor %}
    {%- endfor %}
    select
        '' as feed,
        '' as code,
        '' as spelled
    where false

),

events as (
    {% for name, feed in feeds.items() %}
    select
        '{{ name }}' as feed,
        machine_id,
        {{ feed.code }} as code,
        event_at
    from {{ feed.model }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

judged as (

    select
        events.*,
        machines.machine_id is not null as has_telemetry,
        codes.code is not null as has_a_name
    from events
    left join machines on events.machine_id = machines.machine_id
    left join codes
        on
            events.feed = codes.feed
            and events.code = codes.code

),

totals as (

    select
        feeds.feed,
        feeds.code_column,
        feeds.of_var,
        count(judged.event_at) as total
    from feeds
    left join judged on feeds.feed = judged.feed
    group by feeds.feed, feeds.code_column, feeds.of_var

),

none_at_all as (

    select
        {{ finding(
            'no events', 'feed', "''", '0', 'null', "''",
            "concat('drop PdM_', feed, '.csv (datetime,machineID,', code_column, ')', case feed when 'failures' then ': without failures no model can be trained or judged' when 'maint' then ' if there are records: the age of every component is unknown' else ' if there are codes: nothing can be learnt from them' end)",
            severity="case when feed = 'failures' then 'error' else 'note' end"
        ) }}
    from totals
    where total = 0

),

-- Ids that only differ in what spellings differ in; where several machines do, nobody can tell which is meant.
spellings as (

    select
        {{ bare_id('machine_id') }} as bare,
        min(machine_id) as machine_id
    from machines
    group by bare
    having count(*) = 1

),

strangers as (

    select
        feed,
        machine_id,
        {{ bare_id('machine_id') }} as bare,
        count(*) as events
    from judged
    where not has_telemetry
    group by feed, machine_id

),

strangers_in_order as (

    select
        strangers.*,
        spellings.machine_id as meant,
        concat(
            {{ quoted_example('strangers.machine_id') }},
            ' (', cast(strangers.events as {{ text }}), ')',
            case
                when spellings.machine_id is not null
                    then concat(', telemetry has ', {{ quoted_example('spellings.machine_id') }})
                else ''
            end
        ) as shown,
        row_number() over (
            partition by strangers.feed
            order by case when spellings.machine_id is null then 1 else 0 end asc, strangers.events desc, strangers.machine_id asc
        ) as place
    from strangers
    left join spellings on strangers.bare = spellings.bare

),

unknown_machines as (

    select
        feed,
        sum(events) as events,
        count(meant) as meant,
        {{ first_examples('shown', 'place') }} as shown
    from strangers_in_order
    group by feed

),

of_unknown_machines as (

    select
        {{ finding(
            'unknown machine', 'unknown_machines.feed', "'machineID'", 'unknown_machines.events', 'totals.total', 'unknown_machines.shown',
            "case when unknown_machines.meant > 0 then 'spell these ids as telemetry does, and land the file again' else 'spell a machine the same way in every file, or land its telemetry' end",
            severity=of_failures | replace('feed', 'unknown_machines.feed')
        ) }}
    from unknown_machines
    inner join totals on unknown_machines.feed = totals.feed

),

foreign_cells as (

    select distinct
        feed,
        code
    from judged
    where not has_a_name

),

-- Cells such as "comp1, comp2".
of_several as (

    select
        foreign_cells.feed,
        foreign_cells.code
    from foreign_cells
    inner join codes
        on
            foreign_cells.feed = codes.feed
            and (
                contains({{ as_words('foreign_cells.code') }}, {{ as_words('codes.code') }})
                or contains({{ as_words('foreign_cells.code') }}, {{ as_words('codes.spelled') }})
            )
    group by foreign_cells.feed, foreign_cells.code
    having count(distinct codes.code) > 1

),

foreign_codes as (

    select
        judged.feed,
        concat(
            {{ quoted_example('judged.code') }}, ' (', cast(count(*) as {{ text }}), ')',
            case when min(of_several.code) is not null then ', several in one cell' else '' end,
            case when min(codes.code) is null then '' else concat(', the vars have ', {{ quoted_example('min(codes.spelled)') }}) end
        ) as shown,
        count(*) as events,
        count(min(codes.code)) over (partition by judged.feed) as meant,
        count(min(of_several.code)) over (partition by judged.feed) as several,
        row_number() over (
            partition by judged.feed
            order by count(*) desc, judged.code asc
        ) as place
    from judged
    left join codes
        on
            judged.feed = codes.feed
            and {{ alike_code('judged.code') }} in ({{ alike_code('codes.code') }}, {{ alike_code('codes.spelled') }})
    left join of_several
        on
            judged.feed = of_several.feed
            and judged.code = of_several.code
    where not judged.has_a_name
    group by judged.feed, judged.code

),

unknown_codes as (

    select
        feed,
        sum(events) as events,
        max(meant) as meant,
        max(several) as several,
        {{ first_examples('shown', 'place') }} as shown
    from foreign_codes
    group by feed

),

of_unknown_codes as (

    select
        {{ finding(
            'unknown code', 'unknown_codes.feed', 'totals.code_column', 'unknown_codes.events', 'totals.total', 'unknown_codes.shown',
            "case when unknown_codes.several > 0 then concat('write a row for each of several in one cell, or in vars.mapping an entry for each; correct the others, or add them to ', totals.of_var) when unknown_codes.meant > 0 then concat('write these codes in the files as ', totals.of_var, ' has them, or there as the files do') else concat('add the code to ', totals.of_var, ', or write it in the files as it stands there') end",
            severity=of_failures | replace('feed', 'unknown_codes.feed')
        ) }}
    from unknown_codes
    inner join totals on unknown_codes.feed = totals.feed

),

met as (

    select distinct
        feed,
        code
    from judged

),

not_met as (

    select
        codes.feed,
        codes.spelled as shown,
        row_number() over (
            partition by codes.feed
            order by codes.code
        ) as place
    from codes
    left join met
        on
            codes.feed = met.feed
            and codes.code = met.code
    where met.code is null

),

never_seen as (

    select
        feed,
        count(*) as codes,
        {{ first_examples('shown', 'place') }} as shown
    from not_met
    group by feed

),

of_never_seen as (

    select
        {{ finding(
            'never seen', 'never_seen.feed', 'totals.code_column', 'never_seen.codes', 'null', 'never_seen.shown',
            "concat('nothing is known of them; if they do occur, see how the files spell them, else remove them from ', totals.of_var)"
        ) }}
    from never_seen
    inner join totals on never_seen.feed = totals.feed
    where totals.total > 0

),

quiet as (

    select
        feed,
        {{ us('last_event_at') }} as last_us,
        usual_gap_hours
    from {{ ref('feed_reach') }}
    where known_by = 'quiet'

),

of_failures_reach as (

    select
        {{ finding(
            'failures end early', "'failures'", "'datetime'", int_div('clock.last_reading_us - quiet.last_us', hours_us(24)), 'null',
            "concat('the last failure is of ', " ~ last_and_usual ~ ")",
            "'land the failures since then: until they come no label of these days is known'"
        ) }}
    from quiet
    cross join clock
    where quiet.feed = 'failures'

),

of_events_reach as (

    select
        {{ finding(
            'events end early', 'quiet.feed', "'datetime'", int_div('clock.last_reading_us - quiet.last_us', hours_us(24)), 'null',
            "concat('the last one is of ', " ~ last_and_usual ~ ")",
            "'land the rows since then: until they come the features take it that nothing happened'"
        ) }}
    from quiet
    cross join clock
    where quiet.feed in ('errors', 'maint')

),

final as (

    select * from none_at_all
    union all
    select * from of_unknown_machines
    union all
    select * from of_unknown_codes
    union all
    select * from of_never_seen
    union all
    select * from of_failures_reach
    union all
    select * from of_events_reach

)

select * from final
