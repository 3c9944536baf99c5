//! Health over months on the overview: a line a month with a bar, and the
//! models whose tolerated differences add up, month by month.

use std::collections::BTreeMap;

use super::paint::{Paint, Piece, plain, wrapped};
use crate::amount::{Amount, Quantity, Share};
use crate::calendar::Month;
use crate::desk::{ModelDrift, TrendFigures, TrendMonth, WeekCredits};
use crate::tui::model::Model;
use crate::tui::{figures, text};

/// Months of a line of drift, at most; fewer where there is no room.
const MOST_COLUMNS: usize = 12;
/// Models with a line of drift, at most.
const MOST_MODELS: usize = 5;

pub fn lines(model: &Model, paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let mut lines = vec![Vec::new()];
    let months = match &model.pages.trend.answer {
        None => {
            lines.push(plain("Months", theme.head));
            lines.push(plain(format!("Comparing other months{}", paint.dots()), theme.dim));
            return lines;
        }
        Some(Err(why)) => {
            lines.push(plain("Months", theme.head));
            lines.extend(wrapped(
                &format!("Other months could not be compared: {why}"),
                width,
                paint.ascii,
                theme.warn,
            ));
            return lines;
        }
        Some(Ok(months)) => months,
    };
    let this = model.desk.as_ref().map(crate::desk::Desk::month);
    lines.push(plain(
        format!(
            "{:<9}{:<18} {:>7} {:>9} {:>12} {:>12}",
            "month", "matched", "discr.", "not found", "unexplained", "variance"
        ),
        theme.head,
    ));
    for month in months.iter() {
        lines.push(of_month(month, this, paint));
    }
    // Of one month alone the drift that matters stands above.
    if months.iter().filter(|month| month.figures.is_ok()).count() > 1 {
        lines.extend(drift(months, paint, width));
    }
    if let [_] = months.as_slice() {
        let text = "No other month is loaded, so there is nothing to compare this one with.";
        lines.extend(wrapped(text, width, paint.ascii, theme.dim));
    } else {
        let text = "Each month as it compares now, by the prices and rules in force.";
        lines.extend(wrapped(text, width, paint.ascii, theme.dim));
    }
    lines
}

fn of_month(month: &TrendMonth, this: Option<Month>, paint: &Paint<'_>) -> Vec<Piece> {
    let theme = paint.theme;
    let here = if this == Some(month.month) { if paint.ascii { ">" } else { "▸" } } else { " " };
    let name = (format!("{:<7}{here} ", month.month.to_string()), theme.text);
    match &month.figures {
        Err(why) => vec![name, (why.clone(), theme.dim)],
        Ok(TrendFigures { matched: None, .. }) => vec![name, ("nothing to compare".to_owned(), theme.dim)],
        Ok(found) => {
            let style = if found.within_limits { theme.good } else { theme.warn };
            let shares = format!(" {:>7} {:>9}", percent(found.discrepancies), percent(found.not_found));
            let dollars = |amount: Amount| figures::signed_total(amount);
            vec![
                name,
                (format!("{:>6} {}", percent(found.matched), bar(found.matched, paint)), style),
                (shares, theme.text),
                (format!(" {:>12}", figures::total(found.unexplained)), theme.text),
                (format!(" {:>12}", dollars(found.variance)), theme.text),
                ((if found.within_limits { "" } else { " !" }).to_owned(), theme.warn),
            ]
        }
    }
}

/// Credits billed in each week, with a bar against the most of them.
pub fn weeks(weeks: &[WeekCredits], paint: &Paint<'_>) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let most = weeks.iter().map(|week| week.credits).max().unwrap_or_default();
    if weeks.is_empty() || most <= Quantity::ZERO {
        return Vec::new();
    }
    let mut lines = vec![Vec::new(), plain(format!("{:<9}{:>14}", "week", "credits"), theme.head)];
    for week in weeks {
        let bar = paint.fine_bar(week.credits.units(), most.units(), 20);
        lines.push(vec![
            (format!("{:<9}{:>14}  ", week.week.to_string(), figures::quantity(week.credits)), theme.text),
            (bar, theme.info),
        ]);
    }
    lines
}

