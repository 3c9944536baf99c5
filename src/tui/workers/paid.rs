//! What is paid for some charges and why, as the rows of a sheet.

use crate::desk::{ChargesOf, Desk, Refusal};
use crate::report::explain::Explanation;
use crate::tui::figures;

/// Charges that a sheet shows; a person scrolls no further, and the command
/// line has them all.
const MOST: usize = 200;

/// A title, and heads with the texts below them; a text without a head goes on
/// from the one before.
///
/// # Errors
/// A sentence, where the month knows nothing of what is asked.
pub(super) fn why(desk: &Desk, of: &ChargesOf) -> Result<(String, Vec<(String, String)>), String> {
    let asked = desk.charges_asked(of).map_err(|Refusal(why)| why)?;
    let mut rows: Vec<(String, String)> = Vec::new();
    let charges = asked.charges.len();
    if charges == 0 {
        rows.push(("Nothing is charged for it".to_owned(), "Only what is approved is charged.".to_owned()));
    }
    if charges > 1 {
        rows.push((asked.sums.text(), String::new()));
    }
    rows.extend(asked.beside().into_iter().map(|sentence| (String::new(), sentence)));
    let mut shown = 0;
    let mut take = |explanation: Explanation| {
        if shown == MOST {
            return Err(());
        }
        shown += 1;
        let steps = explanation.steps().into_iter().map(|(label, text)| format!("{label:<9} {text}"));
        let heads = std::iter::once(explanation.head()).chain(std::iter::repeat(String::new()));
        rows.extend(heads.zip(steps));
        Ok(())
    };
    if desk.explain(&asked, &mut take).is_err() {
        let left = figures::count((charges - MOST) as u64);
        let command = match of {
            ChargesOf::Project(id) => format!(" trueup explain --project {id}"),
            ChargesOf::User(name) => format!(" trueup explain --user {name}"),
            ChargesOf::Pi(email) => format!(" trueup explain --pi {email}"),
            _ => " trueup explain".to_owned(),
        };
        rows.push((format!("and {left} more"), format!("All of them:{command} --month {}", desk.month())));
    }
    let title = format!("Who pays for {}: {}", asked.of, figures::of(charges as u64, "charge", "charges"));
    Ok((title, rows))
}
