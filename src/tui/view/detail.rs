//! The detail of one item: both sides, why they differ, who pays, where it
//! stands in the files, and what was done with it.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, plain, wrapped};
use super::words;
use crate::desk::{Detail, FieldPair};
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::{figures, text};

/// Beside or below the list.
pub fn aside(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    let beside = area.x > 0;
    let inner = if beside {
        paint.wall(area.x, area.y, area.height);
        Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area }
    } else {
        paint.rule(area.x, area.y, area.width, "detail");
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    };
    let Some(detail) = &model.detail.detail else { return };
    // A list that scrolls takes what stands beside it along. To draw that anew
    // costs more on a slow line than the list, and it is another item's by then.
    let top = model.list().map_or(0, |list| list.spot.top);
    if beside && model.detail.is_late() && top != model.detail.top {
        return;
    }
    // Two columns read as one to a screen reader.
    if beside || paint.plain || inner.width < 70 {
        let lines = all(model, detail, paint, inner.width, false);
        paint.lines(inner, &lines, 0);
        return;
    }
    // Low and wide: what it is on the left, both sides on the right, and what
    // differs before what does not.
    let left = Rect { width: inner.width * 45 / 100, ..inner };
    let right = Rect { x: left.right() + 2, width: inner.width - left.width - 2, ..inner };
    let mut lines = what(detail, paint, left.width);
    // That all of it is one cause stands in the explanation as well.
    if detail.variance.len() > 1 {
        lines.extend(variance(detail, paint));
    }
    lines.extend(classes(detail, paint, left.width));
    lines.extend(settled(detail, paint, left.width));
    lines.extend(findings(model, detail, paint, left.width));
    lines.extend(class_parts(detail, paint, left.width));
    // Where there is room: what the other key would do, and in one line what
    // stands beside it.
    for more in [as_recorded(model, detail, paint, left.width), evidence(detail, paint, left.width)] {
        if lines.len() + more.len() <= left.height.into() {
            lines.extend(more);
        }
    }
    paint.lines(left, &lines, 0);
    // That one line stands against one says nothing that the rest does not.
    let tells = |pair: &&FieldPair| pair.label != "lines" || pair.differs || pair.bill != "1" || pair.ledger != "1";
    let mut fields: Vec<&FieldPair> = detail.fields.iter().filter(tells).collect();
    fields.sort_by_key(|pair| !pair.differs);
    let mut lines = sides(detail, &fields, paint, right.width);
    lines.extend(origins(detail, paint, right.width));
    paint.lines(right, &lines, 0);
}

/// Over the whole screen, scrolled.
pub fn full(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    let Some(detail) = &model.detail.detail else { return };
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let lines = all(model, detail, paint, inner.width, true);
    let top = model.detail.scroll.top(lines.len(), inner.height as usize);
    paint.lines(inner, &lines, top);
}

/// Everything, one below the other; `full` with the way to the files.
fn all(model: &Model, detail: &Detail, paint: &Paint<'_>, width: u16, full: bool) -> Vec<Vec<Piece>> {
    let mut lines = what(detail, paint, width);
    lines.push(Vec::new());
    lines.extend(sides(detail, &detail.fields.iter().collect::<Vec<_>>(), paint, width));
    if !detail.variance.is_empty() {
        lines.push(Vec::new());
        lines.extend(variance(detail, paint));
    }
    lines.extend(findings(model, detail, paint, width));
    let parts = class_parts(detail, paint, width);
    if !parts.is_empty() {
        lines.push(Vec::new());
        lines.extend(parts);
    }
    if !detail.classes.is_empty() {
        lines.push(Vec::new());
        lines.extend(classes(detail, paint, width));
    }
    lines.extend(evidence(detail, paint, width));
    lines.push(Vec::new());
    lines.extend(settled(detail, paint, width));
    lines.extend(as_recorded(model, detail, paint, width));
    lines.push(Vec::new());
    lines.extend(origins(detail, paint, width));
    for file in detail.files.iter().filter(|_| full) {
        lines.extend(wrapped(file, width, paint.ascii, paint.theme.dim));
    }
    if !detail.history.is_empty() {
        lines.push(Vec::new());
        lines.push(plain("History", paint.theme.head));
        for entry in &detail.history {
            lines.extend(wrapped(entry, width, paint.ascii, paint.theme.text));
        }
    }
    lines
}

fn what(detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let glyph = words::glyph(detail.outcome, paint.ascii);
    let mut first = vec![(format!("{glyph} {}", words::outcome(detail.outcome)), words::style(detail.outcome, theme))];
    if let Some(difference) = detail.difference {
        first.push((format!("  {}", figures::signed(difference)), theme.text));
    }
    // How it was matched stands in the sentence below as well.
    let rung = format!("  {}", words::rung(detail.rung));
    let used: usize = first.iter().map(|(text, _)| text::width(text)).sum();
    if used + text::width(&rung) <= width.into() {
        first.push((rung, theme.dim));
    }
    let mut lines = vec![first];
    if let Some(carried) = &detail.carried {
        let style = if carried.cleared.is_some() { theme.good } else { theme.warn };
        lines.extend(wrapped(&carried.sentence, width, paint.ascii, style));
    }
    lines.extend(wrapped(&detail.explanation, width, paint.ascii, theme.text));
    lines
}

