//! What is asked of the admin API: endpoints, ranges, bucket widths, and the
//! requests they come to. Pure; nothing here knows of a connection.
//!
//! Limits and groupings are those of the API's reference: `start_time` is
//! inclusive, `end_time` exclusive, both unix seconds; a page holds at most
//! 1440 buckets of a minute, 168 of an hour, 31 of a day, and 180 of costs.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use crate::calendar::{Day, Instant};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Before the present one.
const UNSETTLED_DAYS: i32 = 3;

/// A report of the organisation: its costs, or one kind of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    Costs,
    Completions,
    Embeddings,
    Moderations,
    Images,
    AudioSpeeches,
    AudioTranscriptions,
    VectorStores,
    CodeInterpreterSessions,
    FileSearchCalls,
    WebSearchCalls,
}

impl Endpoint {
    pub const ALL: [Self; 11] = [
        Self::Costs,
        Self::Completions,
        Self::Embeddings,
        Self::Moderations,
        Self::Images,
        Self::AudioSpeeches,
        Self::AudioTranscriptions,
        Self::VectorStores,
        Self::CodeInterpreterSessions,
        Self::FileSearchCalls,
        Self::WebSearchCalls,
    ];

    /// As the API writes it, and as it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Costs => "costs",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Moderations => "moderations",
            Self::Images => "images",
            Self::AudioSpeeches => "audio_speeches",
            Self::AudioTranscriptions => "audio_transcriptions",
            Self::VectorStores => "vector_stores",
            Self::CodeInterpreterSessions => "code_interpreter_sessions",
            Self::FileSearchCalls => "file_search_calls",
            Self::WebSearchCalls => "web_search_calls",
        }
    }

    /// Below the base of the API, with a leading slash.
    fn path(self) -> String {
        match self {
            Self::Costs => "/v1/organization/costs".into(),
            usage => format!("/v1/organization/usage/{}", usage.name()),
        }
    }

    /// The dimensions the review needs, as far as the endpoint takes them.
    pub const fn group_by(self) -> &'static [Dimension] {
        use Dimension::{ApiKey, Batch, LineItem, Model, Project, ServiceTier, User};
        match self {
            Self::Costs => &[LineItem, Project, ApiKey],
            Self::Completions => &[Project, User, ApiKey, Model, Batch, ServiceTier],
            Self::Embeddings
            | Self::Moderations
            | Self::Images
            | Self::AudioSpeeches
            | Self::AudioTranscriptions
            | Self::WebSearchCalls => &[Project, User, ApiKey, Model],
            Self::FileSearchCalls => &[Project, User, ApiKey],
            Self::VectorStores | Self::CodeInterpreterSessions => &[Project],
        }
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|endpoint| endpoint.name() == text);
        found.ok_or_else(|| {
            let all: Vec<_> = Self::ALL.iter().map(|endpoint| endpoint.name()).collect();
            format!("there is no “{text}”; write one of {}", all.join(", "))
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What results are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    LineItem,
    Project,
    User,
    ApiKey,
    Model,
    Batch,
    ServiceTier,
}

impl Dimension {
    pub const ALL: [Self; 7] =
        [Self::LineItem, Self::Project, Self::User, Self::ApiKey, Self::Model, Self::Batch, Self::ServiceTier];

    /// The key it has in queries and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LineItem => "line_item",
            Self::Project => "project_id",
            Self::User => "user_id",
            Self::ApiKey => "api_key_id",
            Self::Model => "model",
            Self::Batch => "batch",
            Self::ServiceTier => "service_tier",
        }
    }
}

/// The span of time one bucket of usage covers. Costs come by the day only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BucketWidth {
    Minute,
    Hour,
    Day,
}

impl BucketWidth {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Minute => "1m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => MINUTE,
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }

    /// The most buckets a page of this endpoint may hold. The default of the
    /// API is far less: costs stop after seven days.
    const fn limit(self, endpoint: Endpoint) -> u32 {
        match (endpoint, self) {
            (Endpoint::Costs, _) => 180,
            (_, Self::Minute) => 1440,
            (_, Self::Hour) => 168,
            (_, Self::Day) => 31,
        }
    }
}

/// A span of time in unix seconds: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: i64,
    pub end: i64,
    /// The last minutes before the present, which will still change.
    pub provisional: bool,
}

