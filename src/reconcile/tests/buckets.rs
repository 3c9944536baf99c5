//! Costs without a ledger, each line an item of its own.

use std::collections::BTreeSet;

use crate::reconcile::fixtures::{Case, amount, at};
use crate::reconcile::key;
use crate::usage::{Line, TokenClass};

fn cost<'a>(item: &'a str, project: &'a str, money: &str) -> Line<'a> {
    Line {
        at: at(0),
        span: 86_400,
        item_text: item,
        model: "gpt-4o",
        tier: "default",
        class: Some(TokenClass::Input),
        project,
        amount: Some(amount(money)),
        ..Line::default()
    }
}

#[test]
fn every_bucket_has_an_identity_that_its_amount_does_not_change() {
    let keys = |money: &str| {
        let costs = [
            cost("gpt-4o, input", "p", money),
            cost("gpt-4o, output", "p", money),
            cost("gpt-4o, input", "q", money),
            cost("gpt-4o, input", "q", money),
            Line { api_key: "k", ..cost("gpt-4o, input", "q", money) },
            Line { tier: "batch", ..cost("gpt-4o, input", "q", money) },
            Line { span: 60, ..cost("gpt-4o, input", "q", money) },
        ];
        let done = costs.into_iter().fold(Case::new(), Case::cost).run();
        let items = done.items();
        let keys: Vec<_> = (0..items.len() as u32).map(|item| key(&done.case.sides(), items, item)).collect();
        (
            keys.iter().map(|key| key.identity).collect::<BTreeSet<_>>(),
            keys.iter().map(|key| key.content).collect::<BTreeSet<_>>(),
        )
    };
    let ((identities, contents), (others, other_contents)) = (keys("1"), keys("2"));
    assert_eq!((identities.len(), &identities), (7, &others));
    assert_eq!(contents.intersection(&other_contents).count(), 0);
}
