#!/usr/bin/env python3
"""Makes the sample month, January 2026: two bills, their ledgers, the configuration, and a manifest of what is planted.

    python3 make.py [--seed N] [--out DIR] [--check]

The same seed gives the same bytes on every run. Python 3.9 or newer, standard library only.
"""
import argparse
import hashlib
import os
import sys

sys.dont_write_bytecode = True
from maker import cast, config, credits, requests  # noqa: E402
from maker.tools import PERIOD, Rng, Tally, csv_text, decimal  # noqa: E402

SEED = 20260131
BILL, LEDGER, LEDGER_2 = "openai_requests_2026-01.csv", "token_usage_2026-01.csv", "token_usage_2026-01_part2.jsonl"
REPORT, CREDIT_LEDGER = "chatgpt_edu_credits_2026-01.csv", "credit_ledger_2026-01.csv"


def side(tally, scale):
    """One of the two comparisons, for the manifest."""
    def sums(group):
        out = {k: group[k] for k in ("items", "bill_lines", "ledger_entries")}
        out.update({k: decimal(group[k], scale) for k in ("billed", "recorded")})
        return out

    classes = {}
    for kind, group in sorted(tally.classes.items(), key=lambda pair: (pair[1]["outcome"], pair[0])):
        classes[kind] = {"outcome": group["outcome"], **sums(group)}
        if group["names"] and group["outcome"] != "not_applicable" and kind != "matched_without_id":
            classes[kind]["names"] = sorted(group["names"])
    return {
        "bill": {"lines": tally.total("bill_lines"), "total": decimal(tally.total("billed"), scale)},
        "ledger": {"entries": tally.total("ledger_entries"), "total": decimal(tally.total("recorded"), scale)},
        "outcomes": {name: sums(group) for name, group in sorted(tally.outcomes().items())},
        "classes": classes}


