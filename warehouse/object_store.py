"""A folder of an S3 store, `s3://bucket/folder`: whole files go in and out, each at once or not at all.

The server's own address and the keys to it are in AWS's variables, as every tool reads them: AWS_ENDPOINT_URL,
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, or whatever else boto3 knows.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from warehouse.servers import ServerUnreachable, not_installed

ANSWER_SECONDS = 30
PARTIAL_END = ".partial"


@dataclass(frozen=True)
class StoredFile:
    """A file of the store: bytes, and when it was written (UTC)."""

    size: int
    written_at: datetime


@dataclass(frozen=True)
class ObjectStore:
    """The folder at `address`, which `variable` names. Every method raises ServerUnreachable."""

    address: str
    variable: str

    def upload(self, path: Path, name: str) -> None:
        """Store a file under `name`; readers find it when all of it is there."""
        with self._answering() as client:
            client.upload_file(str(path), self._bucket, self._key(name))

    def write(self, name: str, content: str) -> None:
        """Store a text under `name`, in place of what was there."""
        with self._answering() as client:
            client.put_object(Bucket=self._bucket, Key=self._key(name), Body=content.encode())

    def read(self, name: str) -> str | None:
        """A text, or None where there is none of that name."""
        with self._answering() as client:
            try:
                return str(client.get_object(Bucket=self._bucket, Key=self._key(name))["Body"].read().decode())
            except client.exceptions.NoSuchKey:
                return None

    def files(self, under: str = "") -> dict[str, StoredFile]:
        """Every file whose name begins with `under`, by its name."""
        found, start = {}, self._key("")
        with self._answering() as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._key(under)):
                for one in page.get("Contents", []):
                    found[one["Key"].removeprefix(start)] = StoredFile(one["Size"], one["LastModified"])
        return found

    def download(self, name: str, path: Path) -> None:
        """Bring a file to `path`, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}{PARTIAL_END}")
        with self._answering() as client:
            client.download_file(self._bucket, self._key(name), str(partial))
        partial.replace(path)

    def remove(self, names: Iterable[str]) -> None:
        """Delete files; those that are not there are no matter."""
        with self._answering() as client:
            for name in names:
                client.delete_object(Bucket=self._bucket, Key=self._key(name))

    @property
    def _bucket(self) -> str:
        return self.address.removeprefix("s3://").partition("/")[0]

    def _key(self, name: str) -> str:
        folder = self.address.removeprefix("s3://").partition("/")[2]
        return f"{folder}/{name}" if folder else name

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - boto3 makes its classes as it goes
        try:
            import boto3  # noqa: PLC0415 - a team's alone
            from botocore.config import Config  # noqa: PLC0415
        except ModuleNotFoundError:
            raise ServerUnreachable(not_installed(self.variable, "S3")) from None
        patience = Config(
            connect_timeout=ANSWER_SECONDS / 3,
            read_timeout=ANSWER_SECONDS,
            retries={"max_attempts": 3, "mode": "standard"},
        )
        try:
            return boto3.session.Session().client("s3", config=patience)  # by the keys of now
        except ValueError as error:  # an address of the server that is none
            raise ServerUnreachable(self._sentence(error)) from None

    @contextmanager
    def _answering(self) -> Iterator[Any]:
        client = self._client
        from boto3.exceptions import Boto3Error  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield client
        except (BotoCoreError, Boto3Error, ClientError) as error:
            raise ServerUnreachable(self._sentence(error)) from None

    def _sentence(self, error: Exception) -> str:
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        said = f"{type(error).__name__} {code} {error}"
        if "NoSuchBucket" in said:
            why = "has no such bucket"
        elif "Credentials" in said:
            why = "cannot be asked without keys"
        elif any(word in said for word in ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden")):
            why = "refuses our keys"
        else:
            why = "does not answer"
        return (
            f"The S3 store of {self.variable} {why}: see that it runs, and that {self.variable}, AWS_ENDPOINT_URL, "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are right, then run again."
        )
