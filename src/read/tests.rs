//! Whole files through [`read`]: what no single part can promise alone.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;

use super::block::Sizes;
use super::*;
use crate::amount::Fixed;

type Read = Result<(SideRead, Names), ReadError>;

pub fn input(side: Side, name: &str, content: &[u8]) -> Input {
    Input {
        path: name.into(),
        side,
        format: None,
        append: false,
        added: 0,
        bytes: content.len() as u64,
        hash: false,
        content: Content::anywhere(content.to_vec()),
    }
}

pub fn all(inputs: Vec<Input>, block: usize) -> Read {
    let mut names = Names::default();
    let read = read_in_blocks(inputs, Terms::default(), &mut names, &Quiet, Sizes { first: block, then: block })?;
    Ok((read, names))
}

pub fn bill(content: &str) -> Read {
    all(vec![input(Side::Bill, "some/bill.csv", content.as_bytes())], 1 << 20)
}

pub fn ledger(content: &str) -> Read {
    all(vec![input(Side::Ledger, "ledger.csv", content.as_bytes())], 1 << 20)
}

pub fn text_of<U>(number: Option<Fixed<U>>) -> String {
    number.map_or_else(|| "none".to_owned(), |number| number.to_string())
}

/// The lines as sorted texts, without their origins.
pub fn contents(lines: &Lines, names: &Names) -> Vec<String> {
    let mut rows: Vec<String> = (0..lines.len() as u32).map(|row| lines.content(names, row).to_string()).collect();
    rows.sort_unstable();
    rows
}

fn in_blocks(content: &[u8], block: usize) -> Read {
    all(vec![input(Side::Bill, "bill.csv", content)], block)
}

fn refused(content: &[u8]) -> String {
    match in_blocks(content, 1 << 20) {
        Ok(_) => panic!("{} was read", String::from_utf8_lossy(content)),
        Err(error) => error.to_string(),
    }
}

const HEADER: &str = "id,date,model,total_tokens,cost,user\n";

#[test]
fn every_format_is_told_of_with_its_name() {
    let names: Vec<&str> = formats().iter().map(|info| info.name).collect();
    assert_eq!(names.len(), format::FORMATS.len());
    for format in format::FORMATS {
        assert!(names.contains(&format.info.name));
        for name in format.fields.iter().flat_map(|field| field.names) {
            let told = format.info.columns.split([' ', ',', ';', '(', ')']).any(|word| word == *name);
            assert!(told, "{}: {name}", format.info.name);
        }
    }
}

#[test]
fn line_numbers_count_every_line_of_the_file() {
    let file = "\u{FEFF}\r\n\"id\",date,model,total_tokens,cost,\"us\r\ner\",user\r\n\
                a,2026-01-05,m,1,1,x,u\r\n\
                b,2026-01-05,m,1,1,\"x\r\n,\"\"y\"\"\",u\r\n\
                \r\n\
                ,,,,,\r\n\
                c,2026-01-05,m,1,1,x,\"u\"\r\n\
                d,2026-01-05,m,1,1\r\n\
                e,2026-01-05,m,1,1,x,u,\r\n\
                f,2026-01-05,m,1,1,x,u\r";
    for block in (1..60).chain([1000]) {
        let (side, names) = in_blocks(file.as_bytes(), block).unwrap();
        let lines: Vec<_> = (0..side.lines.len() as u32)
            .map(|row| (side.lines.id(row).to_owned(), side.lines.origin(row).line))
            .collect();
        assert_eq!(
            lines,
            [("a", 4), ("b", 5), ("c", 9), ("f", 12)].map(|(id, line)| (id.to_owned(), line)),
            "blocks of {block}"
        );
        assert!((0..4).all(|row| names.text(side.lines.user(row)) == "u"));
        let what =
            |reason: &'_ str| reason.split_once("; put cells that hold a comma into quotes").unwrap().0.to_owned();
        let bad: Vec<_> = side.bad_rows.iter().map(|bad| (bad.line, what(&bad.reason))).collect();
        let bad: Vec<_> = bad.iter().map(|(line, reason)| (*line, reason.as_str())).collect();
        assert_eq!(bad, [(10, "has 5 cells where the header has 7"), (11, "has 8 cells where the header has 7")]);
        assert_eq!(side.lines.files()[0].blank_rows, 2);
    }
}

