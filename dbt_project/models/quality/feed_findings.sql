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

-- What a file of readings lacks, and the machines in it.
absent as (

    select
        findings._file_id,
        lower(findings.column_name) as sensor
    from findings
    inner join recent_files on findings._file_id = recent_files._file_id
    where findings.feed = 'telemetry' and findings.kind = 'column absent'

),

absent_of_machines as (

    select distinct
        absent._file_id,
        absent.sensor,
        telemetry.machineID
    from {{ source('raw', 'telemetry') }} as telemetry
    inner join absent on telemetry._file_id = absent._file_id

),

heard as (

    select
        telemetry.machineID
        {%- for name in var('sensors') %},
        count(telemetry.{{ name }}) > 0 as {{ name }}
        {%- endfor %}
    from {{ source('raw', 'telemetry') }} as telemetry
    where telemetry.machineID in (select absent_of_machines.machineID from absent_of_machines)
    group by telemetry.machineID

),

-- No machine of the file has ever sent the sensor: that is their type and no fault. Of what nobody sends reading_findings tells.
never_theirs as (

    select
        absent_of_machines._file_id,
        absent_of_machines.sensor
    from absent_of_machines
    inner join heard on absent_of_machines.machineID = heard.machineID
    group by absent_of_machines._file_id, absent_of_machines.sensor
    having not max(
        case absent_of_machines.sensor
            {%- for name in var('sensors') %}
            when '{{ name | lower }}' then heard.{{ name }}
            {%- endfor %}
            else true
        end
    )

),

landed_rows as (

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
    left join never_theirs
        on
            findings._file_id = never_theirs._file_id
            and lower(findings.column_name) = never_theirs.sensor
            and findings.feed = 'telemetry'
            and findings.kind = 'column absent'
    where
        never_theirs._file_id is null
        and findings.kind not in ('{{ judged_anew | join("', '") }}')
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
        cast(landed_rows.total as bigint) as total,
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
    left join landed_rows on odd.feed = landed_rows.feed
    where odd.place = 1

    union all

    select * from refused

)

select * from final
