//! Which columns of a table fit on the screen, where they stand and how wide:
//! by what the operator wants first, then by what matters most. Numbers are
//! never cut: a column that cannot show them whole is left out.

use crate::tui::columns::{Chosen, Layout};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    /// On the decimal point.
    Decimal,
}

#[derive(Debug, Clone, Copy)]
pub struct Column<'t> {
    pub title: &'t str,
    /// What it is called where its title says nothing; else empty.
    pub called: &'t str,
    pub align: Align,
    /// The greatest are left out first when room is scarce; 0 never is, as
    /// long as there is any.
    pub rank: u8,
    /// Least and greatest width of a text; a number takes what it needs.
    pub min: u16,
    pub max: u16,
    /// From this width on a text reads well. Columns that are [`EXTRA`] give
    /// way before another has to go below it.
    pub good: u16,
    /// So much a text gets once all others read well, before any of them grows
    /// further.
    pub whole: u16,
    /// A text may become as narrow as this where the figures of a row that
    /// scrolls in would push a column off the screen.
    pub floor: u16,
    /// What does not fit is cut out of the middle, where both ends tell.
    pub middle: bool,
    /// Its short forms stand together: where one is short all are, so that two
    /// rows do not say the same in other words.
    pub alike: bool,
}

/// Columns of this rank and above are shown only where the others read well.
const EXTRA: u8 = 7;

impl<'t> Column<'t> {
    pub const fn good(self, good: u16) -> Self {
        Self { good, ..self }
    }

    pub const fn cut_in_the_middle(self) -> Self {
        Self { middle: true, ..self }
    }

    pub const fn whole(self, whole: u16) -> Self {
        Self { whole, ..self }
    }

    pub const fn down_to(self, floor: u16) -> Self {
        Self { floor, ..self }
    }

    pub const fn alike(self) -> Self {
        Self { alike: true, ..self }
    }

    pub const fn called(self, called: &'t str) -> Self {
        Self { called, ..self }
    }

    /// Empty for the column of the marks, which is always the first.
    pub const fn name(&self) -> &'t str {
        if self.called.is_empty() { self.title } else { self.called }
    }
}

pub const fn text_column(title: &str, rank: u8, min: u16, max: u16) -> Column<'_> {
    Column {
        title,
        called: "",
        align: Align::Left,
        rank,
        min,
        max,
        good: min,
        whole: min,
        floor: min,
        middle: false,
        alike: false,
    }
}

/// `min` keeps the column from jumping as rows scroll by.
pub const fn number(title: &str, rank: u8, min: u16) -> Column<'_> {
    Column { align: Align::Right, ..text_column(title, rank, min, 30) }
}

pub const fn decimal(title: &str, rank: u8, min: u16) -> Column<'_> {
    Column { align: Align::Decimal, ..number(title, rank, min) }
}

/// Columns before those that can be laid out: that of the marks, or none.
pub fn fixed(columns: &[Column<'_>]) -> usize {
    columns.iter().take_while(|column| column.name().is_empty()).count()
}

/// What the operator wants of the columns behind the fixed ones.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub layout: &'a Layout,
    /// The column under the cursor, which is always shown.
    pub current: Option<usize>,
}

/// A column that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// Its place in the table.
    pub at: usize,
    /// From the left edge.
    pub x: u16,
    pub width: u16,
}

/// Columns from left to right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stands {
    pub columns: Vec<Stand>,
    /// Scrolled sideways: where the columns begin that scroll, and whether
    /// there are more before and behind what is shown of them.
    pub scrolled: Option<Scrolled>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scrolled {
    /// The place of the first among those that are drawn.
    pub from: usize,
    pub before: bool,
    pub behind: bool,
}

/// How wide a column may be: in need, at least, to read well, and at most.
#[derive(Debug, Clone, Copy)]
struct Span {
    floor: u16,
    least: u16,
    good: u16,
    whole: u16,
    full: u16,
}

/// A column that may be drawn.
#[derive(Debug, Clone, Copy)]
struct Part {
    at: usize,
    rank: u8,
    /// Stays when the others scroll.
    stays: bool,
    /// Has a width of the operator's.
    chosen: bool,
    /// Was on the screen before the rows moved.
    held: bool,
    /// Was not, though others of its page were.
    is_new: bool,
    is_number: bool,
    /// What a number is taken for when columns are chosen, so that they are not
    /// others with every row that scrolls in; of a text what it takes at least.
    usual: u16,
    span: Span,
}

