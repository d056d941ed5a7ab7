"""Precision, recall and F1 of the cells that a check names, against the twins' differences."""

import csv
import json
import sys

csv.field_size_limit(1 << 24)
name, learnt, code, dirty, clean, failed, report = sys.argv[1:]


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


header, *rows = read(dirty)
_, *true = read(clean)
wrong = {
    (row, header[column])
    for row, (found, meant) in enumerate(zip(rows, true, strict=True))
    for column, (left, right) in enumerate(zip(found, meant, strict=True))
    if left != right
}
found, by_rule = set(), {}
with open(failed, encoding="utf-8", newline="") as file:
    for line in csv.DictReader(file):
        cell = (int(line["row"]), line["column"])
        found.add(cell)
        by_rule.setdefault(line["rule"], set()).add(cell)
right = len(found & wrong)
precision = right / len(found) if found else 0.0
recall = right / len(wrong) if wrong else 0.0
f1 = 2 * right / (len(found) + len(wrong)) if found or wrong else 0.0
checks = json.load(open(report, encoding="utf-8"))["checks"]
print(
    f"{name:<10} learnt on {learnt:<5}  precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"
    f"  {len(found)} found, {len(wrong)} wrong; exit code {code},"
    f" {checks['not_evaluated']} rules not evaluated"
)
for rule, cells in sorted(by_rule.items()):
    print(f"    {rule:<34} {len(cells & wrong):>5} of {len(cells):>5} right")
