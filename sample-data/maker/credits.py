"""The credit report and the credit ledger kept at home, and the two lots of credits that pay for them.

Credits are integers of 1/1000, quantities of 1/10, money of 1e-6 USD.
"""
import datetime

from . import cast as c
from .tools import Rng, csv_text, decimal

REPORT_HEADER = ("date_partition,account_id,account_user_id,email,name,public_id,usage_type,"
                 "usage_credits,usage_quantity,usage_units").split(",")
LEDGER_HEADER = ["date", "user", "usage_type", "credits"]
ACCOUNT = "acct-northwinds-edu"
ROWS = 592
DAY_WEIGHTS = [1, 4, 1, 1, 8, 8, 8, 8, 7, 1, 1, 10, 10, 11, 10, 9, 1, 0, 3, 10, 11, 10, 9, 1, 1, 10, 10, 11, 10, 9, 1]
LOT_DAY = 18  # a Sunday with one row only; the first lot runs empty within it
RATES = {name: rate for name, rate, _, _ in c.CREDIT_TYPES}
REASONING, PRO, DEEP, CODEX = "chat.completion.5.reasoning", "chat.completion.5.pro", "deep_research.completion", "codex"


class Use:
    """One row of the report."""

    def __init__(self, day, person, usage_type, quantity):
        self.day, self.person, self.usage_type, self.quantity = day, person, usage_type, quantity
        self.credits = RATES[usage_type] * quantity // 10

    def key(self):
        return (self.day, self.person.email, self.usage_type)

    def name(self, days_later=0):
        return "2026-01-%02d %s %s" % (self.day + days_later, self.person.email, self.usage_type)


