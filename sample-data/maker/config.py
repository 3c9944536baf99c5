"""The files that people keep beside the month: prices, projects, subsidies, and what was drawn before January."""
import json

from . import cast as c
from .tools import Rng, decimal

CHAT_RULE, CHAT_CAP = "provost_ai_initiative", 500
API_RULE, API_CAP = "research_computing_api", 150
YEAR = "FY2026"
CENT = 10000  # in 1e-6 USD


class Number(str):
    """Decimal text that is written into JSON as a number, digit for digit."""


def to_json(value, indent=0):
    """json.dumps(indent=2), except that short flat objects and lists stay on one line and a Number keeps its digits."""
    def flat(v):
        if isinstance(v, Number):
            return str(v)
        if isinstance(v, dict):
            return "{ %s }" % ", ".join("%s: %s" % (json.dumps(k), flat(x)) for k, x in v.items()) if v else "{}"
        if isinstance(v, list):
            return "[%s]" % ", ".join(flat(x) for x in v)
        return json.dumps(v, ensure_ascii=False)

    one_line = flat(value)
    deep = isinstance(value, dict) and any(isinstance(x, (dict, list)) for x in value.values())
    if not isinstance(value, (dict, list)) or not value or (len(one_line) + indent <= 110 and not deep):
        return one_line
    pad, inner = " " * indent, " " * (indent + 2)
    if isinstance(value, dict):
        parts = ["%s: %s" % (json.dumps(k, ensure_ascii=False), to_json(x, indent + 2)) for k, x in value.items()]
        return "{\n%s%s\n%s}" % (inner, (",\n" + inner).join(parts), pad)
    return "[\n%s%s\n%s]" % (inner, (",\n" + inner).join(to_json(x, indent + 2) for x in value), pad)


def pricing(lots):
    return {"currency": "USD", "credit_pools": [
        {"pool_id": pool, "effective_date": date, "credits_purchased": credits, "purchase_amount": dollars}
        for pool, date, credits, dollars, _ in lots.lots]}


def projects(cast):
    out = []
    for p in cast.projects:
        emails = [{"email": person.email, "role": person.role} for person in p.people]
        if p.id == "genome-annotation":  # typed as people type: addresses compare without regard to case
            emails[1]["email"] = "Kwame.Boateng@northwinds.edu"
        out.append({
            "project_id": p.id, "pi_email": p.people[0].email, "fund_org": p.fund, "users": emails,
            "user_ids": [i for person in p.people for i in (person.platform_id, person.ledger_id)]
            + ([p.service_id] if p.service_id else []),
            "api_keys": [k for k in (p.key, p.new_key) if k],
            "openai_projects": [p.openai_project]})
    return {"projects": out}


def subsidies():
    return {"subsidies": [
        {"name": CHAT_RULE, "description": "Provost covers first $500/year per project for AI services",
         "fund_org": "PROVOST-AI-2026", "type": "per_project_cap", "cap_amount": Number("500.00"), "period": "fiscal_year",
         "fiscal_year_start": "07-01", "applies_to_services": ["OpenAI"], "enabled": True},
        {"name": API_RULE, "description": "Research Computing covers first $150/year per project for API use",
         "fund_org": "RC-API-2026", "sponsor_email": "research-computing@" + c.DOMAIN, "type": "per_project_cap",
         "cap_amount": Number("150.00"), "period": "fiscal_year", "fiscal_year_start": "07-01",
         "applies_to_services": ["OpenAI API"], "enabled": True}]}


def openings(cast, chat, chat_by_day, api, seed):
    """What each project has drawn before January under either rule, in cents: (chat, api), None where untouched."""
    rng = Rng(seed, "openings")
    out = {}
    for p in cast.projects:
        chat_cents = rng.between(2000, 24000) if rng.chance(800) else None
        api_cents = rng.between(300, 4500) if rng.chance(650) else None
        if p.id == c.CROSSES_CAP:  # enough for everything to the 14th and two fifths of the 15th
            left = sum(chat_by_day.get((p.id, day), 0) for day in range(1, 15)) + chat_by_day[p.id, 15] * 2 // 5
            chat_cents = CHAT_CAP * 100 - left // CENT
        if p.id == c.NEAR_CAP:     # 488.40 of 500 at the end of January
            chat_cents = 48840 - chat[p.id][2] // CENT
        out[p.id] = (chat_cents, api_cents)
    return out


def state(opening):
    def entry(cents, cap):
        drawn, left = decimal(cents, 2), decimal(cap * 100 - cents, 2)
        return {"used": Number(drawn), "subsidized": Number(drawn), "remaining": Number(left)}

    out = {}
    for project, (chat, api) in opening.items():
        rules = {}
        if chat is not None:
            rules[CHAT_RULE] = entry(chat, CHAT_CAP)
        if api is not None:
            rules[API_RULE] = entry(api, API_CAP)
        if rules:
            out[project] = {YEAR: rules}
    return {"projects": out, "last_updated": "2026-01-06T09:12:44"}
