//! Salons by name or near a point, and what they sell of what is looked for, on PostgreSQL.

use std::collections::HashMap;

use kernel::{Money, Point, SalonId, ServiceId, StaffId};
use ports::queries::{After, Rating, SalonView};
use ports::{
    ForGender, Listing, Mode, Offerable, OfferableService, OfferableSkill, SalonFilter, SalonTerms,
    ServiceFilter, StoreError, Wish,
};
use scheduling::{Calendar, HomeVisits, Timing};
use sqlx::types::Json;
use uuid::Uuid;

use crate::connect::Pool;
use crate::error::{bounded, corrupt};
use crate::offering::{daily_cap, needs, parse_pin, parse_timing, parse_zone, parts_of, rules};
use crate::rows::word;

/// The first salons of a list that fit.
pub(crate) async fn salons(
    pool: &Pool,
    filter: &SalonFilter,
    listing: &Listing,
    limit: u32,
) -> Result<Vec<SalonView>, StoreError> {
    let rows = match listing {
        Listing::ByName { after } => by_name(pool, filter, after.as_ref(), limit).await?,
        Listing::Nearest { to, within_m, after } => {
            nearest(pool, filter, (*to, *within_m), after.as_ref(), limit).await?
        }
    };
    rows.into_iter().map(SalonRow::parse).collect()
}

async fn by_name(
    pool: &Pool,
    filter: &SalonFilter,
    after: Option<&After<String>>,
    limit: u32,
) -> Result<Vec<SalonRow>, StoreError> {
    bounded(
        sqlx::query_as!(
            SalonRow,
            // Three branches, of which one is run: in a city or everywhere in the order of an index, or
            // those few that hold a rare text, which another index finds. Of a text that many hold the
            // first come soon enough.
            r#"with few as materialized (
                   select id from salons
                   where is_listed and $2::text is null and length($1::text) > 2
                     and name ilike '%' || $1 || '%'
                   limit 201),
               found as materialized (
                   select count(*) as count, coalesce(length($1) > 2, false) as is_looked_for
                   from few)
               select id as "id!", name as "name!", city as "city!", address as "address!",
                      latitude, longitude, zone as "zone!", version as "version!",
                      null::integer as distance_m, (rating * 10)::smallint as rating_tenths,
                      reviews as "reviews!", home_visits as "home_visits: Json<HomeVisits>",
                      is_listed as "is_listed!"
               from ((select * from salons s
                      where is_listed and $2 is not null and lower(city) = lower($2)
                        and ($1 is null or name ilike '%' || $1 || '%')
                        and ($3::smallint is null or rating * 10 >= $3)
                        and ($4 or exists (select from services_that_fit(s.id, $5, $6, $7, $8)))
                        and ($9::text is null or (lower(name), id) > (lower($9), $10))
                      order by lower(name), id limit $11)
                     union all
                     (select s.* from few join salons s using (id)
                      where (select is_looked_for and count <= 200 from found)
                        and ($3 is null or rating * 10 >= $3)
                        and ($4 or exists (select from services_that_fit(s.id, $5, $6, $7, $8)))
                        and ($9 is null or (lower(name), id) > (lower($9), $10))
                      order by lower(name), id limit $11)
                     union all
                     (select * from salons s
                      where is_listed and $2 is null
                        and (select not is_looked_for or count > 200 from found)
                        and ($1 is null or name ilike '%' || $1 || '%')
                        and ($3 is null or rating * 10 >= $3)
                        and ($4 or exists (select from services_that_fit(s.id, $5, $6, $7, $8)))
                        and ($9 is null or (lower(name), id) > (lower($9), $10))
                      order by lower(name), id limit $11)) s
               order by lower(name), id limit $11"#,
            filter.text.as_deref().map(literal),
            filter.city,
            filter.min_rating_tenths.map(i16::from),
            filter.service.is_empty(),
            filter.service.category,
            filter.service.mode.map(Mode::as_str),
            filter.service.gender.map(ForGender::as_str),
            filter.service.max_price.map(Money::minor_units),
            after.map(|after| after.key.as_str()),
            after.map_or_else(Uuid::nil, |after| after.id),
            i64::from(limit),
        )
        .fetch_all(pool),
    )
    .await
}

