{#- Judged anew on all rows by reading_findings and excess_findings, whose cure lies in the vars. -#}
{%- set judged_anew = ['outside range', 'more readings than due'] -%}

with landed_files as (

    select * from {{ source('raw', 'landed_files') }}

),

refused_files as (

    select * from {{ source('raw', 'refused_files') }}

),

findings as (

    select * from {{ source('raw', 'findings') }}

),

last_landing as (

    select {{ us('max(landed_at)') }} as landed_us from landed_files

),

-- What was odd is told for a week of landings: a file that has landed does not get better.
recent_files as (

    select landed_files.*
    from landed_files
    cross join last_landing
    where {{ us('landed_files.landed_at') }} >= last_landing.landed_us - {{ hours_us(7 * 24) }}

),

came as (

    select
        feed,
        sum(rows + rejected + duplicates) as total
    from recent_files
    group by feed

),

-- One for each feed, kind and column, whatever the number of files: the file with most of it stands for all.
odd as (

    select
        findings.*,
        sum(findings.occurrences) over same as all_occurrences,
        count(*) over same as files,
        row_number() over (
            partition by findings.feed, findings.kind, findings.column_name
            order by findings.occurrences desc, findings._file_id asc
        ) as place
    from findings
    inner join recent_files on findings._file_id = recent_files._file_id
    where findings.kind not in ('{{ judged_anew | join("', '") }}')
    window same as (partition by findings.feed, findings.kind, findings.column_name)

),

refused as (

    select
        {{ finding('file refused', 'feed', 'file', '1', 'null', 'reason', "'correct the file and land again'") }}
    from refused_files

),

final as (

    select
        odd.feed,
        odd.kind,
        coalesce(odd.severity, 'note') as severity,
        odd.column_name as subject,
        cast(odd.all_occurrences as bigint) as occurrences,
        cast(came.total as bigint) as total,
        coalesce(case when odd.all_occurrences = 1 then odd.what_one end, odd.what, odd.kind) as what,
        concat(
            odd.example,
            case when odd.example <> '' then ' ' else '' end,
            'in ',
            odd.file,
            case when odd.files > 1 then concat(' and ', cast(odd.files - 1 as {{ dbt.type_string() }}), ' more') else '' end
        ) as example,
        odd.cure
    from odd
    left join came on odd.feed = came.feed
    where odd.place = 1

    union all

    select * from refused

)

select * from final
