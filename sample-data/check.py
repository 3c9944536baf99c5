#!/usr/bin/env python3
"""Reads the sample month back and compares what it finds with manifest.json.

    python3 check.py [DIR]

It shares no code with make.py: the files are parsed, matched, attributed and priced again, in fractions.
"""
import csv
import hashlib
import json
import os
import re
import sys
from datetime import datetime, timezone
from fractions import Fraction

ZERO = Fraction(0)
COMPARED_BY_NAME = ("discrepancy", "missing_in_ledger", "missing_in_bill", "duplicate", "unpriced")
problems = []


def expect(what, found, wanted):
    if found != wanted:
        problems.append("%s: found %s, the manifest says %s" % (what, found, wanted))


def seconds(text):
    return Fraction(text[20:23] or 0) / 1000 + int(
        datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp())


def alias(model):
    return re.sub(r"-\d{4}-\d\d-\d\d$", "", model)


def matched(billed, recorded):
    if recorded == 0 and billed != 0:
        return False
    return abs(billed - recorded) <= max(Fraction(5, 100), abs(recorded) * Fraction(5, 100))


class Items:
    """Items by outcome, in the manifest's shape."""

    def __init__(self):
        self.outcomes, self.names, self.tolerated = {}, {}, {}

    def add(self, outcome, name, billed, recorded, group=None):
        o = self.outcomes.setdefault(outcome, dict.fromkeys(("items", "bill_lines", "ledger_entries", "billed", "recorded"), 0))
        known = [r for r in recorded if r is not None]
        for field, amount in zip(o, (1, len(billed), len(recorded), sum(billed, ZERO), sum(known, ZERO))):
            o[field] += amount
        self.names.setdefault(outcome, []).append(name)
        if outcome == "matched" and group:
            gap = self.tolerated.setdefault(group, [ZERO, ZERO, 0])
            gap[0] += sum(billed) - sum(known)
            gap[1] += sum(known)
            gap[2] += 1

    def drifting(self):
        return {group: n for group, (gap, recorded, n) in self.tolerated.items() if abs(gap) > abs(recorded) / 50}

    def compare(self, where, wanted):
        expect(where + ": outcomes", sorted(self.outcomes), sorted(wanted["outcomes"]))
        for outcome, o in self.outcomes.items():
            for field, found in o.items():
                value = wanted["outcomes"].get(outcome, {}).get(field, 0)
                expect("%s: %s %s" % (where, outcome, field), found, Fraction(value))
        for outcome in COMPARED_BY_NAME:
            planted = [n for c in wanted["classes"].values() if c["outcome"] == outcome for n in c["names"]]
            expect("%s: %s names" % (where, outcome), sorted(self.names.get(outcome, [])), sorted(planted))
        total = {f: sum(o[f] for o in self.outcomes.values()) for f in ("bill_lines", "ledger_entries", "billed", "recorded")}
        expect(where + ": bill", (total["bill_lines"], total["billed"]), (wanted["bill"]["lines"], Fraction(wanted["bill"]["total"])))
        expect(where + ": ledger", (total["ledger_entries"], total["recorded"]),
               (wanted["ledger"]["entries"], Fraction(wanted["ledger"]["total"])))


