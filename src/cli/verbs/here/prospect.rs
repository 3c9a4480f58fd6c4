//! What `plan`, `switch`, `rollback` and `status` have in common: a wanted state, what is there, and the plan between.

use std::collections::BTreeSet;
use std::fs::File;

use clap::Args;

use super::guard::{Guarded, guard};
use crate::apply::{ApplyError, Current, Generations, Head, look};
use crate::base::{BundleId, QubeName};
use crate::bundle::Statement;
use crate::cli::here::{Here, not_found};
use crate::cli::{Exit, Failure, Progress};
use crate::observe::supplies;
use crate::plan::{Danger, Decider, Ledger, Observed, Plan, State, Step, plan, wanted};
use crate::store::Selector;
use crate::trust::{Verified, verify};

/// A wanted state, and the way there.
pub struct Prospect {
    /// What is in place now.
    pub current: Current,
    /// What the next generation manages.
    pub wanted: State,
    /// All that is to be, with what goes back to what it was.
    pub target: State,
    /// What is.
    pub observed: Observed,
    /// The steps between.
    pub plan: Plan,
}

/// What a person may say yes to.
#[derive(Debug, Clone, Default, Args)]
pub struct Consent {
    /// Go on although the plan shows dangers
    #[arg(long)]
    pub accept_dangers: bool,
    /// Let halite manage this qube, which it did not make; may be given more than once
    #[arg(long, value_name = "QUBE")]
    pub adopt: Vec<QubeName>,
    #[command(flatten)]
    pub by_hand: ByHand,
}

impl Consent {
    /// Whether anything was said yes to.
    pub fn is_given(&self) -> bool {
        let Self { accept_dangers, adopt, by_hand: ByHand { keep_mine, take_bundle } } = self;
        *accept_dangers || !adopt.is_empty() || *keep_mine || *take_bundle
    }
}

/// Whose values hold where the user changed by hand what halite manages.
#[derive(Debug, Clone, Copy, Default, Args)]
#[group(multiple = false)]
pub struct ByHand {
    /// Keep what was changed by hand as it is now, from now on; `status` shows it
    #[arg(long)]
    pub keep_mine: bool,
    /// Set what was changed by hand to what the bundle says, also what was kept before
    #[arg(long)]
    pub take_bundle: bool,
}

impl Prospect {
    /// The way from what is to `wanted`, with the dangers that are known of that already.
    pub fn of(here: &mut Here, wanted: State, dangers: Vec<Danger>, consent: &Consent) -> Result<Self, Failure> {
        let current = Current::load(&here.layout)?;
        Self::after(here, current, wanted, dangers, consent)
    }

    /// The same where `current` is in place, or is going to be.
    pub fn after(
        here: &mut Here,
        mut current: Current,
        wanted: State,
        dangers: Vec<Danger>,
        consent: &Consent,
    ) -> Result<Self, Failure> {
        if consent.by_hand.take_bundle {
            current.ledger = current.ledger.keeping_nothing();
        }
        let mut target = current.ledger.target(&wanted, here.release);
        let _working = Progress::of("reading dom0");
        let mut observed = look(here.qubesd.as_mut(), &here.layout, &target)?;
        observed.supplies = Some(supplies(here.qubesd.as_mut(), &target, &observed).map_err(ApplyError::from)?);
        let adopted: BTreeSet<QubeName> = consent.adopt.iter().cloned().collect();
        let plan_to = |target: &State, ledger: &Ledger| {
            plan(target, &observed, ledger, here.release, &adopted).map_err(ApplyError::Problems)
        };
        let mut plan = plan_to(&target, &current.ledger)?;
        if consent.by_hand.keep_mine && !plan.conflicts.is_empty() {
            current.ledger = current.ledger.keeping(&plan.conflicts);
            target = current.ledger.target(&wanted, here.release);
            plan = plan_to(&target, &current.ledger)?;
        }
        plan.dangers.extend(dangers);
        Ok(Self { current, wanted, target, observed, plan })
    }

    /// The same, but for qubes that run, of which everything stays as it is; and which these are. `dangers` are known of it already.
    pub fn deferred(
        self,
        here: &mut Here,
        dangers: Vec<Danger>,
        consent: &Consent,
    ) -> Result<(Self, BTreeSet<QubeName>), Failure> {
        let running: BTreeSet<QubeName> = self.plan.running.iter().cloned().collect();
        if running.is_empty() {
            return Ok((self, running));
        }
        let is_tag = |step: &&Step| matches!(step, Step::Tag { .. });
        if let Some(qube) = self.plan.steps.iter().filter(is_tag).filter_map(Step::qube).find(|qube| running.contains(qube)) {
            let failure = Failure::new(format!("what rules know `{qube}` by changes, and that cannot be put off while it runs"));
            return Err(failure.hint(format!("qvm-shutdown --wait {qube}")));
        }
        let mut wanted = self.wanted;
        for qube in &running {
            match self.current.ledger.managed.qubes.get(qube) {
                Some(as_it_is) => drop(wanted.qubes.insert(qube.clone(), as_it_is.clone())),
                None => drop(wanted.qubes.remove(qube)),
            }
        }
        Ok((Self::of(here, wanted, dangers, consent)?, running))
    }

