//! `trueup fetch` against a server on this machine that answers as the admin
//! API does, page by page, faults included.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use support::admin_api::{Asked, Reply, Server, ok, refuse};

const KEY: &str = "sk-admin-Zq81xWv7TnB3kLp0-do-not-show";
const JANUARY: [&str; 4] = ["--from", "2026-01-01", "--to", "2026-01-31"];
const FIRST: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

/// A result of costs, with an amount of more digits than a float holds.
fn cost(day: i64) -> String {
    format!(
        r#"{{"object":"organization.costs.result","amount":{{"value":"0.00000450000000000000000000000000000{day}","currency":"usd"}},"quantity":30.0,"line_item":"gpt-4o-mini-2024-07-18, input","project_id":"proj_x","api_key_id":"key_x"}}"#
    )
}

fn bucket(start: i64, end: i64, results: &str) -> String {
    format!(r#"{{"object":"bucket","start_time":{start},"end_time":{end},"results":[{results}]}}"#)
}

fn page(buckets: &[String], next: Option<&str>) -> String {
    let next_page = next.map_or("null".into(), |next| format!("\"{next}\""));
    format!(
        r#"{{"object":"page","data":[{}],"has_more":{},"next_page":{next_page}}}"#,
        buckets.join(","),
        next.is_some()
    )
}

/// Days of January as a page of costs, the first being 0.
fn days(of: std::ops::Range<i64>, next: Option<&str>) -> String {
    let buckets: Vec<_> = of.map(|day| bucket(FIRST + day * DAY, FIRST + (day + 1) * DAY, &cost(day))).collect();
    page(&buckets, next)
}

/// Answers costs in three pages, as a server with a smaller limit would.
fn three_pages(asked: &Asked) -> Reply {
    ok(match asked.page() {
        None => days(0..12, Some("page_AAA+/=")),
        Some("page_AAA+/=") => days(12..24, Some("page_BBB")),
        Some("page_BBB") => days(24..31, None),
        Some(other) => panic!("no such cursor: {other}"),
    })
}

fn three_pages_text() -> String {
    [days(0..12, Some("page_AAA+/=")), days(12..24, Some("page_BBB")), days(24..31, None), String::new()].join("\n")
}

fn command(dir: &Path, server: &Server, args: &[&str]) -> Command {
    let mut command = Command::new(support::program());
    command.arg("fetch").args(args).args(["--base-url", &server.base]).current_dir(dir).env("OPENAI_ADMIN_KEY", KEY);
    command
}

fn fetch(dir: &Path, server: &Server, args: &[&str]) -> Output {
    let output = command(dir, server, args).output().unwrap();
    no_key(dir, &output);
    output
}

/// The key is in nothing the program wrote, on the screen or on the disk.
fn no_key(dir: &Path, output: &Output) {
    for written in [&output.stdout, &output.stderr] {
        assert!(!String::from_utf8_lossy(written).contains(KEY), "{}", String::from_utf8_lossy(written));
    }
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                assert!(!bytes.windows(KEY.len()).any(|w| w == KEY.as_bytes()), "the key is in {}", path.display());
            }
        }
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn inputs(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(dir.join("inputs")).unwrap().map(|e| e.unwrap().path()).collect();
    found.sort();
    found
}

