use std::collections::BTreeMap;

use super::pattern::Piece;
use super::*;
use crate::usage::Names;
use proptest::prelude::*;

/// A row as a test writes it.
#[derive(Debug, Clone)]
struct Row {
    texts: BTreeMap<&'static str, String>,
    symbols: BTreeMap<&'static str, Sym>,
    outcome: Outcome,
    cause: Cause,
    decision: Option<Verdict>,
    billed: Option<Amount>,
    recorded: Option<Amount>,
    day: Option<Day>,
    tokens: Option<i64>,
}

impl Fields for Row {
    fn text(&self, field: TextField) -> Cow<'_, str> {
        Cow::Borrowed(self.texts.get(field.name()).map_or("", String::as_str))
    }
    fn symbol(&self, field: TextField) -> Option<Sym> {
        self.symbols.get(field.name()).copied()
    }
    fn outcome(&self) -> Outcome {
        self.outcome
    }
    fn cause(&self) -> Cause {
        self.cause
    }
    fn decision(&self) -> Option<Verdict> {
        self.decision
    }
    fn amount(&self, field: AmountField) -> Option<Amount> {
        let diff = || Some(self.billed?.minus(self.recorded?));
        match field {
            AmountField::Billed => self.billed,
            AmountField::Recorded => self.recorded,
            AmountField::Diff => diff(),
            AmountField::AbsDiff => diff().map(Amount::abs),
        }
    }
    fn day(&self) -> Option<Day> {
        self.day
    }
    fn tokens(&self) -> Option<i64> {
        self.tokens
    }
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

fn row() -> Row {
    let texts = [
        ("id", "chatcmpl-9Zq"),
        ("model", "gpt-4o-mini"),
        ("user", "Ana@Example.org"),
        ("action", "chat.completion"),
        ("note", "a vendor credit, maybe"),
        ("badge", "unassigned overdrawn"),
    ];
    Row {
        texts: texts.map(|(field, text)| (field, text.to_owned())).into(),
        symbols: BTreeMap::new(),
        outcome: Outcome::Discrepancy,
        cause: Cause::PriceMissing,
        decision: Some(Verdict::ApproveRecorded),
        billed: Some(amount("1.25")),
        recorded: Some(amount("2.5")),
        day: Day::from_ymd(2026, 1, 9),
        tokens: Some(1_000),
    }
}

fn holds(text: &str) -> bool {
    Filter::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).matches(&row())
}

