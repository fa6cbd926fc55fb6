//! What screens show, read without locks, on PostgreSQL.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{BookingId, Money, PersonId, ResourceId, SalonId, ServiceId, StaffId};
use ports::queries::{
    After, BookingView, LineNames, ResourceView, SalonView, ServiceView, StaffView,
};
use ports::{Listing, Noted, Queries, SalonFilter, StoreError};
use scheduling::{Home, HomeVisits, Lines, Terms, Window};
use sqlx::types::Json;
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::find::{self, SalonRow};
use crate::offering::parse_timing;
use crate::rows::{BookingRow, word};

/// The queries port on PostgreSQL.
#[derive(Clone)]
pub struct PgQueries {
    pool: Pool,
}

impl PgQueries {
    /// Queries on this pool.
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl Queries for PgQueries {
    async fn salons(
        &self,
        filter: &SalonFilter,
        listing: &Listing,
        limit: u32,
    ) -> Result<Vec<SalonView>, StoreError> {
        find::salons(&self.pool, filter, listing, limit).await
    }

    async fn salon(&self, id: SalonId) -> Result<Option<SalonView>, StoreError> {
        let row = bounded(
            sqlx::query_as!(
                SalonRow,
                r#"select id, name, city, address, latitude, longitude, zone, version,
                          null::integer as distance_m, (rating * 10)::smallint as rating_tenths,
                          reviews, home_visits as "home_visits: Json<HomeVisits>", is_listed
                   from salons where id = $1"#,
                id.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        row.map(SalonRow::parse).transpose()
    }

    async fn services(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<ServiceView>, StoreError> {
        let rows = bounded(
            sqlx::query!(
                r#"select id, name, category, duration_minutes, buffer_before_minutes,
                          buffer_after_minutes, price_paise, parts, mode, for_gender, resources
                   from services where salon = $1
                     and ($2::text is null or (lower(name), id) > (lower($2), $3))
                   order by lower(name), id limit $4"#,
                salon.uuid(),
                after.map(|after| after.key.as_str()),
                after.map_or_else(Uuid::nil, |after| after.id),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(ServiceView {
                    id: ServiceId::new(row.id),
                    name: row.name,
                    category: row.category,
                    timing: parse_timing(
                        row.id,
                        row.duration_minutes,
                        row.buffer_before_minutes,
                        row.buffer_after_minutes,
                        row.parts.as_deref(),
                        None,
                    )?,
                    price: Money::inr(row.price_paise),
                    mode: word("services", row.id, &row.mode)?,
                    for_gender: word("services", row.id, &row.for_gender)?,
                    resources: row.resources.into_iter().map(ResourceId::new).collect(),
                })
            })
            .collect()
    }

    async fn resources(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<ResourceView>, StoreError> {
        let rows = bounded(
            sqlx::query!(
                r#"select id, name, (select count(*) from units where resource = r.id) as "units!"
                   from resources r where salon = $1
                     and ($2::text is null or (lower(name), id) > (lower($2), $3))
                   order by lower(name), id limit $4"#,
                salon.uuid(),
                after.map(|after| after.key.as_str()),
                after.map_or_else(Uuid::nil, |after| after.id),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| ResourceView {
                id: ResourceId::new(row.id),
                name: row.name,
                units: u16::try_from(row.units).unwrap_or(u16::MAX),
            })
            .collect())
    }

    async fn staff(
        &self,
        salon: SalonId,
        after: Option<&After<String>>,
        limit: u32,
    ) -> Result<Vec<StaffView>, StoreError> {
        let rows = bounded(
            sqlx::query!(
                r#"select p.id, p.name, p.gender, p.version,
                          array(select service from skills where staff = p.id order by service)
                              as "services!"
                   from staff p where p.salon = $1
                     and ($2::text is null or (lower(p.name), p.id) > (lower($2), $3))
                   order by lower(p.name), p.id limit $4"#,
                salon.uuid(),
                after.map(|after| after.key.as_str()),
                after.map_or_else(Uuid::nil, |after| after.id),
                i64::from(limit),
            )
            .fetch_all(&self.pool),
        )
        .await?;
        rows.into_iter()
            .map(|row| {
                let gender = row.gender.map(|gender| word("staff", row.id, &gender));
                Ok(StaffView {
                    id: StaffId::new(row.id),
                    name: row.name,
                    gender: gender.transpose()?,
                    services: row.services.into_iter().map(ServiceId::new).collect(),
                    version: row.version,
                })
            })
            .collect()
    }

    async fn booking(&self, id: BookingId) -> Result<Option<BookingView>, StoreError> {
        let rows =
            self.bookings(&Selection { id: Some(id.uuid()), ..Selection::default() }).await?;
        Ok(rows.into_iter().next())
    }

    async fn line_names(&self, lines: &Lines) -> Result<Vec<LineNames>, StoreError> {
        let services: Vec<Uuid> = lines.iter().map(|line| line.service.uuid()).collect();
        let staff: Vec<Uuid> = lines.iter().map(|line| line.staff.uuid()).collect();
        bounded(
            sqlx::query_as!(
                LineNames,
                "select v.name as service, p.name as staff
                 from unnest($1::uuid[], $2::uuid[]) with ordinality l(service, staff, n)
                 join services v on v.id = l.service join staff p on p.id = l.staff
                 order by l.n",
                &services,
                &staff,
            )
            .fetch_all(&self.pool),
        )
        .await
    }

    async fn bookings_of(
        &self,
        customer: PersonId,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<BookingView>, StoreError> {
        self.bookings(&Selection {
            customer: Some(customer.uuid()),
            before: after,
            limit,
            ..Selection::default()
        })
        .await
    }

    async fn diary(
        &self,
        salon: SalonId,
        window: Window,
        after: Option<&After<DateTime<Utc>>>,
        limit: u32,
    ) -> Result<Vec<BookingView>, StoreError> {
        self.bookings(&Selection {
            salon: Some((salon.uuid(), window)),
            after,
            limit,
            ..Selection::default()
        })
        .await
    }
}

/// Which bookings to read: by id, by customer (latest first), or by salon and window (by start).
#[derive(Default)]
struct Selection<'a> {
    id: Option<Uuid>,
    customer: Option<Uuid>,
    before: Option<&'a After<DateTime<Utc>>>,
    salon: Option<(Uuid, Window)>,
    after: Option<&'a After<DateTime<Utc>>>,
    limit: u32,
}

impl PgQueries {
    async fn bookings(&self, selection: &Selection<'_>) -> Result<Vec<BookingView>, StoreError> {
        let by_customer = selection.customer.is_some();
        let limit = if selection.id.is_some() { 1 } else { i64::from(selection.limit) };
        // Three separate branches, of which the planner keeps the one that is asked for.
        let rows = bounded(
            sqlx::query_as!(
                BookingViewRow,
                r#"with chosen as (
                       (select b.* from bookings b where $1::uuid is not null and b.id = $1)
                       union all
                       (select b.* from bookings b
                        where $2::uuid is not null and b.customer = $2
                          and ($3::timestamptz is null or (b.starts_at, b.id) < ($3, $4))
                        order by b.starts_at desc, b.id desc limit $10)
                       union all
                       (select b.* from bookings b
                        where $5::uuid is not null and b.salon = $5
                          and b.starts_at >= $6::timestamptz - interval '28 hours'
                          and b.starts_at < $7 and greatest(b.ends_at, b.lasts_until) > $6
                          and ($8::timestamptz is null or (b.starts_at, b.id) > ($8, $9))
                        order by b.starts_at, b.id limit $10))
                   select b.id as "id!", b.salon as "salon!", b.customer as "customer!",
                          b.zone as "zone!", b.lines as "lines!: Json<Lines>",
                          b.terms as "terms: Json<Terms>",
                          b.status as "status!", b.held_until, b.hold_number, b.cancelled_by,
                          b.placed_at as "placed_at!", b.changed_at as "changed_at!",
                          b.lasts_until,
                          b.home as "home: Json<Home>", b.noted as "noted: Json<Noted>",
                          s.name as "salon_name!", c.name as customer_name,
                          c.phone as customer_phone,
                          array(select v.name from jsonb_array_elements(b.lines)
                                    with ordinality l(line, n)
                                join services v on v.id = (l.line ->> 'service')::uuid
                                order by n) as "service_names!",
                          array(select c.booking from claims o
                                join claims c on c.diary = o.diary and c.active
                                    and not c.overrun and c.booking <> o.booking and c.starts_at < o.ends_at
                                    and c.starts_at >= o.starts_at - interval '24 hours'
                                    and c.ends_at > o.starts_at
                                where o.booking = b.id and o.overrun and o.active
                                group by c.booking order by min(c.starts_at), c.booking
                                ) as "delays!",
                          array(select p.name from jsonb_array_elements(b.lines)
                                    with ordinality l(line, n)
                                join staff p on p.id = (l.line ->> 'staff')::uuid
                                order by n) as "staff_names!"
                   from chosen b
                   join salons s on s.id = b.salon
                   join people c on c.id = b.customer
                   order by b.starts_at, b.id"#,
                selection.id,
                selection.customer,
                selection.before.map(|before| before.key),
                selection.before.map_or_else(Uuid::nil, |before| before.id),
                selection.salon.map(|(salon, _)| salon),
                selection.salon.map(|(_, window)| window.start()),
                selection.salon.map(|(_, window)| window.end()),
                selection.after.map(|after| after.key),
                selection.after.map_or_else(Uuid::nil, |after| after.id),
                limit,
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let mut views: Vec<_> =
            rows.into_iter().map(BookingViewRow::parse).collect::<Result<_, _>>()?;
        if by_customer {
            views.reverse();
        }
        Ok(views)
    }
}

struct BookingViewRow {
    id: Uuid,
    salon: Uuid,
    customer: Uuid,
    zone: String,
    lines: Json<Lines>,
    terms: Option<Json<Terms>>,
    status: String,
    held_until: Option<DateTime<Utc>>,
    hold_number: Option<i16>,
    cancelled_by: Option<String>,
    placed_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    lasts_until: Option<DateTime<Utc>>,
    home: Option<Json<Home>>,
    noted: Option<Json<Noted>>,
    salon_name: String,
    customer_name: Option<String>,
    customer_phone: Option<String>,
    delays: Vec<Uuid>,
    service_names: Vec<String>,
    staff_names: Vec<String>,
}

impl BookingViewRow {
    fn parse(self) -> Result<BookingView, StoreError> {
        let customer_phone = self
            .customer_phone
            .map(|phone| phone.parse())
            .transpose()
            .map_err(|error: identity::PhoneError| corrupt("people", self.customer, error))?;
        let booking = BookingRow {
            id: self.id,
            salon: self.salon,
            customer: self.customer,
            zone: self.zone,
            lines: self.lines,
            terms: self.terms,
            status: self.status,
            held_until: self.held_until,
            hold_number: self.hold_number,
            cancelled_by: self.cancelled_by,
            placed_at: self.placed_at,
            changed_at: self.changed_at,
            lasts_until: self.lasts_until,
            home: self.home,
        }
        .parse()?;
        Ok(BookingView {
            booking,
            salon_name: self.salon_name,
            lines: self
                .service_names
                .into_iter()
                .zip(self.staff_names)
                .map(|(service, staff)| LineNames { service, staff })
                .collect(),
            customer_name: self.customer_name,
            customer_phone,
            noted: self.noted.map(|noted| noted.0),
            delays: self.delays.into_iter().map(BookingId::new).collect(),
        })
    }
}
