//! The row under the cursor for the clipboard.

use crate::tui::effect::Effect;
use crate::tui::model::{Model, Tone};
use crate::tui::tab::Tab;

/// The current row as text with tabs between, exact amounts included.
pub(super) fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let at = model.spot().at;
    let text = match model.tab {
        Tab::Matched | Tab::Discrepancies | Tab::NotFound => {
            let item = model.list().and_then(|list| list.current());
            item.zip(model.desk.as_ref()).filter(|(item, desk)| *item < desk.items()).map(|(item, desk)| {
                let row = desk.row(item);
                let amount = |a: Option<crate::amount::Amount>| a.map(|a| a.to_string()).unwrap_or_default();
                let time = row.at.map(|at| at.to_string()).unwrap_or_default();
                [
                    &*row.id,
                    &time,
                    row.cells.what,
                    row.cells.user,
                    &row.cells.project,
                    &amount(row.cells.billed),
                    &amount(row.cells.recorded),
                    &amount(row.cells.difference),
                ]
                .join("\t")
            })
        }
        Tab::Projects => match &model.burn.behind {
            Some(behind) => behind.draws.row(at).map(|row| {
                let amounts = [row.amount, row.drawn, row.left].map(|amount| amount.to_string()).join("\t");
                [row.day.to_string(), row.user, row.what, row.project, amounts].join("\t")
            }),
            None => model.burn.get(at).map(|b| {
                let amounts = [b.cap, b.used, b.before, b.this_month, b.remaining].map(|amount| amount.to_string());
                let scope = [&b.subject, &b.scope.rule, &b.scope.period.to_string()].map(String::as_str).join("\t");
                format!("{scope}\t{}\t{}", amounts.join("\t"), b.runs_out_text())
            }),
        },
        Tab::Prices => {
            model.pages.prices.rows.get(at).map(|p| [&*p.name, &p.effective, &p.input, &p.cached, &p.output].join("\t"))
        }
        Tab::Close => model
            .pages
            .close
            .as_ref()
            .and_then(|c| c.gate.get(at))
            .map(|g| format!("{}\t{}\t{}", g.what, g.count, g.amount)),
        Tab::BadRows => model.pages.bad_rows.get(at).map(|b| [&*b.origin, &b.column, &b.reason, &b.raw].join("\t")),
        Tab::Journal => {
            let line = model.journal.line(at);
            line.map(|line| format!("{}\t{}\t{}\t{}", line.seq, line.at, line.who, line.what))
        }
        Tab::Summary => model.summary.group(at).zip(model.summary.page.as_ref()).map(|(group, page)| {
            let names = group.key.iter().map(|key| key.label().to_owned());
            let figures = page.summary.columns().map(|column| column.cell(&group.figures).exact());
            names.chain(figures).collect::<Vec<_>>().join("\t")
        }),
        Tab::Checks => model.pages.checks.rows.get(at).map(|check| {
            let day = check.day.map(|day| day.to_string()).unwrap_or_default();
            let amount = |a: Option<crate::amount::Amount>| a.map(|a| a.to_string()).unwrap_or_default();
            let amounts = [check.expected, check.billed, check.difference].map(amount);
            [day, check.project.clone(), check.model.clone(), amounts.join("\t")].join("\t")
        }),
        Tab::Why => model.why.finding(at).map(|found| {
            let count = found.items.len().to_string();
            [found.cause.label(), found.probe, &found.explained.to_string(), &count, &found.sentence].join("\t")
        }),
        Tab::Overview => model.pages.next.get(at).map(|step| format!("{}\t{}\t{}", step.what, step.count, step.amount)),
    };
    match text {
        Some(text) => {
            effects.push(Effect::Copy(text));
        }
        None => model.say(Tone::Info, "There is no row to copy."),
    }
}

/// Says where a copied text went; what no tool took goes to the terminal.
pub(super) fn copied(model: &mut Model, text: String, by: Option<&str>, tmux: bool, effects: &mut Vec<Effect>) {
    match by {
        Some(tool) => model.say(Tone::Info, format!("The row was copied with {tool}.")),
        None => {
            effects.push(Effect::CopyByTerminal { text, tmux });
            model.say(Tone::Info, "The row was handed to the terminal's clipboard, if the terminal allows it.");
        }
    }
}
