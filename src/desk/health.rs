//! Whether the month is well, against the limits of the configuration.

use super::Desk;
use crate::reconcile;

impl Desk {
    /// Health in one sentence and whether it is healthy.
    pub fn health(&self) -> (bool, String) {
        let health = self.health_report();
        let share = |share: Option<crate::amount::Share>| share.map_or("-".into(), crate::amount::Share::percent);
        let text = if health.applicable {
            format!(
                "{} matched, {} discrepancies, {} not found",
                share(health.matched),
                share(health.discrepancies),
                share(health.not_found)
            )
        } else {
            "nothing to compare".to_owned()
        };
        let reasons = health.reasons.join(" ");
        (health.healthy, if reasons.is_empty() { text } else { format!("{text}. {reasons}") })
    }

    /// Health against the limits of the configuration.
    pub fn health_report(&self) -> reconcile::Health {
        let limits = &self.config.settings.health;
        let (bad, _) = self.bad_rows_counted();
        let mut health = reconcile::health(&self.compared.summary, self.compared.drift.len(), bad, limits);
        health.reasons.extend(limits.too_much_unexplained(|| self.why_month().apart));
        health.reasons.extend(self.cut_short());
        health.healthy = health.reasons.is_empty();
        health
    }

    /// A sentence for each file of the bill that ends too early for the month,
    /// with nothing that goes on from there. What is not on the bill is not
    /// seen to be missing, so the month is not known to be well.
    pub(super) fn cut_short(&self) -> impl Iterator<Item = String> + '_ {
        self.inputs.bill.coverage.iter().filter_map(|file| {
            let cut = file.cut_short.filter(|cut| cut.from.is_none_or(|day| day.month() == self.month))?;
            let name = file.file.file_name().map_or_else(|| file.file.to_string_lossy(), |name| name.to_string_lossy());
            let from = cut.from.map(|day| format!(" from {day} on")).unwrap_or_default();
            let verb = if cut.certain { "is" } else { "may be" };
            Some(format!("The bill {verb} cut short: {name} lacks what there is{from}."))
        })
    }
}
