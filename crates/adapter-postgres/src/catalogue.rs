//! What salons sell, who does it there and when, on PostgreSQL.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono_tz::Tz;
use identity::Role;
use kernel::{Money, PersonId, Point, ResourceId, SalonId, StaffId, UnitId};
use ports::{
    Catalogue, Gender, NewResource, NewSalon, NewService, NewStaff, Offerable, OfferableService,
    OfferableSkill, SalonTerms, Saved, ServiceFilter, Skilled, StoreError, Wish,
};
use scheduling::Minutes;
use scheduling::calendar::Calendar;
use scheduling::{BookingRules, DailyCap, HomeVisits, Layout, Timing};
use sqlx::types::Json;
use uuid::Uuid;

use crate::accounts::parse_role;
use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::find;
use crate::rows::{array_of, parts_column, timing, word};
use crate::store::Shared;

/// The catalogue port on PostgreSQL.
#[derive(Clone)]
pub struct PgCatalogue {
    pool: Pool,
    shared: Shared,
}

impl PgCatalogue {
    /// A catalogue on this pool.
    pub fn new(pool: Pool, shared: Shared) -> Self {
        Self { pool, shared }
    }
}

/// The zone of a row.
pub(crate) fn parse_zone(salon: Uuid, zone: &str) -> Result<Tz, StoreError> {
    zone.parse().map_err(|error: chrono_tz::ParseError| corrupt("salons", salon, error))
}

/// The pin of a row.
pub(crate) fn parse_pin(
    salon: Uuid,
    north: Option<f64>,
    east: Option<f64>,
) -> Result<Option<Point>, StoreError> {
    let pin = north.zip(east).map(|(north, east)| Point::new(north, east));
    pin.transpose().map_err(|error| corrupt("salons", salon, error))
}

/// The timing of a row's service, as its professional does it.
pub(crate) fn parse_timing(
    service: Uuid,
    duration: i16,
    buffer_before: i16,
    buffer_after: i16,
    parts: Option<&[i16]>,
    own_parts: Option<&[i16]>,
) -> Result<Timing, StoreError> {
    let minutes = |count: i16| {
        u16::try_from(count).map(Minutes::new).map_err(|error| corrupt("services", service, error))
    };
    let (before, after) = (minutes(buffer_before)?, minutes(buffer_after)?);
    let duration = minutes(duration)?;
    let timing = timing(("services", service), own_parts.or(parts), duration, before, after)?;
    if own_parts.is_none() && timing.duration() != duration {
        return Err(corrupt("services", service, "the parts do not last as long as the whole"));
    }
    Ok(timing)
}

/// The daily cap of a row.
pub(crate) fn daily_cap(staff: Uuid, visits: Option<i16>) -> Result<Option<DailyCap>, StoreError> {
    let cap = |visits| u8::try_from(visits).ok().and_then(DailyCap::new);
    let cap = |visits| cap(visits).ok_or_else(|| corrupt("staff", staff, "no such daily cap"));
    visits.map(cap).transpose()
}

/// The numbers of the kinds that a service holds.
pub(crate) fn needs(offerable: &mut Offerable, resources: &[Uuid]) -> Vec<usize> {
    resources.iter().map(|id| offerable.number_of_kind(ResourceId::new(*id))).collect()
}

/// The parts of an array in its text form without the brackets.
pub(crate) fn parts_of(service: Uuid, text: &str) -> Result<Vec<i16>, StoreError> {
    let minutes = text.split(',').map(str::parse);
    minutes.collect::<Result<_, _>>().map_err(|error| corrupt("skills", service, error))
}

fn column(count: Minutes) -> i16 {
    i16::try_from(count.count()).unwrap_or(i16::MAX)
}

impl PgCatalogue {
    async fn fill_units(
        &self,
        resources: &mut [(ResourceId, Vec<UnitId>)],
    ) -> Result<(), StoreError> {
        if resources.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = resources.iter().map(|(id, _)| id.uuid()).collect();
        let rows = bounded(
            sqlx::query!(
                "select resource, id from units where resource = any($1) order by id",
                &ids
            )
            .fetch_all(&self.pool),
        )
        .await?;
        for row in rows {
            let own = resources.iter_mut().find(|(id, _)| id.uuid() == row.resource);
            if let Some((_, units)) = own {
                units.push(UnitId::new(row.id));
            }
        }
        Ok(())
    }