fn percent(share: Option<Share>) -> String {
    share.map(Share::percent).unwrap_or_default()
}

/// Ten steps of a share, with the rest of it drawn too.
fn bar(share: Option<Share>, paint: &Paint<'_>) -> String {
    if paint.plain { " ".repeat(10) } else { steps(share, paint.ascii) }
}

fn steps(share: Option<Share>, ascii: bool) -> String {
    let reached = |share: Share, tenth: u8| share.value() >= Share::from_percent(tenth * 10).value();
    let full = share.map_or(0, |share| (1..=10).filter(|tenth| reached(share, *tenth)).count());
    let (on, off) = if ascii { ("#", ".") } else { ("▪", "·") };
    on.repeat(full) + &off.repeat(10 - full)
}

/// A line for each of the models that drifted most, a column for each month.
fn drift(months: &[TrendMonth], paint: &Paint<'_>, width: u16) -> Vec<Vec<Piece>> {
    let theme = paint.theme;
    let of = |month: &TrendMonth| month.figures.as_ref().map_or(&[][..], |found| found.drift.as_slice()).to_vec();
    let mut models: BTreeMap<String, (bool, Amount)> = BTreeMap::new();
    for drift in months.iter().flat_map(of) {
        let sum = models.entry(drift.model.clone()).or_default();
        *sum = (sum.0 || drift.beyond, sum.1.plus(drift.difference().abs()));
    }
    let mut models: Vec<(String, (bool, Amount))> =
        models.into_iter().filter(|(_, (_, moved))| !moved.is_zero()).collect();
    if models.is_empty() {
        return Vec::new();
    }
    models.sort_by_key(|(_, rank)| std::cmp::Reverse(*rank));
    let names = models.iter().take(MOST_MODELS).map(|(name, _)| text::width(name)).max().unwrap_or(0).clamp(12, 30);
    let columns = ((width as usize).saturating_sub(names) / 9).clamp(1, MOST_COLUMNS);
    let seen = months.get(months.len().saturating_sub(columns)..).unwrap_or_default();
    let mut lines = vec![Vec::new(), plain("Drift: what the tolerance passed, by model", theme.head)];
    let heads: String = seen.iter().map(|month| format!(" {:>8}", month.month.to_string())).collect();
    lines.push(plain(format!("{:names$}{heads}", ""), theme.head));
    for (name, _) in models.iter().take(MOST_MODELS) {
        let label = if name.is_empty() { "all models" } else { name };
        let label = text::clean(label, paint.ascii).into_owned();
        let label = text::fit_middle(&label, names, paint.ascii).into_owned();
        let blank = " ".repeat(names.saturating_sub(text::width(&label)));
        let mut line = vec![(label + &blank, theme.text)];
        for month in seen {
            let found = of(month).into_iter().find(|drift| drift.model == *name);
            line.push(cell(found.as_ref(), month.figures.is_ok(), paint));
        }
        lines.push(line);
    }
    let left = models.len().saturating_sub(MOST_MODELS);
    let more =
        if left == 0 { String::new() } else { format!("; {} less", figures::of(left as u64, "model", "models")) };
    let text = format!("! is beyond what config.toml allows of drift in some project{more}.");
    lines.extend(wrapped(&text, width, paint.ascii, theme.dim));
    lines
}

fn cell(drift: Option<&ModelDrift>, compared: bool, paint: &Paint<'_>) -> Piece {
    let theme = paint.theme;
    match drift {
        Some(drift) if drift.beyond => (format!(" {:>7}!", drift.percent()), theme.warn),
        Some(drift) => (format!(" {:>7} ", drift.percent()), theme.text),
        None if compared => (format!(" {:>7} ", "-"), theme.dim),
        None => (" ".repeat(9), theme.dim),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_fills_a_bar() {
        let bar = |text: &str| steps(Share::parse(text), true);
        assert_eq!(
            [bar("1"), bar("0.999"), bar("0"), bar("0.05")],
            ["##########", "#########.", "..........", ".........."]
        );
        assert_eq!(steps(None, true), "..........");
    }
}
