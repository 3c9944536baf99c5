//! Settings as they are read, and as they are changed.

use super::*;
use crate::book::{set_filter, set_grain, set_tolerance};
use proptest::prelude::*;

fn parse(text: &str) -> Result<Settings, String> {
    Settings::parse(text, Path::new("config.toml")).map_err(|error| error.to_string())
}

fn share_of(text: &str) -> Share {
    Share::parse(text).unwrap()
}

#[test]
fn a_saved_filter_leaves_everything_else_as_it_stands() {
    let text = "# ours\ntheme = \"dark\" # night\n";
    let once = set_filter(text, "vendor", "note:\"vendor credit\" diff>0.05").unwrap();
    assert!(once.starts_with(text), "{once}");
    let twice = set_filter(&once, "vendor", "cause:price").unwrap();
    assert_eq!(parse(&twice).unwrap().filters["vendor"], "cause:price");
    for (name, filter) in [("two words", "cause:price"), ("", "x"), ("a", ""), ("a", "nonsense:x"), ("a", "@vendor")] {
        assert!(set_filter(&once, name, filter).is_err(), "{name} {filter}");
    }
    assert!(parse("[filters]\na = \"nonsense:x\"").unwrap_err().contains("config.toml:2:5"));
}

#[test]
fn another_grain_leaves_everything_else_as_it_stands() {
    let text = "# Ours\ntheme = \"dark\"\n[grain]\nfinest = \"class\" # as asked in May\n";
    let changed = set_grain(text, Finest::Day).unwrap();
    assert_eq!(changed, text.replace("\"class\"", "\"day\""));
    let fresh = set_grain("theme = \"dark\"\n", Finest::Total).unwrap();
    assert_eq!(parse(&fresh).unwrap().rules.finest, Finest::Total);
    assert_eq!(parse(&fresh).unwrap().theme.as_deref(), Some("dark"));
    assert!(set_grain("grain = 1", Finest::Day).unwrap_err().contains("config.toml:1:1"));
}

#[test]
fn nothing_said_means_the_documented_defaults() {
    let settings = parse("").unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.rules.absolute.to_string(), "0.05");
    assert_eq!(settings.rules.relative, share_of("5%"));
    assert_eq!(settings.rules.drift, share_of("0.02"));
    assert_eq!(settings.rules.window_seconds, 60);
    assert!(!settings.rules.tokens_must_agree);
    let HealthLimits { matched, discrepancies, not_found, errors, unexplained } = settings.health;
    assert_eq!(unexplained, None);
    assert_eq!([matched, discrepancies, not_found], ["95%", "5%", "1%"].map(share_of));
    assert_eq!(errors, 0);
    assert_eq!(settings.profile, Profile::OpenChargeback);
}

#[test]
fn numbers_are_read_by_their_digits_in_every_spelling() {
    for (written, means) in [
        ("0.05", "0.05"),
        ("\"0.05\"", "0.05"),
        ("5e-2", "0.05"),
        ("1_000", "1000"),
        ("+0.1", "0.1"),
        ("0", "0"),
        ("0.123456789012345678", "0.123456789012345678"),
    ] {
        let settings = parse(&format!("[tolerance]\nabsolute = {written}\n")).unwrap();
        assert_eq!(settings.rules.absolute.to_string(), means, "{written}");
    }
    for written in ["0.05", "\"5%\"", "\"0.05\"", "\" 5 %\""] {
        assert_eq!(parse(&format!("tolerance = {{ relative = {written} }}")).unwrap().rules.relative, share_of("5%"));
    }
}

