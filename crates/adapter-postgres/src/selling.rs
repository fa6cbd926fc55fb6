//! What can be booked of salons, from memory where their catalogues are in the state of then, and when
//! they are busy beside it, whose read tells that state (ADR 0031).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::{ResourceId, SalonId, UnitId};
use ports::{Around, AroundAll, Offerable, Outlook, Outlooks, ServiceFilter, StoreError, Wish};
use uuid::Uuid;

use crate::busy::WhoIsBusy;
use crate::catalogue::PgCatalogue;
use crate::find;
use crate::store::{Known, Wanted};

/// Looks at a salon that changes meanwhile before somebody is told to come back.
const LOOKS: usize = 5;

impl PgCatalogue {
    /// What can be booked now, read, and remembered for who asks the same.
    pub(crate) async fn look(&self, question: &Wanted) -> Result<Option<Known>, StoreError> {
        let read = self.read_offerable(question.0, &question.1);
        let known = self.shared.offerable.ask(question.clone(), read).await?;
        if let Some(known) = &known {
            self.shared.remembered.keep(question.clone(), known.clone());
        }
        Ok(known)
    }

    /// What these salons sell of what is looked for, read: of some of them nothing, maybe.
    async fn read_sold(
        &self,
        salons: impl Iterator<Item = &SalonId> + Send,
        filter: &ServiceFilter,
        most: u32,
    ) -> Result<Vec<(SalonId, Known)>, StoreError> {
        let salons: Vec<Uuid> = salons.map(|salon| salon.uuid()).collect();
        if salons.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = find::offerables(&self.pool, &salons, filter, most).await?;
        let all = found.iter().flat_map(|(_, one)| one.resources.clone());
        let mut resources: Vec<_> = all.collect();
        self.fill_units(&mut resources).await?;
        let units: HashMap<ResourceId, Vec<UnitId>> = resources.into_iter().collect();
        for (resource, own) in found.iter_mut().flat_map(|(_, one)| &mut one.resources) {
            own.extend(units.get(resource).into_iter().flatten());
        }
        Ok(found.into_iter().map(|(version, one)| (one.salon, (version, Arc::new(one)))).collect())
    }

    /// What can be booked: as it was read last, and then as it is.
    pub(crate) fn selling(&self, question: Wanted) -> Selling<'_> {
        let remembered = self.shared.remembered.of(&question);
        Selling { catalogue: self, question, remembered, left: LOOKS }
    }

    /// What can be booked of a salon and when it is busy, of one moment.
    pub(crate) async fn outlook_of(
        &self,
        salon: SalonId,
        wishes: &[Wish],
        around: Around<'_>,
    ) -> Result<Option<Outlook>, StoreError> {
        let mut selling = self.selling((salon, wishes.to_vec()));
        while let Some(OnSale { version, offerable, is_fresh }) = selling.next().await? {
            let Some(window) = around(&offerable) else {
                if is_fresh {
                    return Ok(Some(Outlook { offerable, busy: Arc::default() }));
                }
                continue;
            };
            let asked = WhoIsBusy { salons: vec![salon], window };
            let (busy, versions) = self.shared.busy.ask(asked).await??;
            if versions.first() == Some(&(salon, version)) {
                return Ok(Some(Outlook { offerable, busy }));
            }
        }
        Ok(None)
    }

    /// What several salons sell of what is looked for, and when they are busy.
    pub(crate) async fn outlooks_of(
        &self,
        salons: &[SalonId],
        filter: &ServiceFilter,
        most: u32,
        around: AroundAll<'_>,
    ) -> Result<Outlooks, StoreError> {
        let kind = Arc::new((filter.clone(), most));
        let remembered =
            |salon: &SalonId| Some((*salon, self.shared.sold.of(&(*salon, Arc::clone(&kind)))?));
        let mut known: HashMap<SalonId, Known> = salons.iter().filter_map(remembered).collect();
        // Each time round there are fewer: what is read for who asks is of no time before they did.
        let mut doubted: HashSet<SalonId> = known.keys().copied().collect();
        loop {
            let unknown = salons.iter().filter(|salon| !known.contains_key(salon));
            for (salon, read) in self.read_sold(unknown, filter, most).await? {
                self.shared.sold.keep((salon, Arc::clone(&kind)), read.clone());
                known.insert(salon, read);
            }
            let offerables = known
                .iter()
                .filter(|(_, (_, one))| !one.services.is_empty())
                .map(|(salon, (_, one))| (*salon, Arc::clone(one)))
                .collect();
            let (busy, versions) = match around(&offerables) {
                None => Default::default(),
                Some(window) => {
                    let asked = salons.iter().filter(|salon| known.contains_key(salon));
                    let asked = WhoIsBusy { salons: asked.copied().collect(), window };
                    self.shared.busy.ask(asked).await??
                }
            };
            let edited: Vec<SalonId> = known
                .iter()
                .map(|(salon, (version, _))| (*salon, *version))
                .filter(|known| doubted.contains(&known.0) && !versions.contains(known))
                .map(|(salon, _)| salon)
                .collect();
            if edited.is_empty() {
                return Ok(Outlooks { offerables, busy });
            }
            for salon in edited {
                doubted.remove(&salon);
                known.remove(&salon);
            }
        }
    }
}

/// What can be booked, for who reads beside it in which state the salon's catalogue is now. Where that
/// is not the state of what was given, the next that is given is read anew.
pub(crate) struct Selling<'a> {
    catalogue: &'a PgCatalogue,
    question: Wanted,
    remembered: Option<Known>,
    left: usize,
}

/// What can be booked, as somebody knows it.
pub(crate) struct OnSale {
    /// The state of the salon's catalogue of which it is.
    pub(crate) version: i64,
    pub(crate) offerable: Arc<Offerable>,
    /// It was read for who asked: nobody is refused by what was true some time ago.
    pub(crate) is_fresh: bool,
}

impl Selling<'_> {
    /// What is remembered, and after that what is read; `None` if it is not sold.
    pub(crate) async fn next(&mut self) -> Result<Option<OnSale>, StoreError> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(StoreError::Unavailable("the salon is edited all the time".into()));
        };
        self.left = left;
        let is_fresh = self.remembered.is_none();
        let known = match self.remembered.take() {
            Some(known) => Some(known),
            None => self.catalogue.look(&self.question).await?,
        };
        Ok(known.map(|(version, offerable)| OnSale { version, offerable, is_fresh }))
    }
}
