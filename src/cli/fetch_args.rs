//! What `trueup fetch` is asked for, as it is typed.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::calendar::Day;
use crate::source::fetch::{BucketWidth, DEFAULT_BASE, Endpoint};

#[derive(Debug, Args)]
#[command(after_help = "The admin key is read from an environment variable; it is never an argument, and never shown \
or stored. An interrupted fetch goes on where it stopped when the same one is run again.")]
pub struct Fetch {
    /// The first day (UTC).
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, required_unless_present = "since", requires = "to")]
    pub from: Option<Day>,
    /// The last day (UTC), inclusive.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "from")]
    pub to: Option<Day>,
    /// The last minutes (10m), hours (2h) or days (1d) instead, by the minute and provisional.
    #[arg(long, value_name = "TIME", value_parser = minutes, conflicts_with_all = ["from", "to", "bucket_width"])]
    pub since: Option<u32>,
    /// The book: the folder that the pages are saved in.
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub book: PathBuf,
    /// Only these reports, separated by commas [default: all; with --since, all but costs].
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = endpoints())]
    pub only: Vec<Endpoint>,
    /// The span of a bucket of usage: 1m, 1h or 1d. Costs come by the day.
    #[arg(long, value_name = "SPAN", value_parser = bucket_width, default_value = "1d")]
    pub bucket_width: BucketWidth,
    /// The environment variable that holds the admin key.
    #[arg(long, value_name = "NAME", default_value = "OPENAI_ADMIN_KEY")]
    pub key_env: String,
    /// The organization, for a key that reads several.
    #[arg(long, value_name = "ID")]
    pub org: Option<String>,
    /// Another address of the API, such as a proxy's.
    #[arg(long, value_name = "URL", default_value = DEFAULT_BASE)]
    pub base_url: String,
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map_err(|error| format!("“{text}” {error}"))
}

fn endpoints() -> impl TypedValueParser<Value = Endpoint> {
    let names = Endpoint::ALL.map(Endpoint::name);
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Endpoint>())
}

fn bucket_width(text: &str) -> Result<BucketWidth, String> {
    let all = [BucketWidth::Minute, BucketWidth::Hour, BucketWidth::Day];
    all.into_iter().find(|width| width.name() == text).ok_or_else(|| "write 1m, 1h or 1d".into())
}

/// The longest that is asked for by the minute.
const MOST_MINUTES: u32 = 7 * 24 * 60;

/// `10m`, `2h` or `1d`, in minutes.
fn minutes(text: &str) -> Result<u32, String> {
    let each = [("m", 1), ("h", 60), ("d", 24 * 60)];
    let found = each.into_iter().find_map(|(unit, each)| {
        let number = text.strip_suffix(unit).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
        number.parse::<u32>().ok()?.checked_mul(each)
    });
    match found {
        Some(minutes @ 1..=MOST_MINUTES) => Ok(minutes),
        Some(0) => Err("is no time at all; write 10m, 2h or 1d".into()),
        Some(_) => Err("is more than 7 days; give --from and --to".into()),
        None => Err("write minutes, hours or days as 10m, 2h or 1d".into()),
    }
}