/// The field of the map is what the index finds; the distance is worked out for what lies in it.
async fn nearest(
    pool: &Pool,
    filter: &SalonFilter,
    (to, within_m): (Point, u32),
    after: Option<&After<u32>>,
    limit: u32,
) -> Result<Vec<SalonRow>, StoreError> {
    let field = to.around(within_m);
    let [east, also_east] = field.east;
    bounded(
        sqlx::query_as!(
            SalonRow,
            r#"select id, name, city, address, latitude, longitude, zone, version, distance_m,
                      (rating * 10)::smallint as rating_tenths, reviews,
                      home_visits as "home_visits: Json<HomeVisits>", is_listed
               from salons s
               cross join lateral (
                   select metres_between($9, $10, s.latitude, s.longitude) as distance_m) d
               where is_listed and ($1::text is null or name ilike '%' || $1 || '%')
                 and ($2::text is null or lower(city) = lower($2))
                 and ($3::smallint is null or rating * 10 >= $3)
                 and ($4 or exists (select from services_that_fit(s.id, $5, $6, $7, $8)))
                 and latitude between $11 and $12
                 and (longitude between $13 and $14 or longitude between $15 and $16)
                 and distance_m <= $17
                 and ($18::integer is null or (distance_m, id) > ($18, $19))
               order by distance_m, id limit $20"#,
            filter.text.as_deref().map(literal),
            filter.city,
            filter.min_rating_tenths.map(i16::from),
            filter.service.is_empty(),
            filter.service.category,
            filter.service.mode.map(Mode::as_str),
            filter.service.gender.map(ForGender::as_str),
            filter.service.max_price.map(Money::minor_units),
            to.north(),
            to.east(),
            field.north.0,
            field.north.1,
            east.0,
            east.1,
            also_east.0,
            also_east.1,
            metres_column(within_m),
            after.map(|after| metres_column(after.key)),
            after.map_or_else(Uuid::nil, |after| after.id),
            i64::from(limit),
        )
        .fetch_all(pool),
    )
    .await
}

/// What salons sell of what is looked for, each beside a state of its catalogue that is no later: one
/// look at the salons with when their professionals are there, and then another at the services with
/// who does them, so that no calendar is read twice. Resources come without their units.
pub(crate) async fn offerables(
    pool: &Pool,
    salons: &[Uuid],
    filter: &ServiceFilter,
    most: u32,
) -> Result<Vec<(i64, Offerable)>, StoreError> {
    let places = bounded(
        sqlx::query_as!(
            PlaceRow,
            r#"select s.id, s.catalogue_version, s.zone, s.hours as "hours: Json<Calendar>",
                      s.step_minutes, s.notice_minutes, s.horizon_days, s.layout, s.latitude,
                      s.longitude, s.home_visits as "home_visits: Json<HomeVisits>",
                      s.terms as "terms: Json<SalonTerms>",
                      coalesce(p.ids, '{}') as "staff!",
                      coalesce(p.hours, '{}') as "staff_hours!: Vec<Option<Json<Calendar>>>",
                      coalesce(p.caps, '{}') as "daily_caps!: Vec<Option<i16>>"
               from salons s
               left join lateral (
                   select array_agg(p.id) as ids, array_agg(p.hours) as hours,
                          array_agg(p.daily_cap) as caps
                   from staff p where p.salon = s.id) p on true
               where s.id = any($1) and s.is_listed"#,
            salons,
        )
        .fetch_all(pool),
    )
    .await?;
    let services = bounded(
        sqlx::query_as!(
            SoldRow,
            r#"select v.salon as "salon!", v.id as "id!", v.mode as "mode!",
                      v.duration_minutes as "duration_minutes!",
                      v.buffer_before_minutes as "buffer_before_minutes!",
                      v.buffer_after_minutes as "buffer_after_minutes!", v.parts,
                      v.price_paise as "price_paise!", v.resources as "resources!",
                      coalesce(w.ids, '{}') as "staff!",
                      coalesce(w.parts, '{}') as "own_parts!: Vec<Option<String>>",
                      coalesce(w.prices, '{}') as "own_prices!: Vec<Option<i64>>"
               from unnest($1::uuid[]) q(salon)
               cross join lateral (
                   select * from services_that_fit(q.salon, $2, $3, $4, $5)
                   order by price_paise, id limit $6) v
               left join lateral (
                   select array_agg(staff) as ids, array_agg(parts) as parts,
                          array_agg(price_paise) as prices
                   from (select k.staff, array_to_string(k.parts, ',') as parts, k.price_paise
                         from skills k where k.service = v.id
                         order by k.staff) by_id) w on true
               order by v.salon, v.price_paise, v.id"#,
            salons,
            filter.category,
            filter.mode.map(Mode::as_str),
            filter.gender.map(ForGender::as_str),
            filter.max_price.map(Money::minor_units),
            i64::from(most),
        )
        .fetch_all(pool),
    )
    .await?;
    let mut sold: HashMap<Uuid, Vec<SoldRow>> = HashMap::new();
    for service in services {
        sold.entry(service.salon).or_default().push(service);
    }
    let offers = |place: PlaceRow| {
        let services = sold.remove(&place.id).unwrap_or_default();
        Ok((place.catalogue_version, place.offers(services)?))
    };
    places.into_iter().map(offers).collect()
}

/// A service, and who does it how.
struct SoldRow {
    salon: Uuid,
    id: Uuid,
    mode: String,
    duration_minutes: i16,
    buffer_before_minutes: i16,
    buffer_after_minutes: i16,
    parts: Option<Vec<i16>>,
    price_paise: i64,
    resources: Vec<Uuid>,
    staff: Vec<Uuid>,
    own_parts: Vec<Option<String>>,
    own_prices: Vec<Option<i64>>,
}

