//! Bill lines and ledger entries in columns.

mod assumed;
mod batch;
mod memory;

pub use batch::Batch;

use super::extra::ExtraColumns;
use super::gather;
use super::more::{Fields, More};
use super::{
    Bundle, CountColumn, Digest, Hasher, IdColumn, IdText, KeyColumn, Line, Modalities, Names, NotApplicable, Origin,
    Shape, SourceFile, Sym, SymColumn, TokenClass,
};
use crate::amount::{Amount, FixedColumn, Quantity};
use crate::calendar::{Day, Instant};
use crate::memory::{Order, Spare};

/// All lines of one side. Rows are numbered from 0; `u32` is enough for four
/// thousand million.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    files: Vec<SourceFile>,
    file: Vec<u16>,
    line: Vec<u32>,
    at: Vec<i64>,
    id: IdColumn,
    account: SymColumn,
    model: SymColumn,
    user: SymColumn,
    project: SymColumn,
    api_key: SymColumn,
    action: SymColumn,
    unit: SymColumn,
    input: CountColumn,
    cached: CountColumn,
    output: CountColumn,
    total: CountColumn,
    quantity: FixedColumn<crate::amount::Units>,
    credits: FixedColumn<crate::amount::Units>,
    amount: FixedColumn<crate::amount::Money>,
    not_applicable: CountColumn,
    row_key: KeyColumn,
    more: Option<Box<More>>,
    extras: ExtraColumns,
}