#[test]
fn blank_lines_before_the_first_row_are_no_rows_wherever_blocks_end() {
    let object = r#"{"custom_id":"r","response":{"body":{"id":"a","usage":{"total_tokens":5}}}}"#;
    let files = [format!("\u{FEFF}\n \n{object}\n\n"), format!("\u{FEFF}\n \n{HEADER}r,2026-01-05,m,1,1,u\n\n")];
    for (file, line) in files.iter().zip([3, 4]) {
        for block in [1, 6, 50, 1000] {
            let (side, _) = in_blocks(file.as_bytes(), block).unwrap();
            let source = &side.lines.files()[0];
            assert_eq!(
                (side.lines.len(), side.lines.origin(0).line, source.blank_rows),
                (1, line, 1),
                "{block}: {file}"
            );
            assert_eq!(source.bytes, file.len() as u64);
        }
    }
}

#[test]
fn a_row_of_blanks_of_any_kind_is_blank_with_and_without_quotes_beside_it() {
    for other in ["b,2026-01-05,m,1,1,u", "b,2026-01-05,m,1,1,\"u\""] {
        let file = format!("{HEADER}\u{b}\n\u{a0},\u{3000},,,,\n \t,\n{other}\n");
        let (side, _) = bill(&file).unwrap();
        assert_eq!((side.lines.len(), side.lines.files()[0].blank_rows, side.bad_rows.len()), (1, 3, 0), "{other}");
    }
}

