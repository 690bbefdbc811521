"""One writer: every step that opens the warehouse shares this pool, whose size dagster.yaml sets to one."""

WAREHOUSE = "warehouse"
MIRRORING = "mirror"  # one at a time here, too, and no writer waits for it
