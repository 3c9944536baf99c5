//! Fees for tools and other lines of the bill that no token stands behind.

use super::{Scene, Told};

pub(in crate::reconcile::cause) fn tell(scene: &Scene<'_, '_>) -> Told {
    Told::only(format!("The bill has fees of tools {} that no tokens stand behind and no entry records.", scene.when()))
}

#[cfg(test)]
mod tests {
    use crate::reconcile::cause::Probe;
    use crate::reconcile::cause::months::{Bill, Months, assert_only};

    #[test]
    fn a_tool_on_the_bill_is_a_fee() {
        for shape in [Bill::Classes, Bill::Models, Bill::Days] {
            let mut month = Months::plain(shape);
            month.beside = vec![
                (3, "web search tool calls", "proj_a", "1.23"),
                (17, "assistants api | file search", "proj_b", "5"),
            ];
            assert_only(&month.why(), &[Probe::Fees]);
        }
    }
}
