"""The samples as text in Prometheus' format: the same for node_exporter's textfile collector and for `/metrics`."""

from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from delivery.metrics.figures import Gauge
from delivery.metrics.names import METRICS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FLEET = "fleet"


def exposition(samples: Sequence[Gauge], fleet: str) -> str:
    """The text, in the order of METRICS; every sample has the label `fleet`, so that fleets may share a host."""
    return generate_latest(_Figures(samples, fleet)).decode()


class _Figures(Collector):
    """What prometheus_client asks for metrics: made once, of one moment, with no registry that the process shares."""

    def __init__(self, samples: Iterable[Gauge], fleet: str) -> None:
        self._samples, self._fleet = list(samples), fleet

    def collect(self) -> Iterator[Metric]:
        for name, told in METRICS.items():
            own = [sample for sample in self._samples if sample.name == name]
            if own:
                family = GaugeMetricFamily(name, told, labels=[FLEET, *own[0].labels])
                for sample in own:
                    family.add_metric([self._fleet, *sample.labels.values()], sample.value)
                yield family
