"""Two Ray nodes on this machine, in a process of their own: prints their address; a line on its input kills one."""

import sys
from typing import Any

from ray.cluster_utils import Cluster


def main() -> None:
    """Run them until the input ends."""
    sizes: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 80_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**sizes, "include_dashboard": False})
    second = cluster.add_node(**sizes)
    sys.stdout.write(f"{cluster.address}\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        cluster.remove_node(second, allow_graceful=False)
    cluster.shutdown()


if __name__ == "__main__":
    main()
