//! The unit of work on PostgreSQL: snapshots in, one guarded statement out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use identity::Phone;
use kernel::{BookingId, DiaryId, PaymentId, PersonId, RefundId, SalonId};
use ledger::{GatewayOrder, Payment};
use ports::queries::Busy;
use ports::{
    Bookings, Claimed, Desk, Diaries, Event, IdempotencyKey, Ids, Noted, Offerable, Outbox,
    Payments, Replay, Replays, ServiceFilter, Sought, Store, StoreError, Tx, Wish,
};
use scheduling::diary::{self, Diary, Hold};
use scheduling::{Booking, Home, Lines, Status, Terms, Window};
use sqlx::PgConnection;
use sqlx::types::Json;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::batch::{Batch, Batched, LANES};
use crate::busy::WhoIsBusy;
use crate::connect::{Address, Pool};
use crate::desk::Look;
use crate::error::{bounded, corrupt};
use crate::lately::Lately;
use crate::line::{Line, Waiting};
use crate::placing::Placing;
use crate::remembered::Remembered;
use crate::rows::{BookingRow, PaymentRow, RefundRow, claim, column};
use crate::same::Same;
use crate::sessions::JustEnded;

/// Bookings, payments, diaries, events and answers.
#[derive(Clone)]
pub struct PgStore {
    pool: Pool,
    ids: Arc<dyn Ids>,
    committed: Arc<Notify>,
    shared: Shared,
}

/// When diaries are busy, and in which state the salons' catalogues are at that moment.
pub(crate) type AllBusy = (Arc<HashMap<DiaryId, Busy>>, Arc<[(SalonId, i64)]>);
/// What somebody wants of a salon.
pub(crate) type Wanted = (SalonId, Vec<Wish>);
/// What a salon sells of what somebody looks for, so many services at the most.
pub(crate) type Sold = (SalonId, Arc<(ServiceFilter, u32)>);
/// What can be booked, and of which state of the salon's catalogue it is.
pub(crate) type Known = (i64, Arc<Offerable>);

/// What the stores of one process share, whatever thread they are on: where those who want the
/// same professional's day commit in turn, and where requests meet that share a statement or ask
/// the same.
#[derive(Clone)]
pub struct Shared {
    pub(crate) line: Line,
    pub(crate) lately: Lately,
    pub(crate) offerable: Same<Wanted, Option<Known>>,
    pub(crate) remembered: Remembered<Wanted>,
    pub(crate) sold: Remembered<Sold>,
    pub(crate) busy: Batch<WhoIsBusy>,
    pub(crate) looks: Batch<Look>,
    pub(crate) placed: Batch<Placing>,
    pub(crate) replays: Batch<Recall>,
    pub(crate) just_ended: JustEnded,
}

impl Shared {
    /// What shares a statement runs on up to sixteen connections to this address, four of them while
    /// all is well, and on the runtime that this is called on.
    pub fn on(address: &Address) -> Self {
        let pool = address.pool(4 * LANES);
        Self {
            line: Line::default(),
            lately: Lately::default(),
            offerable: Same::default(),
            remembered: Remembered::default(),
            sold: Remembered::default(),
            busy: Batch::on(pool.clone()),
            looks: Batch::on(pool.clone()),
            placed: Batch::on(pool.clone()),
            replays: Batch::on(pool),
            just_ended: JustEnded::default(),
        }
    }
}

impl PgStore {
    /// A store on this pool; `ids` names events. `committed` is told of every commit that wrote
    /// an event, so that a relay in the same process need not wait for its next look.
    pub fn new(pool: Pool, ids: Arc<dyn Ids>, committed: Arc<Notify>, shared: Shared) -> Self {
        Self { pool, ids, committed, shared }
    }
}

#[async_trait]
impl Store for PgStore {
    async fn begin(&self) -> Result<Box<dyn Tx>, StoreError> {
        Ok(Box::new(PgTx {
            pool: self.pool.clone(),
            ids: Arc::clone(&self.ids),
            committed: Arc::clone(&self.committed),
            shared: self.shared.clone(),
            line: None,
            days: BTreeMap::new(),
            presumed: None,
            read_bookings: HashMap::new(),
            read_payments: HashMap::new(),
            listed: Vec::new(),
            staged: Staged::default(),
        }))
    }
}

