"""The comparison of bill and ledger as one SQL statement in DuckDB.

usage: duckdb_join.py rows|summary EXPORT LEDGER OUT

Tuned: types are given, money is exact, order is not kept. It does less than a
reconciliation does (no order, no duplicates, no causes), so a ratio against it
is a ratio against the least that has to be done.
"""
import sys

import duckdb

mode, export, ledger, out = sys.argv[1:5]
db = duckdb.connect()
db.execute("set preserve_insertion_order = false")

export_types = {
    "request_id": "VARCHAR", "timestamp": "VARCHAR", "model": "VARCHAR", "prompt_tokens": "BIGINT",
    "completion_tokens": "BIGINT", "total_tokens": "BIGINT", "cost_usd": "DECIMAL(18,10)",
}
ledger_types = {
    "id": "VARCHAR", "user_id": "VARCHAR", "action_type": "VARCHAR", "model_used": "VARCHAR",
    "prompt_tokens": "BIGINT", "completion_tokens": "BIGINT", "tokens_used": "BIGINT",
    "calculated_cost_cents": "DECIMAL(12,4)", "openai_request_id": "VARCHAR", "openai_created": "BIGINT",
    "system_fingerprint": "VARCHAR", "actual_cost_cents": "VARCHAR", "reconciled_at": "VARCHAR",
    "reconciliation_status": "VARCHAR", "created_at": "VARCHAR",
}


def csv(path, types):
    return f"read_csv('{path}', header = true, auto_detect = false, delim = ',', quote = '\"', columns = {types})"


entries = (
    f"read_json('{ledger}', format = 'newline_delimited', columns = {ledger_types})"
    if ledger.endswith(".jsonl")
    else csv(ledger, ledger_types)
)
classified = f"""
    select coalesce(b.request_id, e.openai_request_id) as request_id,
           e.id as entry,
           coalesce(b.model, e.model_used) as model,
           b.total_tokens as billed_tokens,
           e.tokens_used as recorded_tokens,
           b.cost_usd as billed,
           e.calculated_cost_cents / 100 as recorded,
           b.cost_usd * 100 - e.calculated_cost_cents as difference_cents,
           case
             when b.request_id is null then 'missing_in_bill'
             when e.id is null then 'missing_in_ledger'
             when abs(b.cost_usd * 100 - e.calculated_cost_cents) <= 5
               or abs(b.cost_usd * 100 - e.calculated_cost_cents) * 20 <= e.calculated_cost_cents then 'matched'
             else 'discrepancy'
           end as outcome
    from {csv(export, export_types)} as b
    full outer join {entries} as e on b.request_id = e.openai_request_id
"""
if mode == "summary":
    found = db.execute(f"select outcome, count(*), sum(difference_cents) from ({classified}) group by outcome")
    print(sorted(found.fetchall()))
else:
    db.execute(f"copy ({classified}) to '{out}' (header, delimiter ',')")
