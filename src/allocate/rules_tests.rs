//! Files of rules: what they mean, and what is refused with its place.

use super::*;
use crate::calendar::Day;

/// The documented file.
const SAMPLE: &str = include_str!("../../tests/support/subsidies.json");

fn parse(text: &str) -> Result<Vec<SubsidyRule>, String> {
    parse_subsidies(text, Path::new("subsidies.json")).map_err(|e| e.to_string())
}

fn with(from: &str, to: &str) -> Result<Vec<SubsidyRule>, String> {
    assert!(SAMPLE.contains(from), "{from}");
    parse(&SAMPLE.replacen(from, to, 1))
}

#[test]
fn the_documented_file_is_read() {
    let rules = parse(SAMPLE).unwrap();
    assert_eq!(rules[0].cap, Amount::from_int(500));
    assert_eq!(rules[0].period, Period::FiscalYear(MonthDay::new(7, 1).unwrap()));
    assert_eq!((&rules[0].services[..], &rules[0].eligible_projects), (&["OpenAI".to_owned()][..], &None));
    assert!(rules[0].enabled);
}

#[test]
fn the_extended_keys_are_read() {
    let more =
        "\"enabled\": false, \"eligible_projects\": [\"a\", \" b\"], \"sponsor_email\": \"p@x.edu\", \"_comment\": 1";
    let rule = with("\"enabled\": true", more).unwrap().remove(0);
    assert_eq!(rule.eligible_projects, Some(vec!["a".into(), "b".into()]));
    assert_eq!((rule.sponsor_email.as_deref(), rule.enabled), (Some("p@x.edu"), false));
    let all = with("\"enabled\": true", "\"eligible_projects\": [\"a\", \"*\"]").unwrap().remove(0);
    assert_eq!((all.eligible_projects, all.enabled), (None, true));
    assert_eq!(with("applies_to_services", "eligible_services").unwrap()[0].services, ["OpenAI"]);
}

/// The documented file with other keys in place of type, cap and period.
fn like(keys: &str) -> Result<SubsidyRule, String> {
    let from = SAMPLE.find("      \"type\"").unwrap();
    let to = SAMPLE.find("      \"applies_to").unwrap();
    parse(&format!("{}      {keys},\n{}", &SAMPLE[..from], &SAMPLE[to..])).map(|mut rules| rules.remove(0))
}

#[test]
fn every_type_names_its_level() {
    for (kind, level) in [
        ("per_project_cap", Level::Project),
        ("per_user_cap", Level::User),
        ("per_pi_cap", Level::Pi),
        ("global_pool", Level::Global),
    ] {
        let rule = like(&format!("\"type\": \"{kind}\", \"cap_amount\": 5, \"period\": \"week\"")).unwrap();
        assert_eq!((rule.level, rule.period, rule.percent), (level, Period::Week, Percent::ALL));
        for scope in [kind, level.name()] {
            let tiered = format!(
                "\"type\": \"tiered\", \"scope\": \"{scope}\", \"tiers\": [{{\"up_to\": 2, \"percent\": 50}}], \"period\": \"month\""
            );
            assert_eq!(like(&tiered).unwrap().level, level);
        }
    }
}

#[test]
fn every_period_is_read() {
    for (text, period) in [
        ("\"calendar_year\"", Period::CalendarYear),
        ("\"quarter\"", Period::Quarter),
        ("\"month\"", Period::Month),
        ("\"week\"", Period::Week),
        ("\"fiscal_year\", \"fiscal_year_start\": \"01-01\"", Period::FiscalYear(MonthDay::JANUARY_FIRST)),
        ("\"fiscal_year\", \"fiscal_year_start\": \"02-29\"", Period::FiscalYear(MonthDay::new(2, 29).unwrap())),
    ] {
        let rule = like(&format!("\"type\": \"per_project_cap\", \"cap_amount\": 5, \"period\": {text}")).unwrap();
        assert_eq!(rule.period, period);
    }
}

