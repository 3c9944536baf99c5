"""The request-level bill and the ledger beside it: plain traffic first, then the differences planted into it.

Amounts are integers: 1e-10 USD in the bill, 1e-4 cent (1e-6 USD) in the ledger.
"""
import json

from . import cast as c
from .tools import MONTH_START, Rng, decimal, half_up, iso

BILL_HEADER = ("request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd,"
               "user_id,project_id,api_key_id,endpoint,status").split(",")
LEDGER_HEADER = ("id,user_id,action_type,model_used,tokens_used,input_tokens,output_tokens,success,error_message,metadata,"
                 "created_at,calculated_cost_cents,audio_seconds,audio_duration_formatted,openai_request_id,openai_created,"
                 "system_fingerprint,actual_cost_cents,reconciled_at,reconciliation_status").split(",")
LEDGER_NUMBERS = {"tokens_used", "input_tokens", "output_tokens", "calculated_cost_cents", "audio_seconds", "openai_created"}

REQUESTS = 4955
SECOND_FILE_FROM = 28  # the ledger's rows of this day and later are in the JSON lines file
# The term begins on the 12th; the 1st and the 19th are holidays.
DAY_WEIGHTS = [1, 3, 2, 2, 7, 7, 7, 7, 6, 2, 2, 10, 10, 11, 10, 9, 2, 2, 3, 10, 11, 10, 9, 2, 2, 10, 10, 11, 10, 9, 2]
# By hour of UTC; the campus is five hours behind.
HOUR_WEIGHTS = [5, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 2, 4, 9, 14, 16, 16, 13, 14, 16, 15, 13, 9, 6]
ROLE_WEIGHTS = {"pi": 4, "staff": 6, "student": 5}
FLOOR = 1000000  # no request below 0.0001 USD: the ledger's last digit stays small beside it

DISCREPANCIES = ("price_out_of_date", "tokens_differ", "unit_error", "recorded_zero", "wrong_model_price", "unexplained")
ERRORS = ["Rate limit reached for requests", "The server had an error, please retry", "Request timed out",
          "This model's maximum context length is 128000 tokens, however your messages resulted in more",
          'Invalid value for "response_format"']
ACTIONS = [("chat_conversation", 45), ("summary", 20), ("scoring", 15), ("code_review", 20)]


class Request:
    """One call of a model, as it really was; `kind` says what the bill and the ledger make of it."""

    def __init__(self, at, person, project, openai_project, key, service, model, prompt, answer):
        self.at, self.person, self.project, self.openai_project, self.key = at, person, project, openai_project, key
        self.service, self.model, self.prompt, self.answer = service, model, prompt, answer
        self.kind = None
        self.id = None

    def day(self):
        return (self.at - MONTH_START) // 86400 + 1

    def cost(self):
        return price(self.model, self.prompt, self.answer)


def price(model, prompt, answer):
    return prompt * model[2] + answer * model[3]


def cents4(cost):
    """An amount of the bill in the ledger's unit, half up."""
    return half_up(cost, 10000)


def plain_traffic(cast, rng):
    common = {m[0]: m[4] for m in c.MODELS}
    people = []
    for person in cast.people:
        weight = sum(p.api_weight * ROLE_WEIGHTS[person.role] for p in person.projects) // max(1, len(person.projects))
        people.append((person, weight if len(person.projects) == 1 else 13))
    days = list(enumerate(DAY_WEIGHTS))
    hours = list(enumerate(HOUR_WEIGHTS))
    out = []
    for _ in range(REQUESTS):
        day, hour = rng.weighted(days), rng.weighted(hours)
        # Nothing within five minutes of midnight, so that a request and its ledger row are on the same day.
        second = rng.between(300 if hour == 0 else 0, 3299 if hour == 23 else 3599)
        person = rng.weighted(people)
        service = False
        if len(person.projects) != 1:
            project, openai_project, key = None, cast.default_project, person.key
        else:
            project = person.projects[0]
            if rng.chance(20):  # somebody else's project lends its key: the key decides
                project = rng.pick(cast.projects)
                key = project.key
            elif project.service_key and rng.chance(250):
                service, key = True, project.service_key
            else:
                key = project.key if rng.chance(600) else person.key
            openai_project = project.openai_project
        likes = project.likes if project else {}
        specials = ("o3", "gpt-5-pro")
        models = [(m, common[m[0]] + likes.get(m[0], 0)) for m in c.MODELS if project or m[0] not in specials]
        model = rng.weighted(models)
        prompt, answer = rng.tiered(c.PROMPT_TIERS), rng.tiered(c.ANSWER_TIERS[model[5]])
        while price(model, prompt, answer) < FLOOR:
            prompt, answer = prompt + 211, answer + 97
        out.append(Request(MONTH_START + day * 86400 + hour * 3600 + second, person, project, openai_project, key,
                           service, model, prompt, answer))
    out.sort(key=lambda r: r.at)
    return out


