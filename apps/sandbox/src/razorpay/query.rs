//! Looking things up: lists by page, by time and by the merchant's own receipt number.

use serde::Serialize;
use serde_json::{Value, json};

use super::book::{Book, OrderRecord};
use super::entity::{Payment, PaymentStatus, Refund};
use super::error::Refusal;

const DEFAULT_COUNT: usize = 10;
const MOST_COUNT: usize = 100;

/// A list as Razorpay writes it.
#[derive(Serialize)]
pub(crate) struct Collection<T> {
    entity: &'static str,
    count: usize,
    items: Vec<T>,
}

impl<T> Collection<T> {
    pub(crate) fn new(items: Vec<T>) -> Self {
        Self { entity: "collection", count: items.len(), items }
    }
}

/// What a caller wants of a list.
pub(crate) struct Search {
    from: i64,
    to: i64,
    count: usize,
    skip: usize,
    receipt: Option<String>,
    authorized: Option<bool>,
    expand_payments: bool,
}

impl Search {
    pub(crate) fn parse(pairs: &[(String, String)]) -> Result<Self, Refusal> {
        let mut search = Self {
            from: i64::MIN,
            to: i64::MAX,
            count: DEFAULT_COUNT,
            skip: 0,
            receipt: None,
            authorized: None,
            expand_payments: false,
        };
        for (name, value) in pairs {
            match name.as_str() {
                "from" => search.from = number(name, value)?,
                "to" => search.to = number(name, value)?,
                "count" => search.count = number(name, value)?,
                "skip" => search.skip = number(name, value)?,
                "receipt" => search.receipt = Some(value.clone()),
                "authorized" => search.authorized = Some(value == "1" || value == "true"),
                // The Node SDK writes the second form, the others the first.
                "expand[]" | "expand[expand]" => {
                    search.expand_payments |= value.starts_with("payments");
                }
                _ => {}
            }
        }
        if !(1..=MOST_COUNT).contains(&search.count) {
            return Err(Refusal::field("count", "The count must be between 1 and 100."));
        }
        Ok(search)
    }

    fn in_time(&self, created_at: i64) -> bool {
        (self.from..=self.to).contains(&created_at)
    }

    fn page<T>(&self, items: impl Iterator<Item = T>) -> Collection<T> {
        Collection::new(items.skip(self.skip).take(self.count).collect())
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Refusal> {
    value.parse().map_err(|_| Refusal::field(name, format!("The {name} must be an integer.")))
}

impl Book {
    pub(crate) fn list_orders(&self, search: &Search) -> Collection<Value> {
        let wanted = |record: &&OrderRecord| {
            search.in_time(record.order.created_at)
                && (search.receipt.is_none() || search.receipt == record.order.receipt)
                && search.authorized.is_none_or(|wanted| wanted == self.is_authorised(record))
        };
        let write = |record: &OrderRecord| {
            let mut order = json!(record.order);
            if search.expand_payments {
                order["payments"] = json!(self.payments_of(record));
            }
            order
        };
        search.page(self.orders.newest_first().filter(wanted).map(write))
    }

    fn is_authorised(&self, record: &OrderRecord) -> bool {
        record
            .payments
            .iter()
            .filter_map(|id| self.payments.find(id))
            .any(|record| record.payment.status != PaymentStatus::Failed)
    }

    pub(crate) fn payments_of(&self, record: &OrderRecord) -> Collection<Payment> {
        let found = record.payments.iter().rev().filter_map(|id| self.payments.find(id));
        Collection::new(found.map(|record| record.payment.clone()).collect())
    }

    pub(crate) fn list_payments(&self, search: &Search) -> Collection<Payment> {
        let found = self.payments.newest_first().map(|record| &record.payment);
        search.page(found.filter(|payment| search.in_time(payment.created_at)).cloned())
    }

    pub(crate) fn list_refunds(&self, search: &Search) -> Collection<Refund> {
        let found = self.refunds.newest_first();
        search.page(found.filter(|refund| search.in_time(refund.created_at)).cloned())
    }

    pub(crate) fn refunds_of(
        &self,
        payment_id: &str,
        search: &Search,
    ) -> Result<Collection<Refund>, Refusal> {
        let ids = &self.payment(payment_id)?.refunds;
        let found = ids.iter().rev().filter_map(|id| self.refunds.find(id));
        Ok(search.page(found.filter(|refund| search.in_time(refund.created_at)).cloned()))
    }

    pub(crate) fn refund_of(&self, id: &str, payment_id: Option<&str>) -> Result<Refund, Refusal> {
        let refund = self.refunds.find(id);
        let refund = refund.filter(|refund| payment_id.is_none_or(|it| it == refund.payment_id));
        refund.cloned().ok_or_else(Refusal::unknown_id)
    }
}