impl Lines {
    /// Adds a file; the lines pushed with its number belong to it.
    ///
    /// # Panics
    /// Never: beyond 65,535 files the last number is given again, which
    /// [`Lines::append`]'s callers prevent by refusing so many files.
    pub fn add_file(&mut self, file: SourceFile) -> u16 {
        self.files.push(file);
        u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX)
    }

    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    pub fn file_mut(&mut self, file: u16) -> Option<&mut SourceFile> {
        self.files.get_mut(usize::from(file))
    }

    pub fn len(&self) -> usize {
        self.line.len()
    }

    pub fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    pub fn push(&mut self, names: &mut Names, file: u16, line: &Line<'_>) {
        let more = Fields::of(names, line);
        self.push_more(more);
        self.file.push(file);
        self.line.push(line.line);
        self.at.push(line.at.map_or(i64::MIN, Instant::micros));
        self.id.push(line.id);
        self.account.push(names.intern(line.account));
        self.model.push(names.intern(line.model));
        self.user.push(names.intern(line.user));
        self.project.push(names.intern(line.project));
        self.api_key.push(names.intern(line.api_key));
        self.action.push(names.intern(line.action));
        self.unit.push(names.intern(line.unit));
        self.input.push(line.input);
        self.cached.push(line.cached);
        self.output.push(line.output);
        self.total.push(line.total);
        self.quantity.push(line.quantity);
        self.credits.push(line.credits);
        self.amount.push(line.amount);
        self.not_applicable.push(line.not_applicable.map(|n| n as i64));
        self.row_key.push(line.row_key);
    }

    /// Says of the line that was pushed last what it has of something that was
    /// asked for; `at` is its place among all that was.
    pub fn set_extra(&mut self, names: &mut Names, at: usize, text: &str) {
        let sym = names.intern(text);
        if let Some(row) = self.len().checked_sub(1) {
            self.extras.set(row, at, sym);
        }
    }

    /// Before the row itself is counted.
    fn push_more(&mut self, fields: Option<Fields>) {
        let rows = self.len();
        match (&mut self.more, fields) {
            (None, None) => {}
            (Some(more), fields) => more.push(fields.unwrap_or_default()),
            (none, Some(fields)) => none.insert(Box::new(More::blank(rows))).push(fields),
        }
    }

    /// Appends lines that were read with their own names; `map` is what
    /// [`Names::merge`] gave. Files are taken over when `other` has any;
    /// otherwise its file numbers are these lines' own.
    pub fn append(&mut self, other: &Self, map: &[Sym]) {
        let base = if other.files.is_empty() { 0 } else { self.files.len() as u16 };
        let (rows, others) = (self.len(), other.len());
        match (&mut self.more, &other.more) {
            (None, None) => {}
            (Some(more), Some(other)) => more.append(other, map),
            (Some(more), None) => more.append(&More::blank(others), map),
            (none, Some(other)) => none.insert(Box::new(More::blank(rows))).append(other, map),
        }
        self.extras.append(rows, &other.extras, map);
        self.files.extend(other.files.iter().cloned());
        self.file.extend(other.file.iter().map(|f| f + base));
        self.line.extend_from_slice(&other.line);
        self.at.extend_from_slice(&other.at);
        self.id.append(&other.id);
        self.account.append(&other.account, map);
        self.model.append(&other.model, map);
        self.user.append(&other.user, map);
        self.project.append(&other.project, map);
        self.api_key.append(&other.api_key, map);
        self.action.append(&other.action, map);
        self.unit.append(&other.unit, map);
        self.input.append(&other.input);
        self.cached.append(&other.cached);
        self.output.append(&other.output);
        self.total.append(&other.total);
        self.quantity.append(&other.quantity);
        self.credits.append(&other.credits);
        self.amount.append(&other.amount);
        self.not_applicable.append(&other.not_applicable);
        self.row_key.append(&other.row_key);
    }

    /// Puts the rows in the order of their times, where they are many and not
    /// nearly so already. Nothing that is found depends on the order of rows,
    /// but how near each other those of one call lie does.
    pub fn order_by_time(&mut self) {
        let mut spare = Spare::default();
        if let Some(order) = gather::by_time(&self.at, &mut spare) {
            self.reorder(&order, spare);
        }
    }

    /// Whether the rows are in the order of their times, those without one first.
    pub fn is_in_order(&self) -> bool {
        gather::is_in_order(&self.at)
    }

    /// Column by column, each in the memory that one before it had; the widest
    /// come last, when that memory is given back.
    fn reorder(&mut self, order: &Order, mut spare: Spare) {
        if self.files.len() > 1 {
            order.put(&mut self.file, &mut spare);
        }
        order.put(&mut self.line, &mut spare);
        order.put(&mut self.at, &mut spare);
        let names = [&mut self.account, &mut self.model, &mut self.user, &mut self.project];
        for column in names.into_iter().chain([&mut self.api_key, &mut self.action, &mut self.unit]) {
            column.reorder(order, &mut spare);
        }
        for column in [&mut self.input, &mut self.cached, &mut self.output, &mut self.total, &mut self.not_applicable] {
            column.reorder(order, &mut spare);
        }
        self.quantity.reorder(order, &mut spare);
        self.credits.reorder(order, &mut spare);
        self.amount.reorder(order, &mut spare);
        self.extras.reorder(order, &mut spare);
        if let Some(more) = &mut self.more {
            more.reorder(order, &mut spare);
        }
        drop(spare);
        self.row_key.reorder(order, &mut Spare::default());
        self.id.reorder(order);
    }

    /// The rows for which `keep` says so, in their order, with the same files.
    pub fn select(&self, keep: impl Fn(u32) -> bool) -> Self {
        let mut out = Self { files: self.files.clone(), ..Self::default() };
        for row in (0..self.len() as u32).filter(|row| keep(*row)) {
            let at = row as usize;
            out.push_more(self.more.as_ref().map(|more| more.get(row)));
            out.file.push(self.file[at]);
            out.line.push(self.line[at]);
            out.at.push(self.at[at]);
            out.id.push(&self.id.get(row));
            out.account.push(self.account.get(row));
            out.model.push(self.model.get(row));
            out.user.push(self.user.get(row));
            out.project.push(self.project.get(row));
            out.api_key.push(self.api_key.get(row));
            out.action.push(self.action.get(row));
            out.unit.push(self.unit.get(row));
            out.input.push(self.input.get(row));
            out.cached.push(self.cached.get(row));
            out.output.push(self.output.get(row));
            out.total.push(self.total.get(row));
            out.quantity.push(self.quantity.get(row));
            out.credits.push(self.credits.get(row));
            out.amount.push(self.amount.get(row));
            out.not_applicable.push(self.not_applicable.get(row));
            out.row_key.push(&self.row_key.get(row));
            for (extra, sym) in self.extras.of(row) {
                out.extras.set(out.len() - 1, extra, sym);
            }
        }
        out
    }

    pub fn origin(&self, row: u32) -> Origin {
        Origin { file: self.file[row as usize], line: self.line[row as usize] }
    }

    pub fn source(&self, row: u32) -> &SourceFile {
        &self.files[usize::from(self.file[row as usize])]
    }

    /// `file.csv:12`, by the file's name without its folders; a row of a table
    /// by its key.
    pub fn origin_text(&self, row: u32) -> String {
        let file = self.source(row);
        let name = file.path.file_name().map_or_else(|| file.path.to_string_lossy(), |n| n.to_string_lossy());
        if SourceFile::is_table(&file.path) {
            let key = self.row_key(row);
            let id = self.id(row);
            let key = if key.is_empty() { &*id } else { &*key };
            if !key.is_empty() {
                return format!("{name} {key}");
            }
        }
        format!("{name}:{}", self.line[row as usize])
    }

    pub fn shape(&self, row: u32) -> Shape {
        match &self.files[..] {
            // Nearly always, and asked of every row.
            [file] => file.shape,
            _ => self.source(row).shape,
        }
    }

    /// `None` for a row without a time.
    pub fn at(&self, row: u32) -> Option<Instant> {
        let micros = self.at[row as usize];
        (micros != i64::MIN).then(|| Instant::from_micros(micros))
    }

    pub fn day(&self, row: u32) -> Option<Day> {
        self.at(row).map(Instant::day)
    }

    pub fn id(&self, row: u32) -> IdText<'_> {
        self.id.get(row)
    }
    /// Whether the row has an id.
    pub fn has_id(&self, row: u32) -> bool {
        self.id.has(row)
    }
    /// All ids, for comparing millions of them.
    pub fn ids(&self) -> &IdColumn {
        &self.id
    }
    pub fn account(&self, row: u32) -> Sym {
        self.account.get(row)
    }
    pub fn model(&self, row: u32) -> Sym {
        self.model.get(row)
    }
    /// All models that some row names, each once.
    pub fn models(&self) -> &[Sym] {
        self.model.distinct()
    }
    pub fn user(&self, row: u32) -> Sym {
        self.user.get(row)
    }
    pub fn project(&self, row: u32) -> Sym {
        self.project.get(row)
    }
    pub fn api_key(&self, row: u32) -> Sym {
        self.api_key.get(row)
    }
    pub fn action(&self, row: u32) -> Sym {
        self.action.get(row)
    }
    pub fn unit(&self, row: u32) -> Sym {
        self.unit.get(row)
    }
    pub fn input(&self, row: u32) -> Option<i64> {
        self.input.get(row)
    }
    pub fn cached(&self, row: u32) -> Option<i64> {
        self.cached.get(row)
    }
    pub fn output(&self, row: u32) -> Option<i64> {
        self.output.get(row)
    }
    /// The total given, or the sum of input and output.
    pub fn total(&self, row: u32) -> Option<i64> {
        self.total.get(row).or_else(|| match (self.input(row), self.output(row)) {
            (None, None) => None,
            (input, output) => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
        })
    }
    pub fn quantity(&self, row: u32) -> Option<Quantity> {
        self.quantity.get(row)
    }
    pub fn credits(&self, row: u32) -> Option<Quantity> {
        self.credits.get(row)
    }
    /// The amount as the file has it, in the book's currency; `None` where the
    /// file has none, or one in [another](Lines::foreign).
    pub fn amount(&self, row: u32) -> Option<Amount> {
        self.amount.get(row)
    }
    /// Seconds from [`Lines::at`] that the row speaks of; 0 for an instant.
    pub fn span(&self, row: u32) -> u32 {
        self.more.as_ref().map_or(0, |more| more.span(row))
    }
    pub fn tier(&self, row: u32) -> Sym {
        self.more.as_ref().map_or(Sym::NONE, |more| more.tier(row))
    }
    pub fn class(&self, row: u32) -> Option<TokenClass> {
        self.more.as_ref().and_then(|more| more.class(row))
    }
    pub fn long_context(&self, row: u32) -> bool {
        self.more.as_ref().is_some_and(|more| more.long_context(row))
    }
    /// The line item as the bill spells it.
    pub fn item_text(&self, row: u32) -> Sym {
        self.more.as_ref().map_or(Sym::NONE, |more| more.item_text(row))
    }
    pub fn cache_write(&self, row: u32) -> Option<i64> {
        self.more.as_ref().and_then(|more| more.cache_write(row))
    }
    pub fn reasoning(&self, row: u32) -> Option<i64> {
        self.more.as_ref().and_then(|more| more.reasoning(row))
    }
    /// Sound and pictures among the tokens; `None` for text only.
    pub fn modalities(&self, row: u32) -> Option<Modalities> {
        self.more.as_ref().and_then(|more| more.modalities(row))
    }
    /// Requests that the row adds up; `None` where it does not say.
    pub fn requests(&self, row: u32) -> Option<i64> {
        self.more.as_ref().and_then(|more| more.requests(row))
    }
    /// What is known of the entries that a row adds up, where it is a bundle.
    pub fn bundle(&self, row: u32) -> Option<Bundle> {
        self.more.as_ref().and_then(|more| more.bundle(row))
    }
    /// Entries that a row stands for: 1, unless it is a bundle.
    pub fn entries(&self, row: u32) -> u32 {
        self.bundle(row).map_or(1, |bundle| bundle.entries)
    }
    /// Whether any row is a bundle: of its entries neither the times of day nor
    /// the ids are known.
    pub fn has_bundles(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.has_bundles())
    }
    /// That of [`Lines::foreign`]; [`Sym::NONE`] for the book's.
    pub fn currency(&self, row: u32) -> Sym {
        self.more.as_ref().map_or(Sym::NONE, |more| more.currency(row))
    }
    /// The amount of a row that states it in another currency than the book's,
    /// which is [`Lines::currency`]. Never to be added to an [`Lines::amount`].
    pub fn foreign(&self, row: u32) -> Option<Amount> {
        self.more.as_ref().and_then(|more| more.foreign(row))
    }
    /// Whether any row has an amount in another currency than the book's.
    pub fn has_foreign(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.has_foreign())
    }

    /// What the row has of something that was asked for when it was read, by
    /// its place among all that was; [`Sym::NONE`] where it does not say.
    pub fn extra(&self, row: u32, at: usize) -> Sym {
        self.extras.get(row, at)
    }

    /// What was used or is paid for, as a table names it: the usage type of
    /// credits, the line item of a cost, else the model.
    pub fn what(&self, row: u32) -> Sym {
        let or = |first: Sym, then: Sym| if first.is_none() { then } else { first };
        match self.shape(row) {
            Shape::Credits => self.action(row),
            Shape::Request => self.model(row),
            Shape::Cost => or(self.item_text(row), self.model(row)),
            Shape::Usage => or(self.model(row), or(self.item_text(row), self.action(row))),
        }
    }

    pub fn not_applicable(&self, row: u32) -> Option<NotApplicable> {
        self.not_applicable.get(row).and_then(|code| NotApplicable::from_code(code as u8))
    }

    /// The primary key of a ledger's row; empty where it has none, or none but
    /// its request id.
    pub fn row_key(&self, row: u32) -> String {
        self.row_key.get(row)
    }

    /// Identity of a row by what it says, without its origin: the same row in
    /// two files, or twice in one, has the same digest.
    pub fn content(&self, names: &Names, row: u32) -> Digest {
        let text = |sym| names.text(sym);
        let units = |q: Option<Quantity>| q.map(Quantity::units);
        let hasher = Hasher::new("line")
            .text(&self.id(row))
            .number(self.at(row).map(|at| i128::from(at.micros())))
            .text(text(self.account(row)))
            .text(text(self.model(row)))
            .text(text(self.user(row)))
            .text(text(self.project(row)))
            .text(text(self.api_key(row)))
            .text(text(self.action(row)))
            .number(self.input(row).map(i128::from))
            .number(self.cached(row).map(i128::from))
            .number(self.output(row).map(i128::from))
            .number(self.total(row).map(i128::from))
            .number(units(self.quantity(row)))
            .text(text(self.unit(row)))
            .number(units(self.credits(row)))
            .number(self.amount(row).map(Amount::units));
        match &self.more {
            None => hasher.finish(),
            Some(more) => more.get(row).hash(names, hasher).finish(),
        }
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
