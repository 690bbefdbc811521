"""A Spark standalone cluster on this machine, from the installed pyspark alone, on the loopback interface only.

Master, workers, and one driver with the Thrift server (dbt) and Spark Connect (Python): the parts of a real
cluster, small enough for a laptop and for the tests. `make spark-cluster` starts one in the foreground.
"""

from warehouse.spark.cluster.cluster import Cluster, ClusterError
from warehouse.spark.cluster.commands import Size
from warehouse.spark.cluster.run import local_cluster

__all__ = ["Cluster", "ClusterError", "Size", "local_cluster"]
