"""The warehouse on Apache Spark. Nothing here is imported where the engine is DuckDB; pyspark only to open a session."""