fn only_costs() -> Vec<&'static str> {
    [&JANUARY[..], &["--only", "costs"]].concat()
}

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn every_page_is_asked_for_with_the_same_question_and_saved_as_it_came() {
    let dir = dir();
    let server = Server::start(|_, asked| three_pages(asked));
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("costs: 31 rows, 3 pages, "), "{}", stdout(&output));
    assert_eq!(stderr(&output), "", "no progress where nobody looks, and no notice");

    let asked = server.asked();
    assert_eq!(asked.len(), 3);
    let pages: Vec<_> = asked.iter().map(Asked::page).collect();
    assert_eq!(pages, [None, Some("page_AAA+/="), Some("page_BBB")]);
    for request in &asked {
        assert_eq!(request.path, "/v1/organization/costs");
        assert_eq!(request.question(), asked[0].question());
        assert_eq!(request.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert_eq!(request.header("openai-organization"), None);
    }
    assert_eq!((asked[0].number("start_time"), asked[0].number("end_time")), (FIRST, FIRST + 31 * DAY));
    assert_eq!((asked[0].one("bucket_width"), asked[0].one("limit")), ("1d", "180"));
    assert_eq!(asked[0].all("group_by"), ["line_item", "project_id", "api_key_id"]);

    let [file] = inputs(dir.path()).try_into().unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(name.ends_with("-fetched-costs_2026-01-01_2026-01-31.jsonl"), "{name}");
    assert_eq!(fs::read_to_string(&file).unwrap(), three_pages_text());
    assert!(stdout(&output).contains(name) && stdout(&output).contains(&name[..16]), "{}", stdout(&output));
    for line in fs::read_to_string(&file).unwrap().lines() {
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["object"], "page");
    }
}

