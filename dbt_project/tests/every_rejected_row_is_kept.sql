{#- A raw row that could not be used is never dropped in silence: as many stand in raw.rejected as each file's landing counted. -#}
with counted as (

    select
        _file_id,
        count(*) as kept_rows
    from {{ source('raw', 'rejected') }}
    group by _file_id

)

select
    landed_files._file_id,
    landed_files.file,
    landed_files.rejected as rejected_rows,
    coalesce(counted.kept_rows, 0) as kept_rows
from {{ source('raw', 'landed_files') }} as landed_files
left join counted on landed_files._file_id = counted._file_id
where landed_files.rejected != coalesce(counted.kept_rows, 0)