    /// Refuses what the user must say yes to first.
    pub fn check(&self, consent: &Consent) -> Result<(), Failure> {
        self.refusals(consent).into_iter().next().map_or(Ok(()), Err)
    }

    /// Everything that [`Prospect::check`] refuses, the first first.
    pub fn refusals(&self, consent: &Consent) -> Vec<Failure> {
        let mut refusals = Vec::new();
        if !self.plan.running.is_empty() {
            refusals.push(ApplyError::Running(self.plan.running.clone()).into());
        }
        if !self.plan.conflicts.is_empty() && !consent.by_hand.take_bundle {
            let conflicts: Vec<_> = self.plan.conflicts.iter().map(ToString::to_string).collect();
            let failure = Failure::new(conflicts.join("\n"));
            refusals.push(failure.hint(match consent.by_hand.keep_mine {
                true => "identities are kept apart by these, and they cannot be kept: change the recipe, or add `--take-bundle` instead",
                false => "add `--take-bundle` if the bundle's values are to hold, or `--keep-mine` if yours are",
            }));
        }
        if !self.plan.dangers.is_empty() && !consent.accept_dangers {
            let dangers: Vec<_> = self.plan.dangers.iter().map(ToString::to_string).collect();
            let failure = Failure::new(format!("the plan is dangerous:\n{}", dangers.join("\n")));
            refusals.push(failure.hint("if you know that this is right, add `--accept-dangers`"));
        }
        refusals
    }
}

/// A bundle of the store, verified under the trust of today.
pub struct Opened {
    /// Its statement.
    pub statement: Statement,
    /// The state that it asks for.
    pub wanted: State,
    /// The rules that it would break in this dom0.
    pub dangers: Vec<Danger>,
    /// What decides calls in this dom0 now.
    pub decider: Decider,
    /// What its rules' checks say that does not stop it: warnings, and what is excused.
    pub remarks: String,
}

/// A bundle of the store, verified under the trust of today, with the state that it asks for.
pub fn open(here: &mut Here, selector: &Selector) -> Result<Opened, Failure> {
    let store = here.layout.store();
    let id = store.find(&selector.clone().of_release(here.release)).map_err(not_found)?;
    let mut verified = verify_stored(here, id)?;
    let about = |failure: Failure| failure.about(format!("bundle {} cannot be switched to", id.short()));
    let _working = Progress::of("verifying the bundle");
    let Guarded { judged, dangers, decider } = guard(here, &mut verified).map_err(about)?;
    let bundle = verified.bundle();
    let desired = &bundle.manifest().desired;
    let remarks = judged.remarks();
    let wanted = wanted(desired, judged.policy, here.release);
    Ok(Opened { statement: bundle.statement().clone(), wanted, dangers, decider, remarks })
}

/// A bundle of the store, verified under the trust of today.
pub fn verify_stored(here: &Here, id: BundleId) -> Result<Verified<File>, Failure> {
    let about = |failure: Failure| failure.about(format!("bundle {} is not verified", id.short()));
    let _working = Progress::of("verifying the bundle");
    let file = here.layout.store().open(id)?;
    verify(file, &here.anchors()?, Some(id)).map_err(|refusal| about(refusal.into()))
}

/// Whether `statement` may follow what was activated before.
pub fn check_serial(statement: &Statement, current: &Current, allow_older: bool) -> Result<(), Failure> {
    let Some(highest) = current.highest(&statement.name, statement.release) else { return Ok(()) };
    let refuse = |message: String, hint: &str| Err(Failure::new(message).hint(hint).exit(Exit::NotTrusted));
    if statement.serial == highest.serial && statement.id() != highest.id {
        let (known, this) = (highest.id.short(), statement.id().short());
        let message = format!(
            "serial {} of `{}` was already activated as bundle {known}, and this is {this}: two different bundles were signed with one serial",
            statement.serial, statement.name
        );
        return refuse(message, "ask the author which one is meant; do not use either until then");
    }
    if statement.serial < highest.serial && !allow_older {
        let message = format!("serial {} is older than {}, which was already activated", statement.serial, highest.serial);
        return refuse(message, "to go back, use `halite-dom0 rollback`; to switch nevertheless, add `--allow-older`");
    }
    Ok(())
}

/// The generation in place, if one is.
pub fn in_place(here: &Here, current: &Current) -> Result<Option<Head>, Failure> {
    match current.generation {
        0 => Ok(None),
        number => Ok(Some(Generations::of(&here.layout).head(number)?)),
    }
}