impl Part {
    /// A number does at its usual width.
    fn reads_well(&self) -> u16 {
        if self.is_number { self.usual } else { self.span.good }
    }
}

/// What the parts take, with a blank between them.
fn total<'p>(parts: impl IntoIterator<Item = &'p Part>, width: impl Fn(&Part) -> u16) -> u32 {
    let (mut sum, mut count) = (0, 0u32);
    for part in parts {
        sum += u32::from(width(part));
        count += 1;
    }
    sum + count.saturating_sub(1)
}

/// Leaves parts out, the greatest rank first, until the rest fits; only those
/// of this rank and above, and none that is `kept`.
fn leave_out(
    parts: &mut Vec<Part>,
    from_rank: u8,
    available: u16,
    kept: impl Fn(&Part) -> bool,
    width: impl Fn(&Part) -> u16,
) {
    while total(&*parts, &width) > u32::from(available) {
        let may_go = parts.iter().enumerate().filter(|(_, part)| part.rank >= from_rank && !part.stays && !kept(part));
        let Some((last, _)) = may_go.max_by_key(|(at, part)| (part.rank, *at)) else { return };
        parts.remove(last);
    }
}

/// Places the columns in this many columns of the screen. `wanted` is what
/// their titles and visible cells would take, `held` what was shown before the
/// rows moved: that stays as long as the texts can give way, and what was left
/// out stays out. `None` for a table that is measured anew each time.
pub fn place(
    columns: &[Column<'_>],
    wanted: &[u16],
    available: u16,
    wish: Option<Wish<'_>>,
    held: Option<&Chosen>,
) -> Stands {
    let before = fixed(columns);
    let current = wish.and_then(|wish| wish.current).map(|current| current + before);
    let mut all = parts(columns, wanted, available, wish, current);
    for part in &mut all {
        part.held = held.is_some_and(|held| held.shown.contains(&part.at));
        part.usual = if held.is_some() { part.usual } else { part.span.least };
        // One that was empty so far comes in where it reads well and none of
        // the others has to go.
        part.is_new = held.is_some_and(|held| held.is_new(part.at));
        if part.is_new && !part.is_number {
            (part.usual, part.span.floor, part.span.least) = (part.span.good, part.span.good, part.span.good);
        }
    }
    let mut shown = all.clone();
    shown.retain(|part| held.is_none_or(|held| !held.left_out.contains(&part.at)));
    let is_held = |part: &Part| part.held;
    leave_out(&mut shown, EXTRA, available, |part| part.held || part.is_new, Part::reads_well);
    leave_out(&mut shown, 1, available, is_held, |part| part.usual);
    leave_out(&mut shown, 1, available, is_held, |part| part.span.floor);
    leave_out(&mut shown, 1, available, |_| false, |part| part.span.floor);
    // What stays goes too where even that is too much.
    while total(&shown, |part| part.span.floor) > u32::from(available) {
        let marks = |part: &Part| part.at < before;
        let last = shown.iter().enumerate().max_by_key(|(at, part)| (!marks(part), part.rank, *at)).map(|(at, _)| at);
        last.map(|at| shown.remove(at));
    }
    let missing = current.and_then(|current| {
        let at = all.iter().position(|part| part.at == current)?;
        (!shown.iter().any(|part| part.at == current)).then_some(at)
    });
    let mut scrolled = None;
    if let Some(at) = missing {
        let (parts, how) = scroll_to(&all, at, available);
        shown = parts;
        scrolled = Some(how);
    }
    let mut x = 0;
    let columns = shown.iter().zip(widths(&shown, available));
    let columns = columns.map(|(part, width)| {
        let stand = Stand { at: part.at, x, width };
        x += width + 1;
        stand
    });
    Stands { columns: columns.collect(), scrolled }
}

/// All columns that are wanted, in order.
fn parts(
    columns: &[Column<'_>],
    wanted: &[u16],
    available: u16,
    wish: Option<Wish<'_>>,
    current: Option<usize>,
) -> Vec<Part> {
    let before = fixed(columns);
    let order: Vec<(usize, bool, Option<u16>)> = match wish {
        None => (0..columns.len()).map(|at| (at, false, None)).collect(),
        Some(Wish { layout, .. }) => {
            let chosen = layout.shown().map(|slot| (slot.column + before, layout.is_frozen(slot.column), slot.width));
            (0..before).map(|at| (at, true, None)).chain(chosen).collect()
        }
    };
    let part = |(at, stays, width): (usize, bool, Option<u16>)| {
        let (column, wanted) = (columns.get(at)?, *wanted.get(at)?);
        if wanted == 0 && column.rank > 0 && current != Some(at) {
            return None;
        }
        let full = wanted.clamp(column.min, column.max.max(column.min));
        let span = match (column.align, width) {
            (Align::Left, None) => {
                let least = column.min.min(full);
                let good = column.good.clamp(least, full);
                Span { floor: column.floor.min(least), least, good, whole: column.whole.clamp(good, full), full }
            }
            (Align::Left, Some(width)) => {
                let width = width.min(available);
                let least = column.min.min(width);
                Span { floor: column.floor.min(least), least, good: width, whole: width, full: width }
            }
            // A number takes what it needs, and more where that is wanted.
            (_, width) => {
                let full = full.max(width.unwrap_or(0).min(available));
                Span { floor: full, least: full, good: full, whole: full, full }
            }
        };
        let is_number = column.align != Align::Left;
        let usual = if is_number { column.min.max(width.unwrap_or(0)).min(span.full) } else { span.least };
        let chosen = width.is_some();
        Some(Part { at, rank: column.rank, stays, chosen, held: false, is_new: false, is_number, usual, span })
    };
    order.into_iter().filter_map(part).collect()
}

/// Those that stay, as far as they leave room, and of the others a run that
/// ends with the one at `at`, or goes on behind it where there is room.
fn scroll_to(all: &[Part], at: usize, available: u16) -> (Vec<Part>, Scrolled) {
    let fits = |taken: &[usize]| {
        let parts = taken.iter().filter_map(|at| all.get(*at));
        total(parts, |part| part.span.least) <= u32::from(available)
    };
    let with = |taken: &[usize], more: usize| [taken, &[more]].concat();
    let mut taken = vec![at];
    for (other, part) in all.iter().enumerate() {
        if part.stays && other != at && fits(&with(&taken, other)) {
            taken.push(other);
        }
    }
    let loose = |other: &usize| all.get(*other).is_some_and(|part| !part.stays);
    let mut left_over = [false; 2];
    let before: Vec<usize> = (0..at).rev().filter(loose).collect();
    let behind: Vec<usize> = (at + 1..all.len()).filter(loose).collect();
    for (side, others) in [before, behind].into_iter().enumerate() {
        for other in others {
            if !fits(&with(&taken, other)) {
                if let Some(more) = left_over.get_mut(side) {
                    *more = true;
                }
                break;
            }
            taken.push(other);
        }
    }
    taken.sort_unstable();
    let parts: Vec<Part> = taken.iter().filter_map(|at| all.get(*at)).copied().collect();
    let from = parts.iter().position(|part| !part.stays).unwrap_or(parts.len());
    let [before, behind] = left_over;
    // One that alone is wider than the screen ends at its edge.
    let parts = match parts.as_slice() {
        [only] => {
            let cut = |width: u16| width.min(available);
            let span = Span {
                floor: cut(only.span.floor),
                least: cut(only.span.least),
                good: cut(only.span.good),
                whole: cut(only.span.whole),
                full: cut(only.span.full),
            };
            vec![Part { span, ..*only }]
        }
        _ => parts,
    };
    (parts, Scrolled { from, before, behind })
}

/// What is left of the room goes to the texts, those first whose width the
/// operator chose, then the important ones: until each has what it takes at
/// least, until they read well, then as far as they go.
fn widths(parts: &[Part], available: u16) -> Vec<u16> {
    let mut widths: Vec<u16> = parts.iter().map(|part| part.span.floor).collect();
    let mut left = u32::from(available).saturating_sub(total(parts, |part| part.span.floor));
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| parts.get(*at).map(|part| (!part.chosen, part.rank)));
    let goals: [fn(&Span) -> u16; 4] = [|span| span.least, |span| span.good, |span| span.whole, |span| span.full];
    for goal in goals {
        for at in &order {
            if let (Some(width), Some(part)) = (widths.get_mut(*at), parts.get(*at)) {
                let more = u32::from(goal(&part.span).saturating_sub(*width)).min(left);
                *width += more as u16;
                left -= more;
            }
        }
    }
    widths
}

#[cfg(test)]
mod tests;
