{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'waiting_arrivals'}}}) }}

-- Each row here names the command that takes it in.
select * from {{ ref('waiting_arrivals') }}
