//! Verdicts on their way to a ledger and out of it again: what would change is
//! asked on a thread of its own, since a server may take its time, and written
//! on the writer's.

use crate::desk::{Applied, ApplyOptions, ApplyPlan, Desk, RevertPlan, Session};
use crate::tui::effect::Effect;
use crate::tui::message::Message;

/// Nobody can type a password while the screen is up: one that was not given
/// when the program began is refused with a sentence.
const NOBODY: &dyn Fn(&str) -> Option<String> = &|_| None;

pub fn plan(question: Effect, session: &Session) -> Option<Message> {
    Some(match question {
        Effect::PlanApply { desk, version, generation } => {
            let result = apply(&desk, session).map(Box::new);
            Message::ApplyPlanned { generation, version, result }
        }
        Effect::PlanRevert { month, generation } => {
            Message::RevertPlanned { generation, result: session.plan_revert(month).map(Box::new) }
        }
        _ => return None,
    })
}

fn apply(desk: &Desk, session: &Session) -> Result<ApplyPlan, String> {
    let plan = |round: bool| session.plan_apply(desk, &ApplyOptions { round, output: None });
    // A column of whole cents is refused as long as nobody allows rounding.
    // The preview says what is lost and asks, which allows it.
    plan(false).or_else(|why| plan(true).map_err(|_| why))
}

/// Puts back what the rows said, ledger by ledger.
///
/// # Errors
/// A sentence. The ledger it speaks of is as it was; those before it are put
/// back and journaled.
pub fn revert(session: &Session, plan: &RevertPlan, tell: &dyn Fn(u64)) -> Result<Vec<Applied>, String> {
    let mut before = 0;
    let mut done = Vec::new();
    for ledger in &plan.ledgers {
        done.push(session.revert_telling(&ledger.entry, NOBODY, &|at| tell(before + at))?);
        before += if ledger.file { 0 } else { ledger.rows };
        tell(before);
    }
    Ok(done)
}