/// A salon's rules and hours, and those of everyone who works there.
struct PlaceRow {
    id: Uuid,
    catalogue_version: i64,
    zone: String,
    hours: Json<Calendar>,
    step_minutes: i16,
    notice_minutes: i32,
    horizon_days: i16,
    layout: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    home_visits: Option<Json<HomeVisits>>,
    terms: Option<Json<SalonTerms>>,
    staff: Vec<Uuid>,
    staff_hours: Vec<Option<Json<Calendar>>>,
    daily_caps: Vec<Option<i16>>,
}

impl PlaceRow {
    fn offers(self, sold: Vec<SoldRow>) -> Result<Offerable, StoreError> {
        let salon = SalonId::new(self.id);
        let (step, notice) = (self.step_minutes, self.notice_minutes);
        let mut offerable = Offerable {
            salon,
            is_listed: true,
            zone: parse_zone(self.id, &self.zone)?,
            location: parse_pin(self.id, self.latitude, self.longitude)?,
            home_visits: self.home_visits.map(|visits| visits.0),
            hours: self.hours.0,
            rules: rules(salon, step, notice, self.horizon_days, &self.layout)?,
            terms: self.terms.map(|terms| terms.0).unwrap_or_default(),
            services: Vec::with_capacity(sold.len()),
            staff: Vec::new(),
            resources: Vec::new(),
        };
        let at_work: HashMap<Uuid, _> =
            self.staff.into_iter().zip(self.staff_hours.into_iter().zip(self.daily_caps)).collect();
        for row in sold {
            let own = row.own_parts.iter().zip(&row.own_prices);
            let mut by = Vec::with_capacity(row.staff.len());
            for (id, (parts, price)) in row.staff.iter().zip(own) {
                // Whoever left between the two looks is not there any more.
                let Some((hours, cap)) = at_work.get(id) else { continue };
                let cap = daily_cap(*id, *cap)?;
                let hours = || hours.as_ref().map(|own| own.0.clone());
                let staff = offerable.number_of(StaffId::new(*id), cap, hours);
                let timing = row.timing(parts.as_deref())?;
                let price = Money::inr(price.unwrap_or(row.price_paise));
                by.push(OfferableSkill { staff, timing, price });
            }
            let service = ServiceId::new(row.id);
            let wish = Wish { guest: 0, service, staff: None, gender: None };
            let needs = needs(&mut offerable, &row.resources);
            let mode = word("services", row.id, &row.mode)?;
            offerable.services.push(OfferableService { wish, mode, by, needs });
        }
        Ok(offerable)
    }
}

impl SoldRow {
    fn timing(&self, own_parts: Option<&str>) -> Result<Timing, StoreError> {
        let own_parts = own_parts.map(|parts| parts_of(self.id, parts)).transpose()?;
        parse_timing(
            self.id,
            self.duration_minutes,
            self.buffer_before_minutes,
            self.buffer_after_minutes,
            self.parts.as_deref(),
            own_parts.as_deref(),
        )
    }
}

fn metres_column(metres: u32) -> i32 {
    i32::try_from(metres).unwrap_or(i32::MAX)
}

/// Makes a text stand for itself in a LIKE pattern.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// A row of `salons`.
pub(crate) struct SalonRow {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) city: String,
    pub(crate) address: String,
    pub(crate) latitude: Option<f64>,
    pub(crate) longitude: Option<f64>,
    pub(crate) zone: String,
    pub(crate) version: i64,
    pub(crate) distance_m: Option<i32>,
    pub(crate) rating_tenths: Option<i16>,
    pub(crate) reviews: i32,
    pub(crate) home_visits: Option<Json<HomeVisits>>,
    pub(crate) is_listed: bool,
}

impl SalonRow {
    pub(crate) fn parse(self) -> Result<SalonView, StoreError> {
        let metres = self.distance_m.map(u32::try_from).transpose();
        let rating = self.rating_tenths.map(|tenths| rating(tenths, self.reviews)).transpose();
        let bad = |error: std::num::TryFromIntError| corrupt("salons", self.id, error);
        Ok(SalonView {
            id: SalonId::new(self.id),
            zone: parse_zone(self.id, &self.zone)?,
            name: self.name,
            city: self.city,
            address: self.address,
            location: parse_pin(self.id, self.latitude, self.longitude)?,
            home_visits: self.home_visits.map(|visits| visits.0),
            distance_m: metres.map_err(bad)?,
            rating: rating.map_err(bad)?,
            is_listed: self.is_listed,
            version: self.version,
        })
    }
}

fn rating(tenths: i16, reviews: i32) -> Result<Rating, std::num::TryFromIntError> {
    Ok(Rating { tenths: tenths.try_into()?, reviews: reviews.try_into()? })
}
