"""dbt kept at hand by one process, for the commands of another: loaded and parsed once."""
