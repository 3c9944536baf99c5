//! What a format is: the fields it reads, the names they go by in headers, and
//! the function that makes a line of a row. A header is matched against it
//! once; after that a row is cells by field.

use super::bundle::Role;
use super::cells::{Cells, MAX_FIELDS, Problem, Room};
use super::metadata::JobOf;
use super::usual::Usual;
use super::{
    FormatInfo, batch_output, bundle, codex, credit_ledger, credit_log, credit_report, litellm, openrouter, pipeline,
    platform_cost, platform_cost_2024, platform_empty, platform_usage, requests, token_usage,
};
use crate::calendar::Instant;
use crate::usage::{Line, Shape, Side};

/// Every format, the more particular first: a header that fits two is the
/// first one's.
pub(super) static FORMATS: [&Format; 15] = [
    &credit_report::FORMAT,
    &token_usage::FORMAT,
    &litellm::FORMAT,
    &pipeline::RUNS,
    &pipeline::POSTS,
    &codex::FORMAT,
    &platform_cost::FORMAT,
    &platform_cost_2024::FORMAT,
    &platform_usage::FORMAT,
    &credit_log::FORMAT,
    &openrouter::FORMAT,
    &batch_output::FORMAT,
    &requests::FORMAT,
    &credit_ledger::FORMAT,
    &platform_empty::FORMAT,
];

/// Makes a line of a row.
pub(super) type ReadRow = for<'a> fn(&Cells<'a>, &'a mut Room) -> Result<Row<'a>, Problem>;

/// What a row turned out to be.
#[expect(clippy::large_enum_variant, reason = "nearly all rows are lines, and a box would be one allocation a row")]
pub(super) enum Row<'a> {
    Line(Line<'a>),
    /// A span of time of which the file says that there was nothing: its start
    /// and its seconds.
    Empty(Instant, u32),
    /// Something that is no usage and has no money, such as another kind of
    /// event in a log.
    Other,
    /// Only there for the rows below it, or saying what was said before, as most
    /// lines of a rollout are: it counts as a blank row does.
    Blank,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Pages of the admin API: objects that hold buckets that hold results,
    /// each result being a row.
    Pages,
}

impl Kind {
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::JsonLines => "one JSON object a line",
            Self::Pages => "JSON pages of the admin API",
        }
    }
}

/// Whether fields stand inside objects of an object, named `outer.inner`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nested {
    No,
    Yes,
    /// Also in the list of this name, of which each entry is a row of its own;
    /// its fields are named `list[].field`.
    List(&'static str),
}

/// How the same thing is known again in another file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// A file holds all there is of a day; of files that disagree on a day,
    /// the later one counts.
    Day,
    /// Each row has an id, and a file may hold any of them.
    Id,
}

pub(super) struct Format {
    pub info: FormatInfo,
    /// Formats of one family tell of the same things, so that a day that
    /// stands in files of both counts once.
    pub family: &'static str,
    pub sides: &'static [Side],
    pub shape: Shape,
    /// The field's place in this list is its number in [`Cells`].
    pub fields: &'static [Field],
    /// Sets of fields of which a file must have one whole; empty where there
    /// is no such choice.
    pub one_of: &'static [&'static [usize]],
    pub kinds: &'static [Kind],
    pub nested: Nested,
    pub same: Same,
    /// Every span of time of the range is listed, those without usage too.
    pub buckets: bool,
    /// Any other column makes it another format.
    pub only: bool,
    /// The field with the metadata of a row, a JSON object.
    pub metadata: Option<usize>,
    /// The job of a row, where it has one beside its metadata.
    pub job: Option<JobOf>,
    pub row: ReadRow,
    /// The short way for rows that are as nearly all are; most formats have
    /// none, for their files are small.
    pub usual: Option<&'static Usual>,
    /// What each field means to a bundle of rows; empty where rows are read one
    /// by one only.
    pub roles: &'static [Role],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Always,
    /// A bill without it is none; a ledger may lack it.
    OnBill,
    Never,
}

pub(super) struct Field {
    /// Lower-case names in order of preference.
    pub names: &'static [&'static str],
    pub need: Need,
    /// Two columns that could both be meant are an error, not a choice.
    pub only_one: bool,
    /// No line is made of it: it is read only where somebody asks for what
    /// stands in it.
    pub asked: bool,
}

