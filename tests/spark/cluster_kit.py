"""What tests ask of a running cluster: who lives, who listens where, which table is being written."""

import struct
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

LISTENING = "0A"
Address = tuple[str, int]


def alive(pids: Iterable[int]) -> list[int]:
    """Those of `pids` that still run; one that has ended and waits for its parent does not."""
    return [pid for pid in pids if _state(pid) not in "ZX"]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def listening(pids: Iterable[int]) -> set[Address]:
    """The addresses and ports where `pids` accept connections, IPv4 inside IPv6 written as IPv4."""
    sockets = {str(link.readlink()) for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in sockets:
                found.add(_address(fields[1]))
    return found


def _address(text: str) -> Address:
    host, port = text.split(":")
    words = [struct.pack("=I", int(host[i : i + 8], 16)) for i in range(0, len(host), 8)]
    if len(words) == 1:
        return str(IPv4Address(words[0])), int(port, 16)
    six = IPv6Address(b"".join(words))
    return str(six.ipv4_mapped or six), int(port, 16)


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def tables_being_written(lake: Path) -> set[str]:
    """Tables, as schema.table, with rows on disk that Spark has not committed yet."""
    try:
        uncommitted = [*lake.glob("*.db/*/.spark-staging-*/**/*.parquet"), *lake.glob("*.db/*/_temporary/**/*.parquet")]
    except FileNotFoundError:  # a folder went while it was looked into
        return set()
    return {".".join(file.relative_to(lake).parts[:2]).replace(".db.", ".") for file in uncommitted}


def is_loopback(host: str) -> bool:
    return IPv4Address(host).is_loopback if "." in host else IPv6Address(host).is_loopback
