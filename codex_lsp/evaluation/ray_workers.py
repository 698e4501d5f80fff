"""Workers on the nodes of a Ray cluster: each does one thing at a time, and what a lost one was doing, another does."""

import contextlib
import logging
import socket
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError

from codex_lsp import __version__
from codex_lsp.errors import CodexLspError, UsageError

_LOG = logging.getLogger(__name__)
_CONNECT_S = 5.0
PATIENCE_S = 120.0
"""How long a call waits for a worker where none is left, before it gives up."""


@contextlib.contextmanager
def cluster(address: str) -> Generator[None]:
    """Be the driver of a cluster; what Ray prints of it, a node that died for example, goes to standard error.

    Args:
        address: `HOST:PORT` of its head node, `ray://HOST:PORT` of a client server, or `auto` for this machine's.

    Raises:
        UsageError: No cluster answers there.
    """
    _check_reachable(address)
    with contextlib.redirect_stdout(sys.stderr):
        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError, RayError) as error:
            raise UsageError(f"--ray {address}: no Ray cluster answers there ({_one_line(error)})") from error
        try:
            yield
        finally:
            ray.shutdown()


def count_of(resource: str) -> int:
    """How many whole `CPU` or `GPU` all nodes have together."""
    return int(ray.cluster_resources().get(resource, 0))


class RayWorkers:
    """A pool of actors, as many as the cluster has of a resource; used from several threads.

    An actor that is lost, with its node or alone, is replaced as soon as some node has room. Nothing it was asked is
    lost: the same call is made of another one. Calls must therefore have no effects that may not happen twice.
    """

    def __init__(self, make: Callable[[], Any], *, gpus: bool = False, most: int | None = None) -> None:
        """Start them; returns before they are ready.

        Args:
            make: Runs on a node and makes what its methods are called of; it must be importable there.
            gpus: One for each GPU of the cluster instead of each processor.
            most: No more than so many.

        Raises:
            UsageError: The cluster has none of these.
        """
        resource = "GPU" if gpus else "CPU"
        held = count_of(resource)
        if not held:
            raise UsageError(f"the Ray cluster has no {resource}; start its nodes with some")
        self.count = held if most is None else min(held, most)
        remote: Any = ray.remote
        self._actor: Any = remote(**({"num_gpus": 1, "num_cpus": 0} if gpus else {"num_cpus": 1}))(_Worker)
        self._make = make
        self._changed = threading.Condition()
        self._idle: list[Any] = []
        self._living = self._starting = 0
        self._failure: CodexLspError | None = None
        self._is_closed = False
        for _ in range(self.count):
            self._add()

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of what `make` made, on whichever worker is free; blocks.

        Raises:
            CodexLspError: What the method raised, or no worker is left.
        """
        while True:
            worker = self._free_worker()
            try:
                answer = ray.get(worker.call.remote(method, *arguments))
            except RayActorError as error:
                _LOG.warning("a Ray worker was lost; its work is given to another: %s", _one_line(error))
                self._note(living=-1)
                self._add()
                continue
            except BaseException:
                self._note(idle=worker)
                raise
            self._note(idle=worker)
            return answer

    def wait_ready(self) -> None:
        """Wait until one of them can be called.

        Raises:
            CodexLspError: None will be, and why.
        """
        self._note(idle=self._free_worker())

    def close(self) -> None:
        """End the workers."""
        with self._changed:
            self._is_closed = True
            for worker in self._idle:
                ray.kill(worker)
            self._idle.clear()

    def _free_worker(self) -> Any:
        with self._changed:
            while not self._changed.wait_for(lambda: self._idle or not (self._living or self._starting), PATIENCE_S):
                if not self._living:
                    break
            if self._idle:
                return self._idle.pop()
            raise self._failure or CodexLspError(
                "every worker of the Ray cluster was lost; start nodes, and the same command goes on where it stands"
            )

    def _add(self) -> None:
        self._note(starting=1)
        threading.Thread(target=self._join, daemon=True).start()

    def _join(self) -> None:
        """Start an actor, and have it used once it is ready; where the cluster has no room, that is later or never."""
        try:
            worker = self._actor.remote(self._make, __version__)
            ray.get(worker.ready.remote())
        except (RayError, CodexLspError) as error:
            if not self._is_closed:
                _LOG.warning("a Ray worker could not start: %s", _one_line(error))
                self._failure = error if isinstance(error, CodexLspError) else None
            self._note(starting=-1)
            return
        self._note(starting=-1, living=1, idle=worker)

    def _note(self, *, idle: Any = None, living: int = 0, starting: int = 0) -> None:
        with self._changed:
            self._living += living
            self._starting += starting
            if idle is not None:
                self._idle.append(idle)
            self._changed.notify_all()


class _Worker:
    """What runs on a node; the same version of this package must be installed there."""

    def __init__(self, make: Callable[[], Any], version: str) -> None:
        self._make = make
        self._version = version
        self._made: Any = None

    def ready(self) -> None:
        """Make what is called, so that a failure of it comes as an answer and not as the actor's death."""
        if self._version != __version__:
            raise CodexLspError(
                f"codex-lsp {__version__} on node {socket.gethostname()}, {self._version} here; install one version"
            )
        self._made = self._make()

    def call(self, method: str, *arguments: Any) -> Any:
        return getattr(self._made, method)(*arguments)


def _check_reachable(address: str) -> None:
    """Ray itself tries for a minute before it says that nobody is there."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon:
        return
    if not port.isdecimal():
        raise UsageError(f"--ray {address}: no address; give HOST:PORT, ray://HOST:PORT, or auto")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise UsageError(
            f"--ray {address}: nothing answers there ({_one_line(error)}); start a cluster: ray start --head"
        ) from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
