"""Make the bucket that the environment names where there is none: a store of a team's own begins without."""

import os

import boto3


def main() -> None:
    """Make the bucket of NIGHTSHIFT_MIRROR; a store that does not answer yet is an error, to be tried again."""
    bucket = os.environ["NIGHTSHIFT_MIRROR"].removeprefix("s3://").partition("/")[0]
    client = boto3.client("s3")
    if bucket not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=bucket)


if __name__ == "__main__":
    main()