/// Both sides field by field; what differs is marked and in words. What is
/// the same on both and too long to stand twice stands once.
fn sides(detail: &Detail, fields: &[&FieldPair], paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let label = fields.iter().map(|pair| pair.label.len()).max().unwrap_or(0).clamp(6, 16);
    let each = (width as usize).saturating_sub(label + 5) / 2;
    let cell = |text: &str| {
        let clean = text::clean(text, paint.ascii).into_owned();
        let fitted = text::fit_middle(&clean, each, paint.ascii).into_owned();
        let blank = each.saturating_sub(text::width(&fitted));
        fitted + &" ".repeat(blank)
    };
    let differs = if paint.ascii { "!" } else { "≠" };
    let mut lines = vec![plain(format!("{:label$}   {} {}", "", cell("bill"), cell("ledger")), theme.head)];
    for pair in fields {
        let style = if pair.differs { theme.bad } else { theme.text };
        let (bill, ledger) = marked(detail, pair, paint.ascii);
        let both = !pair.differs && bill == ledger && text::width(&text::clean(&pair.bill, paint.ascii)) > each;
        let (mark, values) = match (pair.differs, both) {
            (true, _) => (differs, format!(" {} {}", cell(&bill), cell(&ledger))),
            (_, true) => ("=", format!(" {}", pair.bill)),
            _ => (" ", format!(" {} {}", cell(&bill), cell(&ledger))),
        };
        let name = (format!("{:label$} ", pair.label), theme.dim);
        lines.push(vec![name, (mark.to_owned(), if both { theme.dim } else { style }), (values, style)]);
    }
    lines
}

/// Both values, an amount that no line states with the mark of what is derived.
fn marked(detail: &Detail, pair: &FieldPair, ascii: bool) -> (String, String) {
    let of = |text: &str, derived: bool| {
        let derived = derived && pair.label == "amount" && !text.is_empty();
        if derived { format!("{}{text}", derived_mark(ascii)) } else { text.to_owned() }
    };
    (of(&pair.bill, detail.evidence.billed_is_derived), of(&pair.ledger, detail.evidence.recorded_is_derived))
}

const fn derived_mark(ascii: bool) -> &'static str {
    if ascii { "~" } else { "≈" }
}

/// What the probes say of the item, once they were asked: beside its parts,
/// which follow from its own lines, what its neighbours and prices tell.
fn findings(model: &Model, detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let found = model.detail.findings.as_ref();
    let Some(found) = found.filter(|found| found.item == detail.item && found.numbering == model.numbering) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for finding in &found.why.findings {
        let exact = if finding.exact { "exactly" } else { "about" };
        let text = format!("Why: {} ({}, {exact})", finding.sentence, figures::signed(finding.explained));
        lines.extend(wrapped(&text, width, paint.ascii, theme.info));
    }
    if !found.why.apart.is_zero() {
        let text = format!("Why: no cause fits {} of it exactly.", figures::signed(found.why.unexplained));
        lines.extend(wrapped(&text, width, paint.ascii, theme.warn));
    }
    lines
}

/// What each kind of token adds to volume and class mix, with a bar.
fn class_parts(detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let parts: Vec<_> = detail.class_parts.iter().filter(|part| part.billed != part.recorded).collect();
    let most = parts.iter().map(|part| part.amount.abs()).max().unwrap_or_default();
    if parts.is_empty() {
        return Vec::new();
    }
    let theme = paint.theme;
    let bars = if width < 54 { 0 } else { 12 };
    let mut lines = vec![plain(format!("{:<13}{:>12} {:>13}", "tokens apart", "tokens", "dollars"), theme.head)];
    for part in parts {
        let apart = part.billed.saturating_sub(part.recorded);
        let sign = if apart > 0 { "+" } else { "" };
        let dollars = format!("{}{}", derived_mark(paint.ascii), figures::signed(part.amount));
        lines.push(vec![
            (format!("{:<13}", part.class.label()), theme.text),
            (format!("{:>12} {dollars:>13} ", format!("{sign}{}", figures::tokens(apart))), theme.text),
            (paint.signed_bar(part.amount, most, bars), theme.info),
        ]);
    }
    lines
}

