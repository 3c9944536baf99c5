//! Columns laid out with keys, the file that remembers them, several sort keys,
//! the minimap and the search, over the sample month.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::update;
use crate::tui::bench::{Bench, sample_book};
use crate::tui::columns::Layout;
use crate::tui::list::{COLUMNS, ListState};
use crate::tui::message::Message;

fn list(bench: &Bench) -> &ListState {
    bench.model.list().unwrap()
}

fn layout(bench: &Bench) -> &Layout {
    &bench.model.columns().unwrap().layout
}

/// The titles that are on the screen, from left to right.
fn titles(bench: &Bench) -> Vec<&'static str> {
    bench.screen();
    let columns = bench.model.columns().unwrap();
    columns.placed.borrow().iter().map(|placed| columns.name(placed.column)).collect()
}

#[test]
fn a_column_is_hidden_moved_frozen_and_resized_under_the_cursor() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (200, 40));
    bench.keys("2 -");
    assert!(bench.status().starts_with("Go to a column with < or >"), "{}", bench.status());
    let all = titles(&bench);
    bench.keys("> > -");
    assert_eq!(bench.status(), "time is hidden.");
    assert_eq!(bench.model.columns().unwrap().cursor, Some(2), "the cursor goes to the column behind it");
    assert!(!titles(&bench).contains(&"time"));
    bench.keys("L");
    assert_eq!(titles(&bench)[..4], ["outcome", "user", "what", "project"]);
    bench.keys("_ <");
    assert_eq!(titles(&bench)[..3], ["outcome", "what", "user"]);
    assert!(layout(&bench).is_frozen(2));
    bench.keys("H");
    assert_eq!(bench.status(), "outcome goes no further left among the columns that stay in sight.");
    bench.screen();
    let width = |bench: &Bench| bench.model.columns().unwrap().drawn(0).unwrap();
    let before = width(&bench);
    bench.keys(") )");
    bench.screen();
    assert_eq!(width(&bench), before + 4, "{}", bench.status());
    bench.keys("( ( (");
    bench.screen();
    assert_eq!(width(&bench), before - 2);
    assert!(all.len() > titles(&bench).len());
}

#[test]
fn the_choice_shows_moves_and_puts_back_every_column() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 C space j space K");
    let screen = bench.screen();
    assert!(screen.contains("[ ] outcome") && screen.contains("[ ] time"), "{screen}");
    assert_eq!(bench.status(), "time goes no further left among the columns.");
    // Among all columns hidden ones are steps.
    bench.keys("J J");
    assert_eq!(layout(&bench).place(1), Some(3));
    bench.keys("_ ) a");
    assert!(layout(&bench).is_frozen(1));
    assert_eq!(layout(&bench).width(1), None);
    bench.keys("R esc");
    assert!(bench.model.modals.is_empty());
    assert_eq!(*layout(&bench), bench.model.columns().unwrap().own);
}

#[test]
fn the_last_column_cannot_be_hidden() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("3 >");
    for _ in 0..COLUMNS.len() + 3 {
        bench.keys("-");
    }
    assert!(bench.status().ends_with("is the last column shown, so it stays."), "{}", bench.status());
    assert_eq!(layout(&bench).shown().count(), 1);
    // A list in groups still says what its groups are.
    bench.keys("b").types("cause");
    bench.keys("enter");
    assert!(bench.screen().contains("▸ not recorded, 52 items"), "{}", bench.screen());
}

#[test]
fn columns_are_remembered_for_each_screen_and_the_book_knows_nothing_of_them() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 > > - 4 > > ) 3");
    assert_eq!(*layout(&bench), bench.model.columns().unwrap().own, "each screen has its own");
    bench.keys("2");
    let kept = layout(&bench).clone();
    let file = bench.columns.clone();
    drop(bench);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# ") && text.contains("[discrepancies]") && text.contains("[projects"), "{text}");
    let again = Bench::loaded(&book.path(), (120, 30));
    assert_eq!(*layout(&again), kept);
    let elsewhere = sample_book();
    let other = Bench::loaded(&elsewhere.path(), (120, 30));
    assert!(other.model.columns.iter().all(|columns| columns.layout == columns.own));
}