def health(*tallies):
    count = {}
    for tally in tallies:
        for outcome, group in tally.outcomes().items():
            count[outcome] = count.get(outcome, 0) + group["items"]
    compared = sum(n for outcome, n in count.items() if outcome != "not_applicable")
    missing = count["missing_in_ledger"] + count["missing_in_bill"]
    return {"items": compared, "matched": count["matched"], "open": compared - count["matched"],
            "matched_percent": decimal(count["matched"] * 10000 // compared, 2),
            "discrepancy_percent": decimal(count["discrepancy"] * 10000 // compared, 2),
            "not_found_percent": decimal(missing * 10000 // compared, 2)}


def subsidy_outcome(drawn_before, cap, january, scale):
    """What one rule pays for a project when everything of January is approved as billed."""
    left = (cap * 100 - (drawn_before or 0)) * 10 ** (scale - 2)
    paid = min(left, january)
    return {"drawn_before": decimal(drawn_before or 0, 2), "january": decimal(january, scale), "paid": decimal(paid, scale),
            "remaining": decimal(left - paid, scale)}


def build(seed):
    """All files of the month: name -> text."""
    people = cast.Cast(Rng(seed, "cast"))
    r_tally, c_tally = Tally(), Tally()
    bill, ledger, ledger_2, api = requests.make(people, seed, r_tally)
    report, credit_ledger, lots, chat, chat_by_day = credits.make(people, seed, c_tally)
    opening = config.openings(people, chat, chat_by_day, api, seed)
    broken, bad, good_rows, good_credits = credits.broken(people, seed)
    files = {
        BILL: csv_text(requests.BILL_HEADER, bill),
        LEDGER: csv_text(requests.LEDGER_HEADER, ledger),
        LEDGER_2: "".join(ledger_2),
        REPORT: csv_text(credits.REPORT_HEADER, report, "\r\n", bom=True),
        CREDIT_LEDGER: csv_text(credits.LEDGER_HEADER, credit_ledger),
        "broken_rows.csv": broken,
        "pricing.json": config.to_json(config.pricing(lots)) + "\n",
        "projects.json": config.to_json(config.projects(people)) + "\n",
        "subsidies.json": config.to_json(config.subsidies()) + "\n",
        "subsidy_state.json": config.to_json(config.state(opening)) + "\n"}

    drift = r_tally.classes["drift_within_tolerance"]
    gap = drift["billed"] - drift["recorded"]
    r_side, c_side = side(r_tally, 10), side(c_tally, 3)
    # The bill's total in dollars is known; the ledger's is in credits, and worth what its lots cost.
    c_side["bill"]["total_usd"] = decimal(sum(sums[2] for sums in chat.values()), 6)
    first = lots.lots[0]
    manifest = {
        "made_by": "make.py", "seed": seed, "period": PERIOD,
        "files": {name: {"rows": rows, "sha256": hashlib.sha256(files[name].encode("utf-8")).hexdigest()}
                  for name, rows in [(BILL, len(bill)), (LEDGER, len(ledger)), (LEDGER_2, len(ledger_2)), (REPORT, len(report)),
                                     (CREDIT_LEDGER, len(credit_ledger)), ("broken_rows.csv", 8), ("pricing.json", 2),
                                     ("projects.json", 15), ("subsidies.json", 2),
                                     ("subsidy_state.json", len(config.state(opening)["projects"]))]},
        "both_sides": health(r_tally, c_tally),
        "requests": {
            "unit": "USD", **r_side,
            "drift": [{"model": cast.DRIFTS[0], "project": cast.DRIFTS[1], "items": drift["items"],
                       "billed": decimal(drift["billed"], 10), "recorded": decimal(drift["recorded"], 10),
                       "difference": decimal(gap, 10), "percent": decimal(gap * 10000 // drift["recorded"], 2)}],
            "unknown_models": ["%s-%s" % m[:2] for m in (cast.UNKNOWN_PRICED, cast.UNKNOWN_UNPRICED)],
            "second_ledger_file_from": "2026-01-%02d" % requests.SECOND_FILE_FROM,
            "by_project": {name: {"bill_lines": sums[0], "billed": decimal(sums[1], 10)} for name, sums in sorted(api.items())}},
        "credits": {
            "unit": "credits", **c_side,
            "first_lot": {"pool_id": first[0], "credits": first[2], "empty_on": "2026-01-%02d" % credits.LOT_DAY},
            "by_project": {name: {"bill_lines": sums[0], "credits": decimal(sums[1], 3), "usd": decimal(sums[2], 6)}
                           for name, sums in sorted(chat.items())}},
        "people": {"in_two_projects": people.two_projects.email, "unmapped": people.unmapped.email,
                   "in_two_projects_ids": [people.two_projects.platform_id, people.two_projects.ledger_id],
                   "unmapped_ids": [people.unmapped.platform_id, people.unmapped.ledger_id]},
        "subsidies_if_all_approved_as_billed": {
            "crosses_its_cap": {"project": cast.CROSSES_CAP, "on": "2026-01-15"}, "almost_at_its_cap": cast.NEAR_CAP,
            config.CHAT_RULE: {p.id: subsidy_outcome(opening[p.id][0], config.CHAT_CAP, chat[p.id][2], 6) for p in people.projects},
            config.API_RULE: {p.id: subsidy_outcome(opening[p.id][1], config.API_CAP, api[p.id][1], 10)
                              for p in people.projects}},
        "broken_rows": {"rows": 8, "good": good_rows, "good_credits": decimal(good_credits, 3), "bad": bad}}
    files["manifest.json"] = config.to_json(manifest) + "\n"
    return files


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Make the sample month again.")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another month (default: %(default)s)")
    parser.add_argument("--out", default=here, metavar="DIR", help="where the files go (default: beside this script)")
    parser.add_argument("--check", action="store_true", help="afterwards read the files back and compare with the manifest")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    size = 0
    for name, text in build(options.seed).items():
        data = text.encode("utf-8")
        size += len(data)
        with open(os.path.join(options.out, name), "wb") as f:
            f.write(data)
    print("%s: %d bytes" % (options.out, size))
    if options.check:
        import check
        return check.run(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
