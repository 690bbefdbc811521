"""What a user has set in the shell reaches no test: least of all the address that their alerts are posted to."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from settings import ROOT, load_settings
from tests.environment import FOREIGN, OURS

SET = {
    "NIGHTSHIFT_HOME": "/nowhere/home", "NIGHTSHIFT_DROPS": "/nowhere/drops", "NIGHTSHIFT_TARGET": "spark",
    "NIGHTSHIFT_DAGSTER": "/nowhere/dagster", "NIGHTSHIFT_COMPUTE_LOGS": "/nowhere/logs", "NIGHTSHIFT_SPARK_HOST": "x",
    "NIGHTSHIFT_OF_TOMORROW": "x", "DAGSTER_HOME": "/nowhere", "MLFLOW_TRACKING_URI": "http://127.0.0.1:1",
    "MLFLOW_REGISTRY_URI": "http://127.0.0.1:1", "DBT_PROFILES_DIR": "/nowhere", "DBT_TARGET": "spark",
    "DBT_PROJECT_DIR": "/nowhere", "http_proxy": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1",
    "ALL_PROXY": "http://127.0.0.1:1", "SPARK_HOME": "/nowhere", "no_proxy": "",
}  # fmt: skip

NOTHING_SEEN = "tests/test_environment.py::test_nothing_of_it_is_seen_in_here"
OUTBOX, LOG = "tests/delivery/notifications/test_outbox.py", "tests/delivery/notifications/test_log.py"
RECEIVERS, STEP = "tests/delivery/notifications/test_receivers.py", "tests/steps/test_notify.py"
# Those whom a forgotten address would have post, or miss what they look for.
POSTING = (
    f"{OUTBOX}::test_off_by_default_nothing_is_sent_and_the_log_has_it",
    f"{OUTBOX}::test_each_notice_is_sent_once",
    f"{OUTBOX}::test_nobody_listening",
    f"{LOG}::test_a_full_disk_is_a_sentence_and_is_posted_all_the_same",
    f"{STEP}::test_a_night_tells_its_new_alerts_and_a_rerun_nothing",
)


def test_nothing_of_it_is_seen_in_here(tmp_path: Path) -> None:
    assert {name for name in os.environ if FOREIGN.fullmatch(name)} <= {
        *OURS, "NIGHTSHIFT_DAGSTER", "NIGHTSHIFT_COMPUTE_LOGS"  # the root's .env, once a test has read it
    }  # fmt: skip
    assert not {"/nowhere", "http://127.0.0.1:1"} & set(os.environ.values())
    settings = load_settings()
    assert (settings.workspace.notifications.webhook_url, settings.workspace.notifications.services) == ("", ())
    assert settings.workspace.metrics.textfile_folder == ""
    assert (settings.paths.home, settings.workspace.engine.target) == (ROOT / "data", "duckdb")


@pytest.mark.xdist_group("environment")
def test_a_group_is_known_to_those_who_deal_tests_out(request: pytest.FixtureRequest) -> None:
    """Else each process plays the fleet again that tests of one group share, and says nothing."""
    dealt_by_group = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@environment") == dealt_by_group


@pytest.mark.parametrize("tests", [POSTING, pytest.param((OUTBOX, LOG, RECEIVERS, STEP), marks=pytest.mark.slow)])
def test_nor_where_everything_is_set(tests: tuple[str, ...]) -> None:
    """The tests that post, run as a user does who has exported an address: nobody is posted to, and they pass."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/real/address"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", NOTHING_SEEN, *tests]
        service = url.replace("http://", "json://")
        env = {**os.environ, **SET, "NIGHTSHIFT_WEBHOOK": url, "NIGHTSHIFT_SERVICES": service}
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env, check=False)
        server.shutdown()
        thread.join()
    assert done.returncode == 0, done.stdout[-3000:]
    assert posted == []
