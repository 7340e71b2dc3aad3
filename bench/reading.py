"""How well a folder of texts is read, against duties that people marked in them.

    python -m bench.reading FOLDER GOLD.jsonl [--standing] [--misses N]
    python -m bench.reading MIRRORS bench/gold/duties.jsonl \\
        --addresses bench/gold/addresses.tsv

FOLDER holds `NAME.txt`. With addresses, documents are read where they lie, out of mirrors of public
repositories (MIRRORS/OWNER+NAME/…, git directories), and written nowhere.

A line of GOLD is one duty in the exchange form of `anyuan plan read --format jsonl`, its `doc`
ending in `/NAME` and its `quote_start` the first characters of the sentence it stands in. A
prediction counts only at the same sentence. `strict` wants activity, bound, number and period
right; `whole` also the unit, who must act, the due and for whom. `alt_FIELD` of the gold holds
other fair readings, `optional` marks what may be missed.
"""

from __future__ import annotations

import argparse
import collections
import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from anyuan.obligations.reading import rules

NEAR = 25  # characters either side of a sentence within which it is the same
CORE = ("activity", "comparator", "quantity", "period")
REST = ("unit", "duty_holder", "due", "applies_to")
Row = dict[str, Any]


def in_folder(folder: Path, docs: set[str]) -> dict[str, str]:
    """The texts of a folder, by the documents' names."""
    paths = {doc: folder / f"{doc.rsplit('/', 1)[-1]}.txt" for doc in docs}
    return {doc: path.read_text("utf-8") for doc, path in paths.items() if path.exists()}


def in_mirrors(mirrors: Path, addresses: Path) -> dict[str, str]:
    """The documents of a list of addresses, out of git directories; what is not there is left."""
    out = {}
    for line in addresses.read_text("utf-8").splitlines()[1:]:
        doc, repository, commit, path, encoding, first, last = line.split("\t")
        for git in (mirrors / repository.replace("/", "+")).glob("*"):
            show = ["git", "--git-dir", str(git), "show", f"{commit}:{path}"]
            stored = subprocess.run(show, capture_output=True, check=False)
            if stored.returncode == 0:
                text = _visible(stored.stdout.decode(encoding, "replace"), path)
                out[f"stored/{doc}"] = text[int(first) : int(last)].replace("\r", "\n")
    return out


def _visible(text: str, path: str) -> str:
    """What a page shows of itself; anything else as it is."""
    is_page = re.search(r"\.(html?|aspx|jsp|php|shtml|vue)$", path, re.I)
    if not is_page and not re.search(r"<(p|div|td|br)\b", text[:20_000], re.I):
        return text
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|[\r\n]+", "", text)
    text = re.sub(r"(?i)<(br|/p|/div|/tr|/li|/h\d)\b[^>]*>", "\n", text)
    text = re.sub(r"(?i)</t[dh]>", "\t", text)
    text = html.unescape(re.sub(r"(?s)<[^>]+>", "", text)).replace("\xa0", " ")
    return re.sub(r"[ \t]*\n\s*", "\n", text)


def read(texts: dict[str, str]) -> list[Row]:
    """What the reader says of each text, with where it stands there."""
    out: list[Row] = []
    for doc, text in sorted(texts.items()):
        for plan in rules.read(doc, text):
            for duty in plan.obligations:
                start, end = (x + plan.offset for x in (duty.start, duty.end))
                out.append({**duty.as_row(doc), "span": [start, end]})
    return out


def same(field: str, gold: Row, found: Row) -> bool:
    """Whether one field is as it was marked, or as another fair reading has it."""
    wanted, said = gold.get(field), found.get(field)
    others = gold.get(f"alt_{field}") or ()
    fair = [wanted, *([others] if isinstance(others, str) else others)]
    if field == "duty_holder":
        return bool(set(str(wanted).split("/")) & set(str(said).split("/")))
    if field == "quantity":
        fair += gold.get("quantity_alt", [])
        return said in fair or (_is_bare(gold) and _is_bare(found))
    if field == "comparator":
        return said in fair or (_is_bare(gold) and _is_bare(found))
    if field in {"due", "unit"} and not wanted:
        return True
    return said in fair


def _is_bare(row: Row) -> bool:
    """Once, or no number at all: 每月检查 and 每月检查一次 ask the same."""
    bound, number = row["comparator"], row.get("quantity")
    once = bound == "==" and number == 1 and row.get("unit") in {None, "次"}
    return once or (bound == "exists" and number is None)


def pairs(gold: list[Row], found: list[Row], texts: dict[str, str]) -> dict[int, int]:
    """Which prediction answers which marked duty: the likest at the same sentence first."""
    scored = []
    for i, row in enumerate(gold):
        text = texts[row["doc"]]
        at = text.find(row["quote_start"])
        stop = re.compile(r"[。\n；;!！?？]").search(text, at + 1) if at >= 0 else None
        end = stop.end() if stop else len(text)
        for j, said in enumerate(found):
            if said["doc"] != row["doc"] or at < 0:
                continue
            start, until = said["span"]
            if not (start < end + NEAR and until > at - NEAR):
                continue
            likeness = sum(same(f, row, said) for f in CORE) + 0.1 * sum(
                same(f, row, said) for f in REST
            )
            if likeness >= 2:
                scored.append((likeness, -i, -j))
    out: dict[int, int] = {}
    for _likeness, i, j in sorted(scored, reverse=True):
        if -i not in out and -j not in out.values():
            out[-i] = -j
    return out


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("folder", type=Path)
    ask.add_argument("gold", type=Path)
    ask.add_argument("--standing", action="store_true", help="count duties without number or time")
    ask.add_argument("--addresses", type=Path, help="where the documents lie in the mirrors")
    ask.add_argument("--misses", type=int, default=0, help="show so many that were missed")
    given = ask.parse_args()
    gold = [json.loads(line) for line in given.gold.read_text("utf-8").splitlines() if line.strip()]
    texts = (
        in_mirrors(given.folder, given.addresses)
        if given.addresses
        else in_folder(given.folder, {g["doc"] for g in gold})
    )
    gold = [g for g in gold if g["doc"] in texts]
    found = [r for r in read(texts) if given.standing or r["kind"] != "standing"]
    matched = pairs(gold, found, texts)
    counted = [
        i
        for i, g in enumerate(gold)
        if not g.get("optional") and (given.standing or g.get("kind") != "standing")
    ]
    said = len(found) - sum(1 for i in matched if i not in set(counted))
    strict = [
        i
        for i in counted
        if i in matched and all(same(f, gold[i], found[matched[i]]) for f in CORE)
    ]
    whole = [i for i in strict if all(same(f, gold[i], found[matched[i]]) for f in REST)]
    print(f"marked {len(counted)}, read {said}")
    for name, right in (("strict", strict), ("whole", whole)):
        precision, recall = len(right) / max(1, said), len(right) / max(1, len(counted))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        print(f"{name:<7} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")
    for field in REST:
        judged = [same(field, gold[i], found[matched[i]]) for i in counted if i in matched]
        print(f"{field:<12} right on {sum(judged) / max(1, len(judged)):.3f} of {len(judged)}")
    missed = [gold[i] for i in counted if i not in matched]
    kinds = collections.Counter(g["activity"] for g in missed)
    print(f"missed {len(missed)}: " + ", ".join(f"{k} {n}" for k, n in kinds.most_common(8)))
    for row in missed[: given.misses]:
        print("  ", row["doc"], row["quote_start"], row.get("action", ""))


if __name__ == "__main__":
    main()
