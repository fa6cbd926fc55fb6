//! What salons sell, who does it there and when, on PostgreSQL.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use identity::Role;
use kernel::{Money, PersonId, Point, SalonId, StaffId};
use ports::{
    Answered, Around, AroundAll, Catalogue, Gender, NewResource, NewSalon, NewService, NewStaff,
    Offerable, Outlook, Outlooks, SalonTerms, Saved, ServiceFilter, Skilled, StoreError, Wish,
};
use scheduling::Minutes;
use scheduling::calendar::Calendar;
use scheduling::{DailyCap, HomeVisits, Layout};
use sqlx::types::Json;
use uuid::Uuid;

use crate::accounts::parse_role;
use crate::connect::Pool;
use crate::error::bounded;
use crate::rows::{answer_column, array_of, parts_column};
use crate::store::Shared;

/// The catalogue port on PostgreSQL.
#[derive(Clone)]
pub struct PgCatalogue {
    pub(crate) pool: Pool,
    pub(crate) shared: Shared,
}

impl PgCatalogue {
    /// A catalogue on this pool.
    pub fn new(pool: Pool, shared: Shared) -> Self {
        Self { pool, shared }
    }
}

fn column(count: Minutes) -> i16 {
    i16::try_from(count.count()).unwrap_or(i16::MAX)
}

#[async_trait]
impl Catalogue for PgCatalogue {
    async fn offerable(
        &self,
        salon: SalonId,
        wishes: &[Wish],
    ) -> Result<Option<Arc<Offerable>>, StoreError> {
        Ok(self.look(&(salon, wishes.to_vec())).await?.map(|(_, offerable)| offerable))
    }

    async fn outlook(
        &self,
        salon: SalonId,
        wishes: &[Wish],
        around: Around<'_>,
    ) -> Result<Option<Outlook>, StoreError> {
        self.outlook_of(salon, wishes, around).await
    }

    async fn outlooks(
        &self,
        salons: &[SalonId],
        filter: &ServiceFilter,
        most: u32,
        around: AroundAll<'_>,
    ) -> Result<Outlooks, StoreError> {
        self.outlooks_of(salons, filter, most, around).await
    }

    async fn hours(&self, salons: &[SalonId]) -> Result<HashMap<SalonId, Calendar>, StoreError> {
        let ids: Vec<Uuid> = salons.iter().map(|salon| salon.uuid()).collect();
        let rows = bounded(
            sqlx::query!(
                r#"select id, hours as "hours: Json<Calendar>" from salons where id = any($1)"#,
                &ids
            )
            .fetch_all(&self.pool),
        )
        .await?;
        Ok(rows.into_iter().map(|row| (SalonId::new(row.id), row.hours.0)).collect())
    }

