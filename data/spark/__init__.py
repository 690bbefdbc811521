"""The warehouse on Apache Spark. Where the engine is DuckDB nothing here is imported; pyspark only to open a session."""
