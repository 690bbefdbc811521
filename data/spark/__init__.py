"""The warehouse on Apache Spark. Nothing here is imported where the engine is DuckDB, and pyspark only when a session opens."""