#[test]
fn tiers_have_rising_bounds_and_together_a_cap() {
    let tiered = |tiers: &str| like(&format!("\"type\": \"tiered\", \"tiers\": {tiers}, \"period\": \"month\""));
    let rule = tiered("[{\"up_to\": 200, \"percent\": 100}, {\"up_to\": 500, \"percent\": 50}]").unwrap();
    assert_eq!((rule.level, rule.cap, rule.tiers.len()), (Level::Project, Amount::from_int(350), 2));
    let falling = tiered("[{\"up_to\": 200, \"percent\": 100}, {\"up_to\": 200, \"percent\": 50}]").unwrap_err();
    assert!(falling.contains("subsidies.json:7:77: subsidies[0].tiers[1].up_to: 200 is not above 200"), "{falling}");
    assert!(tiered("[]").unwrap_err().contains("a tiered rule needs “tiers”"));
    assert!(tiered("[{\"up_to\": 200, \"percent\": 101}]").unwrap_err().contains("101 is not from 0 to 100"));
    assert!(tiered("[{\"up_to\": 200}]").unwrap_err().contains("missing key `percent`"));
    assert!(tiered("[{\"upto\": 200, \"percent\": 1}]").unwrap_err().contains("tiers[0]: unknown key `upto`"));
}

#[test]
fn caps_rollover_percent_and_days_are_read() {
    let base = "\"type\": \"per_user_cap\", \"cap_amount\": 500, \"period\": \"month\"";
    let with = |more: &str| like(&format!("{base}, {more}"));
    let caps = "\"caps\": [{\"from\": \"2026-01-25\", \"amount\": 600}, {\"from\": \"2026-02-01\", \"amount\": 7, \"retroactive\": false}], \"retroactive\": true";
    let rule = with(caps).unwrap();
    assert_eq!(rule.caps.iter().map(|cap| cap.retroactive).collect::<Vec<_>>(), [true, false]);
    let rule = with("\"percent\": 12.5, \"from\": \"2026-01-15\", \"to\": \"2026-06-30\", \"rollover\": 20.5").unwrap();
    assert_eq!(
        (rule.percent.value().to_string(), rule.rollover),
        ("12.5".into(), Rollover::UpTo(Amount::parse("20.5").unwrap()))
    );
    assert_eq!((rule.from, rule.to), (Day::from_ymd(2026, 1, 15), Day::from_ymd(2026, 6, 30)));
    assert_eq!(with("\"rollover\": \"full\", \"from\": \"2026-01-15\"").unwrap().rollover, Rollover::Full);
    assert_eq!(with("\"rollover\": \"none\"").unwrap().rollover, Rollover::None);
    assert_eq!(with("\"distribution\": \"pro_rata\"").unwrap().distribution, Distribution::ProRata);
    for (more, why) in [
        ("\"rollover\": \"full\"", ".rollover needs “from”, the first day of the rule"),
        ("\"rollover\": \"some\"", ".rollover: \"some\" is no known rollover; there are none, full, or an amount"),
        ("\"rollover\": -1, \"from\": \"2026-01-01\"", ".rollover: -1 is below zero"),
        ("\"distribution\": \"fair\"", "“fair” is no known distribution; there are first_come, pro_rata"),
        ("\"percent\": 0", ".percent: with 0 it covers nothing"),
        ("\"percent\": 100.5", "100.5 is not from 0 to 100"),
        ("\"retroactive\": true", "“retroactive” goes with “caps”"),
        (
            "\"scope\": \"user\"",
            "“scope” and the type per_user_cap contradict each other; it goes with the type tiered",
        ),
        ("\"tiers\": []", "“tiers” and the type per_user_cap contradict each other"),
        ("\"from\": \"2026-02-01\", \"to\": \"2026-01-31\"", "“to” (2026-01-31) is before “from” (2026-02-01)"),
        (
            "\"caps\": [{\"from\": \"2026-02-01\", \"amount\": 1}, {\"from\": \"2026-02-01\", \"amount\": 2}]",
            "caps[1].from: 2026-02-01 is not after 2026-02-01; put them in order",
        ),
        (
            "\"caps\": [{\"from\": \"2026-02-30\", \"amount\": 1}]",
            "caps[0]: “2026-02-30” names a day that does not exist",
        ),
        ("\"caps\": [{\"from\": \"2026-02-01\", \"amount\": -1}]", "caps[0].amount: -1 is below zero"),
    ] {
        let said = with(more).unwrap_err();
        assert!(said.starts_with("subsidies.json:7:") || said.starts_with("subsidies.json:3:"), "{said}");
        assert!(said.contains(why), "{said}");
    }
    for key in ["\"cap_amount\": 1", "\"caps\": []", "\"percent\": 5", "\"rollover\": \"none\""] {
        let tiers = "\"type\": \"tiered\", \"tiers\": [{\"up_to\": 2, \"percent\": 50}], \"period\": \"month\"";
        let said = like(&format!("{tiers}, {key}")).unwrap_err();
        assert!(said.contains("and the type tiered contradict each other; its tiers say what it pays"), "{said}");
    }
    assert!(like("\"type\": \"global_pool\", \"period\": \"month\"").unwrap_err().contains("missing key `cap_amount`"));
}