impl Field {
    pub const fn needed(names: &'static [&'static str]) -> Self {
        Self { names, need: Need::Always, only_one: false, asked: false }
    }

    pub const fn optional(names: &'static [&'static str]) -> Self {
        Self { names, need: Need::Never, only_one: false, asked: false }
    }

    /// For [`super::metadata`].
    pub const fn when_asked(names: &'static [&'static str]) -> Self {
        Self { asked: true, ..Self::optional(names) }
    }

    /// A field of money: which of two columns is right cannot be guessed.
    pub const fn money(names: &'static [&'static str], need: Need) -> Self {
        Self { names, need, only_one: true, asked: false }
    }

    fn is_needed(&self, side: Side) -> bool {
        match self.need {
            Need::Always => true,
            Need::OnBill => side == Side::Bill,
            Need::Never => false,
        }
    }

    /// Which of its names this is; 0 is the preferred one.
    pub fn rank(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known.eq_ignore_ascii_case(name))
    }

    /// `request_id (or id)`
    fn in_words(&self) -> String {
        match self.names {
            [] => String::new(),
            [only] => (*only).to_owned(),
            [first, rest @ ..] => format!("{first} (or {})", rest.join(", ")),
        }
    }
}

impl Format {
    /// A CSV file of rows that are lines, each day whole.
    pub const fn csv(
        info: FormatInfo,
        sides: &'static [Side],
        shape: Shape,
        fields: &'static [Field],
        row: ReadRow,
    ) -> Self {
        let family = info.name;
        Self {
            info,
            family,
            sides,
            shape,
            fields,
            one_of: &[],
            kinds: &[Kind::Csv],
            nested: Nested::No,
            same: Same::Day,
            buckets: false,
            only: false,
            metadata: None,
            job: None,
            row,
            usual: None,
            roles: &[],
        }
    }

    pub fn reads(&self, side: Side) -> bool {
        self.sides.contains(&side)
    }

    pub fn fits(&self, side: Side, kind: Kind, columns: &[String]) -> bool {
        self.reads(side)
            && self.kinds.contains(&kind)
            && self.missing(side, columns).is_empty()
            && !(self.only && columns.iter().any(|name| self.field_of(name).is_none()))
    }

    /// The field that a column of this name is, and its rank among the names.
    pub fn field_of(&self, name: &str) -> Option<(usize, usize)> {
        let name = name.trim();
        self.fields.iter().enumerate().find_map(|(at, field)| Some((at, field.rank(name)?)))
    }

    /// What the columns lack to be this format, in words; empty when nothing.
    pub fn missing(&self, side: Side, columns: &[String]) -> Vec<String> {
        let has = |field: &Field| columns.iter().any(|column| field.rank(column.trim()).is_some());
        let has_number = |at: &usize| self.fields.get(*at).is_some_and(has);
        let mut missing: Vec<String> =
            self.fields.iter().filter(|f| f.is_needed(side) && !has(f)).map(Field::in_words).collect();
        if !self.one_of.is_empty() && !self.one_of.iter().any(|set| set.iter().all(has_number)) {
            missing.push(self.choice());
        }
        missing
    }

    /// The columns it must have, in words.
    pub fn needs(&self, side: Side) -> String {
        let mut words: Vec<String> = self.fields.iter().filter(|f| f.is_needed(side)).map(Field::in_words).collect();
        if !self.one_of.is_empty() {
            words.push(self.choice());
        }
        words.join(", ")
    }

    fn choice(&self) -> String {
        let set = |set: &&[usize]| {
            let words: Vec<String> = set.iter().filter_map(|at| self.fields.get(*at)).map(Field::in_words).collect();
            words.join(" and ")
        };
        let sets: Vec<String> = self.one_of.iter().map(set).collect();
        format!("either {}", sets.join(", or "))
    }
}

/// Where in a file's rows the fields of its format stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// The header's cells, as the file spells them.
    pub header: Vec<String>,
    /// The column of each field.
    column: [Option<usize>; MAX_FIELDS],
    /// The field of each column.
    field: Vec<Option<u8>>,
    /// Rows may be bundles.
    pub bundles: bool,
}

impl Layout {
    /// Finds the fields in a header, those that lines are made of.
    ///
    /// # Errors
    /// A sentence, when a column stands there twice or two columns could both
    /// be meant.
    pub fn new(format: &Format, header: Vec<String>) -> Result<Self, String> {
        Self::keeping(format, header, false)
    }