#[test]
fn all_reports_are_fetched_by_what_each_can_be_grouped_by() {
    let dir = dir();
    let server = Server::start(|_, asked| {
        let name = asked.path.rsplit('/').next().unwrap().to_owned();
        let rows = if name == "completions" {
            r#"{"object":"organization.usage.completions.result","input_tokens":1,"project_id":"p","user_id":null,"api_key_id":"k","model":"m","batch":false,"service_tier":"default"}"#
        } else {
            ""
        };
        let end = asked.number("end_time");
        ok(page(&[bucket(asked.number("start_time"), end, rows)], None))
    });
    let args = [&JANUARY[..], &["--bucket-width", "1h", "--org", "org-AbC"]].concat();
    let output = fetch(dir.path(), &server, &args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let asked = server.asked();
    let seen: Vec<_> = asked.iter().map(|a| (a.path.rsplit('/').next().unwrap(), a.all("group_by").len())).collect();
    assert_eq!(
        seen,
        [
            ("costs", 3),
            ("completions", 6),
            ("embeddings", 4),
            ("moderations", 4),
            ("images", 4),
            ("audio_speeches", 4),
            ("audio_transcriptions", 4),
            ("vector_stores", 1),
            ("code_interpreter_sessions", 1),
            ("file_search_calls", 3),
            ("web_search_calls", 4),
        ]
    );
    assert!(asked.iter().all(|a| a.header("openai-organization") == Some("org-AbC")));
    assert_eq!(
        (asked[0].one("bucket_width"), asked[1].one("bucket_width"), asked[1].one("limit")),
        ("1d", "1h", "168")
    );
    let [file] = inputs(dir.path()).try_into().unwrap();
    assert!(file.to_str().unwrap().contains("-fetched-completions-1h_"), "{}", file.display());
    assert_eq!(stdout(&output).matches(": no rows in 1 page\n").count(), 10, "{}", stdout(&output));
    assert!(stderr(&output).contains("completions: no row names its user_id"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("batch"), "false is a value: {}", stderr(&output));
}

#[test]
fn fetching_twice_equals_once_and_a_day_that_grew_is_another_file() {
    let dir = dir();
    let server = Server::start(|number, asked| match number {
        0..6 => three_pages(asked),
        _ => ok(days(0..31, None)),
    });
    fetch(dir.path(), &server, &only_costs());
    let again = fetch(dir.path(), &server, &only_costs());
    assert!(stdout(&again).contains("as it was"), "{}", stdout(&again));
    assert_eq!(inputs(dir.path()).len(), 1);
    assert_eq!(server.asked().len(), 6, "a finished report is asked for anew");
    let grown = fetch(dir.path(), &server, &only_costs());
    assert!(!stdout(&grown).contains("as it was"), "{}", stdout(&grown));
    assert_eq!(inputs(dir.path()).len(), 2);
}

#[test]
fn a_server_that_is_busy_is_waited_for_as_long_as_it_says() {
    let dir = dir();
    let server = Server::start(|number, asked| match number {
        0 => Reply::Whole(429, vec![("retry-after", "2".into())], b"{}".to_vec()),
        _ => three_pages(asked),
    });
    let started = Instant::now();
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(started.elapsed() >= Duration::from_secs(2));
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn faults_of_server_and_connection_leave_no_trace_in_the_file() {
    let dir = dir();
    let server = Server::start(|number, asked| match number {
        1 => refuse(500, "The server had an error"),
        3 => Reply::Dropped(days(24..31, None).into()),
        4 => Reply::Faded(days(24..31, None).into()),
        _ => three_pages(asked),
    });
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(server.asked().len(), 6);
    assert_eq!(fs::read_to_string(&inputs(dir.path())[0]).unwrap(), three_pages_text());
}

#[test]
fn a_fetch_that_was_killed_goes_on_behind_its_last_whole_page() {
    let dir = dir();
    let (_never, until) = mpsc::channel();
    let mut until = Some(until);
    let server = Server::start(move |number, asked| match number {
        // Its connection stays open and silent, until the client is dead.
        2 => Reply::Silence(until.take().unwrap()),
        _ => three_pages(asked),
    });
    let mut child =
        command(dir.path(), &server, &only_costs()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    server.wait_for(3);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(_never);
    assert_eq!(inputs(dir.path()).len(), 1, "only the beginning");

    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("3 pages (2 of them kept from before)"), "{}", stdout(&output));
    let asked = server.asked();
    assert_eq!(asked.len(), 4);
    assert_eq!(asked[3].page(), Some("page_BBB"));
    assert_eq!(asked[3].question(), asked[0].question());
    let [file] = inputs(dir.path()).try_into().unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), three_pages_text());
}

#[test]
fn each_refusal_is_a_sentence_that_says_what_to_do() {
    for (status, words) in [
        (401, ["does not accept the key in OPENAI_ADMIN_KEY", "ordinary key", "sk-admin-"]),
        (403, ["owner of the organization", "allowed to read usage", "--org"]),
        (404, ["has no /v1/organization/costs", "--base-url", "--only"]),
    ] {
        let dir = dir();
        // A server may repeat what it was sent.
        let server = Server::start(move |_, asked| refuse(status, asked.header("authorization").unwrap()));
        let output = fetch(dir.path(), &server, &only_costs());
        assert_eq!(output.status.code(), Some(2));
        let text = stderr(&output);
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert_eq!(server.asked().len(), 1, "not asked again");
    }
}

#[test]
fn a_key_that_is_refused_stops_all_and_a_missing_report_only_itself() {
    let first = dir();
    let server = Server::start(|_, _| refuse(401, "no"));
    fetch(first.path(), &server, &JANUARY);
    assert_eq!(server.asked().len(), 1);

    let second = dir();
    let server = Server::start(|_, asked| match asked.path.ends_with("/embeddings") {
        true => refuse(404, "no such report"),
        false => {
            let of_its_own = format!(r#"{{"object":"{}"}}"#, asked.path);
            ok(page(&[bucket(FIRST, FIRST + 31 * DAY, &of_its_own)], None))
        }
    });
    let output = fetch(second.path(), &server, &JANUARY);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(server.asked().len(), 11);
    assert!(stderr(&output).contains("usage/embeddings (404): no such report"), "{}", stderr(&output));
    assert_eq!(stdout(&output).matches("sha256").count(), 10, "the others are there");
    assert_eq!(inputs(second.path()).len(), 10);
}

#[test]
fn the_key_is_not_sent_elsewhere() {
    let dir = dir();
    let other = Server::start(|_, asked| three_pages(asked));
    let to = format!("{}/v1/organization/costs?key={KEY}", other.base);
    let server = Server::start(move |_, _| Reply::Whole(302, vec![("location", to.clone())], Vec::new()));
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("the key is not sent there"), "{}", stderr(&output));
    assert!(other.asked().is_empty());

    let plain = Command::new(support::program())
        .args(["fetch", "--base-url", "http://proxy.example"])
        .args(JANUARY)
        .env("OPENAI_ADMIN_KEY", KEY)
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(stderr(&plain).contains("unencrypted"), "{}", stderr(&plain));
}

#[test]
fn an_answer_that_holds_the_key_is_not_kept() {
    let dir = dir();
    let server = Server::start(|_, _| {
        let echo = cost(1).replace("proj_x", KEY);
        ok(page(&[bucket(FIRST, FIRST + DAY, &echo)], None))
    });
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("repeats the admin key"), "{}", stderr(&output));
}

