//! Rows read back from the bytes they were packed into.

use std::borrow::Cow;

use super::super::exact::Exact;
use super::super::row::{ChargeType, Measure, Payer, ResourceId, Row, Standing};
use super::{Kept, Last, MEASURED, OWN_ID, made_id, month_of, months};
use crate::amount::{Amount, Cents, Quantity};
use crate::calendar::Day;

/// Reads rows back. Every step gives `None` for bytes that make no row.
pub(super) struct Reader<'a> {
    pub kept: &'a Kept,
    pub at: usize,
    pub last: Last,
}

impl<'a> Reader<'a> {
    pub fn row(&mut self) -> Option<Row<'a>> {
        let flags = self.byte()?;
        let charge_type = *ChargeType::ALL.get(usize::from(flags & 3))?;
        let standing = match flags >> 2 & 3 {
            0 => Standing::Charged,
            1 => Standing::Withdrawn,
            2 => Standing::Correction,
            _ => return None,
        };
        self.last.day = self.last.day.checked_add(i64::try_from(self.signed()?).ok()?)?;
        let day = Day::from_number(i32::try_from(self.last.day).ok()?);
        let billed = months(day.month()).checked_add(i64::try_from(self.signed()?).ok()?)?;
        let month = month_of(billed)?;
        let [service, what, user, account] = [self.text()?, self.text()?, self.text()?, self.text()?];
        let payer = Payer {
            pi_email: self.text()?,
            project_id: self.text()?,
            project_name: self.text()?,
            fund_org: self.text()?,
        };
        let subsidy_name = Cow::Borrowed(self.text()?);
        let id = if flags & OWN_ID != 0 {
            made_id(what, user, day, charge_type, u32::try_from(self.unsigned()?).ok()?)
        } else {
            let (shared, length) = (self.size()?, self.size()?);
            let mut id = self.last.id.get(..shared)?.to_owned();
            id.push_str(std::str::from_utf8(self.slice(length)?).ok()?);
            self.last.id.clone_from(&id);
            id
        };
        let billed_cost = Cents(i64::try_from(self.signed()?).ok()?);
        let (list_cost, measure) = if flags & MEASURED == 0 {
            (self.exact()?, None)
        } else {
            let [unit, consumed_unit, price_of] = [self.text()?, self.text()?, self.text()?];
            let unit_price = self.amount().map(Amount::from_units)?;
            let [quantity, consumed] = [self.amount()?, self.amount()?].map(Quantity::from_units);
            let list_cost = match self.byte()? {
                0 => Exact::priced(unit_price, quantity).1,
                _ => self.exact()?,
            };
            (list_cost, Some(Measure { quantity, unit, unit_price, consumed, consumed_unit, price_of }))
        };
        let id = ResourceId::Text(Cow::Owned(id));
        Some(Row {
            charge_type,
            standing,
            month,
            day,
            service,
            what,
            user,
            account,
            payer,
            subsidy_name,
            list_cost,
            billed_cost,
            id,
            measure,
        })
    }

    pub fn byte(&mut self) -> Option<u8> {
        let byte = self.kept.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    pub fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let slice = self.kept.bytes.get(self.at..end)?;
        self.at = end;
        Some(slice)
    }

    fn unsigned(&mut self) -> Option<u128> {
        let mut value = 0u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i128> {
        let value = self.unsigned()?;
        Some((value >> 1) as i128 ^ -((value & 1) as i128))
    }

    pub fn size(&mut self) -> Option<usize> {
        usize::try_from(self.unsigned()?).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let number = self.size()?;
        self.kept.texts.get(number).map(String::as_str)
    }

    fn exact(&mut self) -> Option<Exact> {
        let scale = u32::from(self.byte()?);
        Some(Exact { mantissa: self.signed()?, scale })
    }

    /// In units of 10⁻¹⁸.
    fn amount(&mut self) -> Option<i128> {
        let Exact { mantissa, scale } = self.exact()?;
        let places = crate::amount::SCALE.checked_sub(scale)?;
        mantissa.checked_mul(10i128.checked_pow(places)?)
    }
}
