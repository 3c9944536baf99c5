//! `trueup demo --tour` in a real pseudo-terminal, played from the first step
//! to the last as a learner would.

mod support;

use support::Terminal;

#[test]
fn the_tour_is_played_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let book = dir.path().join("book");
    let book = book.to_str().unwrap();
    let mut t = Terminal::start(80, 24, &["demo", "--tour", "--dir", book], dir.path(), &[("NO_COLOR", "1")]);
    t.see("balanced");
    // What is pressed, and what is seen before it.
    for (step, (sees, key)) in [
        ("Here is how the month stands", "2"),
        ("goes down a row", "j"),
        ("opens the item over the whole screen", "\r"),
        ("goes back", "q"),
        ("as they stand in their files", "o"),
        ("never decides anything", "\x1b"),
        ("approves the item under the cursor", "a"),
        ("takes it back", "u"),
        ("type cause:price", "&cause:price\r"),
        ("finds all items like this one", "*"),
        ("Here a key such as", "\x1b"),
        ("shows what matched", "1"),
        ("approves all that matched", "P"),
        ("burns down", "4"),
        ("what is left to do before", "6"),
        ("writes the chargeback file", "w"),
        ("is the journal", "J"),
        ("takes one entry of it back on its own", "jx"),
        ("That is the preview", "n"),
        ("finds any command by its name", ":"),
        ("Type a few letters", "\x1b"),
        ("lists all keys of the screen", "?"),
    ]
    .into_iter()
    .enumerate()
    {
        t.see(&format!("step {} of 22", step + 1));
        t.see(sees);
        t.keys(key);
        if matches!(key, "P" | "w") {
            t.agree();
        }
        // What lies over the screen is there before the next key is pressed.
        match key {
            "2" => drop(t.see("1/151")),
            "1" => drop(t.see("1/5,365")),
            "&cause:price\r" => drop(t.wait("the filtered list", |screen| !screen.contains("/151"))),
            "J" => drop(t.see("write openai-tokens")),
            "a" => drop(t.see("as billed: saved")),
            "u" => drop(t.see("Undo: approve")),
            "o" => drop(t.see("As it stands in the files")),
            "*" => drop(t.see("All like this")),
            "?" => drop(t.see("Keys on this screen")),
            _ => {}
        }
    }
    t.keys("\x1b");
    t.wait("the help to close", |screen| !screen.contains("Keys on this screen"));
    t.see("That was the tour");
    assert!(dir.path().join("book/openai-tokens_2026-01.csv").exists());
    t.keys("q");
    assert_eq!(t.ended(), 0);
    assert!(t.becomes_restored());
}
