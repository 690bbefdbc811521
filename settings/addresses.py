"""Addresses of servers that a team's set-up names, by the environment alone: checked when read, and never shown."""

MLFLOW_DB, MLFLOW_FILES, MIRROR = "NIGHTSHIFT_MLFLOW_DB", "NIGHTSHIFT_MLFLOW_FILES", "NIGHTSHIFT_MIRROR"
DAGSTER_DB = "NIGHTSHIFT_DAGSTER_DB"  # read by Dagster itself: see deploy/dagster/dagster.yaml
# With the driver: SQLAlchemy takes the address alone for another one, which Dagster's storage does not get on with.
POSTGRES = "postgresql+psycopg2://"


def require_postgres(address: str, variable: str) -> str:
    """The address as it is, empty or of PostgreSQL. Raises ValueError, which does not repeat it and its password."""
    if address and not address.startswith(POSTGRES):
        raise ValueError(f"{variable} must be written {POSTGRES}user:password@host:port/database, or be empty")
    return address


def require_s3(address: str, variable: str) -> str:
    """The address without a slash at its end, empty or of a folder in an S3 store. Raises ValueError."""
    bucket = address.removeprefix("s3://").partition("/")[0]
    if address and (not address.startswith("s3://") or not bucket):
        raise ValueError(f"{variable} must be written s3://bucket/folder, or be empty")
    return address.rstrip("/")
