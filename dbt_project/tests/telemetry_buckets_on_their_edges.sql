{{ broken_rules(ref('telemetry_buckets'), {
    'both clocks agree': 'bucket_end_us = ' ~ us('bucket_end'),
    'on an edge': 'bucket_end_us % ' ~ hours_us(bucket_hours()) ~ ' = 0',
}) }}
