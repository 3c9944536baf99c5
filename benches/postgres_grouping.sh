#!/usr/bin/env bash
# What it saves that Postgres adds the rows of a day up: a month of generated
# rows in a `token_usage` table against a bill by the day, read row by row and
# in bundles. Prints seconds, peak memory and bytes over the wire, as a table.
#
#   cargo build --release && benches/postgres_grouping.sh [ROWS]
#
# Starts a server of its own (.ci/postgres) and removes it. Ten million rows,
# the default, take about 5 GB of disk for as long as it runs. Needs psql and
# python3.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=${1:-10000000}
program=$PWD/target/release/trueup
work=$(mktemp -d)
url=$(.ci/postgres 2>"$work/server.log")
trap '.ci/postgres stop "$url" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

psql "${url%%\?*}" -q -v ON_ERROR_STOP=1 <<SQL
CREATE UNLOGGED TABLE token_usage (id uuid PRIMARY KEY, user_id uuid, action_type text, model_used text, tokens_used int,
    input_tokens int, output_tokens int, success bool, error_message text, metadata jsonb, created_at timestamptz NOT NULL,
    calculated_cost_cents numeric(12,4), audio_seconds numeric, openai_request_id text, openai_created bigint,
    actual_cost_cents numeric(12,4), reconciled_at timestamptz, reconciliation_status text DEFAULT 'pending');
-- 200 users, 5 models and 4 actions, over the 31 days of January 2026; one
-- call in 200 failed.
INSERT INTO token_usage (id, user_id, action_type, model_used, tokens_used, input_tokens, output_tokens, success,
    metadata, created_at, calculated_cost_cents, openai_request_id, openai_created)
SELECT md5(n::text)::uuid, lpad(to_hex(hashint4(n) & 127 + n % 73), 32, '0')::uuid,
    (ARRAY['chat', 'summary', 'search', 'code_review'])[1 + n / 7 % 4],
    (ARRAY['gpt-5', 'gpt-5-mini', 'gpt-4o', 'gpt-4o-mini', 'o3'])[1 + n / 3 % 5],
    n % 3000 + n % 700, n % 3000, n % 700, n % 200 <> 0, '{"stream": true}',
    '2026-01-01T00:00:00Z'::timestamptz + n * (interval '31 days' / $rows),
    (n % 3000 * 0.0125 + n % 700 * 0.1)::numeric(12,4), 'chatcmpl-' || md5((-n)::text),
    1767225600 + (n * (2678400.0 / $rows))::bigint
FROM generate_series(0, $rows - 1) n;
CREATE INDEX ON token_usage (created_at);
VACUUM ANALYZE token_usage;
SQL

psql "${url%%\?*}" -q -A -t -c "
    SELECT 'start_time,end_time,amount_value,amount_currency,line_item,project_id,organization_id'
    UNION ALL
    SELECT extract(epoch FROM day)::bigint || ',' || extract(epoch FROM day)::bigint + 86400 || ',' || cents / 100
        || ',usd,\"' || model_used || ', input\",,org'
    FROM (SELECT date_trunc('day', created_at, 'UTC') AS day, model_used, sum(calculated_cost_cents) AS cents
          FROM token_usage WHERE success GROUP BY 1, 2) AS days" >"$work/bill.csv"

cat >"$work/proxy.py" <<'PY'
"""Counts the bytes that a server sends: proxy.py PORT OF_SERVER FILE."""
import socket, sys, threading
port, file = int(sys.argv[1]), sys.argv[2]
door = socket.create_server(("127.0.0.1", 0))
print(door.getsockname()[1], flush=True)
total = 0
def copy(source, target, counts):
    global total
    try:
        while block := source.recv(1 << 20):
            if counts:
                total += len(block)
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # The other end hung up, as it does when it has all.
while True:
    client, _ = door.accept()
    server = socket.create_connection(("localhost", port))
    threading.Thread(target=copy, args=(client, server, False), daemon=True).start()
    copy(server, client, True)
    open(file, "w").write(str(total))
PY

cat >"$work/measure.py" <<'PY'
"""Runs a command: seconds and peak memory in MiB."""
import resource, subprocess, sys, time
start = time.monotonic()
done = subprocess.run(sys.argv[2:], stdout=open(sys.argv[1], "wb"), stderr=subprocess.STDOUT)
seconds = time.monotonic() - start
assert done.returncode in (0, 1), open(sys.argv[1]).read()
print(f"{seconds:.1f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f}")
PY

server=${url#*@localhost:}
server=${server%%/*}

# Seconds, MiB and bytes of one way to read.
one() {
    local way=$1 figures proxy port
    shift
    local run=("$program" reconcile --format json --book "$work" --bill "$work/bill.csv" "$@" --ledger)
    figures=$(python3 "$work/measure.py" "$work/$way.json" "${run[@]}" "${url%%\?*}?sslmode=disable")
    python3 "$work/proxy.py" "$server" "$work/$way.bytes" >"$work/$way.port" &
    proxy=$!
    until [[ -s $work/$way.port ]]; do sleep 0.1; done
    port=$(<"$work/$way.port")
    "${run[@]}" "$(sed "s/localhost:$server/127.0.0.1:$port/" <<<"${url%%\?*}")?sslmode=disable" >/dev/null || true
    # It writes its count when a connection ends.
    sleep 1
    kill "$proxy"
    echo "$figures $(<"$work/$way.bytes")"
}

by_row=$(one rows --rows)
bundled=$(one bundles)

python3 - "$rows" "$work/rows.json" "$work/bundles.json" $by_row $bundled <<'PY'
import json, sys
rows, one, two = int(sys.argv[1]), json.load(open(sys.argv[2])), json.load(open(sys.argv[3]))
for of in (one, two):
    # What stands aside is counted by the bundle, its money is the same.
    of["outcomes"].get("not_applicable", {}).pop("items", None)
    # One of the notes says in which way the ledger was read.
    of.pop("notes", None)
assert one == two, ("the two ways differ", [key for key in one if one[key] != two.get(key)])
print(f"{rows:,} rows; both ways give the same report\n")
print("| | wall time | peak memory | over the wire |\n|---|---|---|---|")
for name, (seconds, memory, size) in zip(("row by row (`--rows`)", "bundles"), (sys.argv[4:7], sys.argv[7:10])):
    size = int(size)
    shown = f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.0f} kB"
    print(f"| {name} | {float(seconds):,.1f} s | {int(memory):,} MiB | {shown} |")
PY