    /// The same, and where somebody asks, those that only they need.
    ///
    /// # Errors
    /// As [`Layout::new`].
    pub fn keeping(format: &Format, header: Vec<String>, asked: bool) -> Result<Self, String> {
        let mut column = [None; MAX_FIELDS];
        let mut field = vec![None; header.len()];
        let fields = format.fields.iter().enumerate().zip(&mut column);
        for ((at, known), place) in fields.filter(|((_, field), _)| asked || !field.asked) {
            let mut found: Vec<(usize, usize)> = header
                .iter()
                .enumerate()
                .filter_map(|(column, name)| known.rank(name.trim()).map(|rank| (rank, column)))
                .collect();
            found.sort_unstable();
            let name = |at: usize| header.get(at).map_or("", |name| name.trim());
            if let [(first, one), (second, other), ..] = found[..] {
                if first == second {
                    return Err(format!(
                        "has the column “{}” twice (columns {} and {}); take one of them out",
                        name(one),
                        one + 1,
                        other + 1
                    ));
                }
                if known.only_one {
                    return Err(format!(
                        "has both “{}” and “{}”, and which of them counts cannot be guessed; take one of them out or rename it",
                        name(one),
                        name(other)
                    ));
                }
            }
            if let Some((_, first)) = found.first() {
                *place = Some(*first);
                if let Some(entry) = field.get_mut(*first) {
                    *entry = u8::try_from(at).ok();
                }
            }
        }
        let bundles = bundle::marks(&header, &mut field);
        Ok(Self { header, column, field, bundles })
    }

    /// For rows that name their own fields.
    pub fn by_key() -> Self {
        Self { header: Vec::new(), column: [None; MAX_FIELDS], field: Vec::new(), bundles: false }
    }

    /// The field that stands in this column, counted from 0.
    pub fn field(&self, column: usize) -> Option<usize> {
        self.field.get(column).copied().flatten().map(usize::from)
    }

    /// The column that this field stands in, counted from 0.
    pub fn column(&self, field: usize) -> Option<usize> {
        self.column.get(field).copied().flatten()
    }

    /// The name of a field's column as the file spells it.
    pub fn column_name(&self, format: &Format, field: usize) -> String {
        let own = self.column.get(field).copied().flatten().and_then(|at| self.header.get(at));
        let known = || format.fields.get(field).and_then(|f| f.names.first()).copied().unwrap_or("row");
        own.map_or_else(|| known().to_owned(), |name| name.trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(text: &str) -> Vec<String> {
        text.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn every_format_fits_the_cells_and_names_no_column_twice() {
        for format in FORMATS {
            assert!(format.fields.len() <= MAX_FIELDS, "{}", format.info.name);
            let names: Vec<&str> = format.fields.iter().flat_map(|f| f.names.iter().copied()).collect();
            for (at, name) in names.iter().enumerate() {
                assert!(!names[..at].contains(name), "{}: {name}", format.info.name);
                assert_eq!(name.to_lowercase(), **name);
            }
        }
    }

    #[test]
    fn a_format_whose_rows_are_added_up_says_what_each_field_means() {
        for format in FORMATS.iter().filter(|format| !format.roles.is_empty()) {
            assert_eq!(format.roles.len(), format.fields.len(), "{}", format.info.name);
            let count = |role: Role| format.roles.iter().filter(|of| **of == role).count();
            assert_eq!((count(Role::Time), count(Role::Model)), (1, 1), "{}", format.info.name);
            assert_eq!(format.shape, Shape::Request, "{}", format.info.name);
        }
    }

    #[test]
    fn columns_are_found_in_any_case_and_order() {
        let header = columns(" Cost ,MODEL,timestamp,x,Request_ID,id,total_tokens");
        assert!(requests::FORMAT.missing(Side::Bill, &header).is_empty());
        let layout = Layout::new(&requests::FORMAT, header).unwrap();
        assert_eq!(layout.field(3), None);
        assert_eq!(layout.field(4), Some(0), "request_id is the id, and id is not");
        assert_eq!(layout.field(5), None);
        assert_eq!(layout.column_name(&requests::FORMAT, 0), "Request_ID");
    }

    #[test]
    fn a_column_given_twice_is_refused() {
        let error = Layout::new(&requests::FORMAT, columns("id,timestamp,model,total_tokens,Cost, cost")).unwrap_err();
        assert!(error.contains("twice (columns 5 and 6)"), "{error}");
        let error = Layout::new(&requests::FORMAT, columns("id,timestamp,model,total_tokens,cost,amount")).unwrap_err();
        assert!(error.contains("both “cost” and “amount”"), "{error}");
    }

    #[test]
    fn a_bill_needs_amounts_and_a_ledger_does_not() {
        let header = columns("id,timestamp,model,prompt_tokens,completion_tokens");
        assert_eq!(requests::FORMAT.missing(Side::Bill, &header), ["cost (or amount, cost_usd)"]);
        assert!(requests::FORMAT.missing(Side::Ledger, &header).is_empty());
        let missing = requests::FORMAT.missing(Side::Ledger, &columns("id,timestamp,model,prompt_tokens"));
        assert!(missing[0].starts_with("either prompt_tokens"), "{missing:?}");
    }
}