    async fn role(&self, person: PersonId, salon: SalonId) -> Result<Option<Role>, StoreError> {
        let role = bounded(
            sqlx::query_scalar!(
                "select role from members where person = $1 and salon = $2",
                person.uuid(),
                salon.uuid()
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        role.map(|role| parse_role(salon.uuid(), &role)).transpose()
    }

    async fn salon_of_staff(&self, staff: StaffId) -> Result<Option<SalonId>, StoreError> {
        let salon = bounded(
            sqlx::query_scalar!("select salon from staff where id = $1", staff.uuid())
                .fetch_optional(&self.pool),
        )
        .await?;
        Ok(salon.map(SalonId::new))
    }

    async fn add_salon(
        &self,
        salon: &NewSalon,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError> {
        let added = bounded(
            sqlx::query_scalar!(
                // Whoever is being erased is waited for, and who erases waits for this. The vendor's
                // version is raised for who decides about it meanwhile: their statement would not see
                // this salon.
                r#"with owner as (
                       select id from people where id = $15 and erased_at is null for share),
                   vendor as (
                       insert into vendors (id, owner, business_name, state, since, created_at)
                       select $17, owner.id, $2, 'draft', $14, $14 from owner
                       on conflict (owner) do update set version = vendors.version + 1
                       returning id, state),
                   salon as (
                       insert into salons (id, name, city, address, latitude, longitude, zone,
                           hours, step_minutes, notice_minutes, horizon_days, layout, terms,
                           created_at, home_visits, vendor, is_listed)
                       select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16,
                           vendor.id, vendor.state = 'approved' from vendor
                       returning id),
                   member as (
                       insert into members (salon, person, role)
                       select salon.id, owner.id, 'owner' from salon, owner
                       returning salon)
                   select count(keep_answer($18)) as "added!" from member"#,
                salon.id.uuid(),
                salon.name,
                salon.city,
                salon.address,
                salon.location.map(Point::north),
                salon.location.map(Point::east),
                salon.zone.name(),
                Json(Calendar::default()) as _,
                column(salon.rules.step),
                i32::from(salon.rules.notice.count()),
                i16::try_from(salon.rules.horizon_days).unwrap_or(i16::MAX),
                match salon.rules.layout {
                    Layout::Grid => "grid",
                    Layout::Tight => "tight",
                },
                Json(salon.terms) as _,
                salon.at,
                salon.owner.uuid(),
                salon.home_visits.map(Json) as _,
                salon.vendor_if_new.uuid(),
                answer_column(answer),
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(added == 1)
    }

    async fn add_service(
        &self,
        salon: SalonId,
        service: &NewService,
        answer: Option<&Answered>,
    ) -> Result<bool, StoreError> {
        let resources: Vec<Uuid> = service.resources.iter().map(|id| id.uuid()).collect();
        let added = bounded(
            sqlx::query_scalar!(
                r#"with added as (
                       insert into services (id, salon, name, category, duration_minutes,
                           buffer_before_minutes, buffer_after_minutes, price_paise, parts, mode,
                           for_gender, resources)
                       select $1, $2, $3, $4, $5, $6, $7, $8, $9::text::smallint[], $10, $11, $12
                       where (select count(*) from resources where salon = $2 and id = any($12))
                           = cardinality($12)
                       returning id)
                   select count(keep_answer($13)) as "added!" from added"#,
                service.id.uuid(),
                salon.uuid(),
                service.name,
                service.category,
                column(service.timing.duration()),
                column(service.timing.buffer_before()),
                column(service.timing.buffer_after()),
                service.price.minor_units(),
                parts_column(service.timing),
                service.mode.as_str(),
                service.for_gender.as_str(),
                &resources,
                answer_column(answer),
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(added == 1)
    }

    async fn add_resource(
        &self,
        salon: SalonId,
        resource: &NewResource,
        answer: Option<&Answered>,
    ) -> Result<(), StoreError> {
        let units: Vec<Uuid> = resource.units.iter().map(|unit| unit.uuid()).collect();
        bounded(
            sqlx::query_scalar!(
                "with added as (
                     insert into resources (id, salon, name) values ($1, $2, $3) returning id),
                 filled as (
                     insert into units (id, resource)
                     select unit, added.id from added, unnest($4::uuid[]) unit)
                 select keep_answer($5) from added",
                resource.id.uuid(),
                salon.uuid(),
                resource.name,
                &units,
                answer_column(answer),
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn add_staff(
        &self,
        salon: SalonId,
        staff: &NewStaff,
        answer: Option<&Answered>,
    ) -> Result<(), StoreError> {
        bounded(
            sqlx::query_scalar!(
                "with added as (
                     insert into staff (id, salon, name, gender, daily_cap)
                     values ($1, $2, $3, $4, $5) returning id)
                 select keep_answer($6) from added",
                staff.id.uuid(),
                salon.uuid(),
                staff.name,
                staff.gender.map(Gender::as_str),
                staff.daily_cap.map(|cap| i16::from(cap.visits())),
                answer_column(answer),
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn put_opening_hours(
        &self,
        salon: SalonId,
        hours: &Calendar,
        version: i64,
    ) -> Result<Saved, StoreError> {
        let version = bounded(
            sqlx::query_scalar!(
                "update salons set hours = $2, version = version + 1
                 where id = $1 and version = $3 returning version",
                salon.uuid(),
                Json(hours) as _,
                version
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(version.map_or(Saved::Stale, Saved::At))
    }

    async fn put_home_visits(
        &self,
        salon: SalonId,
        visits: Option<HomeVisits>,
        version: i64,
    ) -> Result<Option<Saved>, StoreError> {
        let row = bounded(
            sqlx::query!(
                r#"with edited as (
                       update salons set home_visits = $2, version = version + 1
                       where id = $1 and version = $3
                         and ($2::jsonb is null or latitude is not null)
                       returning version)
                   select (select latitude is not null from salons where id = $1) as pinned,
                          (select version from edited) as version"#,
                salon.uuid(),
                visits.map(Json) as _,
                version
            )
            .fetch_one(&self.pool),
        )
        .await?;
        let nowhere = visits.is_some() && row.pinned == Some(false);
        Ok((!nowhere).then(|| row.version.map_or(Saved::Stale, Saved::At)))
    }

    async fn put_salon_terms(
        &self,
        salon: SalonId,
        terms: &SalonTerms,
        version: i64,
    ) -> Result<Saved, StoreError> {
        let version = bounded(
            sqlx::query_scalar!(
                "update salons set terms = $2, version = version + 1
                 where id = $1 and version = $3 returning version",
                salon.uuid(),
                Json(terms) as _,
                version
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(version.map_or(Saved::Stale, Saved::At))
    }

    async fn put_staff_hours(
        &self,
        staff: StaffId,
        hours: Option<&Calendar>,
        version: i64,
    ) -> Result<Saved, StoreError> {
        let version = bounded(
            sqlx::query_scalar!(
                "update staff set hours = $2, version = version + 1
                 where id = $1 and version = $3 returning version",
                staff.uuid(),
                hours.map(Json) as _,
                version
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(version.map_or(Saved::Stale, Saved::At))
    }

    async fn put_daily_cap(
        &self,
        staff: StaffId,
        cap: Option<DailyCap>,
        version: i64,
    ) -> Result<Saved, StoreError> {
        let version = bounded(
            sqlx::query_scalar!(
                "update staff set daily_cap = $2, version = version + 1
                 where id = $1 and version = $3 returning version",
                staff.uuid(),
                cap.map(|cap| i16::from(cap.visits())),
                version
            )
            .fetch_optional(&self.pool),
        )
        .await?;
        Ok(version.map_or(Saved::Stale, Saved::At))
    }

    async fn put_staff_skills(
        &self,
        salon: SalonId,
        staff: StaffId,
        skills: &[Skilled],
        version: i64,
    ) -> Result<Option<Saved>, StoreError> {
        let services: Vec<Uuid> = skills.iter().map(|skill| skill.service.uuid()).collect();
        let parts: Vec<Option<String>> =
            skills.iter().map(|skill| array_of(&skill.parts)).collect();
        let prices: Vec<Option<i64>> =
            skills.iter().map(|skill| skill.price.map(Money::minor_units)).collect();
        let row = bounded(
            sqlx::query!(
                r#"with own as (
                       select id from services where salon = $2 and id = any($3)),
                   edited as (
                       update staff set version = version + 1
                       where id = $1 and version = $4
                         and (select count(*) from own) = cardinality($3)
                       returning id, version),
                   dropped as (
                       delete from skills k using edited
                       where k.staff = edited.id and k.service <> all($3)),
                   added as (
                       insert into skills (staff, service, parts, price_paise)
                       select edited.id, own.id, terms.parts::smallint[], terms.price
                       from edited, own
                       join unnest($3, $5::text[], $6::bigint[]) as terms(service, parts, price)
                           on terms.service = own.id
                       on conflict (staff, service)
                           do update set parts = excluded.parts, price_paise = excluded.price_paise)
                   select (select count(*) from own) = cardinality($3) as "all_own!",
                          (select version from edited) as version"#,
                staff.uuid(),
                salon.uuid(),
                &services,
                version,
                &parts as &[Option<String>],
                &prices as &[Option<i64>],
            )
            .fetch_one(&self.pool),
        )
        .await?;
        Ok(row.all_own.then(|| row.version.map_or(Saved::Stale, Saved::At)))
    }
}
