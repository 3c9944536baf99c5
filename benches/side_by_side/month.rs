//! A month of any size, the same bytes for the same number of rows: a
//! request-level export in order of time, the ledger of it shuffled (as CSV
//! and JSONL), and a credit report with its three configuration files.
//!
//! Each request is a pure function of its number, so that the shuffled ledger
//! needs four bytes a row in memory and not the rows.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// `SplitMix64`: small, fast, and the same on every machine.
struct Random(u64);

impl Random {
    fn new(seed: u64, number: u64) -> Self {
        let mut random = Self(seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Evenly from `0..limit`, near enough for data to measure with.
    fn below(&mut self, limit: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// Mostly small and now and then large, as prompts are: the product of
    /// three even numbers.
    fn skewed(&mut self, least: u64, typical: u64) -> u64 {
        let (a, b, c) = (self.below(300), self.below(300), self.below(300));
        least + typical * a * b * c / 6_750_000
    }
}

const SEED: u64 = 0x7275_6575_7075_3236;
/// 2026-01-01, in unix seconds.
const START: u64 = 1_767_225_600;
const MONTH: u64 = 31 * 86_400;

/// Name on the bill, name in the ledger, input and output price in 1e-10
/// dollars a token, and how common it is.
const MODELS: [(&str, &str, u64, u64, u64); 8] = [
    ("gpt-4o-2024-08-06", "gpt-4o", 25_000, 100_000, 20),
    ("gpt-4o-mini-2024-07-18", "gpt-4o-mini", 1_500, 6_000, 30),
    ("gpt-4.1-2025-04-14", "gpt-4.1", 20_000, 80_000, 10),
    ("gpt-4.1-mini-2025-04-14", "gpt-4.1-mini", 4_000, 16_000, 12),
    ("gpt-5-2025-08-07", "gpt-5", 12_500, 100_000, 12),
    ("gpt-5-mini-2025-08-07", "gpt-5-mini", 2_500, 20_000, 10),
    ("o3-2025-04-16", "o3", 20_000, 80_000, 4),
    ("o4-mini-2025-04-16", "o4-mini", 11_000, 44_000, 2),
];

/// What is wrong with a request, if anything.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fine,
    Price,
    Tokens,
    NotInLedger,
    NotInBill,
    NoId,
    TwiceInLedger,
    TwiceInBill,
}

impl Kind {
    /// 95.5% are fine; 2% cost something else, 1% have other tokens, half a
    /// per cent is missing on each side, and a few have no id or are there
    /// twice.
    fn of(random: &mut Random) -> Self {
        match random.below(1000) {
            0..20 => Self::Price,
            20..30 => Self::Tokens,
            30..35 => Self::NotInLedger,
            35..40 => Self::NotInBill,
            40..43 => Self::NoId,
            43 => Self::TwiceInLedger,
            44 => Self::TwiceInBill,
            _ => Self::Fine,
        }
    }
}

struct Request {
    kind: Kind,
    id: [u8; 29],
    second: u64,
    model: usize,
    tokens: [u64; 2],
    recorded_tokens: [u64; 2],
    /// In 1e-10 dollars.
    billed: u64,
    /// In 1e-6 dollars, four decimals of a cent.
    recorded: u64,
}

fn request(number: u64, of: u64) -> Request {
    let mut random = Random::new(SEED, number);
    let kind = Kind::of(&mut random);
    let mut id = [0; 29];
    for byte in &mut id {
        *byte = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[random.below(62) as usize];
    }
    let second = START + number * (MONTH - 120) / of.max(1) + random.below(3);
    let weights: u64 = MODELS.iter().map(|model| model.4).sum();
    let mut at = random.below(weights);
    let mut model = MODELS
        .iter()
        .position(|m| {
            at < m.4 || {
                at -= m.4;
                false
            }
        })
        .unwrap_or(0);
    let mut tokens = [random.skewed(8, 1_500), random.skewed(1, 600)];
    if kind == Kind::Price {
        // Dear enough that 8% are more than five cents.
        (model, tokens) = (2, [400_000 + random.below(500_000), 200 + random.below(4_096)]);
    }
    let (_, _, input, output, _) = MODELS[model];
    let cost = |[prompt, completion]: [u64; 2]| prompt * input + completion * output;
    let billed = cost(tokens);
    let mut recorded_tokens = tokens;
    let mut recorded = billed;
    match kind {
        Kind::Price => {
            let off = 80 + random.below(320);
            recorded = billed * if random.below(2) == 0 { 1000 + off } else { 1000 - off } / 1000;
        }
        Kind::Tokens => {
            recorded_tokens[1] += 1 + random.below(256);
            recorded = cost(recorded_tokens);
        }
        Kind::Fine if random.below(8) == 0 => recorded = billed * (960 + random.below(80)) / 1000,
        _ => {}
    }
    Request { kind, id, second, model, tokens, recorded_tokens, billed, recorded: (recorded + 5_000) / 10_000 }
}

/// `2026-01-09`, and the time of the day as three numbers.
fn stamp(second: u64) -> (u64, u64, u64, u64) {
    let of_month = second - START;
    (of_month / 86_400 + 1, of_month / 3_600 % 24, of_month / 60 % 60, of_month % 60)
}

const EXPORT_HEADER: &str = "request_id,timestamp,model,prompt_tokens,completion_tokens,total_tokens,cost_usd";
const LEDGER_HEADER: &str = "id,user_id,action_type,model_used,prompt_tokens,completion_tokens,tokens_used,\
                             calculated_cost_cents,openai_request_id,openai_created,system_fingerprint,\
                             actual_cost_cents,reconciled_at,reconciliation_status,created_at";
const ACTIONS: [&str; 5] =
    ["chat_conversation", "vision_generation", "audio_generation", "transcription", "assessment_scoring"];

/// Writes `export.csv`, `ledger.csv` and `ledger.jsonl` of `rows` requests.
pub fn requests(rows: u64, dir: &Path) -> io::Result<()> {
    let mut export = BufWriter::with_capacity(1 << 20, File::create(dir.join("export.csv"))?);
    writeln!(export, "{EXPORT_HEADER}")?;
    let mut order: Vec<u32> = Vec::with_capacity(rows as usize + rows as usize / 500);
    for number in 0..rows {
        let request = request(number, rows);
        let bill_rows = match request.kind {
            Kind::NotInBill => 0,
            Kind::TwiceInBill => 2,
            _ => 1,
        };
        for _ in 0..bill_rows {
            bill_row(&mut export, &request)?;
        }
        let entries = match request.kind {
            Kind::NotInLedger => 0,
            Kind::TwiceInLedger => 2,
            _ => 1,
        };
        order.extend(std::iter::repeat_n(number as u32, entries));
    }
    export.flush()?;
    let mut random = Random::new(SEED, u64::MAX);
    for at in (1..order.len()).rev() {
        order.swap(at, random.below(at as u64 + 1) as usize);
    }
    let mut csv = BufWriter::with_capacity(1 << 20, File::create(dir.join("ledger.csv"))?);
    let mut json = BufWriter::with_capacity(1 << 20, File::create(dir.join("ledger.jsonl"))?);
    writeln!(csv, "{LEDGER_HEADER}")?;
    for (at, number) in order.into_iter().enumerate() {
        entry(&mut csv, &mut json, &request(u64::from(number), rows), at as u64)?;
    }
    csv.flush()?;
    json.flush()
}

fn bill_row(out: &mut impl Write, request: &Request) -> io::Result<()> {
    let (day, hour, minute, second) = stamp(request.second);
    out.write_all(b"chatcmpl-")?;
    out.write_all(&request.id)?;
    let [input, output] = request.tokens;
    let (dollars, rest) = (request.billed / 10_000_000_000, request.billed % 10_000_000_000);
    let model = MODELS[request.model].0;
    writeln!(
        out,
        ",2026-01-{day:02}T{hour:02}:{minute:02}:{second:02}Z,{model},{input},{output},{},{dollars}.{rest:010}",
        input + output
    )
}

fn entry(csv: &mut impl Write, json: &mut impl Write, request: &Request, at: u64) -> io::Result<()> {
    let mut random = Random::new(SEED.rotate_left(17), at);
    let uuid = |random: &mut Random| {
        let (a, b) = (random.next(), random.next());
        let (first, second, third) = (a >> 32, (a >> 16) & 0xffff, a & 0xfff);
        format!("{first:08x}-{second:04x}-4{third:03x}-a{:03x}-{:012x}", b >> 52, b & 0xffff_ffff_ffff)
    };
    let id = uuid(&mut random);
    let number = random.below(2_000);
    let user = uuid(&mut Random::new(SEED, number ^ 0x5555_5555));
    let action = ACTIONS[random.below(ACTIONS.len() as u64) as usize];
    let print = random.below(24);
    let [input, output] = request.recorded_tokens;
    let (total, model) = (input + output, MODELS[request.model].1);
    let (cents, rest) = (request.recorded / 10_000, request.recorded % 10_000);
    let name = String::from_utf8_lossy(&request.id);
    let name = if request.kind == Kind::NoId { String::new() } else { format!("chatcmpl-{name}") };
    let (day, hour, minute, second) = stamp(request.second + 1 + random.below(2));
    let micro = random.below(1_000_000);
    let created = request.second;
    let at = format!("2026-01-{day:02} {hour:02}:{minute:02}:{second:02}.{micro:06}+00");
    writeln!(
        csv,
        "{id},{user},{action},{model},{input},{output},{total},{cents}.{rest:04},{name},{created},fp_{print:010x},,,pending,{at}"
    )?;
    let name = if name.is_empty() { "null".into() } else { format!("\"{name}\"") };
    writeln!(
        json,
        "{{\"id\":\"{id}\",\"user_id\":\"{user}\",\"action_type\":\"{action}\",\"model_used\":\"{model}\",\
         \"prompt_tokens\":{input},\"completion_tokens\":{output},\"tokens_used\":{total},\
         \"calculated_cost_cents\":{cents}.{rest:04},\"openai_request_id\":{name},\"openai_created\":{created},\
         \"system_fingerprint\":\"fp_{print:010x}\",\"actual_cost_cents\":null,\"reconciled_at\":null,\
         \"reconciliation_status\":\"pending\",\"created_at\":\"{at}\"}}"
    )
}

const USERS: u64 = 2_000;
const PROJECTS: u64 = 300;
/// Usage type and thousandths of a credit a unit.
const CREDIT_TYPES: [(&str, u64); 6] = [
    ("chat.completion.5.reasoning", 10_000),
    ("chat.completion.5.pro", 50_000),
    ("codex", 50),
    ("chat_tool.imagegen", 5_000),
    ("deep_research.completion", 50_000),
    ("chat_agent.completion", 30_000),
];

/// Writes `credits.csv` of `rows` rows, with `pricing.json`, `projects.json`
/// and `subsidies.json`: one pool, one capped subsidy, one user in a hundred
/// without a project.
pub fn credits(rows: u64, dir: &Path) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(dir.join("credits.csv"))?);
    write!(
        out,
        "\u{feff}date_partition,account_id,account_user_id,email,name,public_id,usage_type,usage_credits,\
         usage_quantity,usage_units\r\n"
    )?;
    for row in 0..rows {
        let mut random = Random::new(SEED.rotate_left(31), row);
        let day = 1 + row * 31 / rows.max(1);
        let user = random.below(USERS) * random.below(USERS) / USERS;
        let (usage_type, rate) = CREDIT_TYPES[random.below(CREDIT_TYPES.len() as u64) as usize];
        let quantity = 1 + random.below(if rate < 1_000 { 4_000 } else { 8 });
        let credits = quantity * rate;
        let name = if user % 50 == 7 { "\"Novak, Ana\"" } else { "Ana Novak" };
        write!(
            out,
            "1/{day}/2026,11f5a3c2-7d44-4b7e-9a51-0f6f9c1d2e3b,acct-user-{user:06},user{user:04}@northwinds.edu,{name},\
             user-{user:012x},{usage_type},{}.{:03},{quantity},counts\r\n",
            credits / 1_000,
            credits % 1_000
        )?;
    }
    out.flush()?;
    let project = |number: u64| {
        let users: Vec<String> = (0..USERS)
            .filter(|user| user % PROJECTS == number && user % 100 != 99)
            .map(|user| format!("{{\"email\": \"user{user:04}@northwinds.edu\", \"role\": \"student\"}}"))
            .collect();
        format!(
            "{{\"project_id\": \"project-{number:03}\", \"pi_email\": \"pi{number:03}@northwinds.edu\", \
             \"fund_org\": \"DEPT-{number:03}\", \"users\": [{}]}}",
            users.join(", ")
        )
    };
    let projects: Vec<String> = (0..PROJECTS).map(project).collect();
    fs::write(dir.join("projects.json"), format!("{{\"projects\": [\n{}\n]}}\n", projects.join(",\n")))?;
    fs::write(
        dir.join("pricing.json"),
        "{\"currency\": \"USD\", \"credit_pools\": [{\"pool_id\": \"pool\", \"effective_date\": \"2026-01-01\", \
         \"credits_purchased\": 20000, \"purchase_amount\": 1000}]}\n",
    )?;
    fs::write(
        dir.join("subsidies.json"),
        "{\"subsidies\": [{\"name\": \"provost\", \"fund_org\": \"PROVOST-AI\", \"type\": \"per_project_cap\", \
         \"cap_amount\": 500.00, \"period\": \"fiscal_year\", \"fiscal_year_start\": \"07-01\", \
         \"applies_to_services\": [\"OpenAI\"], \"enabled\": true}]}\n",
    )
}
