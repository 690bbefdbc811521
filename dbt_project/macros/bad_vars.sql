{#- Adds to the list `problems` one sentence for each var that cannot be built. `settings.Fleet` refuses the same values;
    tests/dbt/test_var_ranges.py holds the two together. -#}
{% macro bad_vars(problems) -%}
    {%- set identifier = '^[A-Za-z_][A-Za-z0-9_]*$' -%}
    {%- set known = problems | length -%}
    {%- if var('sensors') is not mapping or not var('sensors') -%}
        {%- do problems.append('sensors must map each telemetry column to its range, such as {volt: {min: 0, max: 400}}.') -%}
    {%- else -%}
        {%- for name in var('sensors') if not modules.re.match(identifier, name | string) -%}
            {%- do problems.append("sensor '" ~ name ~ "' is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
        {%- endfor -%}
        {%- for name, sensor in var('sensors').items() if sensor is not mapping or sensor.get('min') is not number or sensor.get('max') is not number or sensor.min >= sensor.max -%}
            {%- do problems.append("sensor '" ~ name ~ "' needs an accepted range with min < max, numbers written in full.") -%}
        {%- else -%}
            {%- for name, sensor in var('sensors').items() -%}
                {%- set known_keys = ['unit', 'label', 'min', 'max', 'decimals', 'kind', 'states', 'on_change_hours', 'component'] -%}
                {%- for key in sensor if key not in known_keys -%}
                    {%- do problems.append("sensor '" ~ name ~ "' has " ~ key ~ ', which is none of ' ~ known_keys | join(', ') ~ '.') -%}
                {%- endfor -%}
                {%- do bad_kind(name, sensor, problems) -%}
                {%- if sensor.get('label') is not none and (sensor.label is not string or not sensor.label | trim) -%}
                    {%- do problems.append("sensor '" ~ name ~ "' has label = " ~ sensor.label ~ ', which must be a text, what people call it.') -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for key in ['error_codes', 'components'] -%}
        {%- for name in var(key) if not modules.re.match(identifier, name | string) -%}
            {%- do problems.append(key ~ " holds '" ~ name ~ "', which is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for key in ['error_codes', 'components'] if var(key) is mapping -%}
        {%- for name, text in var(key).items() -%}
            {%- if text is not string or not text | trim -%}
                {%- do problems.append(key ~ ": '" ~ name ~ "' must be a text, what people call it.") -%}
            {%- elif text != name and (text in var(key) or var(key).values() | select('equalto', text) | list | length > 1) -%}
                {%- do problems.append(key ~ ": '" ~ text ~ "' stands for more than one of them.") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set seen = {} -%}
    {%- for key, of_all in {'sensors': [], 'error_codes': [], 'components': ['any', 'failure']}.items() if var(key) is not string -%}
        {%- for name in var(key) if name is string -%}
            {%- set low = name | lower -%}
            {%- if low in of_all + ['errors', 'not_running'] -%}
                {%- do problems.append(key ~ ' holds ' ~ name ~ ', as the tables call all of them together: call it otherwise.') -%}
            {%- elif seen.get(low) == key -%}
                {%- do problems.append(key ~ ' holds ' ~ name ~ ' twice, for capitals tell no names apart: call each otherwise.') -%}
            {%- elif low in seen -%}
                {%- do problems.append(key ~ ' holds ' ~ name ~ ', and so does ' ~ seen[low] ~ ': call one otherwise, with ' ~ name ~ ' as what people call it.') -%}
            {%- endif -%}
            {%- do seen.update({low: seen.get(low, key)}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for key in ['components', 'windows_hours'] if not var(key) -%}
        {%- do problems.append(key ~ ' must name at least one.') -%}
    {%- endfor -%}
    {%- if tells_running() -%}
        {%- for name in var('sensors') if name | string | lower == 'running' -%}
            {%- do problems.append("sensor '" ~ name ~ "' is what `running` of vars.mapping fills: call that sensor otherwise.") -%}
        {%- endfor -%}
    {%- endif -%}
    {#- The last word of a name is its unit. -#}
    {%- set at_least = {
        'snapshot_every_hours': 1, 'horizon_hours': 1, 'baseline_hours': 1, 'min_baseline_readings': 1,
        'slice_rows': 1, 'corrective_hours': 0, 'outage_gap_hours': 0, 'found_within_hours': 0, 'remaining_cap_hours': 0, 'retired_after_days': 1, 'restate_days': 0, 'episode_cooldown_hours': 0, 'new_hours': 0
    } -%}
    {%- for key, least in at_least.items() if var(key) is not integer or var(key) < least -%}
        {%- do problems.append(key ~ ' = ' ~ var(key) ~ ' must be a whole number of ' ~ key.split('_')[-1] ~ ', at least ' ~ least ~ '.') -%}
    {%- endfor -%}
    {%- do bad_horizons(var('horizons_hours'), problems) -%}
    {%- set step = var('telemetry_step_hours') -%}
    {%- if step is not number or step is boolean or not 1 <= (step * 3600) | round <= 86400 -%}
        {%- do problems.append('telemetry_step_hours = ' ~ step ~ ' must be a number of hours, from a second (0.0003) to a day (24).') -%}
    {%- endif -%}
    {%- for feed, hours in var('feed_latency_hours').items() if feed not in ['telemetry', 'errors', 'maint', 'failures'] or hours is not integer or hours < 0 -%}
        {%- do problems.append('feed_latency_hours: ' ~ feed ~ ' = ' ~ hours ~ ' must be telemetry, errors, maint or failures, and a whole number of hours, at least 0.') -%}
    {%- endfor -%}
    {%- for feed, moment in var('feed_reaches').items() if moment is not none -%}
        {%- if feed not in ['errors', 'maint', 'failures'] or not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$', moment | string) -%}
            {%- do problems.append('feed_reaches: ' ~ feed ~ ' = ' ~ moment ~ " must be errors, maint or failures, and a moment in quotes such as '2026-01-31 00:00'.") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if var('scoring_hour') is not integer or not 0 <= var('scoring_hour') <= 23 -%}
        {%- do problems.append('scoring_hour = ' ~ var('scoring_hour') ~ ' must be an hour of the day, 0 to 23.') -%}
    {%- endif -%}
    {%- if var('sensor_decimals') is not integer or not 0 <= var('sensor_decimals') <= 6 -%}
        {%- do problems.append('sensor_decimals = ' ~ var('sensor_decimals') ~ ' must be 0 to 6: squares of larger readings would not fit.') -%}
    {%- endif -%}
    {%- for key in ['missing_words', 'removed_words'] if var(key) is string or var(key) is mapping or var(key) | reject('string') | list -%}
        {%- do problems.append(key ~ " must be a list of words in quotes, such as ['n/a'].") -%}
    {%- endfor -%}
    {%- set regimes = var('regimes') -%}
    {%- if regimes is not mapping -%}
        {%- do problems.append('regimes = ' ~ regimes ~ ' must map sensors to the edges of their bins, such as {load: [25, 50]}.') -%}
    {%- else -%}
        {%- set number = namespace(of_all=1) -%}
        {%- for name, edges in regimes.items() -%}
            {%- set sensor = var('sensors').get(name) if var('sensors') is mapping else none -%}
            {%- if sensor is not mapping or sensor.get('kind') == 'counter' or sensor.get('on_change_hours') -%}
                {%- do problems.append('regimes: ' ~ name ~ ' must be a sensor with a level in every row: in vars.sensors, no counter, and without on_change_hours.') -%}
            {%- elif edges is string or edges is mapping or edges is not iterable or not edges or edges | reject('number') | list or edges | select('boolean') | list or edges | list != edges | unique | sort -%}
                {%- do problems.append('regimes: ' ~ name ~ ' = ' ~ edges ~ ' must be a list of rising numbers written in full, the edges of its bins.') -%}
            {%- else -%}
                {%- set number.of_all = number.of_all * (edges | length + 1) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if number.of_all > 256 -%}
            {%- do problems.append('regimes makes ' ~ number.of_all ~ ' regimes, at most 256 are of use: name fewer sensors or edges.') -%}
        {%- endif -%}
        {%- for name in var('sensors') if regimes and var('sensors') is mapping and (name ~ '_like') in var('sensors') -%}
            {%- do problems.append("sensor '" ~ name ~ "_like' is what regimes makes of " ~ name ~ ': call that sensor otherwise.') -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name, told in {'slopes_hours': 'slopes are told', 'moved_hours': 'a gauge is told to have moved'}.items() -%}
        {%- set given = var(name) -%}
        {%- if given is string or given is mapping or given is not iterable -%}
            {%- do problems.append(name ~ ' = ' ~ given ~ ' must be a list of hours, those of windows_hours over which ' ~ told ~ '.') -%}
        {%- else -%}
            {%- for hours in given if hours is not integer or hours not in var('windows_hours') -%}
                {%- do problems.append(name ~ ' holds ' ~ hours ~ ', which is none of windows_hours: it is told of a window.') -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set clock = var('plausible_clock') -%}
    {%- for key, edges in {'ahead_minutes': [0, 60], 'gap_days': [1, none], 'reach_days': [1, none], 'confirm_rows': [1, none]}.items() if key in clock -%}
        {%- if clock[key] is not integer or clock[key] < edges[0] or (edges[1] is not none and clock[key] > edges[1]) -%}
            {%- do problems.append('plausible_clock: ' ~ key ~ ' = ' ~ clock[key] ~ ' must be a whole number of ' ~ key.split('_')[-1] ~ ', at least ' ~ edges[0] ~ (' and at most ' ~ edges[1] if edges[1] is not none else '') ~ '.') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for key in clock if key not in ['ahead_minutes', 'earliest', 'gap_days', 'reach_days', 'confirm_rows'] -%}
        {%- do problems.append('plausible_clock: ' ~ key ~ ' is not known.') -%}
    {%- endfor -%}
    {%- if not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', clock.get('earliest', '1990-01-01') | string) or clock.get('earliest', '1990-01-01') | string < '1970-01-01' -%}
        {%- do problems.append("plausible_clock: earliest = '" ~ clock.earliest ~ "' must be a date such as 1990-01-01, not before 1970-01-01.") -%}
    {%- endif -%}
    {%- if problems | length == known -%}
        {%- for name, sensor in var('sensors').items() -%}
            {%- set own = sensor.get('decimals') -%}
            {%- set reach = [sensor.min | abs, sensor.max | abs] | max -%}
            {%- if own is not none and (own is not integer or not 0 <= own <= 15) -%}
                {%- do problems.append("sensor '" ~ name ~ "' has decimals = " ~ own ~ ', which must be a whole number, 0 to 15.') -%}
            {#- Without decimals of its own a sensor keeps fewer than sensor_decimals where its range needs it (sensor_decimals.sql). -#}
            {%- elif reach * 10 ** (own or 0) > 10 ** 15 -%}
                {%- do problems.append("sensor '" ~ name ~ "' reaches to " ~ reach ~ ' with ' ~ (own or 0) ~ ' decimals, and at most 15 digits are kept of a reading: give it a narrower range or fewer decimals.') -%}
            {%- elif reach * 10 ** (var('sensor_decimals') if own is none else own) < 1 -%}
                {%- do problems.append("sensor '" ~ name ~ "' reaches to " ~ reach ~ ' and every reading would be 0: give it decimals of its own, such as {min: ..., max: ..., decimals: 12}.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for hours in var('windows_hours') if hours is not integer or hours < 1 -%}
            {%- do problems.append('window ' ~ hours ~ ' h (windows_hours) must be a whole number of hours, at least 1.') -%}
        {%- else -%}
            {%- set longest = var('windows_hours') | max -%}
            {%- if var('baseline_hours') <= longest -%}
                {%- do problems.append('baseline_hours = ' ~ var('baseline_hours') ~ ' must be longer than the longest window.') -%}
            {#- A spread takes two readings. -#}
            {%- elif (var('baseline_hours') - longest) * 3600 < 2 * (step * 3600) | round -%}
                {%- do problems.append(
                    'baseline_hours = ' ~ var('baseline_hours') ~ ' leaves ' ~ (var('baseline_hours') - longest)
                    ~ ' h before the longest window, fewer than two steps of telemetry_step_hours = ' ~ step
                    ~ ': no machine would have a normal. Make it longer.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if var('new_hours') > var('baseline_hours') -%}
            {%- do problems.append('new_hours = ' ~ var('new_hours') ~ ' must be at most baseline_hours = ' ~ var('baseline_hours') ~ ': so far back late readings are known.') -%}
        {%- elif var('new_hours') and var('new_hours') * 3600 < 2 * (step * 3600) | round -%}
            {%- do problems.append('new_hours = ' ~ var('new_hours') ~ ' is shorter than two steps of telemetry_step_hours = ' ~ step ~ ': no machine would have been new. Make it longer, or 0 for no features of wear.') -%}
        {%- endif -%}
        {%- if 24 * var('retired_after_days') < step -%}
            {%- do problems.append('retired_after_days = ' ~ var('retired_after_days') ~ ' must be no less than the telemetry step of ' ~ step ~ ' h (telemetry_step_hours).') -%}
        {%- endif -%}
        {%- if 24 % var('snapshot_every_hours') != 0 -%}
            {%- do problems.append('snapshot_every_hours = ' ~ var('snapshot_every_hours') ~ ' must divide 24, so that every day has the same snapshots.') -%}
        {%- endif -%}
        {%- if var('restate_from', none) and not modules.re.match('^[0-9]{4}-[0-9]{2}-[0-9]{2}$', var('restate_from') | string) -%}
            {%- do problems.append("restate_from = '" ~ var('restate_from') ~ "' must be a date such as 2025-01-31.") -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- The same of the horizons. 24 is what Nightshift's own file says of horizon_hours, and so no word of a fleet's own. -#}
{% macro bad_horizons(hours, problems) -%}
    {%- if hours is string or hours is mapping or hours is not iterable -%}
        {%- do problems.append('horizons_hours = ' ~ hours ~ ' must be a list of whole hours, such as [24, 48, 72, 168].') -%}
    {%- else -%}
        {%- for each in hours if each is not integer or each is boolean or each < 1 -%}
            {%- do problems.append('horizons_hours holds ' ~ each ~ ', which must be a whole number of hours, at least 1.') -%}
        {%- else -%}
            {%- if hours | list != hours | unique | sort | list -%}
                {%- do problems.append('horizons_hours = ' ~ hours | list ~ ' must rise from each horizon to the next.') -%}
            {%- elif hours and var('horizon_hours') not in [24, hours[0]] -%}
                {%- do problems.append('horizon_hours = ' ~ var('horizon_hours') ~ ' is not ' ~ hours[0] ~ ', the first of horizons_hours, which decides: leave it out.') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{#- The same of one sensor's kind, and of how long its readings hold. -#}
{% macro bad_kind(name, sensor, problems) -%}
    {%- set told, kind, states, held = "sensor '" ~ name ~ "' ", sensor.get('kind', 'gauge'), sensor.get('states', {}), sensor.get('on_change_hours') -%}
    {%- if kind not in ['gauge', 'counter', 'state'] -%}
        {%- do problems.append(told ~ 'is of kind ' ~ kind ~ ', which is none of gauge, counter and state.') -%}
    {%- elif states is not mapping or (kind == 'state') != (states | length > 0) -%}
        {%- do problems.append(told ~ 'must map states to numbers if it is of kind state, such as {idle: 0, run: 1}, and must have none if it is not.') -%}
    {%- else -%}
        {%- for state, number in states.items() -%}
            {%- if state is boolean -%}
                {%- do problems.append(told ~ 'has a state ' ~ state ~ ': YAML reads on, off, yes and no as true and false, so put its name in quotes.') -%}
            {%- elif not modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', state | string) -%}
                {%- do problems.append(told ~ "has a state '" ~ state ~ "', which is no identifier: use letters, digits and underscores, not starting with a digit.") -%}
            {%- elif number is not integer or number is boolean or not sensor.min <= number <= sensor.max -%}
                {%- do problems.append(told ~ 'has ' ~ number ~ ' for the state ' ~ state ~ ', which must be a whole number within its min and max.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if states.values() | list | length != states.values() | unique | list | length -%}
            {%- do problems.append(told ~ 'has one number for two states.') -%}
        {%- endif -%}
    {%- endif -%}
    {%- set part = sensor.get('component') -%}
    {%- if part is not none and (part not in var('components') or kind != 'gauge') -%}
        {%- do problems.append(told ~ 'has component = ' ~ part ~ ', which must be one of components, and the sensor a gauge: it is how the sensor was while that one was new.') -%}
    {%- endif -%}
    {%- if held is not none and (held is not integer or held is boolean or held < 1) -%}
        {%- do problems.append(told ~ 'has on_change_hours = ' ~ held ~ ', which must be a whole number of hours, at least 1.') -%}
    {%- elif held is not none and var('telemetry_step_hours') is number and held * 3600 < (var('telemetry_step_hours') * 3600) | round -%}
        {%- do problems.append(told ~ 'has on_change_hours = ' ~ held ~ ', which is below telemetry_step_hours = ' ~ var('telemetry_step_hours') ~ ': no reading would hold to the next step.') -%}
    {%- endif -%}
{%- endmacro %}
