use proptest::prelude::*;

use super::*;
use crate::amount::{Amount, PerMillion, Share};
use crate::book::{set_filter, set_rule, set_suggest, set_tolerance};
use crate::journal::Verdict;
use crate::price::{PriceEdit, edit};
use crate::review::rules::rule;

const PRICING: &str = "{\n  \"currency\": \"USD\",\n  \"credit_pools\": []\n}\n";
const SETTINGS: &str = "# ours\n[tolerance] # cents\nabsolute = 0.05\nrelative = 0.05\n\n[filters]\n# of last year\nold = \"model:o1\" # kept\n";

fn rate(text: &str, model: &str, input: &str) -> String {
    let per = |text: &str| PerMillion::new(Amount::parse(text).unwrap()).unwrap();
    let set = PriceEdit::SetRate {
        model: model.into(),
        effective: None,
        input: per(input),
        cached_input: None,
        output: per("10"),
    };
    edit(text, &set).unwrap()
}

fn back(file: ConfigFile, before: &str, after: &str, now: &str) -> Result<Alone, Clash> {
    change_alone(file, after, before, now)
}

fn said(clash: &Clash) -> String {
    match clash {
        Clash::Changed(statement) => statement.to_string(),
        Clash::Unreadable(why) => why.clone(),
    }
}

#[test]
fn the_last_change_goes_back_to_the_byte() {
    let odd = PRICING.replace("  ", "\t");
    let after = rate(&odd, "a", "3");
    let alone = back(ConfigFile::Pricing, &odd, &after, &after).unwrap();
    assert_eq!(alone.text, odd);
    assert_eq!(alone.changed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["models"]);
    // With whatever else it was about, such as the order of a list.
    let [ab, ba] = ["\"a\", \"b\"", "\"b\", \"a\""]
        .map(|ids| format!("{{\"projects\": [{{\"project_id\": \"p\", \"user_ids\": [{ids}]}}]}}"));
    assert_eq!(back(ConfigFile::Projects, &ab, &ba, &ba).unwrap().text, ab);
}

#[test]
fn a_rate_goes_and_one_that_was_stated_later_stays() {
    let one = rate(PRICING, "a", "3");
    let two = rate(&one, "b", "4");
    let alone = back(ConfigFile::Pricing, PRICING, &one, &two).unwrap();
    assert_eq!(alone.text, rate(PRICING, "b", "4"));
    assert_eq!(alone.changed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["models: a"]);
    // And comes back again in its place.
    let again = change_alone(ConfigFile::Pricing, PRICING, &one, &alone.text).unwrap();
    assert_eq!(again.text, two);
    // With the last one the list goes that it began.
    let none = back(ConfigFile::Pricing, &one, &two, &two).unwrap();
    assert_eq!(back(ConfigFile::Pricing, PRICING, &one, &none.text).unwrap().text, PRICING);
}

#[test]
fn all_of_a_rate_is_one_statement() {
    let one = rate(PRICING, "a", "3");
    let two = rate(&one, "a", "4");
    let clash = back(ConfigFile::Pricing, PRICING, &one, &two).unwrap_err();
    assert_eq!(said(&clash), "models: a");
    let three = rate(&two, "b", "4");
    assert_eq!(back(ConfigFile::Pricing, &one, &two, &three).unwrap().text, rate(&one, "b", "4"));
    let by_hand = three.replace("\"output_per_1m\": 10", "\"output_per_1m\": 12");
    assert_eq!(said(&back(ConfigFile::Pricing, &one, &two, &by_hand).unwrap_err()), "models: a");
}