impl Range {
    /// Whole UTC days, both inclusive.
    ///
    /// # Errors
    /// A sentence when they are the wrong way round, or none has begun yet.
    pub fn days(from: Day, to: Day, now: Instant) -> Result<Self, String> {
        if to < from {
            return Err(format!("--to {to} is before --from {from}; give the first day and then the last"));
        }
        let start = start_of(from);
        if start > seconds(now) {
            return Err(format!("--from {from} has not begun yet; it is {} now (UTC)", now.day()));
        }
        Ok(Self { start, end: start_of(to.plus_days(1)), provisional: false })
    }

    /// The last minutes up to and with the present one.
    pub fn last(minutes: u32, now: Instant) -> Self {
        let end = seconds(now).div_euclid(MINUTE) * MINUTE + MINUTE;
        Self { start: end - MINUTE - i64::from(minutes) * MINUTE, end, provisional: true }
    }

    /// The first day that may still change: figures are not settled for one to
    /// three days. `None` where all of it is.
    pub fn unsettled_from(self, now: Instant) -> Option<Day> {
        let first = now.day().plus_days(-UNSETTLED_DAYS).max(Instant::from_seconds(self.start).day());
        (start_of(first) < self.end).then_some(first)
    }
}

fn seconds(at: Instant) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn start_of(day: Day) -> i64 {
    seconds(Instant::start_of(day))
}

/// One report over one range: a file of the book when it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    pub endpoint: Endpoint,
    pub range: Range,
    pub width: BucketWidth,
}

impl Job {
    /// `width` is for usage; costs are asked for by the day.
    pub fn new(endpoint: Endpoint, range: Range, width: BucketWidth) -> Self {
        let width = if endpoint == Endpoint::Costs { BucketWidth::Day } else { width };
        Self { endpoint, range, width }
    }

    /// Path and query of the first page, or of the one behind a cursor. All
    /// but the cursor is the same for every page, as the API demands.
    pub fn target(&self, cursor: Option<&str>) -> String {
        let mut text = self.endpoint.path();
        let limit = self.width.limit(self.endpoint);
        let Range { start, end, .. } = self.range;
        let width = self.width.name();
        // Writing to a String cannot fail.
        let _ = write!(text, "?start_time={start}&end_time={end}&bucket_width={width}&limit={limit}");
        for dimension in self.endpoint.group_by() {
            let _ = write!(text, "&group_by={}", dimension.name());
        }
        if let Some(cursor) = cursor {
            text.push_str("&page=");
            push_encoded(&mut text, cursor);
        }
        text
    }

    /// More pages than buckets cannot be.
    pub fn most_pages(&self) -> u32 {
        let buckets = (self.range.end - self.range.start).div_euclid(self.width.seconds());
        u32::try_from(buckets).unwrap_or(u32::MAX).saturating_add(2)
    }

    /// The part of its range that buckets cover which are over at `now`.
    pub fn over_at(&self, now: Instant) -> Range {
        let width = self.width.seconds();
        let over = seconds(now).div_euclid(width) * width;
        Range { end: self.range.end.min(over).max(self.range.start), ..self.range }
    }

    /// The name of its file: what, and the first and last day, inclusive.
    pub fn file_name(&self) -> String {
        let mut name = format!("fetched-{}", self.endpoint);
        if self.range.provisional {
            let minute = |at: i64| Instant::from_seconds(at).to_string().replace(":00Z", "Z").replace(':', "");
            let _ = write!(name, "-provisional_{}_{}.jsonl", minute(self.range.start), minute(self.range.end));
            return name;
        }
        if self.width != BucketWidth::Day {
            let _ = write!(name, "-{}", self.width.name());
        }
        let day = |at: i64| Instant::from_seconds(at).day();
        let _ = write!(name, "_{}_{}.jsonl", day(self.range.start), day(self.range.end - 1));
        name
    }
}

