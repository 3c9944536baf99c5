//! What an inference says, in sentences.

use std::fmt::Write;

use super::{CLASS_ORDER, ClassRate, Inference, Segment, Series};
use crate::price::KnownPrice;

impl Series {
    /// `gpt-4o, batch, long context`
    pub fn label(&self) -> String {
        let tier = Some(self.tier.as_str()).filter(|tier| !tier.is_empty());
        let long = self.long_context.then_some("long context");
        [Some(self.model.as_str()), tier, long].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Segment {
    /// `input 2.5, cached input 1.25, output 10 per million tokens`
    pub fn rates_in_words(&self) -> String {
        let solved = CLASS_ORDER
            .iter()
            .zip(self.rates)
            .filter_map(|(class, rate)| rate.solved().map(|price| format!("{} {}", class.label(), price.amount())));
        let undetermined = CLASS_ORDER.iter().zip(self.rates).filter(|(_, rate)| *rate == ClassRate::Undetermined);
        let undetermined: Vec<&str> = undetermined.map(|(class, _)| class.label()).collect();
        let mut text = format!("{} per million tokens", solved.collect::<Vec<_>>().join(", "));
        if !undetermined.is_empty() {
            let _ = write!(text, " (the lines do not tell what {} cost)", undetermined.join(" and "));
        }
        text
    }

    /// `the list price of gpt-4o from 2025-06-10`; empty for a price that is
    /// not known.
    pub fn known_in_words(&self) -> String {
        self.known.as_ref().map(in_words).unwrap_or_default()
    }
}

fn in_words(known: &KnownPrice) -> String {
    let from = known.from.map(|day| format!(" from {day}")).unwrap_or_default();
    let stated = if known.shipped { "" } else { " in pricing.json" };
    format!("the {} of {}{from}{stated}", known.tier.label(), known.model)
}

impl Inference {
    /// Rates, steps, lines that fit and the price it is, in one sentence for
    /// each price.
    pub fn sentence(&self) -> String {
        let label = self.series.label();
        if self.segments.is_empty() {
            let what =
                if self.lines == 1 { "its only line".to_owned() } else { format!("most of its {}", lines(self.lines)) };
            return format!("{label}: no price explains {what}.");
        }
        let mut text = format!("{label}: ");
        for (number, segment) in self.segments.iter().enumerate() {
            let days = if self.segments.len() == 1 {
                String::new()
            } else if number == 0 {
                format!("until {} ", segment.to)
            } else {
                format!(" From {} ", segment.from)
            };
            let _ = write!(
                text,
                "{days}{}, which fits {} of {}",
                segment.rates_in_words(),
                segment.fits,
                lines(segment.of)
            );
            text.push_str(" to the last digit");
            if !segment.residual.is_zero() {
                let _ = write!(text, " and leaves {} of the others", segment.residual);
            }
            if segment.known.is_some() {
                let _ = write!(text, "; it is {}", segment.known_in_words());
            }
            text.push('.');
        }
        text
    }
}

fn lines(count: u32) -> String {
    if count == 1 { "1 line".into() } else { format!("{count} lines") }
}
