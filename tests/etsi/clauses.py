#!/usr/bin/env python3
"""Writes the table of ETSI's suite by clause: how many tests each clause has, passed and missed, and why.

    clauses.py TESTCASES.tsv REASONS.tsv OUTPUT.xml [OUTPUT.xml ...]

TESTCASES.tsv says which clauses a test is about; REASONS.tsv (beside this file) why a test is missed, and of what class
the reason is. Of several result
files of Robot Framework a later one counts for the tests that it holds. Prints Markdown; fails where a missed test has no
reason, or where a reason is for a test that passes.
"""
import collections
import re
import sys
import xml.etree.ElementTree as ET


def rows(path):
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines if line.strip() and not line.startswith("#")]


def results(paths):
    found = {}
    for path in paths:
        for suite in ET.parse(path).iter("suite"):
            file = (suite.get("source") or "").rpartition("/TP/")[2]
            for test in suite.findall("test"):
                tags = [t.text for t in test.findall("tag")]
                found[file, test.get("name")] = (test.find("status").get("status") == "PASS", tags)
    return found


def clause_of(tags):
    """The first tag that is a clause, such as 5_6_1 or 6_3_4."""
    for tag in tags:
        if re.fullmatch(r"[4-7](_\d+)+", tag):
            return tag.replace("_", ".")
    return "none named"


def main():
    cases, reasons, outputs = sys.argv[1], sys.argv[2], sys.argv[3:]
    tags_of = {row[1]: row[4].split() for row in rows(cases)[1:]}
    why = [(re.compile(pattern), code, kind, text) for pattern, code, kind, text in (r[:4] for r in rows(reasons))]
    table = collections.defaultdict(lambda: [0, 0, collections.Counter()])
    unexplained, used = [], set()
    found = results(outputs)
    for (_, name), (passed, tags) in found.items():
        row = table[clause_of(tags or tags_of.get(name, []))]
        row[0 if passed else 1] += 1
        if passed:
            continue
        hit = next((w for w in why if w[0].match(name)), None)
        if hit is None:
            unexplained.append(name)
            continue
        used.add(hit[0].pattern)
        row[2][hit[1]] += 1
    key = lambda clause: [int(n) for n in clause.split(".")] if clause[0].isdigit() else [99]
    print("| clause | tests | passed | missed | reason |\n|---|---|---|---|---|")
    for clause in sorted(table, key=key):
        good, bad, codes = table[clause]
        print(f"| {clause} | {good + bad} | {good} | {bad} | {', '.join(f'{c} ({n})' for c, n in sorted(codes.items()))} |")
    total = sum(t[0] for t in table.values()), sum(t[1] for t in table.values())
    print(f"| all | {sum(total)} | {total[0]} | {total[1]} | |\n")
    print("| reason | class | tests missed | why |\n|---|---|---|---|")
    counts = collections.Counter()
    for row in table.values():
        counts.update(row[2])
    texts = {code: (kind, text) for _, code, kind, text in why}
    classes = collections.Counter()
    for code in sorted(counts, key=lambda c: (texts[c][0], c)):
        kind, text = texts[code]
        classes[kind] += counts[code]
        print(f"| {code} | {kind} | {counts[code]} | {text} |")
    print(f"| all | | {sum(counts.values())} | " + ", ".join(f"class {k}: {n}" for k, n in sorted(classes.items())) + " |")
    for name in sorted(unexplained):
        print(f"no reason: {name}", file=sys.stderr)
    for pattern, *_ in why:
        if pattern.pattern not in used and any(pattern.match(n) for _, n in found):
            print(f"a reason for what passes: {pattern.pattern}", file=sys.stderr)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
