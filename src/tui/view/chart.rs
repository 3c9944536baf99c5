//! Cumulative draws over a period against an even use of the cap, in braille
//! dots or in ASCII. All in whole numbers: a dot is a share of an amount.

use ratatui::layout::Rect;

use super::paint::Paint;
use crate::amount::Amount;
use crate::calendar::Day;
use crate::tui::figures;

pub struct Chart<'a> {
    pub bounds: (Day, Day),
    /// The top of the scale.
    pub most: Amount,
    pub cap: Amount,
    /// Cumulative draws by day, ascending.
    pub series: &'a [(Day, Amount)],
}

/// Dots of a character cell, across and down.
const BRAILLE: (usize, usize) = (2, 4);

/// What is drawn in a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Dots {
    draws: u8,
    pace: u8,
}

struct Grid {
    columns: usize,
    rows: usize,
    dots: Vec<Dots>,
}

impl Grid {
    fn new(columns: usize, rows: usize) -> Self {
        Self { columns, rows, dots: vec![Dots::default(); columns * rows] }
    }

    /// Sets a dot, counted from the lower left.
    fn set(&mut self, x: usize, y: usize, pace: bool) {
        let (across, down) = BRAILLE;
        let (column, row) = (x / across, (y / down).min(self.rows.saturating_sub(1)));
        // Bit by bit as Unicode orders the dots of a braille cell.
        const BITS: [[u8; 4]; 2] = [[0x40, 0x04, 0x02, 0x01], [0x80, 0x20, 0x10, 0x08]];
        let bit = BITS.get(x % across).and_then(|column| column.get(y % down)).copied().unwrap_or(0);
        let at = (self.rows - 1 - row) * self.columns + column;
        if let Some(cell) = self.dots.get_mut(at).filter(|_| column < self.columns) {
            if pace { cell.pace |= bit } else { cell.draws |= bit }
        }
    }
}

/// `part / whole` of `steps`, from 0 to `steps - 1`.
fn scaled(part: i128, whole: i128, steps: usize) -> usize {
    let last = steps.saturating_sub(1) as i128;
    if whole <= 0 {
        return 0;
    }
    // Cents are fine enough for a dot and keep the product in range.
    let at = part.clamp(0, whole).saturating_mul(last) / whole;
    usize::try_from(at).unwrap_or(0)
}

fn cents(amount: Amount) -> i128 {
    amount.units() / 10i128.pow(16)
}

fn plot(chart: &Chart<'_>, columns: usize, rows: usize) -> Grid {
    let mut grid = Grid::new(columns, rows);
    let (wide, high) = (columns * BRAILLE.0, rows * BRAILLE.1);
    let (from, to) = (i128::from(chart.bounds.0.number()), i128::from(chart.bounds.1.number()));
    let most = cents(chart.most);
    for x in (0..wide).step_by(3) {
        let pace = cents(chart.cap) * x as i128 / (wide.max(2) - 1) as i128;
        grid.set(x, scaled(pace, most, high), true);
    }
    let x_of = |day: Day| scaled(i128::from(day.number()) - from, to - from, wide);
    let mut before: Option<(usize, usize)> = None;
    for (day, amount) in chart.series {
        let (x, y) = (x_of(*day), scaled(cents(*amount), most, high));
        // A draw is a step: level up to its day, then up.
        if let Some((last_x, last_y)) = before {
            (last_x..=x).for_each(|x| grid.set(x, last_y, false));
            (last_y.min(y)..=last_y.max(y)).for_each(|y| grid.set(x, y, false));
        } else {
            grid.set(x, y, false);
        }
        before = Some((x, y));
    }
    grid
}