#[test]
fn figures_of_a_subsidy_rule_go_back_one_by_one_and_caps_as_a_whole() {
    let file = |percent: &str, to: &str, caps: &str| {
        format!(
            "{{\n  \"subsidies\": [\n    {{\n      \"name\": \"r\",\n      \"percent\": {percent},{to}\n      \"caps\": [{caps}]\n    }}\n  ]\n}}\n"
        )
    };
    let (cap, other) = ("{\"from\": \"2026-01-01\", \"amount\": 5}", "{\"from\": \"2026-02-01\", \"amount\": 6}");
    let (a, b) = (file("100", "", cap), file("80", "", cap));
    let c = file("80", "\n      \"to\": \"2026-06-30\",", &format!("{cap}, {other}"));
    let alone = back(ConfigFile::Subsidies, &a, &b, &c).unwrap();
    let meant = file("100", "\n      \"to\": \"2026-06-30\",", &format!("{cap}, {other}"));
    assert_eq!(json::parsed(&alone.text), json::parsed(&meant));
    assert_eq!(said(&back(ConfigFile::Subsidies, &a, &b, &file("70", "", cap)).unwrap_err()), "subsidies: r, percent");
    let d = file("80", "", &format!("{cap}, {}", other.replace("6}", "7}")));
    let clash = back(ConfigFile::Subsidies, &b, &file("80", "", &format!("{cap}, {other}")), &d).unwrap_err();
    assert_eq!(said(&clash), "subsidies: r, caps, 2026-02-01");
}

#[test]
fn a_user_leaves_a_project_that_others_joined_since() {
    let file = |users: &str| format!("{{\"projects\": [{{\"project_id\": \"p\", \"users\": [{users}]}}]}}");
    let [a, ab, abc, ac] = [
        "{\"email\": \"a\"}",
        "{\"email\": \"a\"}, {\"email\": \"b\"}",
        "{\"email\": \"a\"}, {\"email\": \"b\"}, {\"email\": \"c\"}",
        "{\"email\": \"a\"}, {\"email\": \"c\"}",
    ]
    .map(file);
    let alone = back(ConfigFile::Projects, &a, &ab, &abc).unwrap();
    assert_eq!(json::parsed(&alone.text), json::parsed(&ac));
    assert_eq!(alone.changed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["projects: p, users, b"]);
    // Two entries that nothing tells apart are one statement, the whole list.
    let twice = file("{\"email\": \"a\"}, {\"email\": \"b\"}, {\"email\": \"b\"}");
    assert_eq!(said(&back(ConfigFile::Projects, &a, &ab, &twice).unwrap_err()), "projects: p, users");
}

#[test]
fn settings_keep_their_comments() {
    let one = set_tolerance(SETTINGS, Amount::parse("0.1").unwrap(), Share::parse("0.02").unwrap()).unwrap();
    let two = set_filter(&one, "small", "absdiff<0.01").unwrap();
    let alone = back(ConfigFile::Settings, SETTINGS, &one, &two).unwrap();
    assert_eq!(alone.text, set_filter(SETTINGS, "small", "absdiff<0.01").unwrap());
    let alone = back(ConfigFile::Settings, &one, &two, &two.replace("# ours", "# yours")).unwrap();
    assert_eq!(alone.text, one.replace("# ours", "# yours"));
    let three = set_filter(&two, "old", "model:o3").unwrap();
    assert!(back(ConfigFile::Settings, SETTINGS, &one, &three).unwrap().text.contains("old = \"model:o3\" # kept"));
    // The first saved filter begins its table, which goes with the last one.
    let bare = "profile = \"focus\"\n";
    let begun = set_filter(bare, "a", "x").unwrap();
    let both = set_filter(&begun, "b", "y").unwrap();
    let left = back(ConfigFile::Settings, bare, &begun, &both).unwrap().text;
    assert!(left.contains("b = \"y\"") && !left.contains("a ="), "{left}");
    let gone = left.replace("b = \"y\"", "a = \"x\"");
    assert_eq!(back(ConfigFile::Settings, bare, &begun, &gone).unwrap().text.trim(), bare.trim());
}

