"""The comparison of bill and ledger as a streaming Polars query.

usage: polars_join.py rows|summary EXPORT LEDGER OUT

Money is binary floating point here, which is what Polars reads by default.
"""
import sys

import polars as pl

mode, export, ledger, out = sys.argv[1:5]
bill = pl.scan_csv(export)
entries = (
    pl.scan_ndjson(ledger)
    if ledger.endswith(".jsonl")
    else pl.scan_csv(ledger, schema_overrides={"actual_cost_cents": pl.Float64, "reconciled_at": pl.String})
).select("id", "model_used", "tokens_used", "calculated_cost_cents", "openai_request_id")
joined = bill.join(entries, left_on="request_id", right_on="openai_request_id", how="full", coalesce=False)
difference = pl.col("cost_usd") * 100 - pl.col("calculated_cost_cents")
outcome = (
    pl.when(pl.col("request_id").is_null())
    .then(pl.lit("missing_in_bill"))
    .when(pl.col("id").is_null())
    .then(pl.lit("missing_in_ledger"))
    .when((difference.abs() <= 5) | (difference.abs() * 20 <= pl.col("calculated_cost_cents")))
    .then(pl.lit("matched"))
    .otherwise(pl.lit("discrepancy"))
)
classified = joined.select(
    pl.coalesce("request_id", "openai_request_id").alias("request_id"),
    pl.col("id").alias("entry"),
    pl.coalesce("model", "model_used").alias("model"),
    pl.col("total_tokens").alias("billed_tokens"),
    pl.col("tokens_used").alias("recorded_tokens"),
    pl.col("cost_usd").alias("billed"),
    (pl.col("calculated_cost_cents") / 100).alias("recorded"),
    difference.alias("difference_cents"),
    outcome.alias("outcome"),
)
if mode == "summary":
    print(classified.group_by("outcome").agg(pl.len(), pl.col("difference_cents").sum()).collect(engine="streaming"))
else:
    classified.sink_csv(out)