pub fn draw(chart: &Chart<'_>, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let top = figures::dollars(chart.most);
    let half = figures::dollars(Amount::from_units(chart.most.units() / 2));
    let label = top.len().max(half.len()).max(5) as u16;
    if area.width < label + 20 || area.height < 4 {
        return;
    }
    let plot_area = Rect { x: area.x + label + 1, width: area.width - label - 1, height: area.height - 1, ..area };
    let labels = [(0, &top), (plot_area.height / 2, &half)];
    for (row, text) in labels {
        paint.right(area.x, area.y + row, label, text, theme.dim);
    }
    paint.right(area.x, plot_area.bottom() - 1, label, "$0.00", theme.dim);
    paint.wall(area.x + label, area.y, plot_area.height);
    let grid = plot(chart, plot_area.width as usize, plot_area.height as usize);
    for (at, dots) in grid.dots.iter().enumerate() {
        let (x, y) = ((at % grid.columns) as u16, (at / grid.columns) as u16);
        let (glyph, style) = match (*dots, paint.ascii) {
            (Dots { draws: 0, pace: 0 }, _) => continue,
            (Dots { draws: 0, .. }, true) => ('.', theme.pace),
            (Dots { .. }, true) => ('#', theme.draws),
            (Dots { draws, pace }, false) => {
                let glyph = char::from_u32(0x2800 + u32::from(draws | pace)).unwrap_or(' ');
                (glyph, if draws == 0 { theme.pace } else { theme.draws })
            }
        };
        paint.text(plot_area.x + x, plot_area.y + y, 1, glyph.encode_utf8(&mut [0; 4]), style);
    }
    axis(chart, paint, Rect { y: plot_area.bottom(), height: 1, ..plot_area });
}

fn axis(chart: &Chart<'_>, paint: &mut Paint<'_>, area: Rect) {
    let theme = *paint.theme;
    let (from, to) = chart.bounds;
    paint.text(area.x, area.y, area.width, &from.to_string(), theme.dim);
    paint.right(area.x, area.y, area.width, &to.to_string(), theme.dim);
    let legend = if paint.ascii { "# drawn   . even use" } else { "━ drawn   ┄ even use" };
    if area.width as usize >= 26 + legend.len() {
        paint.text(area.x + (area.width - 20) / 2, area.y, 20, legend, theme.dim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Depth, Kind, Theme};
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn amount(text: &str) -> Amount {
        Amount::parse(text).unwrap()
    }

    fn drawn(chart: &Chart<'_>, width: u16, height: u16, ascii: bool) -> String {
        let theme = Theme::new(Kind::Plain, Depth::Full);
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        draw(chart, &mut Paint::new(&mut buffer, &theme, ascii), area);
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
        (0..height).map(|y| line(y).trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn draws_climb_in_steps_beside_the_even_pace() {
        let series = [
            (day("2026-01-01"), amount("200")),
            (day("2026-01-10"), amount("250")),
            (day("2026-01-31"), amount("500")),
        ];
        let bounds = (day("2025-07-01"), day("2026-06-30"));
        let chart = Chart { bounds, most: amount("500"), cap: amount("500"), series: &series };
        insta::assert_snapshot!("chart_ascii", drawn(&chart, 70, 10, true));
        insta::assert_snapshot!("chart_braille", drawn(&chart, 70, 10, false));
    }

    #[test]
    fn the_ends_of_a_scale_are_its_first_and_last_dot() {
        assert_eq!(scaled(0, 500, 40), 0);
        assert_eq!(scaled(500, 500, 40), 39);
        assert_eq!(scaled(900, 500, 40), 39);
        assert_eq!(scaled(-5, 500, 40), 0);
        assert_eq!(scaled(5, 0, 40), 0);
    }

    proptest! {
        #[test]
        fn any_figures_can_be_drawn(units in proptest::collection::vec(any::<i64>(), 0..20), cap in any::<i64>(), width in 0u16..120, height in 0u16..30) {
            let series: Vec<(Day, Amount)> =
                units.iter().enumerate().map(|(at, u)| (Day::from_number(20_000 + at as i32 * 40), Amount::from_int(*u))).collect();
            let cap = Amount::from_int(cap);
            let chart = Chart { bounds: (Day::from_number(20_000), Day::from_number(20_364)), most: cap, cap, series: &series };
            drawn(&chart, width, height, false);
        }
    }
}