class Lots:
    """First in, first out. The second lot is dearer, and in force before the first is empty."""

    def __init__(self, first_credits):
        self.lots = [  # pool, effective date, credits, dollars, 1e-6 USD per 1/1000 credit
            ("openai-edu-2026-a", "2026-01-01", first_credits, first_credits // 20, 50),
            ("openai-edu-2026-b", "2026-01-15", 15000, 825, 55)]
        self.left = first_credits * 1000

    def draw(self, credits):
        """The price of the next credits; a refund gives back to the lot in force."""
        from_first = min(credits, self.left)
        self.left -= from_first
        return from_first * 50 + (credits - from_first) * 55


def plain_use(cast, rng):
    people = []
    for person in cast.people:
        weight = sum(p.credit_weight for p in person.projects) * (3 if person.role == "staff" else 2)
        people.append((person, weight if len(person.projects) == 1 else 11))
    days = list(enumerate(DAY_WEIGHTS, 1))
    uses = {}
    while len(uses) < ROWS:
        day, person = rng.weighted(days), rng.weighted(people)
        coder = any(p.id in c.CODERS for p in person.projects)
        row = rng.weighted([(t, t[2] * (3 if coder and t[0] == CODEX else 1)) for t in c.CREDIT_TYPES])
        quantity = rng.tiered(row[3])
        use = Use(day, person, row[0], quantity if row[0] in c.TENTHS else quantity // 10 * 10)
        uses.setdefault(use.key(), use)
    return uses


def add_planned(cast, uses, rng):
    """Rows the month needs: two charges with their refunds, three identical pairs, and the one row of the lot day."""
    project = cast.by_id
    law, robotics = project["law-clinic"].people[1], project[c.CROSSES_CAP].people[1]
    for person, usage_type, days in [(law, DEEP, range(6, 12)), (robotics, PRO, range(12, 19))]:
        for day in days:
            uses.pop((day, person.email, usage_type), None)
    refunds = []
    for day, person, usage_type, charged, back in [(8, law, DEEP, 20, 20), (15, robotics, PRO, 30, 10)]:
        charge, refund = Use(day, person, usage_type, charged), Use(day + 1, person, usage_type, -back)
        uses[charge.key()] = charge
        refunds.append(refund)
    pairs = []
    for person, usage_type, day, quantity in [
            (project["public-health-surveys"].people[1], "chat_tool.imagegen", 13, 80),
            (project["digital-humanities"].people[1], REASONING, 21, 40),
            (project["econ-forecasting"].people[1], DEEP, 27, 10)]:
        pairs.append([Use(day, person, usage_type, quantity) for _ in range(2)])
        uses.pop(pairs[-1][0].key(), None)
    before = sum(u.credits for u in list(uses.values()) + refunds + [u for p in pairs for u in p] if u.day < LOT_DAY)
    first_lot = -(-(before + 60000) // 500000) * 500  # whole credits, to the next 500
    need = first_lot * 1000 - before                 # what the row takes of the first lot
    last = Use(LOT_DAY, project[c.CROSSES_CAP].people[2], CODEX, (need // 50 + rng.between(900, 1600)) * 10 + 7)
    uses[last.key()] = last
    return refunds, pairs, first_lot


def report_row(use, rng, plain=False):
    email = use.person.email
    if not plain and rng.chance(60):
        email = email.upper() if rng.chance(250) else email.title().replace("Edu", "edu")
    return ["1/%d/2026" % use.day, ACCOUNT, use.person.account_user_id, email, use.person.name, use.person.platform_id,
            use.usage_type, decimal(use.credits, 3, trim=True), decimal(use.quantity, 1, trim=True), "counts"]


def ledger_row(use, rng, credits=None, day=None):
    user = use.person.email
    if rng.chance(50):
        user = user.title() if rng.chance(600) else user + " "
    credits = use.credits if credits is None else credits
    return ["2026-01-%02d" % (day or use.day), user, use.usage_type, decimal(credits, 3, trim=True)], credits


def make(cast, seed, tally):
    """Returns report rows, ledger rows, the lots, and the cost by project and by (project, day)."""
    rng = Rng(seed, "credits")
    uses = plain_use(cast, rng)
    refunds, pairs, first_lot = add_planned(cast, uses, rng)
    fixed = {r.person.email for r in refunds}
    kinds = {}
    free = [u for u in rng.shuffled(sorted(uses.values(), key=Use.key))
            if len(u.person.projects) == 1 and u.person.projects[0].id != c.NEAR_CAP
            and u.person.email not in fixed and u.day != LOT_DAY]

    def take(kind, count, fits):
        taken = [u for u in free if fits(u)][:count]
        assert len(taken) == count, (kind, len(taken))
        for u in taken:
            kinds[u.key()] = kind
            free.remove(u)

    big = 20000
    take("wrong_rate", 4, lambda u: u.usage_type == PRO)
    take("typed_ten_times", 2, lambda u: u.usage_type == REASONING and u.credits <= 50000)
    take("entered_twice", 2, lambda u: u.credits >= big)
    take("differs", 5, lambda u: u.usage_type == CODEX and u.credits >= big)
    take("wrong_day", 2, lambda u: u.credits >= big and u.day < 31
         and (u.day + 1, u.person.email, u.usage_type) not in uses)
    take("missing_in_ledger", 15, lambda u: True)
    take("only_in_ledger", 4, lambda u: u.day not in (LOT_DAY - 1, 31)
         and (u.day + 1, u.person.email, u.usage_type) not in uses)

    report, ledger = [], []

    def bill(use, plain=False):
        report.append((use.day, len(report), use, report_row(use, rng, plain)))
        return use.credits

    def book(use, credits=None, day=None):
        row, credits = ledger_row(use, rng, credits, day)
        ledger.append(((row[0], len(ledger)), row))
        return credits

    for use in sorted(uses.values(), key=lambda u: (u.day, u.person.account_user_id, u.usage_type)):
        kind, name = kinds.get(use.key(), "matched"), use.name()
        if kind == "wrong_rate":          # 10 credits a message instead of 50
            tally.item(kind, "discrepancy", [bill(use)], [book(use, use.credits // 5)], name)
        elif kind == "typed_ten_times":
            tally.item(kind, "discrepancy", [bill(use)], [book(use, use.credits * 10)], name)
        elif kind == "entered_twice":
            tally.item(kind, "discrepancy", [bill(use)], [book(use), book(use)], name)
        elif kind == "differs":
            tally.item(kind, "discrepancy", [bill(use)], [book(use, use.credits * rng.between(40, 75) // 1000 * 10)], name)
        elif kind == "wrong_day":
            tally.item("wrong_day_bill_side", "missing_in_ledger", [bill(use)], [], name)
            tally.item("wrong_day_ledger_side", "missing_in_bill", [], [book(use, day=use.day + 1)],
                       use.name(1))
        elif kind == "missing_in_ledger":
            tally.item(kind, "missing_in_ledger", [bill(use)], [], name)
        elif kind == "only_in_ledger":    # and one more, noted a day later, that was never billed
            tally.item("matched", "matched", [bill(use)], [book(use)])
            tally.item("missing_in_bill", "missing_in_bill", [], [book(use, day=use.day + 1)],
                       use.name(1))
        elif use.credits % 10 == 5 and rng.chance(700):  # the ledger keeps two decimals
            tally.item("matched_rounded", "matched", [bill(use)], [book(use, use.credits + 5)])
        else:
            tally.item("matched", "matched", [bill(use)], [book(use)])
    for refund, recorded in zip(refunds, (True, False)):
        name = refund.name()
        if recorded:
            tally.item("refund_recorded", "matched", [bill(refund)], [book(refund)], name)
        else:
            tally.item("refund_missing_in_ledger", "missing_in_ledger", [bill(refund)], [], name)
    for (one, two), how in zip(pairs, ("both", "sum", "one")):
        billed = [bill(one, True), bill(two, True)]
        rows = {"both": lambda: [book(one), book(two)], "sum": lambda: [book(one, one.credits * 2)],
                "one": lambda: [book(one)]}[how]()
        outcome = "discrepancy" if how == "one" else "matched"
        tally.item("identical_rows_one_recorded" if how == "one" else "identical_rows", outcome, billed, rows,
                   one.name())

    report.sort(key=lambda entry: (entry[0], entry[2].person.account_user_id, entry[2].usage_type, entry[1]))
    lots = Lots(first_lot)
    by_project, by_day = {}, {}
    for day, _, use, _ in report:
        cost = lots.draw(use.credits)
        where = (use.person.projects[0].id if len(use.person.projects) == 1
                 else "(two projects)" if use.person.projects else "(none)")
        sums = by_project.setdefault(where, [0, 0, 0])
        for i, amount in enumerate((1, use.credits, cost)):
            sums[i] += amount
        by_day[where, day] = by_day.get((where, day), 0) + cost
    ledger.sort(key=lambda entry: entry[0])
    return [row for _, _, _, row in report], [row for _, row in ledger], lots, by_project, by_day


def broken(cast, seed):
    """A tiny report of another account with three bad rows; the text, and what is wrong with it."""
    rng = Rng(seed, "broken")
    uses = [Use(day, cast.people[person], usage_type, quantity) for day, person, usage_type, quantity in [
        (6, 4, REASONING, 30), (6, 10, CODEX, 1234), (7, 16, DEEP, 10), (7, 21, REASONING, 50),
        (8, 27, PRO, 10), (9, 30, "chat_tool.imagegen", 60), (9, 4, CODEX, 417), (12, 33, REASONING, 20)]]
    rows = [report_row(use, rng, plain=True) for use in uses]
    for row in rows:
        row[1] = "acct-northwinds-pilot"
    rows[2][0] = "1/32/2026"
    rows[4][7] = "n/a"
    rows[6] = rows[6][:6]
    bad = [{"line": 4, "column": "date_partition", "value": "1/32/2026", "why": "no such day"},
           {"line": 6, "column": "usage_credits", "value": "n/a", "why": "not a number"},
           {"line": 8, "column": "usage_type", "value": None, "why": "the row ends after six of ten columns"}]
    good = [use for i, use in enumerate(uses) if i not in (2, 4, 6)]
    assert datetime.date(2026, 1, LOT_DAY).weekday() == 6
    return csv_text(REPORT_HEADER, rows, "\r\n", bom=True), bad, len(good), sum(u.credits for u in good)
