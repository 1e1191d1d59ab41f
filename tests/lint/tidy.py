#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tidy.py BUILD: nothing for clang-tidy to warn of in any source of the built tree BUILD.

What was clean once is remembered, outside the checkout, by everything that it was made of: its command, the checks, and
the content of every file that the compiler read.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

TIDY = "clang-tidy-19"
OURS = re.compile(r"(app|dbus|helper|tests)/.*\.cpp$")


def read_dependencies(build):
    """The files that went into each object, as Ninja keeps them."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    for block in text.split("\n\n"):
        head, *files = block.strip().split("\n")
        yield head.split(":")[0], [build / file.strip() for file in files]


class Fingerprints:
    """One for each translation unit, the same wherever the checkout lies."""

    def __init__(self, source, build):
        self.source = source
        self.contents = {}
        self.dependencies = dict(read_dependencies(build))
        version = subprocess.run([TIDY, "--version"], check=True, capture_output=True).stdout
        self.common = version + (source / ".clang-tidy").read_bytes()

    def content(self, path):
        if path not in self.contents:
            self.contents[path] = hashlib.sha256(path.read_bytes()).digest()
        return self.contents[path]

    def of(self, unit):
        digest = hashlib.sha256(self.common)
        digest.update(unit["command"].replace(str(self.source), "").encode())
        for path in self.dependencies[re.search(r" -o (\S+)", unit["command"])[1]]:
            digest.update(self.content(path))
        return digest.hexdigest()


def complaints(build, file):
    run = subprocess.run([TIDY, "--quiet", "-p", build, file], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    source = pathlib.Path(__file__).resolve().parents[2]
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    known = cache / "ebpf-bandwidth-tracker" / "tidy"
    known.mkdir(parents=True, exist_ok=True)

    fingerprints = Fingerprints(source, build)
    units = json.loads((build / "compile_commands.json").read_text())
    ours = {u["file"]: known / fingerprints.of(u) for u in units if OURS.match(os.path.relpath(u["file"], source))}
    wanted = [file for file, mark in ours.items() if not mark.exists()]
    print(f"{len(ours)} sources, {len(wanted)} to look at", flush=True)

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, text in zip(wanted, pool.map(lambda file: complaints(build, file), wanted)):
            if text:
                failed += 1
                print(text, flush=True)
            else:
                ours[file].touch()
    print(f"{len(ours) - failed} passed, {failed} failed")
    return 1 if failed or not ours else 0


sys.exit(main())
