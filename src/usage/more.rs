//! The columns that only some formats fill: where no row of a side has
//! anything in them, they are not there.

use rustc_hash::FxHashMap;

use super::{Bundle, ByteColumn, CountColumn, Hasher, Line, Modalities, Names, Sym, SymColumn, TokenClass};
use crate::amount::{Amount, FixedColumn, Money};
use crate::memory::{Order, Spare};

/// In the byte of a class: billed as long context.
const LONG: u8 = 0x80;

#[derive(Debug, Clone, Default)]
pub(super) struct More {
    span: CountColumn,
    tier: SymColumn,
    /// Class, and [`LONG`].
    class: ByteColumn,
    item_text: SymColumn,
    cache_write: CountColumn,
    reasoning: CountColumn,
    modalities: FxHashMap<u32, Modalities>,
    requests: CountColumn,
    currency: SymColumn,
    foreign: FixedColumn<Money>,
    /// Of lines that are bundles, which come in thousands and not in millions.
    bundles: FxHashMap<u32, Bundle>,
    rows: u32,
}

/// What a row has in these columns.
#[derive(Clone, Copy, Default)]
pub(super) struct Fields {
    pub span: u32,
    pub tier: Sym,
    pub class: Option<TokenClass>,
    pub long_context: bool,
    pub item_text: Sym,
    pub cache_write: Option<i64>,
    pub reasoning: Option<i64>,
    pub modalities: Option<Modalities>,
    pub requests: Option<i64>,
    pub currency: Sym,
    pub foreign: Option<Amount>,
    pub bundle: Option<Bundle>,
}

impl Fields {
    /// `None` for a row that has nothing of all this.
    pub fn of(names: &mut Names, line: &Line<'_>) -> Option<Self> {
        let texts = [line.tier, line.item_text, line.currency];
        let counts = [line.cache_write, line.reasoning, line.requests];
        let blank = line.span == 0
            && texts.iter().all(|text| text.is_empty())
            && counts.iter().all(Option::is_none)
            && line.class.is_none()
            && !line.long_context
            && line.modalities.is_none()
            && line.foreign.is_none()
            && line.bundle.is_none();
        (!blank).then(|| Self {
            span: line.span,
            tier: names.intern(line.tier),
            class: line.class,
            long_context: line.long_context,
            item_text: names.intern(line.item_text),
            cache_write: line.cache_write,
            reasoning: line.reasoning,
            modalities: line.modalities,
            requests: line.requests,
            currency: names.intern(line.currency),
            foreign: line.foreign,
            bundle: line.bundle,
        })
    }

    /// Adds to the identity of a row what there is, each with its name: a row
    /// that has nothing of it keeps the identity it had before these columns.
    pub fn hash(self, names: &Names, mut hasher: Hasher) -> Hasher {
        if self.span != 0 {
            hasher = hasher.text("span").number(Some(i128::from(self.span)));
        }
        if self.class.is_some() || self.long_context {
            hasher = hasher.text("class").number(Some(i128::from(class_byte(self.class, self.long_context))));
        }
        for (name, sym) in [("tier", self.tier), ("item", self.item_text), ("currency", self.currency)] {
            if !sym.is_none() {
                hasher = hasher.text(name).text(names.text(sym));
            }
        }
        if let Some(foreign) = self.foreign {
            hasher = hasher.text("foreign").number(Some(foreign.units()));
        }
        let counts = [("cache write", self.cache_write), ("reasoning", self.reasoning), ("requests", self.requests)];
        for (name, count) in counts {
            if let Some(count) = count {
                hasher = hasher.text(name).number(Some(i128::from(count)));
            }
        }
        if let Some(bundle) = self.bundle {
            hasher = hasher.text("bundle").number(Some(bundle.entries.into())).number(Some(bundle.with_id.into()));
        }
        if let Some(modalities) = self.modalities {
            hasher = hasher.text("modalities");
            for count in modalities.counts() {
                hasher = hasher.number(Some(i128::from(count)));
            }
        }
        hasher
    }
}

fn class_byte(class: Option<TokenClass>, long_context: bool) -> u8 {
    class.map_or(0, |class| class as u8) | if long_context { LONG } else { 0 }
}

impl More {
    /// For so many rows that have nothing.
    pub fn blank(rows: usize) -> Self {
        let (counts, syms) = (CountColumn::blank(rows), SymColumn::blank(rows));
        Self {
            span: counts.clone(),
            tier: syms.clone(),
            class: ByteColumn::blank(rows),
            item_text: syms.clone(),
            cache_write: counts.clone(),
            reasoning: counts.clone(),
            modalities: FxHashMap::default(),
            requests: counts,
            currency: syms,
            foreign: FixedColumn::blank(rows),
            bundles: FxHashMap::default(),
            rows: rows as u32,
        }
    }

