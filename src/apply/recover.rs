//! After a crash, or a refusal: finishing the books of what was done, or going back to what was.

use std::collections::BTreeSet;

use super::ApplyError;
use super::activate::close;
use super::execute::execute;
use super::journal::{Header, Journal};
use super::observe::observe;
use crate::base::QubeName;
use crate::dom0::Layout;
use crate::model::{Release, property};
use crate::plan::{Feature, Ledger, Property, Settings, State, Step, feature, plan, retired};
use crate::qubesd::{Admin, Qubesd};

/// What recovering did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovered {
    /// Nothing was under way.
    Nothing,
    /// All steps had been done; the books were closed.
    Finished,
    /// Everything was put back.
    Undone,
}

/// Brings whatever the journal holds to an end. Done again after another crash, it comes to the same.
///
/// # Errors
/// If something cannot be put back; the journal is then still there.
pub fn recover(qubesd: &mut dyn Qubesd, layout: &Layout) -> Result<Recovered, ApplyError> {
    let Some(found) = Journal::find(layout)? else { return Ok(Recovered::Nothing) };
    if found.done {
        close(layout, &found.header.next, found.header.generation.as_ref())?;
        Journal::close(layout)?;
        return Ok(Recovered::Finished);
    }
    go_back(qubesd, layout, &found.header)?;
    Journal::close(layout)?;
    Ok(Recovered::Undone)
}

/// Puts back everything that `header` says was there, and removes what was not. It looks at what is, not at what was begun, so that it
/// does not matter how far the steps came.
pub fn go_back(qubesd: &mut dyn Qubesd, layout: &Layout, header: &Header) -> Result<(), ApplyError> {
    disconnect_new(qubesd, layout, header)?;
    let observed = observe(qubesd, layout, &header.before)?;
    let known: BTreeSet<QubeName> = header.before.qubes.keys().cloned().collect();
    let release = layout.release().map_err(|error| ApplyError::Dom0(error.to_string()))?;
    let back = plan(&header.before, &observed, &Ledger::default(), release, &known).map_err(ApplyError::Problems)?;
    for step in &back.steps {
        execute(qubesd, layout, step).map_err(|error| ApplyError::Step { step: Box::new(step.clone()), why: Box::new(error) })?;
    }
    for name in removal_order(header).into_iter().filter(|name| observed.exists(name)) {
        put_away(qubesd, &name, header, release)?;
    }
    Ok(())
}

/// Removes something that was just made. A qube that could have been started since may hold data, and is retired instead: on R4.2,
/// where nothing keeps a qube from starting, that is every one.
fn put_away(qubesd: &mut dyn Qubesd, name: &QubeName, header: &Header, release: Release) -> Result<(), ApplyError> {
    let is_template = header.steps.iter().any(|step| matches!(step, Step::Clone { template, .. } if template == name));
    let mut admin = Admin::new(qubesd);
    let latch = feature::name(feature::PROHIBIT_START);
    if is_template || (release.has_prohibit_start() && admin.features(name)?.contains(&latch)) {
        return Ok(admin.remove(name)?);
    }
    let retired = retired(release);
    for (feature, value) in &retired.features {
        if let Feature::Set(value) = value {
            admin.set_feature(name, feature, &Some(value.clone()))?;
        }
    }
    for (property, value) in &retired.properties {
        if let Property::Set(text) = value {
            admin.set_property(name, property, text)?;
        }
    }
    Ok(())
}

/// Takes what the new qubes hang on away from them, so that they can be removed in whatever order.
fn disconnect_new(qubesd: &mut dyn Qubesd, layout: &Layout, header: &Header) -> Result<(), ApplyError> {
    let none = || Property::Set(String::new());
    let properties = ["default_dispvm", "netvm"].map(|name| (property(name), none()));
    let disconnected = Settings { properties: properties.into(), ..Settings::default() };
    let is_app = |name: &&QubeName| header.steps.iter().any(|step| matches!(step, Step::Create { qube, .. } if qube == *name));
    let apps = header.absent.iter().filter(is_app);
    let target = State { qubes: apps.map(|name| (name.clone(), disconnected.clone())).collect(), policy: None };
    let mut observed = observe(qubesd, layout, &target)?;
    observed.policy = None;
    let known = target.qubes.keys().cloned().collect();
    let release = layout.release().map_err(|error| ApplyError::Dom0(error.to_string()))?;
    let steps = plan(&target, &observed, &Ledger::default(), release, &known).map_err(ApplyError::Problems)?.steps;
    steps.iter().try_for_each(|step| execute(qubesd, layout, step))
}

/// What was made, last first: qubes before the templates that they are made from.
fn removal_order(header: &Header) -> Vec<QubeName> {
    let made = header.steps.iter().rev().filter_map(|step| match step {
        Step::Create { qube, .. } => Some(qube),
        Step::Clone { template, .. } => Some(template),
        _ => None,
    });
    made.filter(|name| header.absent.contains(name)).cloned().collect()
}
