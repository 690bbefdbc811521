{#- A machine's model and age carry no clock: when a new register lands, the mart's older rows take what it says, as a full
    build would. Nights without a new register cost nothing. -#}
{% macro refresh_register() -%}
    {%- if execute and is_incremental() -%}
        {%- set landed = 'select count(*) from ' ~ source('raw', 'machines') ~ ' where _file_id > (select built_file_id from ' ~ ref('build_window') ~ ')' -%}
        {%- if run_query(landed).rows[0][0] > 0 -%}
            {{ update_register(this, ref('stg_machines')) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