#[test]
fn rules_draw_by_their_order_and_then_as_they_stand() {
    let rule = |name: &str, more: &str| {
        format!(
            "{{\"name\": \"{name}\", \"fund_org\": \"F\", \"type\": \"global_pool\", \"cap_amount\": 1, \"period\": \"month\", \"applies_to_services\": [\"OpenAI\"]{more}}}"
        )
    };
    let file = |rules: &[String]| parse(&format!("{{\"subsidies\": [{}]}}", rules.join(",\n")));
    let all = [rule("a", ""), rule("b", ", \"order\": 2"), rule("c", ""), rule("d", ", \"order\": 1")];
    let names: Vec<String> = file(&all).unwrap().into_iter().map(|rule| rule.name).collect();
    assert_eq!(names, ["d", "b", "a", "c"]);
    let said = file(&[rule("a", ", \"order\": 1"), rule("b", ", \"order\": 1")]).unwrap_err();
    assert!(said.starts_with("subsidies.json:2:1: subsidies[1].order: 1 is also the order of subsidies[0]"), "{said}");
}

#[test]
fn an_unknown_type_period_or_scope_is_refused_with_its_place() {
    let error = |from, to| with(from, to).unwrap_err();
    let kind = error("per_project_cap", "cap");
    assert!(
        kind.starts_with("subsidies.json:7:15: subsidies[0].type: “cap” is no known type; there are per_project_cap, "),
        "{kind}"
    );
    let period = error("\"fiscal_year\"", "\"year\"");
    assert!(
        period.contains(":9:17: subsidies[0].period: “year” is no known period; there are fiscal_year, "),
        "{period}"
    );
    let tiers =
        "\"type\": \"tiered\", \"tiers\": [{\"up_to\": 2, \"percent\": 50}], \"period\": \"month\", \"scope\": \"lab\"";
    assert!(like(tiers).unwrap_err().contains("“lab” is no known scope; there are project, user, pi, global"));
}

#[test]
fn mistakes_are_named_with_their_place() {
    let error = |from, to| with(from, to).unwrap_err();
    assert!(error("\"enabled\"", "\"enable\"").contains("subsidies.json:12:14: subsidies[0]: unknown key `enable`"));
    assert!(error("500.00", "-1").contains(":8:21: subsidies[0].cap_amount: -1 is below zero"));
    assert!(error("500.00", "\"much\"").contains("subsidies[0].cap_amount: “much” is not a plain decimal"));
    assert!(error("07-01", "13-01").contains("fiscal_year_start: “13-01” is not a day of the year"));
    assert!(error("\"fiscal_year_start\": \"07-01\",", "").contains("needs “fiscal_year_start”"));
    assert!(error("\"fiscal_year\"", "\"calendar_year\"").contains("goes with the period fiscal_year"));
    assert!(error("[\"OpenAI\"]", "[]").contains("covers nothing"));
    assert!(error("\"enabled\": true", "\"eligible_projects\": []").contains("write [\"*\"]"));
    assert!(error("\"enabled\": true", "\"eligible_services\": [\"OpenAI\"]").contains("mean the same"));
    assert!(error("PROVOST-AI-2026", " ").contains("subsidies[0].fund_org is empty"));
    let rule = &SAMPLE[SAMPLE.find("    {").unwrap()..SAMPLE.rfind("\n  ]").unwrap()];
    let twice = parse(&format!("{{\"subsidies\": [{rule}, {rule}]}}")).unwrap_err();
    assert!(twice.contains("subsidies[1].name: “provost_ai_initiative” is also the name of subsidies[0]"), "{twice}");
}

#[test]
fn a_rule_for_a_project_that_is_not_there_is_noticed() {
    let rules = with("\"enabled\": true", "\"eligible_projects\": [\"gone\"]").unwrap();
    assert_eq!(
        unknown_projects(&rules, &Projects::default()),
        ["rule “provost_ai_initiative” covers project “gone”, which projects.json does not have"]
    );
    let rules = with("\"enabled\": true", "\"eligible_projects\": [\"p*\", \"q*\"]").unwrap();
    let unknown = unknown_projects(&rules, &crate::allocate::tests::projects(2));
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0].contains("“q*”"));
}
