"""Counters in shared memory: exact over threads, processes and their ends, and of limited size."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

from releasecal.telemetry.counters_of_processes import (
    QUEUE,
    STARTS,
    ProcessMemory,
    ServerMemory,
    Telemetry,
)
from releasecal.telemetry.shared_counters import (
    OVERFLOW,
    ROWS,
    CounterMemory,
    SharedCounters,
    totals,
)
from support.build import NOW


def count_in(memory, times):
    """Count in another process, with the others of the same memory."""
    counters = SharedCounters(memory)
    for _ in range(times):
        counters.add("requests", "/calendar.ics", "304")


def test_processes_are_added_up():
    """What two processes count in memories of their own is read as one sum, also after their ends."""
    memories = [CounterMemory.shared() for _ in range(2)]
    fork = multiprocessing.get_context("fork")
    for memory, times in zip(memories, (300, 45), strict=True):
        process = fork.Process(target=count_in, args=(memory, times))
        process.start()
        process.join()
        assert process.exitcode == 0

    found = totals(memories)
    assert found["requests", "/calendar.ics", "304"] == 345
    assert found["requests", "/", "200"] == 0


def test_the_next_process_goes_on():
    """Whoever takes over a memory counts on in it, so that no count falls."""
    memory = CounterMemory.shared()
    SharedCounters(memory).add("requests", "/", "200", amount=5)
    SharedCounters(memory).add("requests", "/", "200")

    assert memory.read() == {("requests", "/", "200"): 6}


def test_no_addition_is_lost_among_threads():
    """Threads that count at once lose nothing, in rows old and new."""
    counters = SharedCounters(memory := CounterMemory.shared())
    with ThreadPoolExecutor(8) as pool:
        for thread in range(8):
            pool.submit(
                lambda own: [counters.add(f"{n % 5}", own) for n in range(2_000)], f"{thread % 3}"
            )

    assert sum(memory.read().values()) == 16_000


def test_the_memory_is_bounded():
    """More rows than there is room for, and names that are too long, share one."""
    counters = SharedCounters(memory := CounterMemory.shared())
    for number in range(ROWS + 10):
        counters.add("requests", f"/{number}")
    counters.add("x" * 1_000)

    found = memory.read()
    assert len(found) == ROWS
    assert found[OVERFLOW] == 12


def test_a_process_that_ends_waits_no_more():
    """Requests that waited in a killed process leave the queue, and its counts stay."""
    memory = ProcessMemory.shared()
    counters = SharedCounters(memory.counters)
    counters.add(QUEUE, amount=3)
    counters.add(STARTS)

    memory.end()

    assert memory.counters.read() == {(QUEUE,): 0, (STARTS,): 1}


def test_every_process_reads_the_same():
    """Each process of a server reads the sums of all, and the latest success of any."""
    memory = ServerMemory.shared(2)
    first, second = (Telemetry(memory, own, lambda: NOW) for own in range(2))
    first.counters.put("succeeded", value=200.0)
    second.counters.put("succeeded", value=100.0)

    assert first.totals() == second.totals()
    assert first.totals()["succeeded",] == 200.0
    assert first.totals()[STARTS,] == 2