class Month:
    def __init__(self, folder):
        self.folder = folder
        self.manifest = self.json("manifest.json")
        self.projects = self.json("projects.json")["projects"]

    def path(self, name):
        return os.path.join(self.folder, name)

    def json(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return json.load(f, parse_float=Fraction)

    def csv(self, name, encoding="utf-8"):
        with open(self.path(name), encoding=encoding, newline="") as f:
            rows = list(csv.DictReader(f, strict=True))
        for row in rows:
            assert None not in row and None not in row.values(), (name, row)
        return rows

    def owners(self, field, value, lower=False):
        """The projects that list a value; with lower, users by address."""
        if lower:
            value = value.strip().lower()
            return [p["project_id"] for p in self.projects if any(u["email"].strip().lower() == value for u in p["users"])]
        return [p["project_id"] for p in self.projects if value in p[field]]


def owner(found):
    return found[0] if len(found) == 1 else "(two projects)" if found else "(none)"


def check_files(month):
    for name, wanted in month.manifest["files"].items():
        with open(month.path(name), "rb") as f:
            data = f.read()
        expect(name + ": sha256", hashlib.sha256(data).hexdigest(), wanted["sha256"])
    with open(month.path("chatgpt_edu_credits_2026-01.csv"), "rb") as f:
        data = f.read()
    expect("credit report: begins with a mark, ends lines with CR LF",
           (data[:3], data.count(b"\n")), (b"\xef\xbb\xbf", data.count(b"\r\n")))


def ledger_rows(month):
    first = month.csv("token_usage_2026-01.csv")
    with open(month.path("token_usage_2026-01_part2.jsonl"), encoding="utf-8") as f:
        second = [json.loads(line, parse_float=Fraction) for line in f]
    expect("ledger: the same columns in both files", {tuple(row) for row in second}, {tuple(first[0])})
    expect("ledger: days in both files",
           {r["created_at"][:10] for r in first} & {r["created_at"][:10] for r in second}, set())
    expect("ledger: ids used twice", len({r["id"] for r in first + second}), len(first) + len(second))
    out = []
    for row in first + second:
        cost = row["calculated_cost_cents"]
        created = seconds(row["created_at"])
        called = int(row["openai_created"]) if row["openai_created"] else created
        assert int(called // 86400) == int(created // 86400) and row["created_at"].startswith("2026-01-"), row
        out.append({"id": row["openai_request_id"] or None, "key": row["id"], "model": row["model_used"] or "", "at": called,
                    "tokens": (int(row["input_tokens"]), int(row["output_tokens"])), "status": row["reconciliation_status"],
                    "cost": None if cost in ("", None) else Fraction(cost) / 100})
    return out


def check_requests(month):
    wanted = month.manifest["requests"]
    items, bill = Items(), []
    by_project, users = {}, set()
    for row in month.csv("openai_requests_2026-01.csv"):
        users |= {row["user_id"]} - {""}
        prompt, answer = int(row["prompt_tokens"]), int(row["completion_tokens"])
        assert prompt + answer == int(row["total_tokens"]) and row["timestamp"].startswith("2026-01-"), row
        found = (month.owners("api_keys", row["api_key_id"]) or (row["user_id"] and month.owners("user_ids", row["user_id"]))
                 or month.owners("openai_projects", row["project_id"]))
        line = {"id": row["request_id"], "at": seconds(row["timestamp"]), "model": row["model"], "tokens": (prompt, answer),
                "cost": Fraction(row["cost_usd"]), "owner": owner(found)}
        bill.append(line)
        sums = by_project.setdefault(line["owner"], [0, ZERO])
        sums[0] += 1
        sums[1] += line["cost"]
    expect("requests: by project", by_project,
           {name: [p["bill_lines"], Fraction(p["billed"])] for name, p in wanted["by_project"].items()})
    unknown = set(wanted["unknown_models"])
    expect("requests: known models", len({line["model"] for line in bill} - unknown), 12)
    expect("requests: projects and users", (len(month.projects), len(users)), (15, 40))

    ledger = ledger_rows(month)
    billed, recorded, no_id = {}, {}, []
    for line in bill:
        billed.setdefault(line["id"], []).append(line)
    for row in ledger:
        if row["status"] == "not_applicable":
            items.add("not_applicable", row["key"], [], [row["cost"]])
        elif row["id"]:
            recorded.setdefault(row["id"], []).append(row)
        else:
            no_id.append(row)

    def pair(line, row):
        group = (alias(line["model"]), line["owner"])
        if row["cost"] is None and line["model"] in unknown:
            outcome = "unpriced"
        else:
            outcome = "matched" if matched(line["cost"], row["cost"]) else "discrepancy"
        items.add(outcome, line["id"], [line["cost"]], [row["cost"]], group)

    left = []
    for id in list(billed) + [id for id in recorded if id not in billed]:
        lines, rows = billed.get(id, []), recorded.get(id, [])
        if len(lines) > 1 or len(rows) > 1:
            items.add("duplicate", id, [x["cost"] for x in lines], [x["cost"] for x in rows])
        elif lines and rows:
            pair(lines[0], rows[0])
        elif rows:
            items.add("missing_in_bill", id, [], [rows[0]["cost"]])
        else:
            left.append(lines[0])
    # Rows without an id: joined to what is left by model, tokens and a minute; then the connected groups.
    lines_of = {row["key"]: [i for i, line in enumerate(left) if alias(line["model"]) == row["model"]
                             and line["tokens"] == row["tokens"] and abs(line["at"] - row["at"]) <= 60] for row in no_id}
    done = set()
    for row in no_id:
        if row["key"] in done:
            continue
        if not lines_of[row["key"]]:
            items.add("missing_in_bill", row["key"], [], [row["cost"]])
            continue
        keys, lines = {row["key"]}, set(lines_of[row["key"]])
        while True:
            more = {k for k, found in lines_of.items() if lines & set(found)}
            if more == keys:
                break
            keys, lines = more, lines.union(*(lines_of[k] for k in more))
        done |= keys
        members = [r for r in no_id if r["key"] in keys]
        if len(members) == len(lines) == 1:
            pair(left[min(lines)], members[0])
        else:
            items.add("ambiguous", "", [left[i]["cost"] for i in lines], [r["cost"] for r in members])
        for i in lines:
            left[i]["used"] = True
    for line in left:
        if "used" not in line:
            items.add("missing_in_ledger", line["id"], [line["cost"]], [])
    items.compare("requests", wanted)
    expect("requests: drift", items.drifting(), {(d["model"], d["project"]): d["items"] for d in wanted["drift"]})
    return items, {name: sums[1] for name, sums in by_project.items()}


def check_credits(month):
    wanted = month.manifest["credits"]
    items, billed, recorded, by_project = Items(), {}, {}, {}
    pools = [[Fraction(p["credits_purchased"]), Fraction(p["purchase_amount"], p["credits_purchased"]), p["effective_date"]]
             for p in month.json("pricing.json")["credit_pools"]]
    charges, days, by_day = {}, [], {}
    for row in month.csv("chatgpt_edu_credits_2026-01.csv", "utf-8-sig"):
        date = datetime.strptime(row["date_partition"], "%m/%d/%Y").strftime("%Y-%m-%d")
        email, credits = row["email"].strip().lower(), Fraction(row["usage_credits"])
        days.append(date)
        left, cost = credits, ZERO
        for pool in pools:  # a refund goes back to the lot that is being drawn
            part = min(left, pool[0])
            if part:
                assert pool[2] <= date
                pool[0] -= part
                left -= part
                cost += part * pool[1]
        assert left == 0, "the lots are empty"
        if credits < 0:
            assert charges[email, row["usage_type"]] >= -credits, row
        charges[email, row["usage_type"]] = credits
        billed.setdefault((date, email, row["usage_type"]), []).append(credits)
        project = owner(month.owners("users", email, lower=True))
        by_day[project, date] = by_day.get((project, date), ZERO) + cost
        sums = by_project.setdefault(project, [0, ZERO, ZERO])
        for i, amount in enumerate((1, credits, cost)):
            sums[i] += amount
        if pools[0][0] == 0 and wanted["first_lot"]["empty_on"] != "seen":
            expect("credits: the first lot is empty", date, wanted["first_lot"]["empty_on"])
            wanted["first_lot"]["empty_on"] = "seen"
    expect("credits: rows are in order of day", days, sorted(days))
    expect("credits: by project", by_project, {
        name: [p["bill_lines"], Fraction(p["credits"]), Fraction(p["usd"])] for name, p in wanted["by_project"].items()})
    expect("credits: dollars", sum(s[2] for s in by_project.values()), Fraction(wanted["bill"]["total_usd"]))
    for row in month.csv("credit_ledger_2026-01.csv"):
        recorded.setdefault((row["date"], row["user"].strip().lower(), row["usage_type"]), []).append(Fraction(row["credits"]))
    for key in sorted(set(billed) | set(recorded)):
        b, r = billed.get(key, []), recorded.get(key, [])
        if b and r:  # the tolerance of five cents is a credit at 0.05 USD; the dearer lot decides nothing
            verdicts = {matched(sum(b) * unit, sum(r) * unit) for _, unit, _ in pools}
            assert len(verdicts) == 1, key
            outcome = "matched" if verdicts.pop() else "discrepancy"
        else:
            outcome = "missing_in_ledger" if b else "missing_in_bill"
        items.add(outcome, " ".join(key), b, r, (key[2], owner(month.owners("users", key[1], lower=True))))
    items.compare("credits", wanted)
    expect("credits: drift", items.drifting(), {})
    return items, {name: sums[2] for name, sums in by_project.items()}, by_day


def check_health(month, sides):
    count = {}
    for items in sides:
        for outcome, o in items.outcomes.items():
            count[outcome] = count.get(outcome, 0) + o["items"]
    compared = sum(count.values()) - count["not_applicable"]
    wanted = month.manifest["both_sides"]
    expect("items", (compared, count["matched"], compared - count["matched"]), (wanted["items"], wanted["matched"], wanted["open"]))
    expect("more than 93% matched", count["matched"] * 100 > compared * 93, True)


def check_subsidies(month, chat, chat_by_day, api):
    wanted = month.manifest["subsidies_if_all_approved_as_billed"]
    state = month.json("subsidy_state.json")["projects"]
    for rule in month.json("subsidies.json")["subsidies"]:
        january = chat if rule["applies_to_services"] == ["OpenAI"] else api
        for project in month.projects:
            name = project["project_id"]
            entry = state.get(name, {}).get("FY2026", {}).get(rule["name"])
            before = Fraction(entry["subsidized"]) if entry else ZERO
            if entry:
                expect("state: %s %s" % (name, rule["name"]), before + Fraction(entry["remaining"]), Fraction(rule["cap_amount"]))
            paid = min(Fraction(rule["cap_amount"]) - before, january[name])
            found = [before, january[name], paid, Fraction(rule["cap_amount"]) - before - paid]
            expect("subsidy: %s %s" % (rule["name"], name), found, [Fraction(x) for x in wanted[rule["name"]][name].values()])
            share = 1 - found[3] / Fraction(rule["cap_amount"])
            if rule["applies_to_services"] == ["OpenAI"] and name == wanted["crosses_its_cap"]["project"]:
                left, crossed = Fraction(rule["cap_amount"]) - before, None
                for (who, date), cost in sorted(chat_by_day.items()):
                    left -= cost if who == name else 0
                    crossed = crossed or (date if left < 0 else None)
                expect(name + ": crosses its cap on", (share, crossed), (1, wanted["crosses_its_cap"]["on"]))
            elif rule["applies_to_services"] == ["OpenAI"] and name == wanted["almost_at_its_cap"]:
                expect(name + ": almost at its cap", Fraction(95, 100) < share < 1, True)
            else:
                expect(name + ": well below its cap", share < Fraction(85, 100), True)


def check_broken(month):
    wanted = month.manifest["broken_rows"]
    with open(month.path("broken_rows.csv"), encoding="utf-8-sig", newline="") as f:
        rows = list(csv.reader(f))
    bad, credits = [], ZERO
    for line, row in enumerate(rows[1:], 2):
        try:
            datetime.strptime(row[0], "%m/%d/%Y")
            assert len(row) == len(rows[0])
            credits += Fraction(row[7])
        except (ValueError, AssertionError):
            bad.append(line)
    expect("broken rows", (len(rows) - 1, bad, credits),
           (wanted["rows"], [b["line"] for b in wanted["bad"]], Fraction(wanted["good_credits"])))


def run(folder):
    month = Month(folder)
    check_files(month)
    requests, api = check_requests(month)
    credits, chat, chat_by_day = check_credits(month)
    check_health(month, (requests, credits))
    check_subsidies(month, chat, chat_by_day, api)
    check_broken(month)
    for problem in problems:
        print(problem, file=sys.stderr)
    print("the files disagree with the manifest" if problems else "the files agree with the manifest")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))))