#[test]
fn each_kind_of_term_finds_its_rows() {
    let found = [
        "",
        "outcome:discrepancy",
        "outcome:disc*,matched",
        "cause:price-missing",
        "cause:\"price missing\"",
        "model:gpt-4o*",
        "model:GPT-4O-MINI",
        "model:o3,gpt-4o-mini",
        "user:*@example.org",
        "project:\"\"",
        "action:chat*",
        "type:chat.completion",
        "id:chatcmpl-9??",
        "decision:approve",
        "decision:approve-recorded",
        "note:\"vendor credit\"",
        "badge:overdrawn",
        "day:2026-01-09",
        "day:2026-01",
        "day:2026-01-05..12",
        "day:2026-01-05..2026-01-09",
        "day:2026-01-09..",
        "day:..2026-01-09",
        "day:2025-01-01,2026-01-09",
        "billed>1",
        "billed>=1.25",
        "recorded=2.5",
        "diff<-1",
        "diff:-1.25",
        "absdiff>1.2",
        "tokens<=1000",
        "vendor",
        "VENDOR -bank",
        "\"vendor credit\"",
        "4o-m*i",
        "-outcome:matched",
        "-user:ab@*",
        "outcome:discrepancy model:gpt-4o* absdiff>0.05 day:2026-01-05..12 cause:price* note:vendor -user:ab@*",
    ];
    for text in found {
        assert!(holds(text), "{text}");
    }
    let passed = [
        "outcome:matched",
        "model:gpt-4o",
        "model:\"gpt-4o*\"",
        "user:\"\"",
        "decision:open",
        "note:\"credit vendor\"",
        "note:\"\"",
        "badge:\"\"",
        "badge:un",
        "day:2026-01-10..",
        "billed>1.25",
        "diff>0",
        "tokens>1000",
        "bank",
        "vendor bank",
        "-vendor",
        // Neither badge nor cause is free text.
        "overdrawn",
        "price_missing",
    ];
    for text in passed {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn a_row_without_the_figure_does_not_hold() {
    let bare = Row { billed: None, day: None, tokens: None, ..row() };
    for text in ["billed<1", "billed>=0", "diff=0", "absdiff<1", "day:..2027-01-01", "tokens<5"] {
        assert!(!Filter::parse(text).unwrap().matches(&bare), "{text}");
        assert!(Filter::parse(&format!("-{text}")).unwrap().matches(&bare), "-{text}");
    }
}

#[test]
fn errors_say_where_and_what() {
    for (text, at, part) in [
        ("colour:red", 0, "no field “colour”. There are outcome, cause, model"),
        ("model:x  >5", 9, "A field is missing"),
        ("ä outcome:mached", 10, "“mached” is no outcome. There are matched, discrepancy"),
        ("outcome:matched,x", 16, "“x” is no outcome"),
        ("decision:aprove", 9, "open, approve_as_billed"),
        ("note:\"vendor", 5, "This quote is not closed"),
        ("billed>1,000.00", 7, "“1,000.00” is not a plain decimal number"),
        ("billed>", 7, "write billed>1"),
        ("model:", 6, "model:\"\" for none"),
        ("model:a,,b", 7, "beside this comma"),
        ("model:a,", 7, "beside this comma"),
        ("model:,a", 6, "beside this comma"),
        ("model>4", 0, "write model:value"),
        ("tokens>1.5", 7, "“1.5” is not a number of tokens"),
        ("day:2026-02-30", 4, "“2026-02-30” names a day that does not exist"),
        ("day:2026-01-05..40", 4, "“40” is no day of 2026-01"),
        ("day:2026-01-05..02", 4, "ends on 2026-01-02, before it begins on 2026-01-05"),
        ("day:2026-01..02", 4, "“02” is not a date"),
        ("day:..", 4, "at least one end"),
        ("x -", 2, "nothing to look for"),
        ("\"\"", 0, "nothing to look for"),
    ] {
        let error = Filter::parse(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.what.contains(part) && error.what.ends_with('.'), "{text}: {error}");
    }
}

#[test]
fn text_stands_for_itself_in_quotes() {
    let like = |value: &str| Filter::default().and(Term::is(TextField::User, value));
    for value in ["a*b", "say \"hi\"", "a\\b", "-x", "a,b", "", "DOM\\ana", "\\\"", "new\nline", "ſ"] {
        let filter = like(value);
        let again = Filter::parse(&filter.to_text()).unwrap();
        assert_eq!(again, filter, "{}", filter.to_text());
        let mut row = row();
        row.texts.insert("user", value.to_owned());
        assert!(again.matches(&row), "{value}");
        row.texts.insert("user", format!("{value}b"));
        assert!(!again.matches(&row), "{value}");
    }
    assert_eq!(Filter::parse("user:DOM\\ana").unwrap(), like("DOM\\ana"));
    assert_eq!(Term::decision(None).to_string(), "decision:open");
    assert_eq!(Term::outcome(Outcome::MissingInBill).to_string(), "outcome:missing_in_bill");
    assert_eq!(Term::cause(Cause::ZeroUsage).to_string(), "cause:zero_usage");
}

#[test]
fn completion_offers_fields_then_values() {
    let values = |field: TextField| match field {
        TextField::Model => ["gpt-4o-10", "o3", "gpt-4o-2", "o3", "", "my model"].map(str::to_owned).to_vec(),
        _ => Vec::new(),
    };
    let offered = |text: &str, cursor: usize| -> Vec<String> {
        let put = |c: &Completion| {
            let chars: Vec<char> = text.chars().collect();
            chars[..c.from].iter().chain(&c.insert.chars().collect::<Vec<_>>()).chain(&chars[c.to..]).collect()
        };
        complete(text, cursor, values).iter().map(put).collect()
    };
    assert_eq!(offered("ä mo", 4), ["ä model:"]);
    assert_eq!(offered("-di", 3), ["-diff>"]);
    assert_eq!(offered("", 0).len(), Field::ALL.len());
    assert_eq!(offered("model:", 6), ["model:gpt-4o-2", "model:gpt-4o-10", "model:\"my model\"", "model:o3"]);
    assert_eq!(offered("model:GPT", 9), ["model:gpt-4o-2", "model:gpt-4o-10"]);
    assert_eq!(offered("model:o3,4o-1", 13), ["model:o3,gpt-4o-10"]);
    assert_eq!(offered("model:\"my", 9), ["model:\"my model\""]);
    assert_eq!(offered("model:\"", 7).len(), 4);
    assert_eq!(
        offered("outcome:miss billed>1", 12),
        ["outcome:missing_in_bill billed>1", "outcome:missing_in_ledger billed>1"]
    );
    assert_eq!(offered("decision:approve", 16).len(), 2);
    assert_eq!(offered("model:o3", 8), [""; 0]);
    assert_eq!(offered("nothing:x", 9), [""; 0]);
    assert_eq!(offered("\"quoted", 7), [""; 0]);
    assert_eq!(offered("x", 99), [""; 0]);
}

fn any_pattern() -> impl Strategy<Value = Pattern> {
    let piece = prop_oneof![
        3 => "[aZ9 .,:*?\"\\\\<>=@é-]{1,5}".prop_map(Piece::Literal),
        2 => proptest::sample::select(vec!["a", "A", "é", "b", "1"]).prop_map(|text| Piece::Literal(text.into())),
        2 => Just(Piece::Any),
        1 => Just(Piece::One),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(Pattern::from_pieces)
}

fn any_choice<W: Word>() -> impl Strategy<Value = Choice> {
    proptest::collection::vec(0..W::VALUES.len(), 1..3).prop_map(|places| {
        places.into_iter().map(|place| Choice::one(&W::VALUES[place])).fold(
            Choice { patterns: Vec::new(), set: 0 },
            |mut all, one| {
                all.patterns.extend(one.patterns);
                all.set |= one.set;
                all
            },
        )
    })
}

fn any_test() -> impl Strategy<Value = Test> {
    let patterns = proptest::collection::vec(any_pattern(), 1..3);
    let day = || (0..40_000i32).prop_map(Day::from_number);
    let days = (day(), 0..400, 0..3u8).prop_map(|(from, length, open)| Days {
        from: (open != 1).then_some(from),
        to: (open != 2).then_some(from.plus_days(length)),
    });
    let compare = || proptest::sample::select(Compare::ALL.to_vec());
    let units = -10i128.pow(28)..10i128.pow(28);
    prop_oneof![
        (proptest::sample::select(TextField::ALL.to_vec()), patterns)
            .prop_map(|(field, any)| Test::Text { field, any }),
        any_choice::<Outcome>().prop_map(Test::Outcome),
        any_choice::<Cause>().prop_map(Test::Cause),
        any_choice::<Option<Verdict>>().prop_map(Test::Decision),
        proptest::collection::vec(days, 1..3).prop_map(Test::Day),
        (proptest::sample::select(AmountField::ALL.to_vec()), compare(), units)
            .prop_map(|(field, compare, units)| Test::Amount { field, compare, value: Amount::from_units(units) }),
        (compare(), any::<i64>()).prop_map(|(compare, value)| Test::Tokens { compare, value }),
        any_pattern().prop_filter("a word", |pattern| !pattern.is_empty()).prop_map(Test::Free),
    ]
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let term = (any::<bool>(), any_test()).prop_map(|(negated, test)| Term { negated, test });
    proptest::collection::vec(term, 0..4).prop_map(|terms| Filter { terms })
}

fn any_row(names: &Names) -> impl Strategy<Value = Row> + use<> {
    let known: Vec<(Sym, String)> = names.iter().map(|(sym, text)| (sym, text.to_owned())).collect();
    let text = (proptest::sample::select(known), any::<bool>());
    let texts = proptest::collection::vec(text, TextField::ALL.len());
    (texts, -3i64..3, proptest::option::of(0..20i32)).prop_map(|(texts, figure, day)| {
        let mut row = row();
        for (field, ((sym, text), interned)) in TextField::ALL.into_iter().zip(texts) {
            row.texts.insert(field.name(), text);
            if interned && field != TextField::Id {
                row.symbols.insert(field.name(), sym);
            }
        }
        row.billed = Some(Amount::from_int(figure));
        row.day = day.map(Day::from_number);
        row
    })
}

fn some_names() -> Names {
    let mut names = Names::default();
    for text in ["a", "A b", "b", "é", "gpt-4o", "aé-1", "-", "a*", "x,y", "1 0"] {
        names.intern(text);
    }
    names
}

#[test]
fn a_saved_filter_stands_for_its_terms() {
    let saved: Saved = [("dear", "diff>5 cause:price"), ("ada", "user:ada@*"), ("bad", "@dear")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    let read = |text: &str| Filter::parse_with(text, &saved).map(|filter| filter.to_text());
    assert_eq!(read("model:gpt-4o @dear").unwrap(), "model:gpt-4o diff>5 cause:price");
    assert_eq!(read("-@ada").unwrap(), "-user:ada@*");
    for (text, at, what) in [
        ("x @der", 2, "There are @ada, @bad, @dear; to look for text, quote it."),
        ("-@dear", 1, "several terms"),
        ("@bad", 0, "cannot be read"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.at == at && error.what.contains(what), "{text}: {error:?}");
    }
    // Text that begins with the sign is quoted, and stays text.
    let text = Filter::parse("\"@example.edu\"").unwrap();
    assert_eq!((text.to_text(), Filter::parse(&text.to_text())), ("\"@example.edu\"".to_owned(), Ok(text.clone())));
}

proptest! {
    #[test]
    fn a_filter_reads_as_it_is_written(filter in any_filter()) {
        let text = filter.to_text();
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn a_value_reads_as_it_is_written(text in "[a,*? :\"\\\\=<>-]{1,3}", more in any_pattern()) {
        for pattern in [Pattern::literal(&text), more].into_iter().filter(|pattern| !pattern.is_empty()) {
            let any = vec![pattern.clone(), pattern.clone()];
            let terms = [Test::Free(pattern), Test::Text { field: TextField::User, any }];
            let terms = terms.map(|test| Term { negated: false, test }).to_vec();
            let filter = Filter { terms };
            prop_assert_eq!(Filter::parse(&filter.to_text()), Ok(filter));
        }
    }

    #[test]
    fn no_text_makes_the_parser_fall_over(text in "[a-z:\"\\\\<>=,.*?é 0-9-]{0,24}|\\PC{0,24}", cursor in 0usize..30) {
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_text()), Ok(filter));
        }
        for field in ["model:", "day:", "billed>", "outcome:", "tokens="] {
            if let Err(error) = Filter::parse(&format!("{field}{text}")) {
                prop_assert!(error.at <= field.len() + text.chars().count());
            }
        }
        for found in complete(&text, cursor, |_| vec!["a b".into(), "c".into()]) {
            prop_assert!(found.from <= found.to && found.to <= text.chars().count());
        }
    }

    #[test]
    fn a_prepared_filter_gives_the_same_answer(filter in any_filter(), row in any_row(&some_names())) {
        let names = some_names();
        prop_assert_eq!(filter.prepare(&names).matches(&row), filter.matches(&row), "{}", filter);
    }

    #[test]
    fn the_order_of_terms_does_not_matter(filter in any_filter(), row in any_row(&some_names())) {
        let turned = Filter { terms: filter.terms.iter().rev().cloned().collect() };
        prop_assert_eq!(turned.matches(&row), filter.matches(&row));
    }
}

/// Two tests over a million rows of forty models and five thousand users. Run
/// with `--release -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, not a check"]
fn a_million_rows_are_filtered_in_a_few_frames() {
    use rayon::prelude::*;
    use std::time::Instant as Clock;
    let mut names = Names::default();
    let models: Vec<Sym> = (0..40).map(|n| names.intern(&format!("gpt-{n}-mini"))).collect();
    let users: Vec<Sym> = (0..5_000).map(|n| names.intern(&format!("user{n}@example.org"))).collect();
    let ids: Vec<String> = (0..1_000_000).map(|n| format!("chatcmpl-{n:024x}")).collect();
    struct Line<'a> {
        at: usize,
        names: &'a Names,
        models: &'a [Sym],
        users: &'a [Sym],
        id: &'a str,
    }
    impl Fields for Line<'_> {
        fn text(&self, field: TextField) -> Cow<'_, str> {
            match field {
                TextField::Id => self.id.into(),
                _ => self.symbol(field).map_or("", |sym| self.names.text(sym)).into(),
            }
        }
        fn symbol(&self, field: TextField) -> Option<Sym> {
            match field {
                TextField::Model => Some(self.models[self.at % self.models.len()]),
                TextField::User => Some(self.users[self.at % self.users.len()]),
                _ => None,
            }
        }
        fn outcome(&self) -> Outcome {
            Outcome::Matched
        }
        fn cause(&self) -> Cause {
            Cause::None
        }
        fn decision(&self) -> Option<Verdict> {
            None
        }
        fn amount(&self, _: AmountField) -> Option<Amount> {
            Some(Amount::from_units(self.at as i128))
        }
        fn day(&self) -> Option<Day> {
            None
        }
        fn tokens(&self) -> Option<i64> {
            None
        }
    }
    for text in ["model:gpt-1*-mini -user:*9@*", "billed>0.0000000000005 user:user1*", "user77", "id:*ff?f*"] {
        let filter = Filter::parse(text).unwrap();
        let clock = Clock::now();
        let ready = filter.prepare(&names);
        let prepared = clock.elapsed();
        let line = |at: usize| Line { at, names: &names, models: &models, users: &users, id: &ids[at] };
        let found = (0..ids.len()).into_par_iter().filter(|at| ready.matches(&line(*at))).count();
        println!("{text}: {found} rows, ready after {prepared:?}, done after {:?}", clock.elapsed());
    }
}