#[test]
fn a_broken_file_is_said_once_the_month_is_there_and_stays_as_it_is() {
    let book = sample_book();
    let file = Bench::open(&book.path(), (120, 30)).columns;
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let broken = "[discrepancies\norder = 1\n";
    std::fs::write(&file, broken).unwrap();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    assert!(
        bench.status().starts_with("Columns are not remembered until columns.toml is mended"),
        "{}",
        bench.status()
    );
    assert!(bench.status().contains("line 1"), "{}", bench.status());
    // They change all the same, and what somebody wrote is not written over.
    bench.keys("2 > > -");
    assert!(bench.status().starts_with("time is hidden. Columns are not remembered"), "{}", bench.status());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), broken);
    drop(bench);
    std::fs::write(&file, "[discrepancies]\norder = [\"shoe\"]\nfrozen = 0\n").unwrap();
    let bench = Bench::loaded(&book.path(), (120, 30));
    assert!(bench.status().starts_with("columns.toml: discrepancies has no column “shoe”"), "{}", bench.status());
}

#[test]
fn frozen_columns_stay_while_the_cursor_scrolls_the_others_on_a_narrow_screen() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (60, 20));
    bench.keys("2");
    for column in &COLUMNS {
        bench.keys(">");
        let shown = titles(&bench);
        assert!(shown.contains(&column.name), "{} is not among {shown:?}", column.name);
        assert_eq!(shown[0], "outcome", "{shown:?}");
        let end = bench.model.columns().unwrap().placed.borrow().last().map(|last| last.x + last.width).unwrap();
        assert!(end <= 60, "{shown:?}");
    }
    assert!(bench.screen().contains('‹'), "{}", bench.screen());
    bench.keys("esc");
    assert!(!bench.screen().contains('‹'), "{}", bench.screen());
}

#[test]
fn a_list_is_sorted_by_several_columns_turned_round_and_as_at_first() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (160, 40));
    let order = |bench: &Bench| list(bench).order.to_string();
    bench.keys("2 > > > s");
    assert_eq!(order(&bench), "model", "the order at first gives way");
    bench.keys("> s");
    assert_eq!(order(&bench), "model,user");
    bench.keys("> > > > > s s");
    assert_eq!(order(&bench), "model,user,difference");
    let screen = bench.screen();
    assert!(screen.contains("what▲1") && screen.contains("user▲2") && screen.contains("difference▲3"), "{screen}");
    assert!(bench.status().starts_with("Sorted by model or usage type asc, user asc"), "{}", bench.status());
    let desk = bench.model.desk.as_ref().unwrap();
    let rows: Vec<_> = list(&bench).items.iter().map(|item| desk.row(*item)).collect();
    for pair in rows.windows(2) {
        let names = |at: usize| (pair[at].cells.what, pair[at].cells.user);
        let by_name =
            crate::review::natural(names(0).0, names(1).0).then(crate::review::natural(names(0).1, names(1).1));
        assert!(by_name.then(pair[0].cells.difference.cmp(&pair[1].cells.difference)).is_le(), "{:?}", pair);
    }
    bench.keys("S");
    assert_eq!(order(&bench), "model:desc,user:desc,difference:desc");
    drop(bench);
    let mut bench = Bench::loaded(&book.path(), (160, 40));
    assert_eq!(order(&bench), "model:desc,user:desc,difference:desc", "remembered with the place");
    bench.keys("Z");
    assert_eq!(order(&bench), "size:desc");
    bench.keys("> > > > > > > > > s");
    assert_eq!(order(&bench), "size", "the column shows what the list is sorted by, and turns it round");
}

#[test]
fn the_minimap_follows_decisions_filters_and_groups() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("1 O");
    let levels = |bench: &Bench, rows| list(bench).map.levels(rows);
    assert!(levels(&bench, 40).iter().all(|level| *level > 0), "all that is shown is open");
    bench.keys("O P y");
    let left = levels(&bench, 40);
    assert!(left.contains(&0) && left.contains(&4), "{left:?}");
    bench.keys("2 g");
    let before = levels(&bench, 151);
    bench.keys("d");
    assert_eq!((before[0], levels(&bench, 151)[0]), (4, 0), "one row is settled: its row of the map is empty");
    bench.keys("u b").types("cause");
    bench.keys("enter");
    let groups = list(&bench).index.len();
    assert_eq!(levels(&bench, 40).len(), groups, "a row for each group");
    assert!(levels(&bench, 40).iter().all(|level| *level > 0));
}

