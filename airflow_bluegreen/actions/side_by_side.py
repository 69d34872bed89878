"""Doing something for every table, parents before children and independent branches at the same time."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter

from airflow_bluegreen.core.model import Plan


def parents_first(plan: Plan) -> Mapping[str, Collection[str]]:
    """The green tables of a plan, each with those that are to be dealt with before it.

    That are its parents, and the table that it shares a statement set with; only what the plan has before it,
    so that nothing waits for itself.
    """
    order: dict[str, tuple[str, ...]] = {}
    for planned in plan.tables:  # parents come first
        if planned.green is not None:
            before = (*planned.parents, *(shared.table for shared in planned.shared))
            order[planned.table] = tuple(name for name in before if name in order)
    return order


def side_by_side(before: Mapping[str, Collection[str]], act: Callable[[str], object], at_once: int) -> None:
    """Call ``act`` for every name, when it has returned for all that are ``before`` it.

    :param at_once: how many calls there are at most at the same time.

    Raises what the first failing call raises, once the calls that have begun are over; no other begins.
    """
    sorter = TopologicalSorter(before)
    sorter.prepare()
    with ThreadPoolExecutor(at_once) as pool:
        running: dict[Future[object], str] = {}
        try:
            while sorter.is_active():
                running |= {pool.submit(act, name): name for name in sorter.get_ready()}
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()
                    sorter.done(running.pop(one))
        finally:
            pool.shutdown(cancel_futures=True)