def plant(requests, cast, rng):
    """Gives every request its kind, and changes a few so that the kind shows."""
    for r in requests:
        if r.project and (r.model[0], r.project.id) == c.DRIFTS:
            r.kind = "drift_within_tolerance"
            r.prompt += 20000  # whole documents; still far from five cents a request
        elif r.model[0] == c.OLD_PRICE[0] and r.day() >= c.OLD_PRICE[3]:
            r.kind = "price_out_of_date"
    free = [r for r in rng.shuffled(requests) if r.kind is None and r.project]

    def take(kind, count, fits=lambda r: True):
        taken = [r for r in free if fits(r)][:count]
        assert len(taken) == count, (kind, len(taken))
        for r in taken:
            r.kind = kind
            free.remove(r)
        return taken

    def is_model(*names):
        return lambda r: r.model[0] in names

    for r in take("tokens_differ", 24, is_model("gpt-5", "gpt-5.1", "gpt-5.2")):
        r.answer = rng.between(9000, 19000)
    for r in take("unit_error", 8, is_model("gpt-5", "gpt-5.2", "gpt-4o")):
        r.prompt, r.answer = rng.between(30000, 90000), rng.between(4000, 12000)
    take("wrong_model_price", 7, is_model("gpt-5-pro"))
    for r in take("unexplained", 6, is_model("gpt-5", "gpt-5.1", "gpt-5.2")):
        r.prompt, r.answer = rng.between(60000, 110000), rng.between(12000, 22000)
    take("recorded_zero", 14, lambda r: r.cost() > 20 * FLOOR)
    for r in take("missing_in_ledger_new_key", 18,
                  lambda r: r.project.id == c.CROSSES_CAP and not r.service and 21 <= r.day() <= 27):
        r.key = r.project.new_key
    take("missing_in_ledger", 12)
    take("missing_in_bill", 14)
    take("no_id_too_late", 4, lambda r: r.at % 86400 < 80000)
    take("no_id", 34)
    take("ambiguous_two_and_two", 2, lambda r: r.at % 86400 < 82000)
    take("ambiguous_two_and_one", 1, lambda r: r.at % 86400 < 82000)
    take("duplicate_in_ledger", 10)
    take("duplicate_in_bill", 6)
    take("tokens_differ_slightly", 12, lambda r: r.prompt > 2000 and r.cost() > 50 * FLOOR)
    for r in take("unknown_model", 3, lambda r: r.model[5] == "chat" and r.day() >= 12):
        r.model = c.UNKNOWN_PRICED
    for r in take("unpriced", 2, lambda r: r.model[5] == "chat" and r.day() >= 12):
        r.model = c.UNKNOWN_UNPRICED
    for r in requests:
        r.kind = r.kind or "matched"
        r.id = ("resp_" if r.model[5] != "chat" else "chatcmpl-") + rng.text(10)


