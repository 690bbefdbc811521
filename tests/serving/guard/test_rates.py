"""A client that asks too fast waits; others do not."""

from serving.guard import rates
from serving.guard.rates import Rate


def test_a_burst_and_then_the_rate() -> None:
    clock = [0.0]
    rate = Rate(2, 3, lambda: clock[0])
    assert [rate.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert rate.wait("b") == 0
    clock[0] = 0.5
    assert (rate.wait("a"), rate.wait("a")) == (0, 0.5)
    clock[0] = 100
    assert [rate.wait("a") for _ in range(4)] == [0, 0, 0, 0.5]


def test_many_clients_are_forgotten() -> None:
    clock = [0.0]
    rate = Rate(1, 1, lambda: clock[0])
    for client in range(rates.MOST_CLIENTS + 5):
        assert rate.wait(str(client)) == 0
    assert len(rate._left) <= rates.MOST_CLIENTS
