{#- The window that holds a machine's rows in the order of time, for lags of less than `reach` rows. DuckDB takes them from the
    rows as they stream by, if those are `in_machine_order`, at a tenth of the price of a window with a partition: whoever
    uses it leaves `reach - 1` rows before the first whose lags count, or they reach into the machine before. -#}
{% macro machine_window(reach) -%}{{ return(adapter.dispatch('machine_window')(reach)) }}{%- endmacro %}
{% macro default__machine_window(reach) -%}partition by machine_id order by as_of_us{%- endmacro %}
{% macro duckdb__machine_window(reach) -%}
    {#- It keeps 2,048 rows; for longer lags it would make a window in no order. -#}
    {%- if reach > 2048 -%}{{ return(default__machine_window(reach)) }}{%- endif -%}
{%- endmacro %}

{#- The order that such a window needs of what it is computed on. -#}
{% macro in_machine_order() -%}{{ return(adapter.dispatch('in_machine_order')()) }}{%- endmacro %}
{% macro default__in_machine_order() -%}{%- endmacro %}
{% macro duckdb__in_machine_order() -%}order by machine_id, as_of_us{%- endmacro %}

{#- Shares of the machines, as {name, condition}, each of which such windows are computed on by itself: DuckDB takes the rows of
    one window from one thread. A night has few rows, and Spark works on machines apart anyway. -#}
{% macro machine_shares() -%}{{ return(adapter.dispatch('machine_shares')()) }}{%- endmacro %}
{% macro default__machine_shares() -%}{{ return([{'name': '', 'condition': ''}]) }}{%- endmacro %}
{% macro duckdb__machine_shares() -%}
    {%- if not execute or build_from_us() is not none -%}{{ return(default__machine_shares()) }}{%- endif -%}
    {%- set shares = [] -%}
    {%- set threads = [run_query("select current_setting('threads')").rows[0][0] | int, 8] | min -%}
    {%- for number in range(threads) -%}
        {%- do shares.append({'name': '_' ~ number, 'condition': 'and hash(machine_id) % ' ~ threads ~ ' = ' ~ number}) -%}
    {%- endfor -%}
    {{ return(shares) }}
{%- endmacro %}

{#- Of how many shorter spans one is merged at most. Each is a lag, which DuckDB pays for row by row; on Spark it is another level
    of windows that costs. -#}
{% macro most_pieces() -%}{{ return(adapter.dispatch('most_pieces')()) }}{%- endmacro %}
{% macro default__most_pieces() -%}{{ return(3) }}{%- endmacro %}
{% macro spark__most_pieces() -%}{{ return(6) }}{%- endmacro %}