#[test]
fn what_is_no_page_or_never_ends_is_refused() {
    let first = dir();
    let server = Server::start(|_, _| ok("<html>\u{1b}[31mSign in</html>"));
    let output = fetch(first.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("something else than a page") && text.contains("line 1 column 1"), "{text}");
    assert!(!text.contains('\u{1b}'));

    let second = dir();
    let server = Server::start(|number, _| ok(days(number as i64..number as i64 + 1, Some("page_same"))));
    let output = fetch(second.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("never end"), "{}", stderr(&output));
    assert_eq!(server.asked().len(), 2);
    assert_eq!(stdout(&output), "", "nothing is imported");
}

#[test]
fn a_huge_page_is_kept_whole() {
    let rows = 120_000;
    let huge = vec![cost(1); rows].join(",");
    let body = page(&[bucket(FIRST, FIRST + 31 * DAY, &huge)], None);
    let length = body.len();
    let dir = dir();
    let server = Server::start(move |_, _| ok(body.clone()));
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with(&format!("costs: {rows} rows, 1 page, {} bytes", length + 1)));
    assert_eq!(fs::metadata(&inputs(dir.path())[0]).unwrap().len(), length as u64 + 1);
}

#[test]
fn the_last_minutes_are_by_the_minute_and_provisional() {
    let dir = dir();
    let server = Server::start(|_, asked| {
        let (start, end) = (asked.number("start_time"), asked.number("end_time"));
        let buckets: Vec<_> = (start..end).step_by(60).map(|at| bucket(at, at + 60, "{}")).collect();
        ok(page(&buckets, None))
    });
    let output = fetch(dir.path(), &server, &["--since", "10m", "--only", "completions"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let asked = &server.asked()[0];
    assert_eq!((asked.one("bucket_width"), asked.one("limit")), ("1m", "1440"));
    assert_eq!(asked.number("end_time") - asked.number("start_time"), 11 * 60, "ten minutes and the present one");
    assert!(stdout(&output).contains("provisional") && stderr(&output).contains("provisional"));
    assert!(inputs(dir.path())[0].to_str().unwrap().contains("-fetched-completions-provisional_"));
    let costs = fetch(dir.path(), &server, &["--since", "10m", "--only", "costs"]);
    assert!(stderr(&costs).contains("Costs come by the day"), "{}", stderr(&costs));
}

/// The input tokens on the bill of a book in a month.
fn tokens_of(dir: &Path, month: &str) -> u64 {
    let output = Command::new(support::program())
        .args(["summary", "--format", "json", "--by", "day", "--month", month])
        .current_dir(dir)
        .output()
        .unwrap();
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)));
    value["total"]["input_tokens"].as_u64().unwrap_or_else(|| panic!("{value}"))
}

