"""A credit report to chargeback rows as one SQL statement in DuckDB.

usage: duckdb_convert.py FOLDER OUT

A running sum per project is the capped subsidy. It rounds each row to cents,
knows one pool without an end and one rule, and keeps no state: its rows are
simpler than what `convert` writes, so only the time is compared.
"""
import json
import os
import sys

import duckdb

folder, out = sys.argv[1:3]
pool = json.load(open(f"{folder}/pricing.json"))["credit_pools"][0]
rule = json.load(open(f"{folder}/subsidies.json"))["subsidies"][0]
members = f"{out}.members.csv"
with open(members, "w") as file:
    file.write("email,project_id,pi_email,fund_org\n")
    for project in json.load(open(f"{folder}/projects.json"))["projects"]:
        for user in project["users"]:
            file.write(f"{user['email']},{project['project_id']},{project['pi_email']},{project['fund_org']}\n")
unit = f"({pool['purchase_amount']} / {pool['credits_purchased']})::DECIMAL(18, 6)"
rows = f"""
with used as (
  select row_number() over () as place, strptime(date_partition, '%-m/%-d/%Y')::date as day, email, usage_type,
         round(usage_credits::DECIMAL(18, 3) * {unit}, 2)::DECIMAL(14, 2) as cost
  from read_csv('{folder}/credits.csv', header = true, all_varchar = true)
), owned as (
  select used.*, coalesce(project_id, 'unassigned') as project, coalesce(pi_email, 'unassigned') as pi,
         coalesce(fund_org, 'unassigned') as fund
  from used left join read_csv('{members}', header = true, all_varchar = true) using (email)
), running as (
  select *, sum(cost) over (partition by project order by place rows unbounded preceding) as total from owned
), split as (
  select *, (least(total, {rule['cap_amount']}::DECIMAL(14, 2))
           - least(total - cost, {rule['cap_amount']}::DECIMAL(14, 2)))::DECIMAL(14, 2) as sponsored from running
), charges as (
  select *, 'usage' as kind, cost as list, cost - sponsored as billed, fund as payer from split
  union all
  select *, 'subsidy', sponsored, sponsored, '{rule['fund_org']}' from split where sponsored > 0
)
select strftime(date_trunc('month', day), '%Y-%m-%d') as BillingPeriodStart,
       strftime(last_day(day), '%Y-%m-%d') as BillingPeriodEnd,
       strftime(day, '%Y-%m-%d') as ChargePeriodStart,
       strftime(day, '%Y-%m-%d') as ChargePeriodEnd,
       'OpenAI' as ServiceName,
       'OpenAI ' || usage_type || ' (user: ' || email || ')' as ResourceName,
       list as ListCost, billed as BilledCost,
       'openai:' || usage_type || ':' || email || ':' || strftime(day, '%Y-%m-%d') || ':' || kind as ResourceId,
       '{{"pi_email": "' || pi || '", "project_id": "' || project || '", "fund_org": "' || payer
         || '", "usage_user": "' || email || '", "charge_type": "' || kind || '"}}' as Tags
from charges order by place, kind desc
"""
duckdb.connect().execute(f"copy ({rows}) to '{out}' (header, delimiter ',')")
os.remove(members)