/// Percent-encodes all but the characters that mean themselves everywhere in
/// an address (RFC 3986, unreserved).
fn push_encoded(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn january() -> Range {
        Range::days(day("2026-01-01"), day("2026-01-31"), at("2026-02-03")).unwrap()
    }

    #[test]
    fn costs_ask_for_whole_days_and_the_greatest_limit() {
        let costs = Job::new(Endpoint::Costs, january(), BucketWidth::Minute);
        assert_eq!(
            costs.target(None),
            "/v1/organization/costs?start_time=1767225600&end_time=1769904000&bucket_width=1d&limit=180\
             &group_by=line_item&group_by=project_id&group_by=api_key_id"
        );
        assert_eq!(costs.file_name(), "fetched-costs_2026-01-01_2026-01-31.jsonl");
    }

    #[test]
    fn a_cursor_is_the_only_difference_between_two_pages() {
        let job = Job::new(Endpoint::Completions, january(), BucketWidth::Hour);
        let first = job.target(None);
        assert!(first.contains("/usage/completions?") && first.contains("bucket_width=1h&limit=168&"), "{first}");
        assert_eq!(job.target(Some("page_A+/=&x=1")), format!("{first}&page=page_A%2B%2F%3D%26x%3D1"));
        assert_eq!(job.file_name(), "fetched-completions-1h_2026-01-01_2026-01-31.jsonl");
    }

    #[test]
    fn every_limit_is_the_documented_one() {
        let limit = |endpoint, width| {
            let target = Job::new(endpoint, january(), width).target(None);
            let limit = target.split("&limit=").nth(1).unwrap();
            limit.split('&').next().unwrap().parse::<u32>().unwrap()
        };
        for endpoint in Endpoint::ALL {
            let usage = if endpoint == Endpoint::Costs { [180; 3] } else { [1440, 168, 31] };
            let found = [BucketWidth::Minute, BucketWidth::Hour, BucketWidth::Day].map(|width| limit(endpoint, width));
            assert_eq!(found, usage, "{endpoint}");
        }
    }

    #[test]
    fn only_dimensions_an_endpoint_takes_are_asked_for() {
        for endpoint in Endpoint::ALL {
            let by = endpoint.group_by();
            assert!(by.contains(&Dimension::Project), "{endpoint}");
            assert_eq!(by.contains(&Dimension::LineItem), endpoint == Endpoint::Costs);
            assert_eq!(by.contains(&Dimension::Batch), endpoint == Endpoint::Completions);
        }
        assert_eq!(Endpoint::VectorStores.group_by(), [Dimension::Project]);
        assert_eq!(Endpoint::CodeInterpreterSessions.group_by(), [Dimension::Project]);
        assert!(!Endpoint::FileSearchCalls.group_by().contains(&Dimension::Model));
    }

    #[test]
    fn days_are_inclusive_and_in_utc() {
        let one = Range::days(day("2026-01-05"), day("2026-01-05"), at("2026-02-03")).unwrap();
        assert_eq!(one.end - one.start, 86_400);
        let refused = Range::days(day("2026-01-05"), day("2026-01-04"), at("2026-02-03")).unwrap_err();
        assert!(refused.contains("before --from 2026-01-05"), "{refused}");
        let refused = Range::days(day("2026-03-01"), day("2026-03-04"), at("2026-02-03")).unwrap_err();
        assert!(refused.contains("has not begun"), "{refused}");
    }

    #[test]
    fn the_last_minutes_end_with_the_present_one() {
        let range = Range::last(10, at("2026-01-31T00:05:30Z"));
        assert_eq!(Instant::from_seconds(range.start), at("2026-01-30T23:55:00Z"));
        assert_eq!(Instant::from_seconds(range.end), at("2026-01-31T00:06:00Z"));
        let job = Job::new(Endpoint::Completions, range, BucketWidth::Minute);
        assert_eq!(job.file_name(), "fetched-completions-provisional_2026-01-30T2355Z_2026-01-31T0006Z.jsonl");
    }

    #[test]
    fn the_last_three_days_are_not_settled() {
        let unsettled = |now: &str| january().unsettled_from(at(now)).map(|day| day.to_string());
        assert_eq!(unsettled("2026-02-04T00:00:00Z"), None);
        assert_eq!(unsettled("2026-02-03T23:59:59Z").as_deref(), Some("2026-01-31"));
        assert_eq!(unsettled("2026-01-15").as_deref(), Some("2026-01-12"));
        assert_eq!(unsettled("2026-01-02").as_deref(), Some("2026-01-01"));
    }

    #[test]
    fn only_buckets_that_are_over_can_be_missed() {
        let job = Job::new(Endpoint::Costs, january(), BucketWidth::Day);
        assert_eq!(job.over_at(at("2026-01-10T15:00:00Z")).end, start_of(day("2026-01-10")));
        assert_eq!(job.over_at(at("2026-03-01")), january());
        assert_eq!(job.over_at(at("2026-01-01T05:00:00Z")).end, january().start);
    }

    #[test]
    fn every_endpoint_is_known_by_its_name() {
        for endpoint in Endpoint::ALL {
            assert_eq!(endpoint.name().parse(), Ok(endpoint));
        }
        assert!("cost".parse::<Endpoint>().unwrap_err().contains("costs, completions"));
    }
}
