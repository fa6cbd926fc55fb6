//! Salons by name or near a point, on PostgreSQL.

use kernel::{Money, Point, SalonId};
use ports::queries::{After, Rating, SalonView};
use ports::{ForGender, Listing, Mode, SalonFilter, StoreError};
use uuid::Uuid;

use crate::catalogue::parse_zone;
use crate::connect::Pool;
use crate::error::{bounded, corrupt};

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
            r#"select id, name, city, address, latitude, longitude, zone, version,
                      null::integer as distance_m, (rating * 10)::smallint as rating_tenths,
                      reviews
               from salons s
               where ($1::text is null or name ilike '%' || $1 || '%')
                 and ($2::text is null or lower(city) = lower($2))
                 and ($3::smallint is null or rating * 10 >= $3)
                 and ($4 or exists (
                      select from services v
                      where v.salon = s.id and ($5::text is null or v.category = $5)
                        and ($6::text is null or v.mode = $6)
                        and ($7::text is null or v.for_gender in ('any', $7))
                        and ($8::bigint is null or v.price_paise <= $8)))
                 and ($9::text is null or (lower(name), id) > (lower($9), $10))
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
                      (rating * 10)::smallint as rating_tenths, reviews
               from salons s
               cross join lateral (
                   select metres_between($9, $10, s.latitude, s.longitude) as distance_m) d
               where ($1::text is null or name ilike '%' || $1 || '%')
                 and ($2::text is null or lower(city) = lower($2))
                 and ($3::smallint is null or rating * 10 >= $3)
                 and ($4 or exists (
                      select from services v
                      where v.salon = s.id and ($5::text is null or v.category = $5)
                        and ($6::text is null or v.mode = $6)
                        and ($7::text is null or v.for_gender in ('any', $7))
                        and ($8::bigint is null or v.price_paise <= $8)))
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
}

impl SalonRow {
    pub(crate) fn parse(self) -> Result<SalonView, StoreError> {
        let pin = self.latitude.zip(self.longitude).map(|(north, east)| Point::new(north, east));
        let metres = self.distance_m.map(u32::try_from).transpose();
        let rating = self.rating_tenths.map(|tenths| rating(tenths, self.reviews)).transpose();
        let bad = |error: std::num::TryFromIntError| corrupt("salons", self.id, error);
        Ok(SalonView {
            id: SalonId::new(self.id),
            zone: parse_zone(self.id, &self.zone)?,
            name: self.name,
            city: self.city,
            address: self.address,
            location: pin.transpose().map_err(|error| corrupt("salons", self.id, error))?,
            distance_m: metres.map_err(bad)?,
            rating: rating.map_err(bad)?,
            version: self.version,
        })
    }
}

fn rating(tenths: i16, reviews: i32) -> Result<Rating, std::num::TryFromIntError> {
    Ok(Rating { tenths: tenths.try_into()?, reviews: reviews.try_into()? })
}