/// Days of diaries with the versions at which they were read, in the order in which every commit takes
/// its locks.
pub(crate) type Days = BTreeMap<(DiaryId, NaiveDate), i64>;

/// What was read, with its version, and what is to be written.
pub(crate) struct PgTx {
    pub(crate) pool: Pool,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) committed: Arc<Notify>,
    pub(crate) shared: Shared,
    /// Where it stands before the professionals' days that it wants, until it ends.
    pub(crate) line: Option<Waiting>,
    pub(crate) days: Days,
    /// In which state of the salon's catalogue nobody was presumed to be in the way.
    pub(crate) presumed: Option<i64>,
    pub(crate) read_bookings: HashMap<BookingId, ReadBooking>,
    pub(crate) read_payments: HashMap<PaymentId, i64>,
    /// The salons that were read to be shown to everybody.
    pub(crate) listed: Vec<Uuid>,
    pub(crate) staged: Staged,
}

/// What must be remembered of a booking that was read.
pub(crate) struct ReadBooking {
    pub(crate) version: i64,
    pub(crate) status: Status,
    pub(crate) lines: Lines,
    pub(crate) lasts_until: Option<DateTime<Utc>>,
}

impl ReadBooking {
    /// Whether it takes other time as it is now than as it was read.
    pub(crate) fn takes_time_as(&self, now: &Booking) -> bool {
        now.status().blocks() && (!self.status.blocks() || self.is_elsewhere(now))
    }

    /// Whether, as it is now, it lies elsewhere in time or lasts until another time.
    pub(crate) fn is_elsewhere(&self, now: &Booking) -> bool {
        self.lines != now.lines || (now.status().blocks() && self.lasts_until != now.lasts_until())
    }
}

#[derive(Default)]
pub(crate) struct Staged {
    pub(crate) bookings: Vec<Booking>,
    pub(crate) noted: HashMap<BookingId, Noted>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) events: Vec<(Uuid, Event, DateTime<Utc>)>,
    pub(crate) replays: Vec<(IdempotencyKey, Replay)>,
}

#[async_trait]
impl Tx for PgTx {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let committed = (!self.staged.events.is_empty()).then(|| Arc::clone(&self.committed));
        crate::commit::commit(*self).await?;
        if let Some(committed) = committed {
            committed.notify_one();
        }
        Ok(())
    }

    async fn claim(self: Box<Self>) -> Result<Claimed, StoreError> {
        let committed = Arc::clone(&self.committed);
        let claimed = crate::commit::claim(*self).await?;
        if claimed == Claimed::Saved {
            committed.notify_one();
        }
        Ok(claimed)
    }
}

#[async_trait]
impl Diaries for PgTx {
    async fn desk(&mut self, sought: &Sought) -> Result<Option<Desk>, StoreError> {
        crate::desk::read(self, sought).await
    }

    async fn presume(&mut self, sought: &Sought) -> Result<Option<Desk>, StoreError> {
        crate::desk::presume(self, sought).await
    }

