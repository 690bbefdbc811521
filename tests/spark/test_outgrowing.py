"""docs/outgrowing.md tells others to start a driver as our own cluster does."""

import re
from pathlib import Path

from settings import ROOT
from warehouse.spark.cluster.commands import Folders, Ports, Size, driver_conf
from warehouse.spark.profile import profile_output

PLACES = {"spark.connect.grpc.binding.address", "spark.sql.warehouse.dir"}


def told() -> str:
    return (ROOT / "docs/outgrowing.md").read_text()


def test_a_driver_of_ones_own_is_configured_like_ours() -> None:
    conf = driver_conf(Ports(7077, 8080, 10000, 15002), Size(), Folders(Path("/shared/nightshift")))
    named = dict(re.findall(r"--conf (\S+)=(\S+)", told()))
    assert {name: value for name, value in named.items() if name not in PLACES} == {
        name: conf[name] for name in named.keys() - PLACES
    }
    assert conf["spark.sql.warehouse.dir"] == named["spark.sql.warehouse.dir"]


def test_it_is_told_everything_that_models_rely_on() -> None:
    relied_on = profile_output("spark_cluster")["server_side_parameters"]
    assert relied_on.items() <= dict(re.findall(r"--conf (\S+)=(\S+)", told())).items()