    pub fn push(&mut self, fields: Fields) {
        self.span.push((fields.span != 0).then_some(i64::from(fields.span)));
        self.tier.push(fields.tier);
        self.class.push(class_byte(fields.class, fields.long_context));
        self.item_text.push(fields.item_text);
        self.cache_write.push(fields.cache_write);
        self.reasoning.push(fields.reasoning);
        if let Some(modalities) = fields.modalities {
            self.modalities.insert(self.rows, modalities);
        }
        self.requests.push(fields.requests);
        self.currency.push(fields.currency);
        self.foreign.push(fields.foreign);
        if let Some(bundle) = fields.bundle {
            self.bundles.insert(self.rows, bundle);
        }
        self.rows += 1;
    }

    /// Adds so many rows that have nothing.
    pub fn pad(&mut self, rows: usize) {
        self.append(&Self::blank(rows), &[]);
    }

    pub fn get(&self, row: u32) -> Fields {
        Fields {
            span: self.span(row),
            tier: self.tier(row),
            class: self.class(row),
            long_context: self.long_context(row),
            item_text: self.item_text(row),
            cache_write: self.cache_write(row),
            reasoning: self.reasoning(row),
            modalities: self.modalities(row),
            requests: self.requests(row),
            currency: self.currency(row),
            foreign: self.foreign(row),
            bundle: self.bundle(row),
        }
    }

    pub fn span(&self, row: u32) -> u32 {
        self.span.get(row).and_then(|span| u32::try_from(span).ok()).unwrap_or(0)
    }

    pub fn tier(&self, row: u32) -> Sym {
        self.tier.get(row)
    }

    pub fn class(&self, row: u32) -> Option<TokenClass> {
        TokenClass::from_code(self.class.get(row) & !LONG)
    }

    pub fn long_context(&self, row: u32) -> bool {
        self.class.get(row) & LONG != 0
    }

    pub fn item_text(&self, row: u32) -> Sym {
        self.item_text.get(row)
    }

    pub fn cache_write(&self, row: u32) -> Option<i64> {
        self.cache_write.get(row)
    }

    pub fn reasoning(&self, row: u32) -> Option<i64> {
        self.reasoning.get(row)
    }

    pub fn modalities(&self, row: u32) -> Option<Modalities> {
        // Most sides have none at all, and then no hash is made.
        if self.modalities.is_empty() { None } else { self.modalities.get(&row).copied() }
    }

    pub fn requests(&self, row: u32) -> Option<i64> {
        self.requests.get(row)
    }

    pub fn currency(&self, row: u32) -> Sym {
        self.currency.get(row)
    }

    pub fn foreign(&self, row: u32) -> Option<Amount> {
        self.foreign.get(row)
    }

    /// Whether any row has money in another currency than the book's.
    pub fn has_foreign(&self) -> bool {
        self.foreign.bytes() > 0
    }

    pub fn bundle(&self, row: u32) -> Option<Bundle> {
        if self.bundles.is_empty() { None } else { self.bundles.get(&row).copied() }
    }

    pub fn has_bundles(&self) -> bool {
        !self.bundles.is_empty()
    }

    pub fn append(&mut self, other: &Self, map: &[Sym]) {
        self.span.append(&other.span);
        self.tier.append(&other.tier, map);
        self.class.append(&other.class);
        self.item_text.append(&other.item_text, map);
        self.cache_write.append(&other.cache_write);
        self.reasoning.append(&other.reasoning);
        let base = self.rows;
        self.modalities.extend(other.modalities.iter().map(|(row, some)| (row + base, *some)));
        self.bundles.extend(other.bundles.iter().map(|(row, bundle)| (row + base, *bundle)));
        self.requests.append(&other.requests);
        self.currency.append(&other.currency, map);
        self.foreign.append(&other.foreign);
        self.rows += other.rows;
    }

    /// The rows in another order.
    pub fn reorder(&mut self, order: &Order, spare: &mut Spare) {
        fn some<T: Copy>(map: &mut FxHashMap<u32, T>, order: &Order) {
            if !map.is_empty() {
                *map = (0u32..)
                    .zip(order.rows())
                    .filter_map(|(row, old)| map.get(old).map(|value| (row, *value)))
                    .collect();
            }
        }
        for column in [&mut self.span, &mut self.cache_write, &mut self.reasoning, &mut self.requests] {
            column.reorder(order, spare);
        }
        for column in [&mut self.tier, &mut self.item_text, &mut self.currency] {
            column.reorder(order, spare);
        }
        self.class.reorder(order, spare);
        self.foreign.reorder(order, spare);
        some(&mut self.modalities, order);
        some(&mut self.bundles, order);
        self.rows = order.count() as u32;
    }

    pub fn bytes(&self) -> usize {
        let counts = [&self.span, &self.cache_write, &self.reasoning, &self.requests];
        let syms = [&self.tier, &self.item_text, &self.currency];
        counts.iter().map(|c| c.bytes()).sum::<usize>()
            + syms.iter().map(|c| c.bytes()).sum::<usize>()
            + self.class.bytes()
            + self.foreign.bytes()
            + self.modalities.capacity() * (4 + size_of::<Modalities>())
            + self.bundles.capacity() * (4 + size_of::<Bundle>())
    }
}
