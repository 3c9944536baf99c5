//! Rates, lots and the tolerance, with how many lines each prices.

use ratatui::layout::Rect;

use super::paint::{Paint, Piece, wrapped};
use super::table::{Cell, Column, Row, Shown, decimal, number, text_column};
use super::{Areas, table};
use crate::desk::{OfferStands, PriceOffer, PriceRow, PriceRowKind};
use crate::tui::figures;
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::update::short;

pub const COLUMNS: [Column<'_>; 9] = [
    text_column("kind", 6, 4, 4),
    text_column("name", 0, 12, 40).cut_in_the_middle(),
    text_column("from", 3, 10, 10),
    decimal("input/credits", 1, 13),
    decimal("cached", 5, 8),
    decimal("output/paid", 1, 11),
    number("lines", 2, 7),
    text_column("bill says", 4, 9, 28),
    text_column("where from", 7, 10, 30),
];

pub fn draw(model: &Model, paint: &mut Paint<'_>, areas: &Areas) {
    let theme = *paint.theme;
    let prices = &model.pages.prices;
    let mut area = areas.table;
    let (absolute, relative) = &prices.tolerance;
    let mut text =
        format!("Equal within ${absolute} or {relative} of recorded, whichever is more; rates per 1M tokens.");
    if !prices.rows.iter().any(|row| row.kind == PriceRowKind::Lot) {
        let add = model.keymap.shown(Action::AddPrice, paint.ascii);
        text = format!("No credit lot yet: {add} adds one. {text}");
    }
    // The tolerance takes the place of the last row, so that a page stays one.
    area.height = area.height.saturating_sub(1);
    paint.text(area.x, area.bottom(), area.width, &text, theme.dim);
    let spot = model.spot();
    let visible = prices.rows.iter().enumerate().skip(spot.top).take(areas.rows());
    let rows = visible
        .map(|(at, price)| {
            let lot = price.kind == PriceRowKind::Lot;
            let from = if price.effective.is_empty() { "any day" } else { &price.effective };
            let cells = vec![
                Cell::styled(if lot { "lot" } else { "rate" }, if lot { theme.info } else { theme.dim }),
                Cell::new(&price.name),
                Cell::styled(from, theme.dim),
                Cell::new(&price.input),
                Cell::new(&price.cached),
                Cell::new(&price.output),
                Cell::styled(figures::count(price.used_by), if price.used_by == 0 { theme.dim } else { theme.text }),
                says(model, price, paint),
                Cell::styled(&price.origin, theme.dim),
            ];
            Row { cells, cursor: at == spot.at, style: None }
        })
        .collect();
    table::draw_as(paint, area, &COLUMNS, rows, &Shown::of(model));
    if let Some(aside) = areas.aside {
        bill_says(model, paint, aside);
    }
}

/// Prices of the bill that stand against a row of the book.
fn offers_of<'m>(model: &'m Model, price: &'m PriceRow) -> impl Iterator<Item = &'m PriceOffer> {
    let offers = model.pages.offers.answer.as_deref().map_or(&[][..], Vec::as_slice);
    let of = move |offer: &&PriceOffer| {
        let row = offer.row.as_ref().is_some_and(|(name, from)| *name == price.name && *from == price.effective);
        row && price.kind == PriceRowKind::Rate
    };
    offers.iter().filter(of)
}

/// Whether the bill agrees with a row, in a word or with its own figures.
fn says(model: &Model, price: &PriceRow, paint: &Paint<'_>) -> Cell {
    let theme = paint.theme;
    let mut agrees = false;
    for offer in offers_of(model, price) {
        match &offer.stands {
            OfferStands::Set(command) => {
                let (mark, other) = if paint.ascii { ("!", "! other") } else { ("≠", "≠ other") };
                return Cell::styled(format!("{mark} {}", short(command)), theme.warn).or(other);
            }
            OfferStands::Impossible(_) => return Cell::styled("? see below", theme.warn).or("? below"),
            OfferStands::InForce => agrees = true,
        }
    }
    match (agrees, paint.ascii) {
        (false, _) => Cell::new(""),
        (true, false) => Cell::styled("✓ the same", theme.good).or("✓ same"),
        (true, true) => Cell::styled("= the same", theme.good).or("= same"),
    }
}

/// What the bill says of the row under the cursor, in full, and how many
/// prices of it the book does not have.
fn bill_says(model: &Model, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    paint.rule(area.x, area.y, area.width, "what the bill says of it");
    let below = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let Some(offers) = &model.pages.offers.answer else {
        let text = format!("Working out the prices that give the billed amounts to the last digit{}", paint.dots());
        paint.text(below.x, below.y, below.width, &text, theme.dim);
        return;
    };
    let mut lines: Vec<Vec<Piece>> = Vec::new();
    let row = model.pages.prices.rows.get(model.told());
    let here: Vec<&PriceOffer> = row.map(|row| offers_of(model, row).collect()).unwrap_or_default();
    for offer in &here {
        let style = if offer.stands == OfferStands::InForce { theme.text } else { theme.warn };
        lines.extend(wrapped(&sentence(offer), below.width, paint.ascii, style));
    }
    if here.is_empty() {
        let text = match row.map(|row| row.kind) {
            Some(PriceRowKind::Lot) => "What credits cost is not on the bill: it follows from the purchase alone.",
            _ => "No line of the month's bill shows this price with both its tokens and its money.",
        };
        lines.extend(wrapped(text, below.width, paint.ascii, theme.dim));
    }
    let others = offers.iter().filter(|offer| matches!(offer.stands, OfferStands::Set(_))).count();
    if others > 0 {
        let key = model.keymap.shown(Action::TakeOffer, paint.ascii);
        let text = format!(
            "{} of the bill {} not in the price book; {key} takes one into the form.",
            figures::of(others as u64, "price", "prices"),
            if others == 1 { "is" } else { "are" }
        );
        lines.extend(wrapped(&text, below.width, paint.ascii, theme.info));
    }
    paint.lines(below, &lines, 0);
}

/// `gpt-4o from 2026-01-16 to 2026-01-31: input 2.5, output 8 per million
/// tokens fit 12 of 12 lines to the last digit: the list price of gpt-4.1.`
fn sentence(offer: &PriceOffer) -> String {
    let known = if offer.known.is_empty() { String::new() } else { format!("; that is {}", offer.known) };
    let stands = match &offer.stands {
        OfferStands::InForce => " The book says the same.".to_owned(),
        OfferStands::Set(_) => " The book says otherwise.".to_owned(),
        OfferStands::Impossible(why) => format!(" {why}"),
    };
    let (from, to) = offer.days;
    format!(
        "{} from {from} to {to}: {} {} {} of {} to the last digit{known}.{stands}",
        offer.label,
        offer.rates,
        if offer.fits == 1 { "fits" } else { "fit" },
        figures::count(offer.fits.into()),
        figures::of(offer.of.into(), "line", "lines"),
    )
}