#[test]
fn every_key_is_read() {
    let settings = parse(
        "profile = \"focus\"\ntheme = 'light'\nfund_org_pattern = \"DEPT-*\"\n\
         tolerance.absolute = 0.01\ntolerance.tokens_must_agree = true\ntolerance.window_seconds = 0\n\
         [grain]\nfinest = \"day\"\n[health]\nmatched = 1\nerrors = 3\n\
         [policy]\nrequired = [\"write-off\", \"dispute\"]\ncodes = [\"small\", \"vendor error\"]\n\
         [keys]\nnext = \"n\"\n\"move down\" = [\"j\", \"ctrl-n\"]\n",
    )
    .unwrap();
    assert_eq!((settings.profile, settings.theme.as_deref()), (Profile::Focus, Some("light")));
    assert_eq!(settings.fund_org_pattern.as_deref(), Some("DEPT-*"));
    assert!(settings.rules.tokens_must_agree && settings.rules.window_seconds == 0);
    assert_eq!(settings.rules.absolute.to_string(), "0.01");
    assert_eq!(settings.rules.finest, Finest::Day);
    assert_eq!((settings.health.matched, settings.health.errors), (share_of("100%"), 3));
    assert_eq!(settings.policy.required, [Verdict::WriteOff, Verdict::Dispute]);
    assert_eq!(settings.policy.codes, ["small", "vendor error"]);
    assert_eq!(settings.keys["next"], ["n"]);
    assert_eq!(settings.keys["move down"], ["j", "ctrl-n"]);
}

#[test]
fn every_wrong_setting_is_named_with_its_place() {
    for (text, message) in [
        (
            "[tolerence]\nabsolute = 1",
            "config.toml:1:2: there is no key “tolerence” at the top; there are: profile, focus, accounting, theme, \
 mouse, plain, reduced_motion, \
             fund_org_pattern, margin_percent, margin_included, four_eyes, materiality, flux_over, tolerance, grain, health, policy, keys, filters, models, columns, categories",
        ),
        (
            "theme = \"dark\"\n\n[tolerance]\n  absolut = 1",
            "config.toml:4:3: there is no key “absolut” in [tolerance]; there are: absolute, relative, \
             tokens_must_agree, window_seconds, drift",
        ),
        (
            "health = { matched = 1, errror = 1 }",
            "config.toml:1:25: there is no key “errror” in [health]; there are: matched, discrepancies, \
             not_found, errors, unexplained",
        ),
        ("policy.needed = []", "config.toml:1:8: there is no key “needed” in [policy]; there are: required, codes"),
        (
            "[grain]\nfinest = \"second\"",
            "config.toml:2:10: “grain.finest” is “second”, which is no grain; there are, from fine to coarse: \
             request, minute, hour, class, model, project, day, total",
        ),
        ("tolerance = 0.05", "config.toml:1:1: “tolerance” must be a table: write its keys below a line [tolerance]"),
        (
            "[[tolerance]]\nabsolute = 1",
            "config.toml:1:3: “tolerance” must be a table: write its keys below a line [tolerance]",
        ),
        ("[tolerance]\nabsolute = -0.01", "config.toml:2:12: “tolerance.absolute” is “-0.01”; it must not be below 0"),
        (
            "[tolerance]\nabsolute = \"5 cents\"",
            "config.toml:2:12: “tolerance.absolute” is “5 cents”, which is not a plain decimal number (write \
             it like 1234.56, without separators or signs of currency)",
        ),
        (
            "[tolerance]\nabsolute = inf",
            "config.toml:2:12: “tolerance.absolute” is “inf”, which is not a plain decimal number (write it \
             like 1234.56, without separators or signs of currency)",
        ),
        (
            "[tolerance]\nabsolute = 1e-19",
            "config.toml:2:12: “tolerance.absolute” is “1e-19”, which has more than 18 decimal places; the \
             program does not round what was billed",
        ),
        (
            "[tolerance]\nabsolute = true",
            "config.toml:2:12: “tolerance.absolute” must be a number, or a number in quotes",
        ),
        (
            "[tolerance]\nrelative = 5",
            "config.toml:2:12: “tolerance.relative” is “5”, more than the whole; write 0.05 or \"5%\" for five \
             percent",
        ),
        (
            "[tolerance]\ndrift = \"two\"",
            "config.toml:2:9: “tolerance.drift” is “two”, which is no share; write 0.05 or \"5%\"",
        ),
        (
            "[tolerance]\nrelative = -0.05",
            "config.toml:2:12: “tolerance.relative” is “-0.05”, which is no share; write 0.05 or \"5%\"",
        ),
        (
            "[tolerance]\nwindow_seconds = 1.5",
            "config.toml:2:18: “tolerance.window_seconds” must be a whole number from 0 to 86400",
        ),
        (
            "[tolerance]\nwindow_seconds = 86401",
            "config.toml:2:18: “tolerance.window_seconds” must be a whole number from 0 to 86400",
        ),
        (
            "[tolerance]\ntokens_must_agree = \"yes\"",
            "config.toml:2:21: “tolerance.tokens_must_agree” must be true or false",
        ),
        (
            "[health]\nmatched = 95",
            "config.toml:2:11: “health.matched” is “95”, more than the whole; write 0.05 or \"5%\" for five percent",
        ),
        ("[health]\nerrors = -1", "config.toml:2:10: “health.errors” must be a whole number from 0 to 4294967295"),
        (
            "[policy]\nrequired = [\"write off\"]",
            "config.toml:2:12: “policy.required” names “write off”, which is no verdict; there are: \
             approve-billed, approve-recorded, write-off, dispute, defer, exclude",
        ),
        (
            "[policy]\ncodes = [1]",
            "config.toml:2:9: “policy.codes” must be a list of texts, such as [\"one\", \"two\"]",
        ),
        ("[keys]\nquit = 7", "config.toml:2:8: “keys.quit” must be a list of texts, such as [\"one\", \"two\"]"),
        (
            "[policy]\ncodes = []",
            "config.toml:2:9: “policy.codes” is empty, so no decision could give the reason that “required” asks for",
        ),
        ("theme = \"\"", "config.toml:1:9: “theme” must be text in quotes, and not empty"),
        ("profile = 1", "config.toml:1:11: “profile” must be text in quotes, and not empty"),
        ("fund_org_pattern = []", "config.toml:1:20: “fund_org_pattern” must be text in quotes, and not empty"),
    ] {
        assert_eq!(parse(text).unwrap_err(), message, "{text}");
    }
}

