//! The table of a list as somebody wants it, in the real program in a
//! pseudo-terminal: columns that are remembered, several sort keys, a search.

mod support;

use std::fs;

use support::{again, sample_month};

/// The line of column titles.
fn titles(screen: &str) -> String {
    screen.lines().find(|line| line.trim_start().starts_with("outcome")).unwrap_or_default().to_owned()
}

#[cfg(target_os = "linux")]
#[test]
fn columns_are_as_they_were_left_after_a_restart_and_a_broken_file_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    let before = titles(&t.see("yuki.arakaw"));
    assert!(before.contains("time") && before.contains("recorded"), "{before}");
    t.keys(">>-");
    t.see("time is hidden.");
    t.wait("the column to go", |screen| !titles(screen).contains("time"));
    // Through the choice: the figures change places.
    t.keys("C");
    let choice = t.see("[ ] time");
    assert!(choice.contains("[x] outcome") && choice.contains("stays in sight"), "{choice}");
    t.keys("jjjjjK");
    t.see("was moved left.");
    t.keys("R");
    t.see("[x] time");
    t.keys("ggkkkkkkkkkkkkj \x1b");
    t.wait("the choice to close", |screen| !screen.contains("Columns"));
    t.keys("L");
    // Of the same frame: what comes behind it may be drawn in part only.
    let left = titles(&t.see("was moved right."));
    t.leave();
    let file = dir.path().join(".config/trueup/columns.toml");
    let kept = fs::read_to_string(&file).unwrap();
    assert!(kept.contains("[discrepancies]") && kept.contains("hidden = [\"time\"]"), "{kept}");
    assert!(!dir.path().join("book/columns.toml").exists());

    let mut t = again(dir.path());
    t.wait("the columns as they were", |screen| titles(screen) == left);
    t.leave();

    fs::write(&file, "[discrepancies]\norder = 3\n").unwrap();
    let mut t = again(dir.path());
    t.see("Columns are not remembered until columns.toml is mended or deleted: line 2");
    t.wait("the columns as at first", |screen| titles(screen) == before);
    t.keys("d");
    t.see("150/151");
    t.leave();
    assert_eq!(fs::read_to_string(&file).unwrap(), "[discrepancies]\norder = 3\n");
}

#[test]
fn a_narrow_list_scrolls_sideways_to_the_column_under_the_cursor() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 60, 20, &[]);
    t.keys("2");
    let first = titles(&t.see("1/151"));
    assert!(!first.contains("tokens") && !first.contains("cause"), "{first}");
    t.keys(">>>>>>");
    let scrolled = titles(&t.see("tokens"));
    assert!(scrolled.contains("outcome") && scrolled.contains('‹'), "what is frozen stays: {scrolled}");
    t.keys("\x1b");
    t.wait("the list as before", |screen| titles(screen) == first);
    t.leave();
}

#[test]
fn a_list_is_sorted_by_several_columns_and_searched_with_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut t = sample_month(dir.path(), 120, 40, &[]);
    t.keys("2");
    t.see("difference▼");
    t.keys(">>>s");
    t.see("Sorted by model or usage type asc.");
    t.keys(">s");
    let sorted = titles(&t.see("Sorted by model or usage type asc, user asc."));
    assert!(sorted.contains("what▲1") && sorted.contains("user▲2"), "{sorted}");
    t.keys("s");
    t.see("user▼2");
    t.keys("Z");
    t.see("difference▼");
    t.keys("/okafor\r");
    t.see("Hit 1 of");
    t.keys("n");
    t.see("hit 2 of");
    t.keys("/Okafor\r");
    t.see("Nothing here holds “Okafor” in this case.");
    // The minimap: everything is open, until one item is not.
    assert!(t.screen().contains("┃█"), "{}", t.screen());
    t.leave();
}
