//! Colours by what they mean. The palette is Okabe and Ito's, which people
//! with any colour vision tell apart; and no meaning is carried by colour
//! alone, so the plain theme has none at all.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    Full,
    /// The 256 indexed ones.
    Indexed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Dark,
    Light,
    HighContrast,
    /// Modifiers only; not even a reset of the colour is set on a cell.
    Plain,
}

impl Kind {
    pub const NAMES: &'static str = "dark, light, high-contrast, none";

    /// By the name an operator writes.
    ///
    /// # Errors
    /// A sentence with the names there are.
    pub fn parse(name: &str) -> Result<Self, String> {
        match name.trim().to_ascii_lowercase().as_str() {
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            "high-contrast" => Ok(Self::HighContrast),
            "none" => Ok(Self::Plain),
            _ => Err(format!("There is no theme “{name}”; choose one of: {}, or auto.", Self::NAMES)),
        }
    }
}

/// A style for each meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Below everything; empty where the terminal's own is kept.
    pub ground: Style,
    pub text: Style,
    pub dim: Style,
    pub title: Style,
    /// Column titles.
    pub head: Style,
    /// The tab that is open.
    pub tab: Style,
    /// The row the cursor is on; one style for the whole row.
    pub cursor: Style,
    pub good: Style,
    pub warn: Style,
    pub bad: Style,
    pub info: Style,
    /// Names of keys.
    pub key: Style,
    /// What a search found, and what was typed wrong.
    pub hit: Style,
    pub mark: Style,
    pub border: Style,
    /// What was undone.
    pub struck: Style,
    /// The lines of the chart.
    pub draws: Style,
    pub pace: Style,
}

struct Palette {
    orange: Color,
    sky: Color,
    green: Color,
    yellow: Color,
    vermillion: Color,
    purple: Color,
    grey: Color,
    row: Color,
}

/// Of the fixed part of the 256 colours: the first sixteen are whatever the
/// terminal's own scheme makes of them.
const WHITE: Color = Color::Indexed(231);
const BLACK: Color = Color::Indexed(16);

