//! The burn-down: caps of every kind, the charges behind one, and another cap
//! tried out before it is written.

use super::{SIZES, at_all_sizes};
use crate::tui::bench::{Bench, SampleBook, sample_book};
use crate::tui::tab::Tab;
use crate::tui::theme::{Depth, Kind, Theme};

const RULES: &str = r#"{"subsidies": [
  {"name": "projects", "fund_org": "PROVOST", "type": "per_project_cap", "cap_amount": 60, "period": "month",
   "applies_to_services": ["OpenAI"], "eligible_projects": ["robotics-lab", "genome-*", "law-clinic"]},
  {"name": "people", "fund_org": "DEAN", "type": "per_user_cap", "cap_amount": 15, "period": "week",
   "applies_to_services": ["OpenAI"], "eligible_projects": ["law-clinic"]},
  {"name": "chairs", "fund_org": "DEAN", "type": "per_pi_cap", "cap_amount": 400, "period": "calendar_year",
   "applies_to_services": ["OpenAI API"], "eligible_projects": ["robotics-lab"]},
  {"name": "pool", "fund_org": "PILOT", "type": "global_pool", "cap_amount": 1000, "period": "quarter",
   "applies_to_services": ["OpenAI API"]}
]}
"#;

/// The sample month under a rule of each kind, with all that matched approved.
fn approved(size: (u16, u16)) -> (SampleBook, Bench) {
    let book = sample_book();
    std::fs::write(book.path().join("subsidies.json"), RULES).unwrap();
    std::fs::remove_file(book.path().join("subsidy_state.json")).unwrap();
    let mut bench = Bench::loaded(&book.path(), size);
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    bench.keys("1 P y 4");
    (book, bench)
}

fn rules(bench: &Bench) -> Vec<&str> {
    bench.model.burn.rows().map(|burn| burn.scope.rule.as_str()).collect()
}

#[test]
fn caps_of_every_kind_burn_down_and_open_what_is_behind_them() {
    let (_book, mut bench) = approved((80, 24));
    insta::assert_snapshot!("burn_down", at_all_sizes(&mut bench));
    bench.resize((160, 50));
    insta::assert_snapshot!("burn_down_wide", bench.styled());
    while bench.model.burn.get(bench.model.spot().at).unwrap().scope.rule != "pool" {
        bench.keys("j");
    }
    bench.keys("enter");
    insta::assert_snapshot!("behind_a_cap", at_all_sizes(&mut bench));
    bench.resize((80, 24)).model.theme = Theme::new(Kind::Plain, Depth::Full);
    insta::assert_snapshot!("behind_a_cap_no_color", bench.styled());
    bench.keys("q");
    insta::assert_snapshot!("burn_down_no_color", bench.styled());
}

#[test]
fn what_is_behind_a_cap_adds_up_to_it_and_q_goes_back_to_it() {
    let (_book, mut bench) = approved((80, 24));
    for at in 0..bench.model.burn.len() {
        let burn = bench.model.burn.get(at).unwrap().clone();
        bench.keys("enter");
        let Some(behind) = &bench.model.burn.behind else {
            assert!(burn.this_month.is_zero() && bench.status().starts_with("Nothing approved counts"));
            bench.keys("j");
            continue;
        };
        assert_eq!(behind.draws.totals().1, burn.this_month);
        let rows: Vec<_> = (0..behind.draws.len()).map(|at| behind.draws.row(at).unwrap()).collect();
        assert_eq!(rows.iter().map(|row| row.drawn).sum::<crate::amount::Amount>(), burn.this_month);
        assert_eq!(rows.last().unwrap().left, burn.remaining);
        bench.keys("G g j q");
        assert!(bench.model.burn.behind.is_none() && !bench.model.leaving);
        assert_eq!(bench.model.burn.get(bench.model.spot().at).unwrap().scope, burn.scope);
        bench.keys("j");
    }
    bench.keys("g enter enter");
    assert!(bench.screen().contains("Who pays for"), "{}", bench.screen());
}

