"""The tables: connections to DuckDB and Spark, quoting, small tables, compaction, and dbt's lock plugin."""
