use crate::read::tests::{all, input};
use crate::read::{CutShort, NoteKind, Quiet, SideRead, Terms, read_on};
use crate::usage::{Names, Side};

const DAY: u32 = 86_400;
/// 2026-06-14
const FIRST: u32 = 1_781_395_200;

fn read(files: &[(&str, String)]) -> SideRead {
    let input = |(at, (name, text)): (usize, &(&str, String))| {
        let mut one = input(Side::Bill, name, text.as_bytes());
        one.added = at as u32;
        one
    };
    all(files.iter().enumerate().map(input).collect(), 1 << 16).unwrap().0
}

fn said(side: &SideRead, kind: NoteKind) -> Vec<&str> {
    side.coverage_notes.iter().filter(|note| note.kind == kind).map(|note| note.text.as_str()).collect()
}

/// Costs of some days, by number from the first; `false` lists a day as blank.
fn costs(days: &[(u32, bool)]) -> String {
    let row = |(day, used): &(u32, bool)| {
        let amount = if *used { "1.5,usd,\"m, input\",p,k,u" } else { ",,,,," };
        format!("{},{amount}\n", FIRST + day * DAY)
    };
    let head = "start_time,amount_value,amount_currency,line_item,project_id,api_key_id,user_id\n";
    head.to_owned() + &days.iter().map(row).collect::<String>()
}

fn all_of(days: std::ops::Range<u32>) -> String {
    costs(&days.map(|day| (day, true)).collect::<Vec<_>>())
}