#[test]
fn rules_come_and_go_one_by_one() {
    let names = ["a", "b", "c"];
    let made = |text: &str, name: &str| set_rule(text, &rule(name, "cause:rounding", Verdict::Defer)).unwrap();
    let all: Vec<String> = names
        .iter()
        .scan(String::new(), |text, name| {
            *text = made(text, name);
            Some(text.clone())
        })
        .collect();
    let alone = back(ConfigFile::Rules, &all[0], &all[1], &all[2]).unwrap();
    assert_eq!(alone.text, made(&all[0], "c"));
    assert_eq!(change_alone(ConfigFile::Rules, &all[0], &all[1], &alone.text).unwrap().text, all[2]);
    let less = set_suggest(&all[2], &["b"]).unwrap();
    assert_eq!(said(&back(ConfigFile::Rules, &all[0], &all[1], &less).unwrap_err()), "rule: b");
    let removed = crate::book::remove_rule(&less, "a").unwrap();
    let again = back(ConfigFile::Rules, &all[2], &less, &removed).unwrap();
    assert_eq!(again.text, crate::book::remove_rule(&all[2], "a").unwrap());
}

#[test]
fn what_says_so_already_is_no_change() {
    let one = rate(PRICING, "a", "3");
    let alone = back(ConfigFile::Pricing, PRICING, &one, PRICING).unwrap();
    assert_eq!((alone.text.as_str(), alone.changed.len()), (PRICING, 0));
    let why = back(ConfigFile::Pricing, PRICING, &one, "{").unwrap_err();
    assert!(said(&why).starts_with("pricing.json: EOF"), "{why:?}");
}

#[test]
fn what_another_change_is_about_is_told_from_what_it_is_not() {
    let one = rate(PRICING, "a", "3");
    let two = rate(&one, "b", "4");
    let of = differences(ConfigFile::Pricing, &one, &two).unwrap();
    assert_eq!(of.iter().map(ToString::to_string).collect::<Vec<_>>(), ["models: b"]);
    let [first] = differences(ConfigFile::Pricing, PRICING, &one).unwrap().try_into().unwrap();
    assert!(first.meets(&first) && !first.meets(&of[0]));
    assert!(Statement(vec!["models".into()]).meets(&first));
}

proptest! {
    /// The change that is taken back leaves what all the others make.
    #[test]
    fn one_of_several_changes_goes_and_the_others_stand(
        changes in proptest::collection::vec((0..6usize, 1..9u32), 1..7), which in 0..7usize, rules in any::<bool>(),
    ) {
        let which = which % changes.len();
        let set = |text: &str, (name, value): &(usize, u32)| match rules {
            true => set_filter(text, &format!("f{name}"), &format!("absdiff>{value}")).unwrap(),
            false => rate(text, &format!("m{name}"), &value.to_string()),
        };
        let (file, start) = if rules { (ConfigFile::Settings, SETTINGS) } else { (ConfigFile::Pricing, PRICING) };
        let mut texts = vec![start.to_owned()];
        changes.iter().for_each(|change| texts.push(set(texts.last().unwrap(), change)));
        let now = texts.last().unwrap();
        let [before, after] = [&texts[which], &texts[which + 1]];
        let others = changes.iter().enumerate().filter(|(at, _)| *at != which);
        let without = others.fold(start.to_owned(), |text, (_, change)| set(&text, change));
        let later = changes.iter().skip(which + 1).any(|(name, value)| (*name, *value) != changes[which] && *name == changes[which].0);
        match back(file, before, after, now) {
            Ok(alone) => {
                // Where a later change says the same again, it stays said.
                let again = changes.iter().skip(which + 1).any(|(name, _)| *name == changes[which].0);
                if !again {
                    prop_assert_eq!(parsed(file, &alone.text).unwrap(), parsed(file, &without).unwrap());
                }
                if alone.changed.is_empty() {
                    return Ok(());
                }
                let redone = change_alone(file, before, after, &alone.text).unwrap();
                prop_assert_eq!(parsed(file, &redone.text).unwrap(), parsed(file, now).unwrap());
            }
            Err(clash) => prop_assert!(later, "{clash:?}"),
        }
    }
}
