"""What Locust asks of a server: one machine after another, each as it stood last night with a change.

ASKED_PER_USER is how many questions a user asks a second; 0 asks as fast as answers come.
"""

import os
import random

from locust import FastHttpUser, constant_throughput, task

PER_USER = float(os.environ.get("ASKED_PER_USER", "0"))


class Asker(FastHttpUser):
    """Somebody with many questions about single machines."""

    if PER_USER:
        wait_time = constant_throughput(PER_USER)
    machines: tuple[str, ...] = ()

    def on_start(self) -> None:
        told = self.client.get("/predictions?limit=1000", name="start").json()
        type(self).machines = tuple(one["machine_id"] for one in told["items"])

    @task
    def what_if(self) -> None:
        asked = {"machine": random.choice(self.machines), "changes": {"age": random.randint(1, 20)}}
        self.client.post("/predict", json=asked)