    async fn read_offerable(
        &self,
        salon: SalonId,
        wishes: &[Wish],
    ) -> Result<Option<Arc<Offerable>>, StoreError> {
        let services: Vec<Uuid> = wishes.iter().map(|wish| wish.service.uuid()).collect();
        let named: Vec<Option<Uuid>> =
            wishes.iter().map(|wish| wish.staff.map(StaffId::uuid)).collect();
        let genders: Vec<Option<&str>> =
            wishes.iter().map(|wish| wish.gender.map(Gender::as_str)).collect();
        let rows = bounded(
            sqlx::query!(
                r#"select s.zone, s.is_listed, s.hours as "hours: Json<Calendar>", s.step_minutes,
                          s.notice_minutes, s.horizon_days, s.layout, s.latitude, s.longitude,
                          s.home_visits as "home_visits: Json<HomeVisits>", v.mode,
                          s.terms as "terms: Json<SalonTerms>",
                          v.duration_minutes, v.buffer_before_minutes, v.buffer_after_minutes,
                          v.parts, v.price_paise, v.resources,
                          coalesce(w.ids, '{}') as "staff!",
                          coalesce(w.hours, '{}') as "staff_hours!: Vec<Option<Json<Calendar>>>",
                          coalesce(w.caps, '{}') as "daily_caps!: Vec<Option<i16>>",
                          coalesce(w.parts, '{}') as "own_parts!: Vec<Option<String>>",
                          coalesce(w.prices, '{}') as "own_prices!: Vec<Option<i64>>"
                   from unnest($2::uuid[], $3::uuid[], $4::text[]) with ordinality
                        q(service, named, gender, n)
                   join services v on v.id = q.service
                   join salons s on s.id = v.salon
                   left join lateral (
                       select array_agg(id) as ids, array_agg(hours) as hours,
                              array_agg(daily_cap) as caps,
                              array_agg(parts) as parts, array_agg(price_paise) as prices
                       from (select p.id, p.hours, p.daily_cap,
                                    array_to_string(k.parts, ',') as parts, k.price_paise
                             from skills k join staff p on p.id = k.staff
                             where k.service = v.id and (q.named is null or k.staff = q.named)
                               and (q.gender is null or p.gender = q.gender)
                             order by p.id) by_id) w on true
                   where s.id = $1
                   order by q.n"#,
                salon.uuid(),
                &services,
                &named as &[Option<Uuid>],
                &genders as &[Option<&str>],
            )
            .fetch_all(&self.pool),
        )
        .await?;
        let Some(first) = rows.first().filter(|_| rows.len() == wishes.len()) else {
            return Ok(None);
        };
        let (step, notice) = (first.step_minutes, first.notice_minutes);
        let mut offerable = Offerable {
            salon,
            is_listed: first.is_listed,
            zone: parse_zone(salon.uuid(), &first.zone)?,
            location: parse_pin(salon.uuid(), first.latitude, first.longitude)?,
            home_visits: first.home_visits.map(|visits| visits.0),
            hours: first.hours.0.clone(),
            rules: rules(salon, step, notice, first.horizon_days, &first.layout)?,
            terms: first.terms.as_ref().map(|terms| terms.0).unwrap_or_default(),
            services: Vec::new(),
            staff: Vec::new(),
            resources: Vec::new(),
        };
        for (wish, row) in wishes.iter().zip(rows) {
            let mut by = Vec::new();
            let own = row.own_parts.into_iter().zip(row.own_prices);
            let staff = row.staff.into_iter().zip(row.staff_hours).zip(row.daily_caps);
            for (((id, hours), cap), (parts, price)) in staff.zip(own) {
                let cap = daily_cap(id, cap)?;
                let hours = || hours.map(|hours| hours.0);
                let staff = offerable.number_of(StaffId::new(id), cap, hours);
                let parts = parts.map(|parts| parts_of(wish.service.uuid(), &parts)).transpose()?;
                let timing = parse_timing(
                    wish.service.uuid(),
                    row.duration_minutes,
                    row.buffer_before_minutes,
                    row.buffer_after_minutes,
                    row.parts.as_deref(),
                    parts.as_deref(),
                )?;
                let price = Money::inr(price.unwrap_or(row.price_paise));
                by.push(OfferableSkill { staff, timing, price });
            }
            let needs = needs(&mut offerable, &row.resources);
            let mode = word("services", wish.service.uuid(), &row.mode)?;
            offerable.services.push(OfferableService { wish: *wish, mode, by, needs });
        }
        self.fill_units(&mut offerable.resources).await?;
        Ok(Some(Arc::new(offerable)))
    }
}