const fn rgb(hex: u32) -> Color {
    Color::Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

impl Palette {
    const fn dark(depth: Depth) -> Self {
        match depth {
            Depth::Full => Self {
                orange: rgb(0xe69f00),
                sky: rgb(0x56b4e9),
                green: rgb(0x2fbf95),
                yellow: rgb(0xf0e442),
                vermillion: rgb(0xff7f3f),
                purple: rgb(0xdc93bd),
                grey: rgb(0x9a9a9a),
                row: rgb(0x303a46),
            },
            Depth::Indexed => Self {
                orange: Color::Indexed(214),
                sky: Color::Indexed(74),
                green: Color::Indexed(36),
                yellow: Color::Indexed(227),
                vermillion: Color::Indexed(208),
                purple: Color::Indexed(175),
                grey: Color::Indexed(247),
                row: Color::Indexed(237),
            },
        }
    }

    /// The same hues, dark enough for a white ground.
    const fn light(depth: Depth) -> Self {
        match depth {
            Depth::Full => Self {
                orange: rgb(0x8a5f00),
                sky: rgb(0x0072b2),
                green: rgb(0x00694d),
                yellow: rgb(0x6b6400),
                vermillion: rgb(0xa84900),
                purple: rgb(0x8f3f6b),
                grey: rgb(0x5f5f5f),
                row: rgb(0xd6e4f0),
            },
            Depth::Indexed => Self {
                orange: Color::Indexed(94),
                sky: Color::Indexed(25),
                green: Color::Indexed(23),
                yellow: Color::Indexed(58),
                vermillion: Color::Indexed(124),
                purple: Color::Indexed(89),
                grey: Color::Indexed(240),
                row: Color::Indexed(153),
            },
        }
    }
}

impl Theme {
    pub fn new(kind: Kind, depth: Depth) -> Self {
        match kind {
            Kind::Dark => Self::coloured(&Palette::dark(depth), false),
            Kind::Light => Self::coloured(&Palette::light(depth), false),
            Kind::HighContrast => Self::coloured(&Palette::dark(depth), true),
            Kind::Plain => Self::plain(),
        }
    }

    const fn coloured(palette: &Palette, strong: bool) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        // High contrast has a ground of its own, since nobody knows the
        // terminal's, and nothing grey on it.
        let dim = if strong { plain.fg(WHITE) } else { plain.fg(palette.grey) };
        let weight = if strong { Modifier::BOLD } else { Modifier::empty() };
        Self {
            ground: if strong { plain.fg(WHITE).bg(BLACK) } else { plain },
            text: if strong { plain.fg(WHITE) } else { plain },
            dim,
            title: bold.fg(palette.sky),
            head: dim.add_modifier(Modifier::BOLD),
            tab: bold.add_modifier(Modifier::REVERSED),
            cursor: if strong { bold.add_modifier(Modifier::REVERSED) } else { bold.bg(palette.row) },
            good: plain.fg(palette.green).add_modifier(weight),
            warn: plain.fg(palette.orange).add_modifier(weight),
            bad: bold.fg(palette.vermillion),
            info: plain.fg(palette.sky).add_modifier(weight),
            key: bold.fg(palette.yellow),
            hit: plain.fg(palette.yellow).add_modifier(Modifier::UNDERLINED),
            mark: bold.fg(palette.purple),
            border: dim,
            struck: dim.add_modifier(Modifier::CROSSED_OUT),
            draws: bold.fg(palette.sky),
            pace: plain.fg(palette.orange),
        }
    }

    const fn plain() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            ground: plain,
            text: plain,
            dim: plain.add_modifier(Modifier::DIM),
            title: bold,
            head: bold,
            tab: bold.add_modifier(Modifier::REVERSED),
            cursor: plain.add_modifier(Modifier::REVERSED),
            good: plain,
            warn: plain,
            bad: bold,
            info: plain,
            key: bold,
            hit: plain.add_modifier(Modifier::UNDERLINED),
            mark: bold,
            border: plain.add_modifier(Modifier::DIM),
            struck: plain.add_modifier(Modifier::CROSSED_OUT.union(Modifier::DIM)),
            draws: bold,
            pace: plain,
        }
    }

    #[cfg(test)]
    fn all(&self) -> [Style; 17] {
        [
            self.text,
            self.dim,
            self.title,
            self.head,
            self.tab,
            self.cursor,
            self.good,
            self.warn,
            self.bad,
            self.info,
            self.key,
            self.hit,
            self.mark,
            self.border,
            self.struck,
            self.draws,
            self.pace,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red, green and blue of what a terminal shows; `ground` where a style
    /// leaves the colour to it.
    fn rgb_of(colour: Option<Color>, ground: (u8, u8, u8)) -> (u8, u8, u8) {
        match colour {
            None | Some(Color::Reset) => ground,
            Some(Color::Rgb(red, green, blue)) => (red, green, blue),
            // The cube of six steps a colour, and the greys behind it.
            Some(Color::Indexed(at @ 16..=231)) => {
                let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
                let at = at - 16;
                (step(at / 36), step(at / 6 % 6), step(at % 6))
            }
            Some(Color::Indexed(at @ 232..)) => {
                let grey = 8 + 10 * (at - 232);
                (grey, grey, grey)
            }
            Some(other) => panic!("{other:?} looks different in every terminal"),
        }
    }

    /// Relative luminance as WCAG 2 defines it.
    fn luminance((red, green, blue): (u8, u8, u8)) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: (u8, u8, u8), other: (u8, u8, u8)) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn contrast_is_worked_out_as_the_standard_says() {
        let near = |value: f64, expected: f64| (value - expected).abs() < 0.005;
        assert!(near(contrast((0, 0, 0), (255, 255, 255)), 21.0));
        assert!(near(contrast((118, 118, 118), (255, 255, 255)), 4.54));
        assert_eq!(rgb_of(Some(Color::Indexed(214)), (0, 0, 0)), (255, 175, 0));
        assert_eq!(rgb_of(Some(Color::Indexed(247)), (0, 0, 0)), (158, 158, 158));
    }

    /// Grounds that people have behind each theme: from pure to the softest of
    /// the usual schemes.
    const DARK_GROUNDS: [(u8, u8, u8); 3] = [(0, 0, 0), (30, 30, 30), (40, 42, 54)];
    const LIGHT_GROUNDS: [(u8, u8, u8); 3] = [(255, 255, 255), (250, 250, 250), (245, 245, 245)];

    /// 4.5 to 1 for all text of the dark and the light theme, 7 to 1 for the
    /// one that is for contrast.
    #[test]
    fn every_text_of_every_theme_stands_out_from_its_ground() {
        let black = (0, 0, 0);
        let white = (255, 255, 255);
        for (kind, grounds, text, least) in [
            (Kind::Dark, &DARK_GROUNDS[..], white, 4.5),
            (Kind::Light, &LIGHT_GROUNDS[..], black, 4.5),
            // Whatever ground the terminal has.
            (Kind::HighContrast, &LIGHT_GROUNDS[..], white, 7.0),
        ] {
            for depth in [Depth::Full, Depth::Indexed] {
                let theme = Theme::new(kind, depth);
                for (at, style) in theme.all().into_iter().enumerate() {
                    for ground in grounds {
                        let ground = rgb_of(theme.ground.bg, *ground);
                        let (front, back) = (rgb_of(style.fg, text), rgb_of(style.bg, ground));
                        let found = contrast(front, back);
                        assert!(found >= least, "style {at} of {kind:?} in {depth:?}: {found:.2} on {back:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_plain_theme_sets_no_colour_anywhere() {
        for style in Theme::new(Kind::Plain, Depth::Full).all() {
            assert_eq!((style.fg, style.bg), (None, None));
        }
    }

    #[test]
    fn the_cursor_shows_without_colour_in_every_theme() {
        for kind in [Kind::Dark, Kind::Light, Kind::HighContrast, Kind::Plain] {
            let cursor = Theme::new(kind, Depth::Indexed).cursor;
            assert!(!cursor.add_modifier.is_empty(), "{kind:?}");
        }
    }

    #[test]
    fn an_indexed_terminal_gets_no_24_bit_colour() {
        for kind in [Kind::Dark, Kind::Light, Kind::HighContrast] {
            for style in Theme::new(kind, Depth::Indexed).all() {
                assert!(!matches!(style.fg, Some(Color::Rgb(..))) && !matches!(style.bg, Some(Color::Rgb(..))));
            }
        }
    }

    #[test]
    fn an_unknown_theme_names_those_there_are() {
        assert_eq!(
            Kind::parse("solarized").unwrap_err(),
            "There is no theme “solarized”; choose one of: dark, light, high-contrast, none, or auto."
        );
        assert_eq!(Kind::parse(" Light "), Ok(Kind::Light));
    }
}