#[test]
fn a_file_tells_its_rows_days_size_and_hash() {
    let content = format!("{HEADER}a,2026-01-07,m,1,1,u\nb,2026-01-05,m,1,1,u\nc,,m,1,1,u\n\n");
    let mut one = input(Side::Bill, "bill.csv", content.as_bytes());
    (one.hash, one.added) = (true, 7);
    let (side, _) = all(vec![one], 10).unwrap();
    let file = &side.lines.files()[0];
    assert_eq!((file.rows, file.blank_rows, file.bytes, file.added), (2, 1, content.len() as u64, 7));
    let (first, last) = file.days.unwrap();
    assert_eq!((first.to_string(), last.to_string()), ("2026-01-05".to_owned(), "2026-01-07".to_owned()));
    use sha2::Digest as _;
    let hash: String = sha2::Sha256::digest(content.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(file.sha256, hash);
}

#[test]
fn a_header_alone_is_no_rows_and_nothing_at_all_is_an_error() {
    for header in [HEADER, HEADER.trim_end()] {
        let (side, _) = bill(header).unwrap();
        assert_eq!((side.lines.len(), side.lines.files().len(), side.bad_rows.len()), (0, 1, 0));
    }
    assert_eq!(refused(b""), "bill.csv: is empty: there is not even a header in it; export it again");
    assert!(refused(b"\n\r\n  \n").contains("is empty"));
}

#[test]
fn what_is_not_utf8_text_is_refused_with_a_sentence() {
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(refused(&utf16).contains("is in UTF-16"));
    assert!(refused(b"id,dat\xE9\n").contains("not UTF-8"));
    assert!(refused(b"id,date\ra,b\rc,d\n").contains("bare carriage return"));
    assert!(refused(b"\"id,date\na,b").contains(":1: opens a quote in the header"));
    assert!(refused(",".repeat(10_000).as_bytes()).contains(":1: has 10001 columns in its header"));
}

#[test]
fn rows_that_are_no_text_are_bad_and_the_rest_is_read() {
    let file =
        b"id,date,model,total_tokens,cost,note\na,2026-01-05,m,1,1,\xFF\nb,2026-01-05,m,1,1,\0\nc,2026-01-05,m,1,1,x\n";
    let (side, _) = in_blocks(file, 1000).unwrap();
    assert_eq!((side.lines.len(), &*side.lines.id(0)), (1, "c"));
    assert!(side.bad_rows[0].reason.contains("not UTF-8") && side.bad_rows[1].reason.contains("NUL"));
    assert_eq!((side.bad_rows[0].line, side.bad_rows[1].line), (2, 3));
}

#[test]
fn an_unclosed_quote_is_one_bad_row_that_names_its_line() {
    let file = format!("{HEADER}a,2026-01-05,m,1,1,u\nb,2026-01-05,m,1,1,\"u\nc,2026-01-05,m,1,1,u\n");
    for block in [1, 30, 1000] {
        let (side, _) = in_blocks(file.as_bytes(), block).unwrap();
        assert_eq!((side.lines.len(), side.bad_rows.len(), side.bad_rows[0].line), (1, 1, 3));
        let reason = &side.bad_rows[0].reason;
        assert!(reason.starts_with("opens a quote in line 3 and never closes it, so that 2 lines"), "{reason}");
    }
}

#[test]
fn a_bad_row_has_an_identity_of_its_own() {
    let file = format!("{HEADER}a,x,m,1,1,u\na,x,m,1,1,u\n");
    let (first, second) = (bill(&file).unwrap().0.bad_rows, bill(&file).unwrap().0.bad_rows);
    assert_eq!(first, second);
    assert_ne!(first[0].key, first[1].key);
    assert_eq!(first[0].file, PathBuf::from("some/bill.csv"));
}

#[test]
fn a_forced_format_is_used_and_an_unfit_one_refused() {
    let mut one = input(Side::Ledger, "l.csv", b"date,email,type,credits\n2026-01-05,a@x,codex,1\n");
    one.format = Some("Credit-Ledger".to_owned());
    assert_eq!(all(vec![one], 100).unwrap().0.lines.len(), 1);
    let mut one = input(Side::Ledger, "l.csv", b"date,email,type,credits\n");
    one.format = Some("token-usage".to_owned());
    let error = all(vec![one], 100).unwrap_err().to_string();
    assert!(error.starts_with("l.csv:1: cannot be read as token-usage: it lacks created_at"), "{error}");
}

#[derive(Default)]
struct Witness {
    previews: Mutex<Vec<usize>>,
    rows: AtomicU64,
    bytes: AtomicU64,
    stop: AtomicBool,
}

impl Watch for Witness {
    fn progress(&self, bytes: u64, rows: u64) {
        self.bytes.fetch_max(bytes, Ordering::Relaxed);
        self.rows.fetch_max(rows, Ordering::Relaxed);
    }
    fn preview(&self, lines: &Lines, _names: &Names) {
        // A file can be named before it is read.
        assert!(lines.origin_text(0).ends_with(":2"));
        self.previews.lock().unwrap().push(lines.len());
    }
    fn cancelled(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

#[test]
fn the_first_lines_are_shown_once_and_progress_reaches_the_end() {
    let file = format!("{HEADER}{}", "a,2026-01-05,m,1,1,u\n".repeat(50));
    let inputs = || vec![input(Side::Bill, "a.csv", file.as_bytes()), input(Side::Bill, "b.csv", file.as_bytes())];
    let witness = Witness::default();
    let side =
        read_in_blocks(inputs(), Terms::default(), &mut Names::default(), &witness, Sizes { first: 100, then: 100 })
            .unwrap();
    assert_eq!((side.lines.len(), side.repeated_rows), (50, 50));
    let previews = witness.previews.lock().unwrap();
    assert!(previews.len() == 1 && previews[0] < 10, "{previews:?}");
    assert_eq!(witness.rows.load(Ordering::Relaxed), 100);
    assert_eq!(witness.bytes.load(Ordering::Relaxed), 2 * file.len() as u64);
}

#[test]
fn a_cancelled_read_ends_even_when_the_file_hangs() {
    struct Hanging;
    impl std::io::Read for Hanging {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            loop {
                std::thread::park();
            }
        }
    }
    let witness = Witness::default();
    witness.stop.store(true, Ordering::Relaxed);
    let mut one = input(Side::Bill, "pipe", b"");
    one.content = Content::in_turn(Hanging);
    let result = read(vec![one], &mut Names::default(), &witness);
    assert!(matches!(result, Err(ReadError::Cancelled)));
}

fn row() -> impl Strategy<Value = String> {
    let cell = |texts: &'static [&'static str]| proptest::sample::select(texts);
    let text = cell(&["u", "\"u\"", "\"a,b\"", "\"a\nb\"", "\"say \"\"hi\"\"\"", "", "Ü@x"]);
    (cell(&["a", "b", "c"]), 1u32..4, 0u32..3, text)
        .prop_map(|(id, day, cost, user)| format!("{id},2026-01-0{day},m,5,0.{cost},{user}"))
}

fn file(rows: &[String], end: &str) -> Vec<u8> {
    let mut text = HEADER.to_owned();
    rows.iter().for_each(|row| {
        text.push_str(row);
        text.push_str(end);
    });
    text.into_bytes()
}

proptest! {
    #[test]
    fn the_size_of_the_blocks_changes_nothing(rows in proptest::collection::vec(row(), 0..20), block in 1usize..200, crlf: bool) {
        let content = file(&rows, if crlf { "\r\n" } else { "\n" });
        let ((whole, whole_names), (cut, cut_names)) = (in_blocks(&content, 1 << 20).unwrap(), in_blocks(&content, block).unwrap());
        prop_assert_eq!(whole.lines.len(), rows.len());
        prop_assert_eq!(cut.lines.len(), rows.len());
        for row in 0..rows.len() as u32 {
            prop_assert_eq!(whole.lines.content(&whole_names, row), cut.lines.content(&cut_names, row));
            prop_assert_eq!(whole.lines.origin(row), cut.lines.origin(row));
        }
    }

    #[test]
    fn files_declared_disjoint_are_as_one_file(rows in proptest::collection::vec(row(), 0..20), at in 0usize..20) {
        let (first, second) = rows.split_at(at.min(rows.len()));
        let mut parts = vec![input(Side::Bill, "a", &file(first, "\n")), input(Side::Bill, "b", &file(second, "\n"))];
        parts.iter_mut().for_each(|part| part.append = true);
        let ((one, names), (two, their_names)) = (in_blocks(&file(&rows, "\n"), 64).unwrap(), all(parts, 64).unwrap());
        prop_assert_eq!(contents(&one.lines, &names), contents(&two.lines, &their_names));
    }

    #[test]
    fn the_order_of_rows_changes_no_line(rows in proptest::collection::vec(row(), 0..12), shuffled in Just(()).prop_perturb(|(), rng| rng)) {
        let mut other = rows.clone();
        let mut rng = shuffled;
        for at in (1..other.len()).rev() {
            other.swap(at, rng.random_range(0..=at));
        }
        let ((one, names), (two, their_names)) = (in_blocks(&file(&rows, "\n"), 64).unwrap(), in_blocks(&file(&other, "\n"), 64).unwrap());
        prop_assert_eq!(contents(&one.lines, &names), contents(&two.lines, &their_names));
    }

    #[test]
    fn quoting_every_cell_changes_no_line(ids in proptest::collection::vec("[a-z]{1,4}", 1..12)) {
        let plain: Vec<String> = ids.iter().map(|id| format!("{id},2026-01-05,m,5,0.1, u ")).collect();
        let quoted: Vec<String> = plain.iter().map(|row| row.split(',').map(|cell| format!("\"{cell}\"")).collect::<Vec<_>>().join(",")).collect();
        let ((one, names), (two, their_names)) = (in_blocks(&file(&plain, "\n"), 64).unwrap(), in_blocks(&file(&quoted, "\r\n"), 64).unwrap());
        prop_assert_eq!(contents(&one.lines, &names), contents(&two.lines, &their_names));
    }

    #[test]
    fn damaged_bytes_never_panic_and_every_row_is_accounted_for(
        rows in proptest::collection::vec(row(), 0..8),
        harm in proptest::collection::vec((0usize..400, any::<u8>()), 0..6),
        cut in 0usize..400,
        block in 1usize..64,
    ) {
        let mut content = file(&rows, "\n");
        for (at, byte) in harm {
            if let Some(place) = content.get_mut(at) {
                *place = byte;
            }
        }
        content.truncate(cut);
        for side in [Side::Bill, Side::Ledger] {
            if let Ok((read, _)) = all(vec![input(side, "x", &content)], block) {
                prop_assert!(read.bad_rows.windows(2).all(|pair| pair[0].line <= pair[1].line));
                prop_assert_eq!(read.lines.len(), read.lines.files()[0].rows as usize);
            }
        }
    }

    #[test]
    fn damaged_json_never_panics(harm in proptest::collection::vec((1usize..300, any::<u8>()), 0..6), block in 1usize..300) {
        let line = r#"{"created_at":"2026-01-05","model_used":"m","calculated_cost_cents":1.5,"tokens_used":3,"metadata":{"a":["\u00e4"]}}"#;
        let mut content = format!("{line}\n{line}\n").into_bytes();
        for (at, byte) in harm {
            if let Some(place) = content.get_mut(at) {
                *place = byte;
            }
        }
        let _ = all(vec![input(Side::Ledger, "x", &content)], block);
    }
}

/// Rows a second of a plain file, of one with quotes, and of pages.
#[test]
#[ignore = "a measurement, not a check"]
fn speed() {
    const ROWS: usize = 1_000_000;
    let requests = HEADER.to_owned()
        + &(0..ROWS)
            .map(|n| format!("chatcmpl-{n},2026-01-05T10:00:00Z,gpt-4o-mini,{n},0.00{n},user-{}\n", n % 40))
            .collect::<String>();
    let cost = |n: usize| {
        format!(
            "{},0.00{n},usd,{n}.0,tokens,\"gpt-{}, cached input\",proj_{},org",
            1_790_553_600 + n % 30 * 86_400,
            n % 12,
            n % 15
        )
    };
    let costs = "start_time,amount_value,amount_currency,quantity,quantity_unit,line_item,project_id,organization_id\n"
        .to_owned()
        + &(0..ROWS).map(|n| cost(n) + "\n").collect::<String>();
    let result = |n: usize| {
        format!(
            r#"{{"object":"organization.usage.completions.result","input_tokens":{n},"output_tokens":2,"num_model_requests":1,"model":"gpt-{}","project_id":"p{}","batch":false,"service_tier":"default"}}"#,
            n % 12,
            n % 15
        )
    };
    let bucket = |day: usize| {
        let results: Vec<String> = (0..ROWS / 100).map(result).collect();
        let start = 1_790_553_600 + day * 86_400;
        format!(r#"{{"start_time":{start},"end_time":{},"results":[{}]}}"#, start + 86_400, results.join(","))
    };
    let pages = format!(
        r#"{{"object":"page","data":[{}],"has_more":false}}"#,
        (0..100).map(bucket).collect::<Vec<_>>().join(",")
    );
    for (name, text) in [("requests", requests), ("costs", costs), ("pages", pages)] {
        let megabytes = text.len() >> 20;
        let input = input(Side::Bill, name, text.as_bytes());
        let start = std::time::Instant::now();
        let side = read(vec![input], &mut Names::default(), &Quiet).unwrap();
        let took = start.elapsed();
        let a_row = side.lines.bytes() / side.lines.len();
        println!(
            "{name}: {} rows, {megabytes} MB in {took:?}, {a_row} bytes a row, {} bad",
            side.lines.len(),
            side.bad_rows.len()
        );
    }
}
