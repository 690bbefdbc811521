{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'unmatched_feedback'}}}) }}

-- It waits there, for whoever wrote it to correct machine, component or time, or for whoever asks what the model missed.
select * from {{ ref('unmatched_feedback') }}
