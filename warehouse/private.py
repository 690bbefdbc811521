"""What is generated is its owner's alone: folders 0700 and files 0600, whoever of our libraries makes them.

What readers are to open says so itself (`delivery.readers`). What was there before keeps its mode.
"""

import os

from settings import Settings

PRIVATE = 0o077


def keep_private(settings: Settings) -> None:
    """From here on, let this process and its children make folders and files for their owner alone.

    Not on a cluster, whose workers may be other users and read what this process lands: there its umask stands.
    """
    if settings.workspace.engine.target != "spark_cluster":
        os.umask(os.umask(PRIVATE) | PRIVATE)
