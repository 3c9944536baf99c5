//! Why the two sides differ: the findings ranked by dollars, what none of them
//! explains, and the one under the cursor in full with what it proposes.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, plain, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, number, text_column};
use super::{Areas, table, words};
use crate::amount::{Amount, Share};
use crate::desk::{Desk, Why, WhyFinding};
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::tab::Tab;
use crate::tui::why::WhyScope;
use crate::tui::{figures, text};

pub const COLUMNS: [Column<'_>; 8] = [
    text_column("cause", 0, 11, 14),
    decimal("dollars", 1, 9),
    decimal("moved", 9, 8),
    number("share", 2, 6),
    text_column("", 8, 10, 10).called("bar"),
    number("items", 3, 5),
    text_column("exact", 4, 5, 6),
    text_column("why", 1, 14, 200).good(44),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    // The line above the table says what is explained.
    let head = Rect { y: areas.table.y.saturating_sub(1), height: 1, ..areas.table };
    let scope = scope(model);
    let Some(page) = &model.why.page else {
        let text = format!("Why {scope}: asking each cause in turn{}", paint.dots());
        paint.text(head.x, head.y, head.width, &text, theme.dim);
        return;
    };
    let why = &page.why;
    let of = match model.why.scope {
        WhyScope::Month | WhyScope::Item(..) => String::new(),
        _ => format!(" ({})", figures::of(page.items as u64, "item", "items")),
    };
    let all = moved(why);
    let left = if why.apart.is_zero() { String::new() } else { format!(", {} unexplained", share(why.apart, all)) };
    let total = figures::signed(why.total);
    let forms = [
        format!("Why {scope}{of}: {total} billed minus recorded{left}"),
        format!("Why {scope}{of}: {total}{left}"),
        format!("{total} billed minus recorded{left}"),
    ];
    let fits = |form: &&String| text::width(&text::clean(form, paint.ascii)) <= usize::from(head.width);
    let title = forms.iter().find(fits).or(forms.last()).cloned().unwrap_or_default();
    paint.text(head.x, head.y, head.width, &title, theme.title);
    let spot = model.spot();
    let rows = (0..=why.findings.len()).skip(spot.top).take(areas.rows()).map(|at| {
        let cells = match why.findings.get(at) {
            Some(finding) => cells(finding, all, paint),
            None => left_over(why, all, paint),
        };
        Row { cells, cursor: at == spot.at, style: None }
    });
    table::draw_as(paint, areas.table, &COLUMNS, rows.collect(), &Shown::of(model));
    if let Some(aside) = areas.aside {
        in_full(model, why, paint, aside);
    }
}

/// What is explained, in words.
fn scope(model: &Model) -> String {
    match &model.why.scope {
        WhyScope::Month => match model.desk.as_ref().map(Desk::month) {
            Some(month) => format!("{month} differs, the whole month"),
            None => "the month differs".to_owned(),
        },
        WhyScope::Listed(query, only) => {
            let list = query.screen.map_or("the list", |screen| Tab::of(screen).title());
            let filter = match (query.filter.is_empty(), only) {
                (false, _) => format!(" with {}", query.filter),
                (true, Some(only)) => format!(", {}", only.what),
                (true, None) => String::new(),
            };
            format!("all on {list}{filter} differ")
        }
        WhyScope::Marked(_) => "the marked items differ".to_owned(),
        WhyScope::Item(_, name) => format!("the item {name} differs"),
    }
}

/// All dollars that are apart, whatever their signs: what shares are of.
fn moved(why: &Why) -> Amount {
    why.findings.iter().map(|finding| finding.moved).sum::<Amount>().plus(why.apart)
}

fn cells(finding: &WhyFinding, all: Amount, paint: &Paint<'_>) -> Vec<Cell> {
    let theme = paint.theme;
    vec![
        Cell::new(words::cause(finding.cause)),
        Cell::new(figures::signed(finding.explained)),
        Cell::styled(figures::money(finding.moved), theme.dim),
        Cell::new(share(finding.moved, all)),
        Cell::styled(paint.bar(finding.moved, all, 10), theme.info),
        Cell::new(figures::count(finding.items.len() as u64)),
        exact(finding, paint),
        Cell::new(&finding.sentence),
    ]
}

