//! After a crash, or a refusal: finishing the books of what was done, or going back to what was.

use std::collections::BTreeSet;

use super::ApplyError;
use super::execute::execute;
use super::generation::{Current, close};
use super::journal::{Header, Journal};
use super::look::look;
use crate::base::{PropertyName, QubeName};
use crate::dom0::Layout;
use crate::model::{Class, Release, property};
use crate::plan::{Ledger, Plan, Property, Settings, State, Step, UNFINISHED, feature, kept, plan, retired};
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
    go_back(qubesd, layout, &found.header, found.begun)?;
    Journal::close(layout)?;
    Ok(Recovered::Undone)
}

/// Puts back everything that `header` says was there, and removes what was not. It looks at what is, so that it does not matter how far
/// the last step that was `begun` came; what has the name of something that was not even begun is the user's.
pub fn go_back(qubesd: &mut dyn Qubesd, layout: &Layout, header: &Header, begun: Option<u32>) -> Result<(), ApplyError> {
    let made = made(header, begun);
    let release = layout.release().map_err(|error| ApplyError::Dom0(error.to_string()))?;
    let disconnected = way(qubesd, layout, &disconnected(header, &made), release)?;
    run(qubesd, layout, &disconnected.steps)?;
    let used = disposable_templates(&made);
    let back = way(qubesd, layout, &usable(&header.before, &used), release)?;
    if !back.running.is_empty() {
        return Err(ApplyError::Running(back.running));
    }
    run(qubesd, layout, &back.steps)?;
    let needed = put_away(qubesd, layout, header, &made, release)?;
    if used.is_subset(&needed) {
        return Ok(());
    }
    let rest = way(qubesd, layout, &usable(&header.before, &needed), release)?;
    run(qubesd, layout, &rest.steps)
}

/// What the disposables with names hang on that were just made.
fn disposable_templates<'a>(made: &[&'a Step]) -> BTreeSet<&'a QubeName> {
    let template = |step: &&'a Step| match step {
        Step::Create { class: Class::Disposable, template, .. } => Some(template),
        _ => None,
    };
    made.iter().filter_map(template).collect()
}

/// `before` but for one thing: whether these are templates for disposables. As long as there is a disposable on one, qubesd lets it be
/// nothing else.
fn usable(before: &State, templates: &BTreeSet<&QubeName>) -> State {
    let mut state = before.clone();
    for (_, settings) in state.qubes.iter_mut().filter(|(name, _)| templates.contains(name)) {
        settings.properties.remove(&property("template_for_dispvms"));
    }
    state
}

/// The steps that made something, last first: qubes before the templates that they are made from.
fn made(header: &Header, begun: Option<u32>) -> Vec<&Step> {
    let count = begun.map_or(0, |last| last as usize + 1);
    let is_made = |step: &&Step| match step {
        Step::Create { qube: name, .. } | Step::Clone { template: name, .. } => header.absent.contains(name),
        _ => false,
    };
    let mut made: Vec<&Step> = header.steps.iter().take(count).filter(is_made).collect();
    made.reverse();
    made
}

/// The way to `state`, all of which halite has under its hands already.
fn way(qubesd: &mut dyn Qubesd, layout: &Layout, state: &State, release: Release) -> Result<Plan, ApplyError> {
    let observed = look(qubesd, layout, state)?;
    let known = state.qubes.keys().cloned().collect();
    plan(state, &observed, &Ledger::default(), release, &known).map_err(ApplyError::Problems)
}

fn run(qubesd: &mut dyn Qubesd, layout: &Layout, steps: &[Step]) -> Result<(), ApplyError> {
    steps.iter().try_for_each(|step| {
        execute(qubesd, layout, step).map_err(|error| ApplyError::Step { step: Box::new(step.clone()), why: Box::new(error) })
    })
}

/// New qubes without network and disposables, and hanging on no other new qube, so that they can be removed in whatever order.
fn disconnected(header: &Header, made: &[&Step]) -> State {
    let references = |name: &QubeName| -> BTreeSet<PropertyName> {
        let reference = |step: &Step| match step {
            Step::Property { qube, property, to: Property::Set(text), .. } if qube == name => {
                header.absent.iter().any(|other| other.as_str() == text).then(|| property.clone())
            }
            _ => None,
        };
        header.steps.iter().filter_map(reference).chain(["default_dispvm", "netvm"].map(property)).collect()
    };
    let none = || Property::Set(String::new());
    let qube = |step: &&Step| match step {
        Step::Create { qube, .. } => {
            let properties = references(qube).into_iter().map(|property| (property, none())).collect();
            Some((qube.clone(), Settings { properties, ..Settings::default() }))
        }
        _ => None,
    };
    State { qubes: made.iter().filter_map(qube).collect(), policy: None }
}

/// Removes what was just made. A qube that could have been started since may hold data, and is retired instead: on R4.2, where nothing
/// keeps a qube from starting, that is every one. It then stays in the ledger, and so does the template that it is on. Returns the
/// templates of those that stay.
fn put_away<'a>(
    qubesd: &mut dyn Qubesd,
    layout: &Layout,
    header: &Header,
    made: &[&'a Step],
    release: Release,
) -> Result<BTreeSet<&'a QubeName>, ApplyError> {
    let there = Admin::new(qubesd).list()?;
    let mut current = Current::load(layout)?;
    let mut needed = BTreeSet::new();
    for step in made.iter().filter(|step| step.qube().is_some_and(|name| there.contains_key(name))) {
        let (name, left) = match step {
            Step::Create { qube, template, .. } if needed.contains(qube) || !is_unfinished(qubesd, qube)? => {
                needed.insert(template);
                (qube, retired(release))
            }
            Step::Clone { template, .. } if needed.contains(template) => (template, kept(release)),
            Step::Create { qube: name, .. } | Step::Clone { template: name, .. } => {
                Admin::new(qubesd).remove(name)?;
                continue;
            }
            _ => continue,
        };
        current.ledger.keep(name, &header.next.ledger);
        let left = State { qubes: [(name.clone(), left)].into(), policy: None };
        let steps = way(qubesd, layout, &left, release)?.steps;
        run(qubesd, layout, &steps)?;
    }
    if !needed.is_empty() {
        current.save(layout)?;
    }
    Ok(needed)
}

/// Whether what keeps a new qube from starting is still there, so that it cannot hold anything yet.
fn is_unfinished(qubesd: &mut dyn Qubesd, name: &QubeName) -> Result<bool, ApplyError> {
    let latch = feature::name(feature::PROHIBIT_START);
    let mut admin = Admin::new(qubesd);
    Ok(admin.features(name)?.contains(&latch) && admin.feature(name, &latch)? == UNFINISHED)
}
