//! Random months of credits, made from a seed: the same on every machine.

use std::fs;
use std::path::Path;

use super::credits::{report, row};

/// A small generator of numbers that look random.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 0 to below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const TYPES: [&str; 4] = ["codex", "chat.completion.5.reasoning", "chat_tool.imagegen", "123"];

/// Writes configuration and `report.csv` of a month: three pools, of which one
/// ends and one becomes effective within it, ids that are numbers, names that
/// are not ASCII, caps that run out, refunds, rows of a fraction of a cent.
pub fn write(dir: &Path, seed: u64) {
    let mut random = Random::new(seed);
    let rows: Vec<String> = (0..60 + random.below(120)).map(|_| some_row(&mut random)).collect();
    report(dir, "report.csv", &rows);
    let pools = format!(
        r#"{{"currency": "USD", "credit_pools": [
            {{"pool_id": "pool-a", "credits_purchased": {}, "purchase_amount": 469.26}},
            {{"pool_id": "pool-b", "effective_date": "2026-01-{:02}", "credits_purchased": 11732, "purchase_amount": 1000}},
            {{"pool_id": "2026", "effective_date": "2026-01-20", "credits_purchased": 900000, "purchase_amount": 44444.44}}
        ]}}"#,
        300 + random.below(900),
        1 + random.below(12),
    );
    fs::write(dir.join("pricing.json"), pools).unwrap();
    let project = |id: &str, name: &str, users: &str| {
        format!(
            r#"{{"project_id": "{id}", "name": "{name}", "pi_email": "pi-{id}@northwinds.edu", "fund_org": "DEPT-{id}",
                "users": [{users}]}}"#
        )
    };
    let projects = [
        project("ai-strategy", "Strategy", r#"{"email": "ab@northwinds.edu"}, {"email": "ah@northwinds.edu"}"#),
        project("4711", "Zoë’s laboratory", r#"{"email": "zo\u00eb@northwinds.edu"}"#),
    ];
    fs::write(dir.join("projects.json"), format!(r#"{{"projects": [{}]}}"#, projects.join(","))).unwrap();
    let rule = |name: &str, cap: u64, period: &str| {
        format!(
            r#"{{"name": "{name}", "description": "", "fund_org": "SPONSOR-{name}", "type": "per_project_cap",
                "cap_amount": {cap}.{:02}, "period": "{period}", "applies_to_services": ["OpenAI"], "enabled": true,
                "sponsor_email": "{name}@northwinds.edu"}}"#,
            seed % 100
        )
    };
    let rules = [rule("provost", random.below(40), "calendar_year"), rule("dean", random.below(40), "calendar_year")];
    fs::write(dir.join("subsidies.json"), format!(r#"{{"subsidies": [{}]}}"#, rules.join(","))).unwrap();
    let settings = "[focus]\nissuer = \"Northwinds IT\"\naccount_name = \"Northwinds ChatGPT Edu\"\n\
                    [accounting]\nfund_org = \"IT-1\"\naccount_code = \"4711\"\nexpense_code = \"6600\"\n";
    fs::write(dir.join("config.toml"), settings).unwrap();
}

fn some_row(random: &mut Random) -> String {
    let day = format!("1/{}/2026", 1 + random.below(31));
    let user = random.of(&["ab@northwinds.edu", "ah@northwinds.edu", "zoë@northwinds.edu", "nobody@northwinds.edu"]);
    let what = random.of(&TYPES);
    let sign = if random.below(12) == 0 { "-" } else { "" };
    let credits = match random.below(4) {
        0 => "0.1".to_owned(),
        1 => format!("{}.{:03}", random.below(40), random.below(1_000)),
        2 => format!("{}", random.below(300)),
        _ => format!("0.{:017}4", random.below(1_000_000)),
    };
    row(&day, user, what, &format!("{sign}{credits}"), &format!("{}.5", random.below(90)))
        .replace("test_account", "20260105")
}