fn exact(finding: &WhyFinding, paint: &Paint<'_>) -> Cell {
    let theme = paint.theme;
    if finding.exact { Cell::styled("exact", theme.good) } else { Cell::styled("about", theme.warn) }
}

fn left_over(why: &Why, all: Amount, paint: &Paint<'_>) -> Vec<Cell> {
    let theme = paint.theme;
    let style = if why.apart.is_zero() { theme.good } else { theme.bad };
    let text = if why.apart.is_zero() { "Nothing is left." } else { "No cause explains it." };
    vec![
        Cell::styled("unexplained", style),
        Cell::styled(figures::signed(why.unexplained), style),
        Cell::styled(figures::money(why.apart), theme.dim),
        Cell::styled(share(why.apart, all), style),
        Cell::styled(paint.bar(why.apart, all, 10), style),
        Cell::new(""),
        Cell::new(""),
        Cell::styled(text, style),
    ]
}

fn share(part: Amount, all: Amount) -> String {
    Share::of(part, all).map(Share::percent).unwrap_or_default()
}

/// The finding under the cursor, in whole sentences.
fn in_full(model: &Model, why: &Why, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let at = model.told();
    let Some(finding) = why.findings.get(at) else {
        paint.rule(area.x, area.y, area.width, "unexplained");
        let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let lines: Vec<Vec<Piece>> = unexplained(why, below.width, paint);
        paint.lines(below, &lines, 0);
        return;
    };
    let title = format!("{} of {}: {}", at + 1, why.findings.len(), finding.probe.replace('_', " "));
    paint.rule(area.x, area.y, area.width, &title);
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let mut lines: Vec<Vec<Piece>> = wrapped(&finding.sentence, below.width, paint.ascii, theme.text).collect();
    let how = if finding.exact { "exactly" } else { "not to the last digit" };
    let moved = if finding.moved == finding.explained.abs() {
        String::new()
    } else {
        format!(", from {} that stand against each other", figures::exact(finding.moved))
    };
    let figures = format!(
        "{}, {how}, in {}{moved}.",
        figures::exact(finding.explained),
        figures::of(finding.items.len() as u64, "item", "items")
    );
    lines.extend(wrapped(&figures, below.width, paint.ascii, theme.dim));
    let (open, adopt) = (model.keymap.shown(Action::Open, paint.ascii), model.keymap.shown(Action::Adopt, paint.ascii));
    let next = match (&finding.proposal, finding.items.is_empty()) {
        (Some(_), false) => format!("{adopt} shows what its proposal would change; {open} shows its items."),
        (Some(_), true) => format!("{adopt} shows what its proposal would change."),
        (None, false) => format!("It proposes nothing; {open} shows its items, to be settled there."),
        (None, true) => "It proposes nothing.".to_owned(),
    };
    lines.extend(wrapped(&next, below.width, paint.ascii, theme.info));
    if let Some(desk) = &model.desk {
        for assumed in desk.assumed() {
            lines.extend(wrapped(&assumed, below.width, paint.ascii, theme.warn));
        }
    }
    let top = model.detail.scroll.top(lines.len(), below.height as usize);
    paint.lines(below, &lines, top);
}

fn unexplained(why: &Why, width: u16, paint: &Paint<'_>) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    if why.apart.is_zero() {
        return vec![plain("The findings explain all of it, to the last digit.", theme.good)];
    }
    let text = format!(
        "{} is left of the difference, {} counted without signs over days, models and projects. No cause fits it \
         exactly, so none is named.",
        figures::exact(why.unexplained),
        figures::exact(why.apart)
    );
    wrapped(&text, width, paint.ascii, theme.text).collect()
}
