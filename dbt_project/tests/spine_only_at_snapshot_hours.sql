{{ broken_rules(ref('spine'), {
    'both clocks agree': 'as_of_us = ' ~ us('as_of'),
    'on the hour': 'as_of_us % ' ~ hours_us(1) ~ ' = 0',
    'at a snapshot hour': hour_of_us('as_of_us') ~ ' % ' ~ var('snapshot_every_hours') ~ ' = 0 or '
        ~ hour_of_us('as_of_us') ~ ' = ' ~ var('scoring_hour'),
}) }}