#[async_trait]
impl Catalogue for PgCatalogue {
    async fn offerable(
        &self,
        salon: SalonId,
        wishes: &[Wish],
    ) -> Result<Option<Arc<Offerable>>, StoreError> {
        let question = (salon, wishes.to_vec());
        self.shared.offerable.ask(question, self.read_offerable(salon, wishes)).await
    }

    async fn offerables(
        &self,
        salons: &[SalonId],
        filter: &ServiceFilter,
        most: u32,
    ) -> Result<HashMap<SalonId, Offerable>, StoreError> {
        let mut found = find::offerables(&self.pool, salons, filter, most).await?;
        let mut known: Vec<_> = found.values().flat_map(|one| one.resources.clone()).collect();
        self.fill_units(&mut known).await?;
        let known: HashMap<ResourceId, Vec<UnitId>> = known.into_iter().collect();
        for (resource, units) in found.values_mut().flat_map(|one| &mut one.resources) {
            units.extend(known.get(resource).into_iter().flatten());
        }
        Ok(found)
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

    async fn add_salon(&self, salon: &NewSalon) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                r#"with vendor as (
                       insert into vendors (id, owner, business_name, state, since, created_at)
                       values ($17, $15, $2, 'draft', $14, $14)
                       on conflict (owner) do update set owner = excluded.owner
                       returning id, state),
                   salon as (
                       insert into salons (id, name, city, address, latitude, longitude, zone,
                           hours, step_minutes, notice_minutes, horizon_days, layout, terms,
                           created_at, home_visits, vendor, is_listed)
                       select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $16,
                           vendor.id, vendor.state = 'approved' from vendor
                       returning id)
                   insert into members (salon, person, role) select id, $15, 'owner' from salon"#,
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
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn add_service(&self, salon: SalonId, service: &NewService) -> Result<bool, StoreError> {
        let resources: Vec<Uuid> = service.resources.iter().map(|id| id.uuid()).collect();
        let added = bounded(
            sqlx::query!(
                "insert into services (id, salon, name, category, duration_minutes,
                     buffer_before_minutes, buffer_after_minutes, price_paise, parts, mode,
                     for_gender, resources)
                 select $1, $2, $3, $4, $5, $6, $7, $8, $9::text::smallint[], $10, $11, $12
                 where (select count(*) from resources where salon = $2 and id = any($12))
                     = cardinality($12)",
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
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(added.rows_affected() > 0)
    }

    async fn add_resource(&self, salon: SalonId, resource: &NewResource) -> Result<(), StoreError> {
        let units: Vec<Uuid> = resource.units.iter().map(|unit| unit.uuid()).collect();
        bounded(
            sqlx::query!(
                "with added as (
                     insert into resources (id, salon, name) values ($1, $2, $3) returning id)
                 insert into units (id, resource) select unit, added.id from added, unnest($4::uuid[]) unit",
                resource.id.uuid(),
                salon.uuid(),
                resource.name,
                &units,
            )
            .execute(&self.pool),
        )
        .await?;
        Ok(())
    }

    async fn add_staff(&self, salon: SalonId, staff: &NewStaff) -> Result<(), StoreError> {
        bounded(
            sqlx::query!(
                "insert into staff (id, salon, name, gender, daily_cap) values ($1, $2, $3, $4, $5)",
                staff.id.uuid(),
                salon.uuid(),
                staff.name,
                staff.gender.map(Gender::as_str),
                staff.daily_cap.map(|cap| i16::from(cap.visits())),
            )
            .execute(&self.pool),
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

pub(crate) fn rules(
    salon: SalonId,
    step: i16,
    notice: i32,
    horizon_days: i16,
    layout: &str,
) -> Result<BookingRules, StoreError> {
    let bad = |error: std::num::TryFromIntError| corrupt("salons", salon, error);
    let layout = match layout {
        "grid" => Layout::Grid,
        "tight" => Layout::Tight,
        other => return Err(corrupt("salons", salon, format!("an unknown layout {other}"))),
    };
    Ok(BookingRules {
        step: Minutes::new(u16::try_from(step).map_err(bad)?),
        notice: Minutes::new(u16::try_from(notice).map_err(bad)?),
        horizon_days: u16::try_from(horizon_days).map_err(bad)?,
        layout,
    })
}