#[test]
fn caps_are_sorted_grouped_and_shown_by_rule() {
    let (_book, mut bench) = approved((120, 40));
    let soonest: Vec<_> = bench.model.burn.rows().map(|burn| burn.runs_out).collect();
    let known = soonest.iter().take_while(|day| day.is_some()).count();
    assert!(known > 0 && soonest[..known].is_sorted() && soonest[known..].iter().all(Option::is_none));
    bench.keys("s").types("rule");
    bench.keys("enter");
    assert!(rules(&bench).is_sorted(), "{}", bench.status());
    bench.keys("S");
    assert!(rules(&bench).iter().rev().is_sorted());
    bench.keys("&").types("people");
    bench.keys("enter");
    assert!(!rules(&bench).is_empty() && rules(&bench).iter().all(|rule| *rule == "people"));
    assert!(bench.screen().contains("only people"));
    // Another desk keeps the order and the rule.
    bench.keys("2 a 4");
    assert!(rules(&bench).iter().all(|rule| *rule == "people"));
    bench.keys("esc");
    assert!(rules(&bench).contains(&"pool"));
}

#[test]
fn another_cap_is_shown_before_it_is_written_and_undo_takes_it_back() {
    let (book, mut bench) = approved((80, 24));
    let text = || std::fs::read_to_string(book.path().join("subsidies.json")).unwrap();
    bench.keys("&").types("pool");
    bench.keys("enter e");
    assert!(bench.screen().contains("What if the cap were another?"), "{}", bench.screen());
    for _ in 0..4 {
        bench.keys("backspace");
    }
    bench.types("100");
    bench.keys("down").types("2026-01-20");
    bench.keys("down backspace backspace").types("perhaps");
    bench.keys("enter");
    assert!(bench.screen().contains("neither yes nor no"), "{}", bench.screen());
    for _ in 0..7 {
        bench.keys("backspace");
    }
    bench.types("yes");
    bench.keys("enter");
    insta::assert_snapshot!("another_cap", bench.screen());
    assert_eq!(text(), RULES, "nothing is written before the yes");
    let before = bench.model.burn.get(0).unwrap().cap;
    bench.keys("y");
    assert!(text().contains("\"retroactive\": true"));
    assert_eq!(bench.model.burn.get(0).unwrap().cap.to_string(), "100", "{}", bench.status());
    assert!(bench.model.burn.get(0).unwrap().used_up());
    bench.keys("u");
    assert_eq!((text().as_str(), bench.model.burn.get(0).unwrap().cap), (RULES, before));
    bench.keys("J");
    assert!(bench.screen().contains("subsidies.json: cap of pool: 100"), "{}", bench.screen());
}

#[test]
fn two_thousand_caps_draw_only_what_is_seen() {
    let book = sample_book();
    let project = |n: u32| {
        format!(
            r#"{{"project_id": "p{n:04}", "pi_email": "pi@x.edu", "fund_org": "F", "users": [{{"email": "u{n}@x.edu"}}]}}"#
        )
    };
    let all: Vec<String> = (0..2_000).map(project).collect();
    std::fs::write(book.path().join("projects.json"), format!(r#"{{"projects": [{}]}}"#, all.join(","))).unwrap();
    std::fs::remove_file(book.path().join("subsidy_state.json")).unwrap();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    bench.keys("4");
    let caps = bench.model.burn.len();
    assert!(caps >= 2_000, "{caps}");
    for size in SIZES {
        bench.resize(size).keys("G");
        let rows = super::super::areas(&bench.model).rows();
        assert_eq!((bench.model.spot().at, bench.model.spot().top), (caps - 1, caps - rows));
        let shown = bench.screen().lines().filter(|line| line.starts_with('p')).count();
        assert_eq!(shown, rows);
    }
    assert_eq!(bench.model.tab, Tab::Projects);
}