fn page(days: std::ops::Range<u32>, tail: &str) -> String {
    let bucket = |day: u32| {
        let start = FIRST + day * DAY;
        format!(
            r#"{{"start_time":{start},"end_time":{},"results":[{{"amount":{{"value":1,"currency":"usd"}},"line_item":"m, input","project_id":"p","api_key_id":"k","user_id":"u"}}]}}"#,
            start + DAY
        )
    };
    format!(r#"{{"object":"page","data":[{}]{tail}}}"#, days.map(bucket).collect::<Vec<_>>().join(","))
}

#[test]
fn days_listed_as_blank_are_covered_and_days_not_listed_are_gaps() {
    let side = read(&[("a.csv", costs(&[(0, true), (1, false), (2, true), (5, true), (7, true)]))]);
    let days: Vec<_> = side.coverage[0].days.iter().map(|(a, b)| format!("{a} {b}")).collect();
    assert_eq!(days, ["2026-06-14 2026-06-16", "2026-06-19 2026-06-19", "2026-06-21 2026-06-21"]);
    assert_eq!(
        said(&side, NoteKind::Gap),
        [
            "2026-06-17 to 2026-06-18 are in no file of platform-cost, though the days before and after are; download the rest.",
            "2026-06-20 is in no file of platform-cost, though the days before and after are; download the rest."
        ]
    );
}

#[test]
fn a_gap_that_another_file_fills_is_none() {
    let side =
        read(&[("a.csv", costs(&[(0, true), (1, true), (4, true)])), ("b.csv", page(2..4, r#","has_more":false"#))]);
    assert_eq!(said(&side, NoteKind::Gap), [""; 0]);
}

fn cut_from(day: &str, certain: bool) -> Option<CutShort> {
    Some(CutShort { from: day.parse().ok(), certain })
}

#[test]
fn an_export_cut_short_is_said() {
    let cut = |tail: &str, days: u32| {
        let side = read(&[("a.json", page(0..days, tail))]);
        (said(&side, NoteKind::CutShort).join(""), side.coverage[0].cut_short)
    };
    let (text, sure) = cut(r#","has_more":true,"next_page":"page_2""#, 7);
    assert_eq!(
        (text.as_str(), sure),
        (
            "a.json ends at 2026-06-21T00:00:00Z where there is more: its last page says that others follow. Fetch them too.",
            cut_from("2026-06-21", true)
        )
    );
    let (text, sure) = cut("", 7);
    assert!(text.starts_with("a.json holds exactly 7 days, which is what the API gives"), "{text}");
    assert_eq!(sure, cut_from("2026-06-21", false));
    assert_eq!(cut(r#","has_more":false"#, 7), (String::new(), None));
    assert_eq!(cut("", 8), (String::new(), None));
    let whole = page(0..8, r#","has_more":false"#);
    let side = read(&[("a.json", whole[..whole.rfind(']').unwrap()].to_owned())]);
    assert!(said(&side, NoteKind::CutShort)[0].contains("in the middle of a page"));
    assert_eq!(
        (side.lines.len(), side.bad_rows.len(), side.coverage[0].cut_short),
        (8, 0, cut_from("2026-06-22", true))
    );
}

#[test]
fn pages_that_follow_each_other_are_whole() {
    let more = r#","has_more":true,"next_page":"x""#;
    let text = format!("{}\n{}", page(0..7, more), page(7..9, r#","has_more":false"#));
    let side = read(&[("a.json", text)]);
    assert_eq!((said(&side, NoteKind::CutShort), side.coverage[0].cut_short), (vec![], None));
}

#[test]
fn what_another_file_goes_on_with_is_not_cut_short() {
    let more = r#","has_more":true,"next_page":"x""#;
    let cut = |second: String| {
        let side = read(&[("a.json", page(0..7, more)), ("b.json", second)]);
        side.coverage.iter().map(|file| file.cut_short).collect::<Vec<_>>()
    };
    assert_eq!(cut(page(7..9, r#","has_more":false"#)), [None, None]);
    assert_eq!(cut(page(0..9, "")), [None, None], "a later download of all");
    assert_eq!(cut(page(8..9, r#","has_more":false"#)), [cut_from("2026-06-21", true), None]);
    // Usage that goes on does not tell of costs, nor images of completions.
    let usage = |days: std::ops::Range<u32>, endpoint: &str, tail: &str| {
        let costs = r#""amount":{"value":1,"currency":"usd"},"line_item":"m, input""#;
        let used = format!(r#""object":"organization.usage.{endpoint}.result","input_tokens":1"#);
        page(days, tail).replace(costs, &used)
    };
    let first = || ("a.json", usage(0..7, "completions", more));
    let side = read(&[first(), ("b.json", usage(7..8, "embeddings", r#","has_more":false"#))]);
    assert_eq!(side.coverage[0].cut_short, cut_from("2026-06-21", true));
    let side = read(&[first(), ("b.json", usage(7..8, "completions", r#","has_more":false"#))]);
    assert_eq!(side.coverage[0].cut_short, None);
}

#[test]
fn a_list_of_pages_is_read_like_pages_behind_each_other() {
    let more = r#","has_more":true,"next_page":"x""#;
    let pages = [page(0..7, more), page(7..9, r#","has_more":false"#)];
    let behind = read(&[("a.json", pages.join("\n"))]);
    let listed = read(&[("a.json", format!("\u{FEFF} [\n  {}\n]\n", pages.join(",\r\n  ")))]);
    assert_eq!((listed.lines.len(), listed.bad_rows.len()), (9, 0));
    assert_eq!(listed.coverage, behind.coverage);
    // Without its end there may have been more in it.
    let side = read(&[("a.json", format!("[{},{}", pages[0], pages[1]))]);
    assert_eq!((side.lines.len(), side.coverage[0].cut_short), (9, cut_from("2026-06-23", true)));
    let error = all(vec![input(Side::Bill, "a.json", b"[{\"a\":1}]")], 100).unwrap_err().to_string();
    assert!(error.contains("not of pages of the admin API"), "{error}");
}

#[test]
fn dimensions_that_no_row_has_are_named() {
    let side = read(&[("a.csv", all_of(0..2))]);
    assert_eq!(said(&side, NoteKind::Ungrouped), [""; 0]);
    let side = read(&[(
        "a.csv",
        "start_time,amount_value,line_item,project_id\n1781395200,1,\"m, input\",\n1781481600,2,,\n".to_owned(),
    )]);
    let text = said(&side, NoteKind::Ungrouped);
    assert!(text[0].starts_with("a.csv is not grouped by project, API key or user, so"), "{text:?}");
    let side =
        read(&[("u.csv", "start_time,end_time,input_tokens,api_key_id\n1781395200,1781481600,1,k\n".to_owned())]);
    assert!(said(&side, NoteKind::Ungrouped)[0].contains("grouped by model, project or user"));
}

#[test]
fn money_in_other_currencies_is_kept_apart_and_told_of() {
    let side = read(&[("a.csv", all_of(0..3).replacen("usd", "eur", 2))]);
    assert_eq!(
        said(&side, NoteKind::Currency),
        [
            "a.csv has 2 rows in EUR, 3 EUR in all. This book is in USD and nothing is converted: they are in no sum, and each is an open item. If the book is kept in EUR, say so in pricing.json."
        ]
    );
    let amounts =
        |row: u32| (side.lines.amount(row).is_some(), side.lines.foreign(row).map(|amount| amount.to_string()));
    assert_eq!([0, 1, 2].map(amounts), [(false, Some("1.5".into())), (false, Some("1.5".into())), (true, None)]);
    assert_eq!(said(&read(&[("a.csv", all_of(0..3))]), NoteKind::Currency), [""; 0]);
}

#[test]
fn the_currency_of_the_book_is_no_other() {
    let mut names = Names::default();
    let text = all_of(0..3).replacen("usd", "Eur", 2);
    let terms = Terms { currency: "EUR", ..Terms::default() };
    let side = read_on(vec![input(Side::Bill, "a.csv", text.as_bytes())], terms, &mut names, &Quiet).unwrap();
    let apart: Vec<bool> = (0..3).map(|row| side.lines.foreign(row).is_some()).collect();
    assert_eq!(apart, [false, false, true]);
    assert_eq!(names.text(side.lines.currency(2)), "USD");
    assert!(said(&side, NoteKind::Currency)[0].contains("a.csv has 1 row in USD, 1.5 USD in all. This book is in EUR"));
}

#[test]
fn a_ledger_tells_of_other_currencies_too() {
    let text = "id,date,model,total_tokens,cost,currency\na,2026-06-14,m,1,2.5,EUR\nb,2026-06-14,m,1,2.5,\nc,2026-06-14,m,1,,EUR\n";
    let (side, names) = all(vec![input(Side::Ledger, "l.csv", text.as_bytes())], 1 << 16).unwrap();
    assert_eq!(said(&side, NoteKind::Currency).len(), 1);
    let seen = |row: u32| {
        (side.lines.amount(row).is_some(), side.lines.foreign(row).is_some(), names.text(side.lines.currency(row)))
    };
    assert_eq!([0, 1, 2].map(seen), [(false, true, "EUR"), (true, false, ""), (false, false, "")]);
}

#[test]
fn one_bill_in_two_groupings_in_one_file_counts_once() {
    let head = "start_time,amount_value,amount_currency,line_item,project_id\n";
    let day = |n: u32, rows: &[&str]| rows.iter().map(|row| format!("{},{row}\n", FIRST + n * DAY)).collect::<String>();
    let fine = ["0.25,usd,\"m, input\",p", "1.25,usd,\"m, output\",p", "0.5,usd,\"m, output\",q"];
    let by_project = ["1.5,usd,,p", "0.5,usd,,q"];
    let whole = ["2,usd,,"];
    let file = |groups: &[&[&str]]| {
        format!("{head}{}", groups.iter().map(|rows| day(0, rows) + &day(1, rows)).collect::<String>())
    };
    let counted = |text: String| {
        let side = read(&[("a.csv", text)]);
        let notes: Vec<String> = said(&side, NoteKind::TwoGroupings).into_iter().map(str::to_owned).collect();
        let total: crate::amount::Amount = (0..side.lines.len() as u32).filter_map(|row| side.lines.amount(row)).sum();
        (total.to_string(), side.lines.len(), side.superseded_lines.len(), notes)
    };
    let (total, rows, left_out, notes) = counted(file(&[&fine, &whole]));
    assert_eq!((total.as_str(), rows, left_out), ("4", 6, 2));
    assert_eq!(
        notes,
        [
            "a.csv holds the costs of 2 days more than once: 2 rows grouped by nothing give the same totals as the finer ones. Only the finer rows count. If both are real, put them into two files and give both with --append."
        ]
    );
    let (total, rows, left_out, notes) = counted(file(&[&whole, &fine, &by_project]));
    assert_eq!((total.as_str(), rows, left_out, notes.len()), ("4", 6, 6, 2));
    assert!(notes[1].contains("4 rows grouped by project give"), "{notes:?}");
    // One day on which the totals differ is enough: then the rows are real.
    let (total, rows, ..) = counted(file(&[&fine, &whole]) + &day(2, &["1,usd,\"m, input\",p", "0.3,usd,,"]));
    assert_eq!((total.as_str(), rows), ("9.3", 10));
    // Days that only one of the groupings has stay.
    let (total, rows, left_out, _) = counted(file(&[&fine, &whole]) + &day(2, &["7,usd,,"]));
    assert_eq!((total.as_str(), rows, left_out), ("11", 7, 2));
}

#[test]
fn a_file_declared_disjoint_keeps_both_its_groupings() {
    let text = "start_time,amount_value,line_item\n1781395200,2,\"m, input\"\n1781395200,2,\n";
    let mut one = input(Side::Bill, "a.csv", text.as_bytes());
    assert_eq!(all(vec![input(Side::Bill, "a.csv", text.as_bytes())], 100).unwrap().0.lines.len(), 1);
    one.append = true;
    assert_eq!(all(vec![one], 100).unwrap().0.lines.len(), 2);
}

fn open_days(side: &SideRead) -> Vec<String> {
    let days = |(a, b): (crate::calendar::Day, crate::calendar::Day)| format!("{a} {b}");
    side.coverage.iter().map(|file| file.provisional.map_or("none".to_owned(), days)).collect()
}

#[test]
fn the_last_two_days_listed_may_still_grow() {
    let side = read(&[("a.csv", all_of(0..5))]);
    assert_eq!(open_days(&side), ["2026-06-17 2026-06-18"]);
    assert_eq!(
        said(&side, NoteKind::Provisional),
        [
            "a.csv may still grow on 2026-06-17 and 2026-06-18, the last days it lists: the provider settles its figures for up to three days. Download it again after 2026-06-21 unless it was made later than that."
        ]
    );
    // Blank days behind them were listed later than they were used.
    let side = read(&[("a.csv", costs(&[(0, true), (1, false), (2, false)]))]);
    assert_eq!(open_days(&side), ["2026-06-15 2026-06-16"]);
}

#[test]
fn a_later_download_settles_the_days_it_covers() {
    let side = read(&[("a.csv", all_of(0..5)), ("b.csv", all_of(3..9))]);
    assert_eq!(open_days(&side), ["none", "2026-06-21 2026-06-22"]);
    // Usage that goes on for longer does not settle costs.
    let usage = "start_time,end_time,input_tokens\n1781395200,1782000000,1\n".to_owned();
    let side = read(&[("a.csv", all_of(0..5)), ("u.csv", usage)]);
    assert_eq!(open_days(&side)[0], "2026-06-17 2026-06-18");
}

#[test]
fn two_groupings_of_one_bill_are_said() {
    let by_item = all_of(0..2);
    let by_project = by_item.replace("\"m, input\"", "");
    let side = read(&[("a.csv", by_item), ("b.csv", by_project)]);
    assert_eq!(
        said(&side, NoteKind::TwoGroupings),
        [
            "a.csv and b.csv give the same totals for 2 days in different rows: they are one bill grouped in two ways. Only b.csv counts for them."
        ]
    );
    assert_eq!(side.lines.len(), 2);
}

#[test]
fn costs_without_an_account_beside_others_are_said() {
    let with = "start_time,amount_value,organization_id\n1781395200,1,org\n".to_owned();
    let side = read(&[("a.csv", with), ("b.csv", all_of(3..4))]);
    assert!(said(&side, NoteKind::Account)[0].starts_with("b.csv does not say which organization"));
    assert_eq!(said(&read(&[("b.csv", all_of(3..4))]), NoteKind::Account), [""; 0]);
}

#[test]
fn formats_that_list_no_days_have_no_coverage() {
    let report = "date_partition,email,usage_type,usage_credits,usage_quantity\n1/5/2026,a@x,codex,1,1\n".to_owned();
    let side = read(&[("a.csv", report)]);
    assert_eq!((side.coverage.len(), side.coverage_notes.len()), (0, 0));
}