class Writer:
    """Turns requests into bill rows and ledger rows, and tallies them."""

    def __init__(self, rng, tally):
        self.rng, self.tally = rng, tally
        self.bill, self.ledger = [], []  # (sort key, row)
        self.by_project = {}             # project id, "(two projects)" or "(none)" -> [bill lines, billed]

    def bill_row(self, r, at=None, id=None):
        at = r.at if at is None else at
        self.bill.append(((at, len(self.bill)), [
            id or r.id, iso(at), "%s-%s" % (r.model[0], r.model[1]), r.prompt, r.answer, r.prompt + r.answer,
            decimal(r.cost(), 10), "" if r.service else r.person.platform_id, r.openai_project, r.key,
            "/v1/chat/completions" if r.model[5] == "chat" else "/v1/responses", "success"]))
        where = r.project.id if r.project else ("(two projects)" if r.person.projects else "(none)")
        sums = self.by_project.setdefault(where, [0, 0])
        sums[0] += 1
        sums[1] += r.cost()
        return r.cost()

    def ledger_row(self, r, cost, prompt=None, answer=None, with_id=True, created=True, late_ms=0, **more):
        """`cost` in 1e-4 cents, or None for an empty cell. Returns it in the unit of the bill."""
        prompt = r.prompt if prompt is None else prompt
        answer = r.answer if answer is None else answer
        millis = r.at * 1000 + self.rng.between(400, 6500) + late_ms
        row = {
            "id": self.rng.uuid(), "user_id": r.project.service_id if r.service else r.person.ledger_id,
            "action_type": self.rng.weighted(ACTIONS), "model_used": r.model[0], "tokens_used": prompt + answer,
            "input_tokens": prompt, "output_tokens": answer, "success": "true", "metadata": "{}",
            "created_at": iso(millis // 1000, millis % 1000),
            "calculated_cost_cents": "" if cost is None else decimal(cost, 4),
            "openai_request_id": r.id if with_id else "", "openai_created": r.at if created else "",
            "system_fingerprint": "fp_" + "%08x" % (self.rng.next() >> 32) if r.model[5] == "chat" and self.rng.chance(250) else "",
            "reconciliation_status": "pending"}
        row.update(more)
        self.ledger.append(((millis, row["id"]), row))
        return None if cost is None else cost * 10000

    def write(self, r):
        right = cents4(r.cost())
        kind, streamed = r.kind, '{"streamed":true}'
        if kind in DISCREPANCIES:
            self.tally.item(kind, "discrepancy", [self.bill_row(r)], [self.wrong(r, right)], r.id)
        elif kind == "drift_within_tolerance":
            self.tally.item(kind, "matched", [self.bill_row(r)], [self.ledger_row(r, cents4(r.cost() * 97 // 100))])
        elif kind == "tokens_differ_slightly":
            prompt = r.prompt - self.rng.between(3, r.prompt // 250)
            cost = cents4(price(r.model, prompt, r.answer))
            self.tally.item(kind, "matched", [self.bill_row(r)], [self.ledger_row(r, cost, prompt=prompt)], r.id)
        elif kind in ("missing_in_ledger", "missing_in_ledger_new_key"):
            self.tally.item(kind, "missing_in_ledger", [self.bill_row(r)], [], r.id)
        elif kind == "missing_in_bill":
            self.tally.item(kind, "missing_in_bill", [], [self.ledger_row(r, right)], r.id)
        elif kind == "no_id_too_late":
            late = self.rng.between(150, 540) * 1000
            row = self.ledger_row(r, right, with_id=False, created=False, late_ms=late, metadata=streamed)
            self.tally.item(kind + "_bill_side", "missing_in_ledger", [self.bill_row(r)], [], r.id)
            self.tally.item(kind + "_ledger_side", "missing_in_bill", [], [row], self.ledger[-1][1]["id"])
        elif kind == "no_id":
            row = self.ledger_row(r, right, with_id=False, created=self.rng.chance(500), metadata=streamed)
            self.tally.item("matched_without_id", "matched", [self.bill_row(r)], [row], r.id)
        elif kind.startswith("ambiguous"):
            twin = r.id[:-10] + self.rng.text(10)
            gap = self.rng.between(8, 25)
            billed = [self.bill_row(r), self.bill_row(r, at=r.at + gap, id=twin)]
            rows = [self.ledger_row(r, right, with_id=False, created=False, metadata=streamed)]
            if kind == "ambiguous_two_and_two":
                rows.append(self.ledger_row(r, right, with_id=False, created=False, late_ms=gap * 1000, metadata=streamed))
            self.tally.item("ambiguous", "ambiguous", billed, rows, "%s %s" % (r.id, twin))
        elif kind == "duplicate_in_ledger":
            rows = [self.ledger_row(r, right), self.ledger_row(r, right, late_ms=self.rng.between(900, 3000))]
            self.tally.item(kind, "duplicate", [self.bill_row(r)], rows, r.id)
        elif kind == "duplicate_in_bill":
            self.tally.item(kind, "duplicate", [self.bill_row(r), self.bill_row(r)], [self.ledger_row(r, right)], r.id)
        elif kind == "unpriced":
            self.tally.item(kind, "unpriced", [self.bill_row(r)], [self.ledger_row(r, None)], r.id)
        else:  # matched, unknown_model
            name = r.id if kind == "unknown_model" else None
            self.tally.item(kind, "matched", [self.bill_row(r)], [self.ledger_row(r, right)], name)

    def wrong(self, r, right):
        """The ledger row of a discrepancy."""
        if r.kind == "price_out_of_date":
            return self.ledger_row(r, cents4(r.prompt * c.OLD_PRICE[1] + r.answer * c.OLD_PRICE[2]))
        if r.kind == "tokens_differ":  # the reasoning tokens were not counted
            answer = r.answer - r.answer * self.rng.between(65, 85) // 100
            return self.ledger_row(r, cents4(price(r.model, r.prompt, answer)), answer=answer)
        if r.kind == "unit_error":     # dollars written where cents belong
            return self.ledger_row(r, half_up(r.cost(), 1000000))
        if r.kind == "wrong_model_price":  # gpt-5-pro at the price of gpt-5
            return self.ledger_row(r, cents4(r.prompt * 12500 + r.answer * 100000))
        if r.kind == "recorded_zero":  # some with tokens, some streamed without a count
            if self.rng.chance(500):
                return self.ledger_row(r, 0)
            return self.ledger_row(r, 0, prompt=0, answer=0, tokens_used=r.prompt + r.answer, metadata='{"streamed":true}')
        assert r.kind == "unexplained"
        return self.ledger_row(r, right * self.rng.pick([587, 613, 641, 689, 707, 731]) // 1000)

    def not_applicable(self, cast, requests):
        """Rows of the ledger with nothing to compare: failed calls, grants and purchases, audio."""
        na = {"reconciliation_status": "not_applicable", "with_id": False, "created": False}
        some = self.rng.shuffled([r for r in requests if r.project and not r.service])
        for r in some[:18]:
            amount = self.ledger_row(r, 0, prompt=0, answer=0, success="false", error_message=self.rng.pick(ERRORS),
                                     late_ms=41000, **na)
            self.tally.item("failed_call", "not_applicable", [], [amount])
        for r, action in zip(some[18:26], ["token_pack_purchase", "token_pack_purchase", "token_pack_purchase", "admin_grant",
                                           "admin_grant", "subscription_grant", "trial_grant", "admin_deduct"]):
            tokens = -50000 if action == "admin_deduct" else self.rng.pick([250000, 500000, 1000000])
            self.ledger_row(r, None, prompt=0, answer=0, tokens_used=tokens, action_type=action, model_used="",
                            system_fingerprint="", late_ms=77000, **na)
            self.tally.item("grant_or_purchase", "not_applicable", [], [None])
        for r in some[26:30]:
            seconds = self.rng.between(20, 400)
            amount = self.ledger_row(r, seconds * 100, prompt=0, answer=0, tokens_used=-(-seconds // 60) * 60,
                                     action_type="transcription", model_used="whisper-1", system_fingerprint="",
                                     audio_seconds="%d.00" % seconds,
                                     audio_duration_formatted="%d:%02d" % divmod(seconds, 60), late_ms=53000, **na)
            self.tally.item("transcription", "not_applicable", [], [amount])


def json_line(row):
    """A ledger row as JSON, its numbers written with all their digits."""
    cells = []
    for column in LEDGER_HEADER:
        value = str(row.get(column, ""))
        if column == "metadata" or (column in LEDGER_NUMBERS and value) or column == "success":
            text = value
        else:
            text = json.dumps(value, ensure_ascii=False) if value else "null"
        cells.append('"%s":%s' % (column, text))
    return "{%s}\n" % ",".join(cells)


def make(cast, seed, tally):
    """Returns bill rows, ledger rows for the CSV file, ledger lines for the JSON file, billed by project, and drift."""
    requests = plain_traffic(cast, Rng(seed, "traffic"))
    plant(requests, cast, Rng(seed, "plant"))
    writer = Writer(Rng(seed, "rows"), tally)
    for r in requests:
        writer.write(r)
    writer.not_applicable(cast, requests)
    bill = [row for _, row in sorted(writer.bill, key=lambda pair: pair[0])]
    ledger = [row for _, row in sorted(writer.ledger, key=lambda pair: pair[0])]
    split = "2026-01-%02d" % SECOND_FILE_FROM
    first = [[row.get(column, "") for column in LEDGER_HEADER] for row in ledger if row["created_at"] < split]
    second = [json_line(row) for row in ledger if row["created_at"] >= split]
    return bill, first, second, writer.by_project
