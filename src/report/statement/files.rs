//! Statements as the files that are sent: an overview for the office, one file
//! a sponsor, one file a PI.

use super::names::part;
use super::{Sponsor, Statements};
use crate::report::page::html_file;

/// What statements are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Html,
    Csv,
    Json,
}

impl Form {
    const fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// A name and what stands in the file.
pub type Named = (String, Vec<u8>);

impl Statements {
    /// All files with their names, which are the same for the same sponsors and
    /// PIs in every run and never two alike.
    pub fn files(&self, form: Form) -> Vec<Named> {
        let name = |kind: &str, of: &str| {
            let of = if of.is_empty() { String::new() } else { format!("_{of}") };
            format!("{kind}_{}{of}.{}", self.month, form.extension())
        };
        let overview = match form {
            Form::Text => self.overview().text().into_bytes(),
            Form::Html => self.overview().html().into_bytes(),
            Form::Csv => self.overview_csv(),
            Form::Json => json(&self.overview_json()),
        };
        let mut files = vec![(name("overview", ""), overview)];
        for sponsor in &self.sponsors {
            let bytes = match form {
                Form::Text => self.sponsor_page(sponsor).text().into_bytes(),
                Form::Html => self.sponsor_page(sponsor).html().into_bytes(),
                Form::Csv => self.sponsors_csv(std::slice::from_ref(sponsor)),
                Form::Json => json(&self.sponsor_json(sponsor)),
            };
            files.push((name("sponsor", &of_sponsor(sponsor)), bytes));
        }
        for pi in &self.pis {
            let bytes = match form {
                Form::Text => self.pi_page(pi).text().into_bytes(),
                Form::Html => self.pi_page(pi).html().into_bytes(),
                Form::Csv => self.pi_csv(pi),
                Form::Json => json(&self.pi_json(pi)),
            };
            files.push((name("statement", &part(&pi.email)), bytes));
        }
        files
    }

    /// What is looked at before anything is sent: the overview and every
    /// sponsor's statement. As JSON all there is, as CSV the sponsors' rows.
    pub fn shown(&self, form: Form) -> Vec<u8> {
        let pages = || {
            let sponsors = self.sponsors.iter().map(|sponsor| self.sponsor_page(sponsor));
            std::iter::once(self.overview()).chain(sponsors).collect::<Vec<_>>()
        };
        match form {
            Form::Text => pages().iter().map(|page| page.text()).collect::<Vec<_>>().join("\n\n").into_bytes(),
            Form::Html => html_file(&pages()).into_bytes(),
            Form::Csv => self.sponsors_csv(&self.sponsors),
            Form::Json => json(&self.json()),
        }
    }
}

/// A fund may have several sponsors by their emails.
fn of_sponsor(sponsor: &Sponsor) -> String {
    match &sponsor.email {
        None => part(&sponsor.fund_org),
        Some(email) => format!("{}_{}", part(&sponsor.fund_org), part(email)),
    }
}

fn json(value: &serde_json::Value) -> Vec<u8> {
    // Texts, numbers and lists: nothing here can fail to become JSON.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // JSON has escapes of its own for what could command a terminal.
        if crate::report::harmless::commands(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out.into_bytes()
}
