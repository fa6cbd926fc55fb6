//! What people consented to, on PostgreSQL.

use chrono::{DateTime, Utc};
use identity::policy::MOST_CONSENTS;
use identity::{Consent, NoticeVersionError};
use kernel::{ConsentId, PersonId};
use ports::queries::After;
use ports::{Addition, StoreError};
use uuid::Uuid;

use super::{PgProfiles, word};
use crate::error::{bounded, corrupt};

struct Row {
    id: Uuid,
    purpose: String,
    version: String,
    given: bool,
    at: DateTime<Utc>,
}

impl Row {
    fn parse(self) -> Result<Consent, StoreError> {
        let version = self.version.parse();
        Ok(Consent {
            id: ConsentId::new(self.id),
            purpose: word("consents", self.id, &self.purpose)?,
            version: version
                .map_err(|error: NoticeVersionError| corrupt("consents", self.id, error))?,
            given: self.given,
            at: self.at,
        })
    }
}

pub(super) async fn list(
    at: &PgProfiles,
    person: PersonId,
    after: Option<&After<DateTime<Utc>>>,
    limit: u32,
) -> Result<Vec<Consent>, StoreError> {
    let rows = bounded(
        sqlx::query_as!(
            Row,
            "select id, purpose, version, given, at from consents
             where person = $1 and ($2::timestamptz is null or (at, id) < ($2, $3))
             order by at desc, id desc limit $4",
            person.uuid(),
            after.map(|after| after.key),
            after.map_or_else(Uuid::nil, |after| after.id),
            i64::from(limit),
        )
        .fetch_all(&at.pool),
    )
    .await?;
    rows.into_iter().map(Row::parse).collect()
}

pub(super) async fn record(
    at: &PgProfiles,
    person: PersonId,
    consent: &Consent,
) -> Result<Addition<Consent>, StoreError> {
    let Some(mut tx) = at.turn(person).await? else { return Ok(Addition::Absent) };
    let last = bounded(
        sqlx::query_as!(
            Row,
            "select id, purpose, version, given, at from consents
             where person = $1 and purpose = $2 order by at desc, id desc limit 1",
            person.uuid(),
            consent.purpose.as_str(),
        )
        .fetch_optional(&mut *tx),
    )
    .await?;
    let last = last.map(Row::parse).transpose()?;
    if let Some(last) = last.filter(|last| consent.repeats(last)) {
        return Ok(Addition::There(last));
    }
    let recorded = bounded(
        sqlx::query!(
            "insert into consents (id, person, purpose, version, given, at)
             select $1, $2, $3, $4, $5, $6
             where not $5 or (select count(*) from consents where person = $2) < $7",
            consent.id.uuid(),
            person.uuid(),
            consent.purpose.as_str(),
            consent.version.as_str(),
            consent.given,
            consent.at,
            i64::from(MOST_CONSENTS),
        )
        .execute(&mut *tx),
    )
    .await?;
    bounded(tx.commit()).await?;
    let is_new = recorded.rows_affected() == 1;
    Ok(if is_new { Addition::There(consent.clone()) } else { Addition::Full })
}
