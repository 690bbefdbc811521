"""One writer: every step that opens the warehouse shares this pool, whose size dagster.yaml sets to one."""

WAREHOUSE = "warehouse"
