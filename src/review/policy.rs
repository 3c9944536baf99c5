//! Which decisions need a reason, which reasons there are, and which decisions
//! an item cannot bear.

use serde::{Deserialize, Serialize};

use super::tie_out::Settlement;
use crate::journal::{Decision, Verdict};

/// The reason under which the converter of credit reports approves by itself.
pub const CONVERT_REASON: &str = "convert";

/// The operator's policy, as `config.toml` may set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Verdicts that need a reason code.
    pub required: Vec<Verdict>,
    /// The codes to choose from, in the order they are offered.
    pub codes: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        let codes = [
            "agreed-with-vendor",
            "ledger-error",
            "provider-error",
            "duplicate",
            "test-usage",
            "below-materiality",
            "timing",
            "other",
        ];
        Self {
            required: vec![Verdict::WriteOff, Verdict::Dispute, Verdict::Exclude, Verdict::ApproveRecorded],
            codes: codes.map(String::from).to_vec(),
        }
    }
}

impl Policy {
    pub fn needs_reason(&self, verdict: Verdict) -> bool {
        self.required.contains(&verdict)
    }

    /// # Errors
    /// A sentence when a reason is missing that the policy wants, or when the
    /// reason given is none of its codes.
    pub fn check(&self, decision: &Decision) -> Result<(), String> {
        let reason = decision.reason.as_str();
        if reason.is_empty() {
            return match self.needs_reason(decision.verdict) {
                true => Err(format!("To {} needs a reason; give {}.", decision.verdict.name(), self.choice())),
                false => Ok(()),
            };
        }
        if reason == CONVERT_REASON || self.codes.iter().any(|code| code == reason) {
            return Ok(());
        }
        Err(format!("“{reason}” is not a reason of the policy; give {}.", self.choice()))
    }

    fn choice(&self) -> String {
        match self.codes.as_slice() {
            [] => "none, for config.toml lists no reason codes: add some there".to_owned(),
            [only] => only.clone(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

/// Whether an item can bear a verdict at all.
///
/// # Errors
/// A sentence when approving would charge an amount that nobody knows.
pub fn sound(verdict: Verdict, item: &Settlement) -> Result<(), &'static str> {
    match verdict {
        Verdict::ApproveBilled if item.bill_side && item.billed.is_none() => {
            Err("The bill has no amount for this item and the price book gives none: enter a price first.")
        }
        Verdict::ApproveRecorded if !item.ledger_side => {
            Err("Nothing was recorded for this item: approve it as billed, or write it off.")
        }
        Verdict::ApproveBilled | Verdict::ApproveRecorded
            if item.recorded.is_none() && (verdict == Verdict::ApproveRecorded || !item.bill_side) =>
        {
            Err("The ledger has no amount for this item and the price book gives none: enter a price first.")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;

    fn decision(verdict: Verdict, reason: &str) -> Decision {
        Decision { verdict, reason: reason.into(), note: String::new() }
    }

    #[test]
    fn what_gives_money_away_needs_a_reason() {
        let policy = Policy::default();
        for verdict in Verdict::ALL {
            let needs = !matches!(verdict, Verdict::ApproveBilled | Verdict::Defer);
            assert_eq!(policy.check(&decision(verdict, "")).is_err(), needs, "{}", verdict.name());
            assert_eq!(policy.check(&decision(verdict, "timing")), Ok(()));
        }
    }

    #[test]
    fn an_unknown_reason_is_refused_with_the_known_ones() {
        let error = Policy::default().check(&decision(Verdict::Defer, "tmiing")).unwrap_err();
        assert!(error.starts_with("“tmiing” is not a reason") && error.contains("timing or other"), "{error}");
        assert_eq!(Policy::default().check(&decision(Verdict::ApproveBilled, CONVERT_REASON)), Ok(()));
    }

    #[test]
    fn the_policy_is_read_from_settings_and_strange_keys_are_refused() {
        let policy: Policy = toml::from_str("required = [\"write-off\"]").unwrap();
        assert_eq!((policy.required, policy.codes), (vec![Verdict::WriteOff], Policy::default().codes));
        assert!(toml::from_str::<Policy>("require = []").is_err());
    }

    #[test]
    fn an_unknown_amount_cannot_be_approved() {
        let both =
            Settlement { billed: None, recorded: None, bill_side: true, ledger_side: true, ..Settlement::default() };
        let one = Some(Amount::from_int(1));
        let cases = [
            (Verdict::ApproveBilled, both, false),
            (Verdict::ApproveRecorded, both, false),
            (Verdict::WriteOff, both, true),
            (Verdict::ApproveBilled, Settlement { billed: one, ..both }, true),
            (Verdict::ApproveRecorded, Settlement { recorded: one, ..both }, true),
            (Verdict::ApproveRecorded, Settlement { billed: one, ledger_side: false, ..both }, false),
            (Verdict::ApproveBilled, Settlement { bill_side: false, ..both }, false),
            (Verdict::ApproveBilled, Settlement { recorded: one, bill_side: false, ..both }, true),
        ];
        for (verdict, item, fine) in cases {
            assert_eq!(sound(verdict, &item).is_ok(), fine, "{} {item:?}", verdict.name());
        }
    }
}
