#!/usr/bin/env python3
"""Forwarding latency while management lists 10,000 links again and again; see README.md.

    Benchmarks/query.py [--pin] [--daemon PATH] [--rounds N] [--links N]

Wants release builds of martletd, martlet and martlet-bench.
Prints p50 and p99 at 1,000 messages a second with nothing else going on, with the links attached,
and while `martlet query --type router.link` lists them in pages without a pause. The client that asks
is of the lowest priority: it takes a whole processor to decode and print what it gets, and that is
not the router's work.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import threading
import time

from routers import ROOT, WORK, Router, configuration, listener, section

BUILD = ROOT / ".build/release"


class Asker:
    """Lists all links until it is told to stop."""

    def __init__(self, url, priority):
        self.command = [*PINNED, "nice", "-n", str(priority), str(BUILD / "martlet"), "query", "-b", url,
                        "--type", "router.link"]
        self.lists = 0
        self.ended = False
        self.thread = threading.Thread(target=self.ask)

    def ask(self):
        while not self.ended:
            subprocess.run(self.command, stdout=subprocess.DEVNULL, check=True)
            self.lists += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()


def pin(router):
    """Messages on the first processor, management on the second."""
    for task in pathlib.Path(f"/proc/{router.pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        is_worker = name.startswith("martlet-") and name[8:].isdigit()
        os.sched_setaffinity(int(task.name), {0} if is_worker else {1})
    os.sched_setaffinity(0, {0})


PINNED = []


def measure(router, seconds):
    before = router.thread_seconds()
    result = router.load(["-r", "1000", "-n", str(seconds * 1000)])
    spent = {name: second - before.get(name, 0) for name, second in router.thread_seconds().items()}
    return result, spent


def wait_for_links(url, count):
    command = [str(BUILD / "martlet"), "query", "-b", url, "--type",
               "org.apache.qpid.dispatch.router", "linkCount"]
    while True:
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        if int("".join(filter(str.isdigit, text)) or 0) >= count:
            return
        time.sleep(0.2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--daemon", default=str(BUILD / "martletd"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--priority", type=int, default=19, help="nice value of the client (19)")
    parser.add_argument("--pin", action="store_true",
                        help="messages on one processor, agent and client on the other")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    file = configuration("query", section("router", mode="standalone", id="Bench") + listener())
    figures = {}
    lists = 0

    def note(title, result):
        figures.setdefault(title, []).append(result)
    with Router([options.daemon, "-c", file]) as router:
        if options.pin:
            pin(router)
            PINNED.extend(["taskset", "-c", "1"])
        for _ in range(options.rounds):
            note("no other link", measure(router, options.seconds))
        seconds = options.rounds * (2 * options.seconds + 3) + 20
        holder = subprocess.Popen(
            [str(BUILD / "martlet-bench"), "-C", str(options.links // 100), "-L", "100", "-H",
             str(seconds), router.url], stdout=subprocess.DEVNULL)
        try:
            wait_for_links(router.url, options.links)
            for _ in range(options.rounds):
                note(f"{options.links:,} links, idle", measure(router, options.seconds))
                with Asker(router.url, options.priority) as asker:
                    time.sleep(0.5)
                    note(f"{options.links:,} links, listed in pages", measure(router, options.seconds))
                lists += asker.lists
        finally:
            holder.terminate()
            holder.wait()
    print("| 1,000 msg/s | p50, µs | p99, µs | worst, µs | worker, % | agent, % | control, % |")
    print("|---|---|---|---|---|---|---|")
    for title, results in figures.items():
        def median(name):
            return statistics.median(result.get(name, 0) for result, _ in results)

        def share(*names):
            return statistics.median(
                sum(second for name, second in spent.items()
                    if any(name.startswith(each) for each in names)) * 100 / options.seconds
                for _, spent in results)
        print(f"| {title} | {median('p50'):.0f} | {median('p99'):.0f} | {median('longest'):.0f} "
              f"| {share('martlet-0', 'martlet-1'):.1f} | {share('martlet-agent'):.1f} "
              f"| {share('martletd'):.1f} |")
    print(f"\nThe list was taken {lists} times.")


if __name__ == "__main__":
    main()