#[test]
fn a_search_counts_its_hits_and_a_capital_letter_makes_the_case_count() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 /").types("okafor");
    let typed = bench.screen();
    bench.keys("enter");
    let hits = list(&bench).search.as_ref().unwrap().hits.as_ref().unwrap().len();
    assert!(hits > 1, "{}", bench.screen());
    assert!(typed.contains(&format!("{hits} rows")), "counted while it is typed: {typed}");
    assert_eq!(bench.status(), format!("Hit 1 of {hits} with “okafor”."));
    bench.keys("n");
    assert!(bench.screen().contains(&format!("hit 2 of {hits}")), "{}", bench.screen());
    bench.keys("N N");
    assert_eq!(bench.status(), format!("Hit {hits} of {hits} with “okafor”."), "round the end");
    bench.keys("/").types("Okafor");
    bench.keys("enter");
    assert_eq!(bench.status(), "Nothing here holds “Okafor” in this case.");
    // A hit in the id is one too, as is the project.
    bench.keys("g");
    let desk = bench.model.desk.clone().unwrap();
    let id = list(&bench).items.iter().map(|item| desk.row(*item).id).find(|id| !id.is_empty()).unwrap().into_owned();
    bench.keys("/").types(&id);
    bench.keys("enter");
    assert!(bench.status().starts_with("Hit 1 of 1"), "{}", bench.status());
    bench.keys("esc");
    assert!(list(&bench).search.is_none());
}

#[test]
fn only_what_was_found_is_underlined() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2 /").types("okafor");
    bench.keys("enter g");
    let styled = bench.styled();
    let screen = bench.screen();
    let (y, line) = screen.lines().enumerate().skip(4).find(|(_, line)| line.contains("okafor")).unwrap();
    let x = line[..line.find("okafor").unwrap()].chars().count();
    let wanted = format!("{x}-{} ", x + 5);
    let of_line = styled.lines().find(|line| line.starts_with(&format!("{y:>2}: "))).unwrap();
    let span = of_line.split(", ").find(|span| span.trim_start_matches(&format!("{y:>2}: ")).starts_with(&wanted));
    assert!(span.is_some_and(|span| span.contains("underlined")), "{of_line}\n{line}");
}

#[test]
fn a_search_goes_to_its_first_hit_though_the_list_was_sorted_anew_meanwhile() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 30));
    bench.keys("2");
    let listed = |bench: &mut Bench| {
        let key = Event::Key(KeyEvent::new(KeyCode::Char('S'), KeyModifiers::NONE));
        update(&mut bench.model, Message::Input(key))
    };
    // The question for the list is out when the search is typed.
    let waiting = listed(&mut bench);
    bench.keys("/").types("okafor");
    bench.keys("enter");
    bench.model.list_mut().unwrap().spot.at = 0;
    bench.model.status = None;
    bench.model.list_mut().unwrap().search.as_mut().unwrap().fresh = true;
    bench.carry_out(waiting);
    assert!(bench.status().starts_with("Hit "), "{}", bench.status());
    let hits = list(&bench).search.as_ref().unwrap().hits.clone().unwrap();
    assert!(hits.contains(&(list(&bench).spot.at as u32)));
}

#[test]
fn figures_of_the_summary_are_laid_out_like_other_columns() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (160, 40));
    bench.keys("7");
    assert_eq!(titles(&bench)[0], "groups");
    let before = titles(&bench);
    assert!(before.contains(&"requests") && !before.contains(&"margin"), "{before:?}");
    bench.keys("> > -");
    let hidden = bench.status().to_owned();
    assert!(hidden.ends_with("is hidden."), "{hidden}");
    assert_eq!(titles(&bench).len(), before.len() - 1);
    // The cursor passes over what this month has nothing of.
    for _ in 0..30 {
        bench.keys(">");
        let columns = bench.model.columns().unwrap();
        assert!(!columns.absent.contains(&columns.cursor.unwrap()), "{}", bench.status());
    }
    // By two things within each other the names stay together.
    bench.keys("esc b").types("model, project").keys("enter");
    assert_eq!(titles(&bench)[..2], ["groups", "groups"], "{}", bench.screen());
    bench.keys("b").types("model").keys("enter");
    assert!(bench.model.modals.is_empty(), "{}", bench.screen());
    let name = hidden.split(' ').next().unwrap().to_owned();
    assert!(!titles(&bench).contains(&name.as_str()));
    bench.keys("C R esc");
    assert_eq!(titles(&bench), before);
    // The column under the cursor is what is sorted by.
    bench.keys("> > s");
    let sort = bench.model.summary.query.clone();
    assert_eq!((sort.sort, sort.descending), (Some("items"), true), "{}", bench.screen());
    bench.keys("s");
    assert!(!bench.model.summary.query.descending);
}

#[test]
fn the_gate_is_laid_out_and_remembers_it() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("6 > > > -");
    assert_eq!(bench.status(), "dollars is hidden.");
    drop(bench);
    let mut bench = Bench::loaded(&book.path(), (120, 40));
    bench.keys("6");
    assert_eq!(titles(&bench), ["left to do", "count", "where"]);
    assert!(bench.screen().lines().any(|line| line.contains("discrepancies open")));
}
