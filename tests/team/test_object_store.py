"""Files in a real S3 store over HTTP, and what is said where it cannot be used."""

from pathlib import Path

import pytest

from tests.team.servers import client_of, free_port
from warehouse.object_store import ObjectStore
from warehouse.servers import ServerUnreachable

pytestmark = pytest.mark.team


@pytest.fixture
def store(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    return ObjectStore("s3://nightshift/a folder/ü", "NIGHTSHIFT_MIRROR")


def test_files_go_in_and_out_as_they_are(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"\0one")
    store.upload(tmp_path / "one", "x/one")
    store.write("x/two", "zwei ü")
    assert (store.read("x/two"), store.read("x/none")) == ("zwei ü", None)
    assert {name: found.size for name, found in store.files("x/").items()} == {"x/one": 4, "x/two": 7}
    store.download("x/one", tmp_path / "deep/er/one")
    assert (tmp_path / "deep/er/one").read_bytes() == b"\0one"
    store.remove(["x/one", "x/none"])
    assert set(store.files()) == {"x/two"}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["one", "one"], "and nothing half"


def test_more_files_than_one_answer_lists(store: ObjectStore, s3: dict[str, str]) -> None:
    client = client_of(s3)
    for number in range(1001):
        client.put_object(Bucket="nightshift", Key=f"many/{number}", Body=b"")
    assert len(ObjectStore("s3://nightshift/many", "X").files()) == 1001


@pytest.mark.parametrize(
    ("address", "endpoint", "told"),
    [
        ("s3://nobucket/x", "", "has no such bucket"),
        ("s3://nightshift/x", "http://127.0.0.1:{port}", "does not answer"),
        ("s3://nightshift/x", "not an address", "does not answer"),
    ],
)
def test_a_store_that_cannot_be_used_is_a_sentence(
    address: str, endpoint: str, told: str, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.format(port=free_port()))
    with pytest.raises(ServerUnreachable) as raised:
        ObjectStore(address, "NIGHTSHIFT_MIRROR").files()
    assert str(raised.value).startswith(f"The S3 store of NIGHTSHIFT_MIRROR {told}: see that it runs, and that")
    assert "127.0.0.1" not in str(raised.value)


def test_a_store_without_keys_is_a_sentence(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ServerUnreachable, match="cannot be asked without keys"):
        store.files()
