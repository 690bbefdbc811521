"""The warehouse on Apache Spark. DuckDB imports nothing of it, and pyspark is imported only to open a session."""
