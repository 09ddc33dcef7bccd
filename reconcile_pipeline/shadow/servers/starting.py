"""A cluster on its way up, in a thread of its own: meanwhile there is other work to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from reconcile_pipeline.shadow.servers.cluster import Cluster

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Starting:
    """A cluster that may not be there yet."""

    _aside: ThreadPoolExecutor
    _cluster: Future[Cluster]

    def cluster(self) -> Cluster:
        """The cluster, once it is there. Raises what `cluster` raises."""
        return self._cluster.result()

    def then(self, work: Callable[[Cluster], T]) -> Future[T]:
        """Work on the cluster in the same thread, after all that was asked for before."""
        return self._aside.submit(lambda: work(self.cluster()))


@contextmanager
def starting(url: str | None = None) -> Iterator[Starting]:
    """Begin to start a cluster, and stop it afterwards; the arguments are those of `cluster`."""
    with ExitStack() as stack, ThreadPoolExecutor(1, "shadow") as aside:
        yield Starting(aside, aside.submit(_start, stack, url))


def _start(stack: ExitStack, url: str | None) -> Cluster:
    if url is not None:
        from reconcile_pipeline.shadow.servers.cluster import cluster

        return stack.enter_context(cluster(url))
    from reconcile_pipeline.shadow.servers.bounds import bounded_server

    server = stack.enter_context(bounded_server())
    # Only now: to import the driver takes longer than all that the server's start asks of Python.
    from reconcile_pipeline.shadow.servers.cluster import private_cluster

    return stack.enter_context(private_cluster(server))
