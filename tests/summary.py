#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the cases of meson's JUnit files and of a file of "ok NAME" lines; the last line says it."""

import sys
import xml.etree.ElementTree as ElementTree


def read_lines(path):
    for line in open(path, encoding="utf-8"):
        failed = line.startswith("not ok ")
        name = line.strip().removeprefix("not ").removeprefix("ok ")
        yield name, "failed" if failed else "passed", ""


def read_junit(path):
    where = ""
    for log, what in (
            ("testlog-debug.", "debugging kernel"),
            ("testlog-armhf.", "armhf"),
            ("testlog-arm.", "ARM board"),
    ):
        if log in path:
            where = f" ({what})"
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        cases = 0
        for case in suite.iter("testcase"):
            name = suite.get("name", "") + where + ": " + case.get("name", "")
            cases += 1
            if case.find("skipped") is not None:
                reason = case.find("skipped").get("message") or case.findtext("system-out")
                yield name, "skipped", reason or ""
            elif case.find("failure") is not None or case.find("error") is not None:
                yield name, "failed", ""
            else:
                yield name, "passed", ""
        # a program that died counts even if all cases it reported were good
        lost = int(suite.get("errors") or 0) + int(suite.get("failures") or 0)
        if cases == 0 or (lost and not any(
                case.find("failure") is not None or case.find("error") is not None
                for case in suite.iter("testcase"))):
            yield suite.get("name", "") + where + ": (the program itself)", "failed", ""


def main():
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path in sys.argv[1:]:
        try:
            results = list(read_junit(path) if path.endswith(".xml") else read_lines(path))
        except (OSError, ElementTree.ParseError) as error:
            results = [(f"{path}: {error}", "failed", "")]
        for name, result, reason in results:
            counts[result] += 1
            if result != "passed":
                print(f"{result}: {name}" + (f" ({reason})" if reason else ""))
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
