"""The warehouse on Apache Spark. A DuckDB workspace imports none of it; pyspark is imported only to open a session."""
