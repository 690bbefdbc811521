{{ config(materialized='view') }}
{%- set gap = hours_us(var('outage_gap_hours')) -%}
{%- set corrective = hours_us(var('corrective_hours')) -%}
{%- set found_within = hours_us(var('found_within_hours')) %}

with failures as (

    select
        machine_id,
        component,
        {{ us('event_at') }} as event_us,
        {{ us('available_at') }} as known_us,
        {{ us('ended_at') }} as ended_us,
        {{ us('end_known_at') }} as end_known_us,
        {{ us('known_good_at') }} as good_us,
        {{ us('good_known_at') }} as good_known_us
    from {{ ref('stg_failures') }}

),

replacements as (

    select
        machine_id,
        component,
        {{ us('event_at') }} as event_us,
        {{ us('available_at') }} as known_us
    from {{ ref('stg_replacements') }}

),

-- A report goes on with the outage before it if that was not over yet: by its stated end, or by the gap where it states none.
marked as (

    select
        *,
        coalesce(
            event_us > max(coalesce(ended_us, event_us + {{ gap }})) over (
                partition by machine_id, component order by event_us
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as begins
    from failures

),

numbered as (

    select
        *,
        sum(cast(begins as integer)) over (
            partition by machine_id, component order by event_us
            rows between unbounded preceding and current row
        ) as outage
    from marked

),

joined as (

    select
        machine_id,
        component,
        outage,
        count(*) as reports,
        min(event_us) as failed_us,
        max(event_us) as last_us,
        min_by(known_us, event_us) as known_us,
        max(known_us) as last_known_us,
        max(ended_us) as ended_us,
        max(end_known_us) as end_known_us,
        -- The first report's: later ones tell of what had been found.
        coalesce(
            max(good_us) filter (where begins),
            {{ 'min(event_us) - ' ~ found_within if found_within else 'null' }}
        ) as stated_good_us,
        max(good_known_us) filter (where begins) as good_known_us
    from numbered
    group by machine_id, component, outage

),

-- The first repair after the last report, and whether there was one at all.
repairs as (

    select
        joined.machine_id,
        joined.component,
        joined.outage,
        min(replacements.event_us) filter (where replacements.event_us >= joined.last_us) as repaired_us,
        min_by(replacements.known_us, replacements.event_us) filter (where replacements.event_us >= joined.last_us) as repair_known_us,
        max(replacements.known_us) filter (where replacements.event_us < joined.last_us) as earlier_repair_known_us
    from joined
    inner join replacements
        on
            joined.machine_id = replacements.machine_id
            and joined.component = replacements.component
            and joined.failed_us <= replacements.event_us
            and joined.last_us + {{ corrective }} >= replacements.event_us
    group by joined.machine_id, joined.component, joined.outage

),

-- A component that was put in since then worked when it was put in.
renewals as (

    select
        joined.machine_id,
        joined.component,
        joined.outage,
        max(replacements.event_us) as renewed_us
    from joined
    inner join replacements
        on
            joined.machine_id = replacements.machine_id
            and joined.component = replacements.component
            and joined.stated_good_us < replacements.event_us
            and joined.failed_us > replacements.event_us
    group by joined.machine_id, joined.component, joined.outage

),

-- `over_us` is the moment from which it is over: after the last report, which still tells of it, where nothing else ends it.
ended as (

    select
        joined.*,
        repairs.earlier_repair_known_us,
        case
            when joined.ended_us >= joined.last_us then 'said'
            when repairs.repaired_us is not null then 'replacement'
            when joined.reports > 1 then 'last report'
        end as ended_by,
        case
            when joined.ended_us >= joined.last_us then joined.ended_us
            when repairs.repaired_us is not null then repairs.repaired_us
            when joined.reports > 1 then joined.last_us + 1
            else joined.failed_us
        end as over_us,
        case
            when joined.ended_us >= joined.last_us then joined.end_known_us
            when repairs.repaired_us is not null then repairs.repair_known_us
        end as over_known_us
    from joined
    left join repairs
        on
            joined.machine_id = repairs.machine_id
            and joined.component = repairs.component
            and joined.outage = repairs.outage

),

-- So did one that was out before, when that was over.
dated as (

    select
        ended.*,
        greatest(
            ended.stated_good_us,
            renewals.renewed_us,
            lag(ended.over_us) over (partition by ended.machine_id, ended.component order by ended.failed_us)
        ) as good_us
    from ended
    left join renewals
        on
            ended.machine_id = renewals.machine_id
            and ended.component = renewals.component
            and ended.outage = renewals.outage

),

-- A night that knows of no end waits for the repair as long as one may follow.
final as (

    select
        machine_id,
        component,
        {{ timestamp_of_us('failed_us') }} as failed_at,
        {{ timestamp_of_us('last_us') }} as last_report_at,
        {{ timestamp_of_us('case when ended_by is not null then over_us end') }} as ended_at,
        ended_by,
        cast(reports as bigint) as reports,
        {{ timestamp_of_us('known_us') }} as known_at,
        over_us,
        {{ timestamp_of_us(
            "case when over_known_us is not null then greatest(over_us, over_known_us)"
            ~ " when earlier_repair_known_us is not null then greatest(over_us, last_known_us)"
            ~ " else greatest(last_us, last_known_us) + " ~ corrective ~ " end"
        ) }} as advised_again_at,
        {{ timestamp_of_us(
            'case when stated_good_us is not null and good_us < failed_us - 1 then good_us end'
        ) }} as known_good_at,
        {{ timestamp_of_us('good_known_us') }} as good_known_at
    from dated

)

select * from final