    async fn diary(&mut self, id: DiaryId, zone: Tz, window: Window) -> Result<Diary, StoreError> {
        let days = diary::days(zone, window);
        let whole = diary::span(zone, window);
        let rows = bounded(
            sqlx::query!(
                r#"select g.day as "day!", coalesce(d.version, 0) as "version!",
                          c.booking as "booking?", c.starts_at as "starts_at?",
                          c.ends_at as "ends_at?", c.held_until, c.overrun as "overrun?"
                   from unnest($2::date[]) g(day)
                   left join diary_days d on d.diary = $1 and d.day = g.day
                   left join claims c on c.diary = $1 and c.active
                        and c.starts_at >= $3::timestamptz - interval '24 hours'
                        and c.starts_at < $4 and c.ends_at > $3"#,
                id.uuid(),
                &days,
                whole.start(),
                whole.end(),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let mut claims = BTreeMap::new();
        let mut overruns = Vec::new();
        for row in rows {
            self.days.insert((id, row.day), row.version);
            if let (Some(booking), Some(start), Some(end)) =
                (row.booking, row.starts_at, row.ends_at)
            {
                let claim = claim(booking, start, end, row.held_until)?;
                let is_new = claims.insert((booking, start), claim).is_none();
                overruns.extend((is_new && row.overrun == Some(true)).then_some(claim));
            }
        }
        let claims = claims.into_values().collect();
        Ok(Diary { id, claims, overruns, appointments: Vec::new() })
    }
}

#[async_trait]
impl Bookings for PgTx {
    async fn booking(&mut self, id: BookingId) -> Result<Option<Booking>, StoreError> {
        let row = bounded(
            sqlx::query!(
                r#"select salon, customer, zone, lines as "lines: Json<Lines>",
                          terms as "terms: Json<Terms>", home as "home: Json<Home>", status,
                          held_until, hold_number, cancelled_by, placed_at, changed_at, lasts_until,
                          version
                   from bookings where id = $1"#,
                id.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        let Some(row) = row else { return Ok(None) };
        let version = row.version;
        let booking = BookingRow {
            id: id.uuid(),
            salon: row.salon,
            customer: row.customer,
            zone: row.zone,
            lines: row.lines,
            terms: row.terms,
            status: row.status,
            held_until: row.held_until,
            hold_number: row.hold_number,
            cancelled_by: row.cancelled_by,
            placed_at: row.placed_at,
            changed_at: row.changed_at,
            lasts_until: row.lasts_until,
            home: row.home,
        }
        .parse()?;
        let (status, lines) = (booking.status(), booking.lines.clone());
        let lasts_until = booking.lasts_until();
        self.read_bookings.insert(id, ReadBooking { version, status, lines, lasts_until });
        Ok(Some(booking))
    }

    async fn holds(&mut self, customer: PersonId) -> Result<Vec<Hold>, StoreError> {
        let rows = bounded(
            sqlx::query!(
                r#"select id, hold_number as "number!", held_until as "until!"
                   from bookings where customer = $1 and status = 'held'"#,
                customer.uuid()
            )
            .fetch_all(&self.pool),
        )
        .await?;
        rows.into_iter()
            .map(|row| {
                let number = u16::try_from(row.number)
                    .map_err(|error| corrupt("bookings", customer, error))?;
                Ok(Hold { booking: BookingId::new(row.id), number, until: row.until })
            })
            .collect()
    }

    fn save_booking(&mut self, booking: &Booking) {
        self.staged.bookings.push(booking.clone());
    }

    async fn is_listed(&mut self, salon: SalonId) -> Result<bool, StoreError> {
        let found = bounded(
            sqlx::query_scalar!("select id from salons where id = $1 and is_listed", salon.uuid())
                .fetch_optional(&self.pool),
        )
        .await?;
        self.listed.extend(found);
        Ok(found.is_some())
    }

    async fn person_with(&mut self, phone: &Phone) -> Result<Option<PersonId>, StoreError> {
        let person = bounded(
            sqlx::query_scalar!("select id from people where phone = $1", phone.as_str())
                .fetch_optional(&self.pool),
        )
        .await?;
        Ok(person.map(PersonId::new))
    }

    fn save_walk_in(&mut self, booking: &Booking, noted: &Noted) {
        self.save_booking(booking);
        self.staged.noted.insert(booking.id, noted.clone());
    }
}

#[async_trait]
impl Payments for PgTx {
    async fn payment(&mut self, id: PaymentId) -> Result<Option<Payment>, StoreError> {
        let row = bounded(
            sqlx::query_as!(PaymentRow, "select * from payments where id = $1", id.uuid())
                .fetch_optional(&self.pool),
        )
        .await?;
        Ok(self.remember(row.into_iter().collect()).await?.pop())
    }

    async fn payment_of_order(
        &mut self,
        order: &GatewayOrder,
    ) -> Result<Option<Payment>, StoreError> {
        let row = bounded(
            sqlx::query_as!(PaymentRow, "select * from payments where gateway_order = $1", order.0)
                .fetch_optional(&self.pool),
        )
        .await?;
        Ok(self.remember(row.into_iter().collect()).await?.pop())
    }

    async fn payment_of_refund(&mut self, refund: RefundId) -> Result<Option<Payment>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                PaymentRow,
                "select * from payments where id = (select payment from refunds where id = $1)",
                refund.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(self.remember(row.into_iter().collect()).await?.pop())
    }

    async fn payments_of(&mut self, booking: BookingId) -> Result<Vec<Payment>, StoreError> {
        let rows = bounded(
            sqlx::query_as!(
                PaymentRow,
                "select * from payments where booking = $1 order by id",
                booking.uuid()
            )
            .fetch_all(&self.pool),
        )
        .await?;
        self.remember(rows).await
    }

    fn save_payment(&mut self, payment: &Payment) {
        self.staged.payments.push(payment.clone());
    }
}

impl PgTx {
    /// The payments of these rows with their refunds. Whatever changes a refund raises the version
    /// of its payment, so one that is seen here before its payment's row is a conflict at the commit.
    async fn remember(&mut self, rows: Vec<PaymentRow>) -> Result<Vec<Payment>, StoreError> {
        let paid = rows.iter().filter(|row| row.gateway_payment.is_some());
        let paid: Vec<Uuid> = paid.map(|row| row.id).collect();
        let mut refunds = if paid.is_empty() { Vec::new() } else { self.refunds(&paid).await? };
        let payment = |row: PaymentRow| {
            self.read_payments.insert(PaymentId::new(row.id), row.version);
            let own = refunds.extract_if(.., |refund| refund.payment == row.id);
            let own = own.map(RefundRow::parse).collect::<Result<_, _>>()?;
            row.parse(own)
        };
        rows.into_iter().map(payment).collect()
    }

    async fn refunds(&self, payments: &[Uuid]) -> Result<Vec<RefundRow>, StoreError> {
        bounded(
            sqlx::query_as!(
                RefundRow,
                "select id, payment, amount_paise, reason, gateway_refund, due_at, given_at
                 from refunds where payment = any($1) order by payment, from_paise",
                payments,
            )
            .fetch_all(&self.pool),
        )
        .await
    }
}

impl Outbox for PgTx {
    fn enqueue(&mut self, event: Event, due: DateTime<Utc>) {
        self.staged.events.push((self.ids.next(), event, due));
    }
}

#[async_trait]
impl Replays for PgTx {
    async fn replay(&mut self, key: &IdempotencyKey) -> Result<Option<Replay>, StoreError> {
        let row = self.shared.replays.ask(Recall(key.clone())).await?;
        row.map(|row| replay(key, &row.fingerprint, row.answer)).transpose()
    }

    fn record(&mut self, key: &IdempotencyKey, replay: Replay) {
        self.staged.replays.push((key.clone(), replay));
    }
}

/// What was given to a key, as it is stored.
pub(crate) fn replay(
    key: &IdempotencyKey,
    fingerprint: &[u8],
    answer: String,
) -> Result<Replay, StoreError> {
    let fingerprint = fingerprint.try_into();
    let bad = |_| corrupt("replays", &key.key, "a fingerprint has 32 bytes");
    Ok(Replay { fingerprint: fingerprint.map_err(bad)?, answer })
}

/// A look for the answer that a key was given.
pub(crate) struct Recall(IdempotencyKey);

/// What it was given, and its number among those looked for.
pub(crate) struct Recalled {
    n: i64,
    fingerprint: Vec<u8>,
    answer: String,
}

impl Batched for Recall {
    type Answer = Option<Recalled>;

    async fn answer(
        database: &mut PgConnection,
        asks: &[Self],
    ) -> Result<Vec<Option<Recalled>>, sqlx::Error> {
        let mut found = sqlx::query_as!(
            Recalled,
            r#"select q.n as "n!", r.fingerprint,
                      coalesce(r.answered, r.answer::text) as "answer!"
               from unnest($1::uuid[], $2::text[], $3::text[]) with ordinality
                    as q(person, verb, key, n)
               join replays r on r.person = q.person and r.verb = q.verb and r.key = q.key
               order by q.n"#,
            &column(asks, |Self(key)| key.person.uuid()),
            &column(asks, |Self(key)| key.verb) as &[&str],
            &column(asks, |Self(key)| key.key.as_str()) as &[&str],
        )
        .fetch_all(database)
        .await?
        .into_iter()
        .peekable();
        Ok((1..).zip(asks).map(|(n, _)| found.next_if(|row| row.n == n)).collect())
    }
}