#[test]
fn minutes_are_joined_until_their_day_is_fetched_and_never_displace_it() {
    // A token in every minute; a day says what its minutes add up to.
    let server = Server::start(|number, asked| {
        let (start, end) = (asked.number("start_time"), asked.number("end_time"));
        let width = if asked.one("bucket_width") == "1m" { 60 } else { DAY };
        let result = |tokens: i64| {
            format!(
                r#"{{"object":"organization.usage.completions.result","input_tokens":{tokens},"output_tokens":0,"num_model_requests":{tokens},"model":"gpt-4o"}}"#
            )
        };
        let buckets: Vec<_> =
            (start..end).step_by(width as usize).map(|at| bucket(at, at + width, &result(width / 60))).collect();
        // Each answer is a file of its own, even within one minute.
        ok(page(&buckets, None).replacen('{', &format!("{{\"answer\":{number},"), 1))
    });
    let dir = dir();
    let since = ["--since", "10m", "--only", "completions"];
    let wider = ["--since", "30m", "--only", "completions"];
    assert_eq!(fetch(dir.path(), &server, &wider).status.code(), Some(0));
    assert_eq!(fetch(dir.path(), &server, &since).status.code(), Some(0));
    let asked = server.asked();
    let (first, last) = (asked[0].number("start_time"), asked[1].number("end_time"));
    let (today, before) = ((last - 1).div_euclid(DAY), first.div_euclid(DAY));
    let day = |number: i64| trueup::calendar::Day::from_number(number as i32);
    if before != today {
        return; // Half an hour around midnight the pieces are of two days, and perhaps of two months.
    }
    let month = day(today).month().to_string();
    assert_eq!(tokens_of(dir.path(), &month), ((last - first) / 60) as u64, "what both hold counts once");

    let name = day(today).to_string();
    let whole = fetch(dir.path(), &server, &["--from", &name, "--to", &name, "--only", "completions"]);
    assert_eq!(whole.status.code(), Some(0), "{}", stderr(&whole));
    assert_eq!(tokens_of(dir.path(), &month), 1_440, "the day counts instead of its minutes");
    assert_eq!(fetch(dir.path(), &server, &since).status.code(), Some(0));
    assert_eq!(tokens_of(dir.path(), &month), 1_440, "minutes fetched later do not displace the day");
}

#[test]
fn days_that_an_answer_leaves_out_are_said() {
    let dir = dir();
    let server = Server::start(|_, _| ok(days(0..7, None)));
    let output = fetch(dir.path(), &server, &only_costs());
    assert_eq!(output.status.code(), Some(0));
    assert!(stderr(&output).contains("does not cover 2026-01-08 to 2026-01-31"), "{}", stderr(&output));
}

#[test]
fn bad_usage_ends_with_2_and_a_sentence_before_anything_is_asked() {
    let dir = dir();
    let server = Server::start(|_, asked| three_pages(asked));
    let cases: [(&[&str], &str); 9] = [
        (&[], "--from"),
        (&["--from", "2026-01-01"], "--to"),
        (&["--from", "2026-01-31", "--to", "2026-01-01"], "before --from"),
        (&["--from", "2026-02-30", "--to", "2026-03-01"], "“2026-02-30” names a day that does not exist"),
        (&["--from", "2999-01-01", "--to", "2999-01-02"], "has not begun"),
        (&["--since", "10"], "10m, 2h or 1d"),
        (&["--since", "8d"], "more than 7 days"),
        (&["--from", "2026-01-01", "--to", "2026-01-02", "--only", "cost"], "completions"),
        (&["--from", "2026-01-01", "--to", "2026-01-02", "--book", "none"], "there is no folder none"),
    ];
    for (args, word) in cases {
        let output = fetch(dir.path(), &server, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(stderr(&output).contains(word), "{args:?}: {}", stderr(&output));
    }
    let unset = command(dir.path(), &server, &only_costs()).env_remove("OPENAI_ADMIN_KEY").output().unwrap();
    assert!(stderr(&unset).contains("The environment has no OPENAI_ADMIN_KEY"), "{}", stderr(&unset));
    let other = [&only_costs()[..], &["--key-env", "FINANCE_KEY"]].concat();
    let blank = command(dir.path(), &server, &other).env("FINANCE_KEY", "two words").output().unwrap();
    assert!(stderr(&blank).contains("FINANCE_KEY holds blanks"), "{}", stderr(&blank));
    assert!(!stderr(&blank).contains("two words"));
    assert!(server.asked().is_empty());
}