/// The parts of the difference; they add up to it exactly.
fn variance(detail: &Detail, paint: &Paint<'_>) -> Vec<Vec<Piece>> {
    let (Some(difference), false) = (detail.difference, detail.variance.is_empty()) else { return Vec::new() };
    let theme = paint.theme;
    if let [only] = detail.variance.as_slice() {
        let text = format!("All of {} is {}.", figures::exact(difference), words::cause(only.cause));
        return vec![plain(text, theme.text)];
    }
    let mut lines = vec![vec![
        ("Difference ".to_owned(), theme.head),
        (figures::exact(difference), theme.text),
        (" is".to_owned(), theme.head),
    ]];
    let most = detail.variance.iter().map(|part| part.amount.abs()).max().unwrap_or_default();
    let wide = detail.variance.iter().map(|part| figures::signed_exact(part.amount).len()).max().unwrap_or(0);
    for part in &detail.variance {
        let bar = paint.signed_bar(part.amount, most, 12);
        lines.push(vec![
            (format!("{:>wide$} ", figures::signed_exact(part.amount)), theme.text),
            (format!("{:<14} ", words::cause(part.cause)), theme.text),
            (bar, theme.info),
        ]);
    }
    lines
}

/// What speaks for the match, in a line.
fn evidence(detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let text = words::evidence(&detail.evidence, paint.ascii);
    if text.is_empty() { Vec::new() } else { wrapped(&text, width, paint.ascii, paint.theme.dim).collect() }
}

/// The kinds of token side by side. The dollars of the recorded ones are
/// worked out from the price book, and say so.
fn classes(detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    if detail.classes.is_empty() {
        return Vec::new();
    }
    let theme = paint.theme;
    // In a narrow pane the tokens give way to the dollars.
    let narrow = width < 66;
    let line = |cells: [&str; 5]| {
        let [class, billed, derived, of_bill, of_ledger] = cells;
        if narrow {
            format!("{:<12}{billed:>11} {derived:>11}", text::fit(class, 12, paint.ascii))
        } else {
            format!("{class:<19}{billed:>11} {derived:>11} {of_bill:>11} {of_ledger:>11}")
        }
    };
    let mark = derived_mark(paint.ascii);
    let head = ["kind of token", "billed", "derived", "tokens", "recorded"];
    let mut lines = vec![plain(line(head), theme.head)];
    for class in &detail.classes {
        let derived = class.derived.map(|amount| format!("{mark}{}", figures::money(amount))).unwrap_or_default();
        let tokens = class.billed_tokens.map(figures::tokens).unwrap_or_default();
        let cells = [
            class.class,
            &class.billed.map(figures::money).unwrap_or_default(),
            &derived,
            &tokens,
            &figures::tokens(class.recorded_tokens),
        ];
        let differs = class.billed_tokens.is_some_and(|tokens| tokens != class.recorded_tokens);
        lines.push(plain(line(cells), if differs { theme.warn } else { theme.text }));
    }
    let note = format!(
        "{mark} derived: what the recorded tokens cost by the price book, not what the ledger recorded; no billed amount is spread."
    );
    lines.extend(wrapped(&note, width, paint.ascii, theme.dim));
    lines
}

fn settled(detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = Vec::new();
    if !detail.payer.is_empty() {
        lines.extend(wrapped(&detail.payer, width, paint.ascii, theme.text));
    }
    match (&detail.decision, &detail.stale) {
        (Some(made), _) => lines.push(plain(format!("Decided: {}", words::decision(made)), theme.good)),
        (None, Some(old)) => lines.extend(wrapped(
            &format!("Open again, since the item changed. It was {}.", words::decision(old)),
            width,
            paint.ascii,
            theme.warn,
        )),
        (None, None) => lines.push(plain("Not decided.", theme.dim)),
    }
    if !detail.claim.is_empty() {
        lines.extend(wrapped(&format!("Dispute: {}", detail.claim), width, paint.ascii, theme.text));
    }
    if !detail.note.is_empty() {
        for (at, line) in detail.note.lines().enumerate() {
            let begin = if at == 0 { "Note: " } else { "" };
            lines.extend(wrapped(&format!("{begin}{line}"), width, paint.ascii, theme.text));
        }
    }
    lines
}

/// What approving as recorded would do to payer and subsidy, where it is not
/// what approving as billed does, which stands above.
fn as_recorded(model: &Model, detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    if detail.payer_as_recorded.is_empty() {
        return Vec::new();
    }
    let key = model.keymap.shown(Action::ApproveRecorded, paint.ascii);
    let text = format!("As recorded ({key}) {}", detail.payer_as_recorded);
    wrapped(&text, width, paint.ascii, paint.theme.dim).collect()
}

fn origins(detail: &Detail, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = Vec::new();
    for (side, list) in [("Bill", &detail.bill_origins), ("Ledger", &detail.ledger_origins)] {
        if !list.is_empty() {
            lines.extend(wrapped(&format!("{side}: {}", list.join(", ")), width, paint.ascii, theme.dim));
        }
    }
    lines
}
