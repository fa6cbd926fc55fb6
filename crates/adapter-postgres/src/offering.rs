//! What can be booked of what salons sell, read from their rows.

use std::sync::Arc;

use chrono_tz::Tz;
use kernel::{Money, Point, ResourceId, SalonId, StaffId, UnitId};
use ports::{Gender, Offerable, OfferableService, OfferableSkill, SalonTerms, StoreError, Wish};
use scheduling::calendar::Calendar;
use scheduling::{BookingRules, DailyCap, HomeVisits, Layout, Minutes, Timing};
use sqlx::types::Json;
use uuid::Uuid;

use crate::catalogue::PgCatalogue;
use crate::error::{bounded, corrupt};
use crate::rows::{timing, word};
use crate::store::Known;

impl PgCatalogue {
    /// Adds the units of each kind.
    pub(crate) async fn fill_units(
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

    /// Services as they can be booked, from two reads.
    pub(crate) async fn read_offerable(
        &self,
        salon: SalonId,
        wishes: &[Wish],
    ) -> Result<Option<Known>, StoreError> {
        let services: Vec<Uuid> = wishes.iter().map(|wish| wish.service.uuid()).collect();
        let named: Vec<Option<Uuid>> =
            wishes.iter().map(|wish| wish.staff.map(StaffId::uuid)).collect();
        let genders: Vec<Option<&str>> =
            wishes.iter().map(|wish| wish.gender.map(Gender::as_str)).collect();
        let rows = bounded(
            sqlx::query!(
                r#"select s.catalogue_version, s.zone, s.is_listed,
                          s.hours as "hours: Json<Calendar>", s.step_minutes,
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
        let version = first.catalogue_version;
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
        Ok(Some((version, Arc::new(offerable))))
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

/// The rules for bookings of a row.
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