#[test]
fn what_is_not_toml_is_said_with_its_place() {
    for (text, place) in [
        ("theme = dark", "config.toml:1:9: is not TOML: "),
        ("[tolerance\nabsolute = 1", "config.toml:1:11: is not TOML: "),
        ("[tolerance]\nabsolute = 1\nabsolute = 2", "config.toml:3:1: is not TOML: "),
        ("ünsaid", "config.toml:1:"),
    ] {
        let message = parse(text).unwrap_err();
        assert!(message.starts_with(place), "{text}: {message}");
    }
}

#[test]
fn a_new_tolerance_leaves_every_comment_where_it_was() {
    let text = "# ours\ntheme = \"dark\" # at night\n\n[tolerance]\n# in dollars\nabsolute = 0.05 # five cents\n\
                relative = \"5%\"\ndrift = \"2%\"\n\n[keys]\nnext = \"n\"\n";
    let (absolute, relative) = (Amount::parse("0.10").unwrap(), share_of("2.5%"));
    let changed = set_tolerance(text, absolute, relative).unwrap();
    assert_eq!(
        changed,
        text.replace("absolute = 0.05 #", "absolute = 0.1 #").replace("relative = \"5%\"", "relative = 0.025")
    );
    let fresh = set_tolerance("theme = \"dark\"\n", absolute, relative).unwrap();
    assert_eq!(fresh, "theme = \"dark\"\n\n[tolerance]\nabsolute = 0.1\nrelative = 0.025\n");
    assert!(set_tolerance("tolerance = 1", absolute, relative).unwrap_err().contains("config.toml:1:1"));
    let inline = set_tolerance("tolerance = { drift = 0.01 }\n", absolute, relative).unwrap();
    assert_eq!(parse(&inline).unwrap().rules.absolute, absolute);
}

proptest! {
    #[test]
    fn a_tolerance_reads_back_exactly(units in 0i128..10i128.pow(24), parts in 0i64..=1_000_000_000) {
        let absolute = Amount::from_units(units);
        let relative = Share::new(Decimal::new(parts, 9)).unwrap();
        let text = set_tolerance("[health]\nerrors = 2\n", absolute, relative).unwrap();
        let settings = parse(&text).unwrap();
        prop_assert_eq!((settings.rules.absolute, settings.rules.relative), (absolute, relative));
        prop_assert_eq!(settings.health.errors, 2);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(\\[|\\]|tolerance|absolute|keys|=|\\.|\"|'|#|\n|[0-9]|é|\\{|\\}|,| ){0,30}") {
        let _ = parse(&text);
        let _ = set_tolerance(&text, Amount::ZERO, share_of("0"));
    }
}
