//! Every screen at every size in every theme. The text stands once for each
//! size, since no theme changes it; below it each row's styles as letters, and
//! at the end what each letter is in each theme.

use std::fmt::Write as _;

use crate::calendar::Instant;
use crate::tui::bench::{Bench, sample_book, style_of, text_of};
use crate::tui::theme::{Depth, Kind, Theme};

/// From the narrowest there is to a whole screen.
const SIZES: [(u16, u16); 4] = [(60, 20), (80, 24), (120, 40), (200, 60)];

const THEMES: [(&str, Kind); 4] =
    [("dark", Kind::Dark), ("light", Kind::Light), ("high-contrast", Kind::HighContrast), ("no colour", Kind::Plain)];

const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A style in each of the themes.
type Styles = [String; THEMES.len()];

#[derive(Default)]
struct Legend(Vec<Styles>);

impl Legend {
    /// The letter of a style; none for plain text in all themes.
    fn letter(&mut self, styles: Styles) -> Option<char> {
        if styles.iter().all(String::is_empty) {
            return None;
        }
        let at = self.0.iter().position(|known| *known == styles).unwrap_or_else(|| {
            self.0.push(styles);
            self.0.len() - 1
        });
        Some(char::from(LETTERS[at]))
    }
}

/// The screen as it is now, at a size.
fn drawn(bench: &mut Bench, size: (u16, u16), legend: &mut Legend) -> String {
    bench.resize(size);
    let buffers = THEMES.map(|(_, kind)| {
        bench.model.theme = Theme::new(kind, Depth::Full);
        bench.drawn()
    });
    let text = text_of(&buffers[0]);
    for (buffer, (name, _)) in buffers.iter().zip(THEMES) {
        assert_eq!(text_of(buffer), text, "{name} says something else");
    }
    let mut out = format!("== {}x{}\n{text}\n", size.0, size.1);
    for y in 0..size.1 {
        let mut runs: Vec<(u16, u16, Option<char>)> = Vec::new();
        for x in 0..size.0 {
            let letter = legend.letter(std::array::from_fn(|at| {
                // The ground of a theme is below all of it.
                let style = style_of(&buffers[at][(x, y)]).replace(" on 16", "");
                if style == "231" { String::new() } else { style }
            }));
            match runs.last_mut() {
                Some((_, to, last)) if *last == letter => *to = x,
                _ => runs.push((x, x, letter)),
            }
        }
        let runs: Vec<String> =
            runs.into_iter().filter_map(|(from, to, letter)| Some(format!("{}{from}-{to}", letter?))).collect();
        if !runs.is_empty() {
            let _ = write!(out, "\n{y:>2}: {}", runs.join(" "));
        }
    }
    out
}

/// At all sizes, with the legend below.
fn at_all_sizes(bench: &mut Bench) -> String {
    let mut legend = Legend::default();
    let mut parts: Vec<String> = SIZES.map(|size| drawn(bench, size, &mut legend)).into();
    let line = |(at, styles): (usize, &Styles)| {
        let each = THEMES.iter().zip(styles).map(|((name, _), style)| format!("{name} {style}").trim_end().to_owned());
        format!("{} {}", char::from(LETTERS[at]), each.collect::<Vec<_>>().join(" | "))
    };
    parts.push(legend.0.iter().enumerate().map(line).collect::<Vec<_>>().join("\n"));
    parts.join("\n\n")
}

#[test]
fn every_screen_at_every_size_in_every_theme() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (80, 24));
    // Who and when are of the machine.
    let desk = bench.model.desk.take().unwrap();
    bench.model.desk = Some(desk.as_if_by("ada@desk", Instant::start_of("2026-02-03".parse().unwrap())));
    for (name, keys) in [
        ("overview", "0"),
        ("matched", "1"),
        ("discrepancies", "2 space j space"),
        ("not_found", "3"),
        ("projects", "4"),
        ("prices", "5"),
        ("close", "6"),
        ("summary", "7"),
        ("checks_of_nothing", "8"),
        ("why_of_the_month", "9"),
        ("bad_rows_none", "B"),
        ("journal", "J"),
        ("detail_in_full", "2 enter"),
        ("help", "2 ?"),
        ("palette", "2 :"),
        ("preview", "1 P"),
        ("choice", "2 x"),
        ("form", "5 e"),
        ("line_to_type", "2 c"),
        ("choice_of_columns", "2 C"),
    ] {
        bench.resize((80, 24)).keys(keys);
        insta::assert_snapshot!(name, at_all_sizes(&mut bench));
        bench.keys("esc esc");
    }
}

/// Words in the colours of good, bad and doubtful: none stands on any screen in
/// two of them, or the colour alone would tell which is meant.
#[test]
fn no_meaning_rests_on_colour_alone() {
    let book = sample_book();
    let mut bench = Bench::loaded(&book.path(), (200, 60));
    bench.model.theme = Theme::new(Kind::Dark, Depth::Full);
    let theme = bench.model.theme;
    let meanings = [("good", theme.good), ("warn", theme.warn), ("bad", theme.bad)];
    let mut seen: std::collections::BTreeMap<String, (&str, String)> = std::collections::BTreeMap::new();
    super::each_screen(&mut bench, |bench, keys| {
        let buffer = bench.drawn();
        for y in 0..buffer.area.height {
            let mut runs: Vec<(Option<&str>, String)> = Vec::new();
            for x in 0..buffer.area.width {
                let cell = &buffer[(x, y)];
                let is = |style: &ratatui::style::Style| style.fg == Some(cell.fg) && cell.bg == Default::default();
                let meaning = meanings.iter().find(|(_, style)| is(style)).map(|(name, _)| *name);
                match runs.last_mut() {
                    Some((last, text)) if *last == meaning => text.push_str(cell.symbol()),
                    _ => runs.push((meaning, cell.symbol().to_owned())),
                }
            }
            // Figures are read with the words of their row.
            let words = runs.into_iter().filter(|(_, text)| text.chars().any(char::is_alphabetic));
            for (meaning, text) in words.filter_map(|(meaning, text)| Some((meaning?, text.trim().to_owned()))) {
                let (first, place) = seen.entry(text.clone()).or_insert_with(|| (meaning, keys.to_owned())).clone();
                assert_eq!(first, meaning, "“{text}” is {first} on {place} and {meaning} on {keys}");
            }
        }
    });
    assert!(seen.len() > 20, "{seen:?}");
}
