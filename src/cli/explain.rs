//! `trueup explain`: why somebody pays what, charge by charge, printed as it is
//! gathered.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::month::load;
use super::subsidies_args::{Explain, ExplainFormat};
use super::{Ended, Failure, output, screen};
use crate::desk::{Asked, Desk, Refusal, text};
use crate::report::explain::Explanation;

pub fn run(args: &Explain) -> Result<Ended, Failure> {
    let of = args
        .whose
        .asked()
        .ok_or_else(|| Failure("Say whose charges: --pi, --project, --user, --item or --charge.".into()))?;
    let (_, desk) = load(&args.files, true)?;
    let asked = desk.charges_asked(&of).map_err(|Refusal(why)| Failure(why))?;
    output::fill(None, |out| {
        let mut out = io::BufWriter::new(out);
        match args.format {
            ExplainFormat::Text => as_text(&desk, &asked, &mut out)?,
            ExplainFormat::Json => as_json(&desk, &asked, &mut out)?,
        }
        out.flush()
    })
}

fn as_text(desk: &Desk, asked: &Asked, out: &mut dyn Write) -> io::Result<()> {
    let width = output::screen_width();
    let mut say = |text: &str| out.write_all(screen::prose(&text::plain(text), width).as_bytes());
    say(&format!("Month {}, {}\n\n", desk.month(), asked.of))?;
    desk.explain(asked, &mut |explanation: Explanation| say(&format!("{}\n", explanation.text())))?;
    say(&format!("{}\n", asked.sums.text()))?;
    for sentence in asked.beside() {
        say(&format!("{sentence}\n"))?;
    }
    Ok(())
}

fn as_json(desk: &Desk, asked: &Asked, out: &mut dyn Write) -> io::Result<()> {
    let not_charged = asked
        .not_charged
        .iter()
        .map(|(why, items, amount)| json!({ "why": why, "items": items, "amount": amount.to_string() }));
    let head = [
        ("month", Value::from(desk.month().to_string())),
        ("of", asked.of.as_str().into()),
        ("not_charged", not_charged.collect::<Vec<_>>().into()),
        ("remarks", asked.remarks.clone().into()),
    ];
    let mut say = |text: &str| out.write_all(output::json_escaped(text).as_bytes());
    say("{\n")?;
    for (key, value) in head {
        say(&format!("  \"{key}\": {value},\n"))?;
    }
    say("  \"charges\": [")?;
    let mut comma = "\n";
    desk.explain(asked, &mut |explanation: Explanation| {
        let value = format!("{comma}    {}", explanation.json());
        comma = ",\n";
        say(&value)
    })?;
    say(&format!("\n  ],\n  \"total\": {}\n}}\n", asked.sums.json()))
}
