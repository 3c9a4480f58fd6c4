//! After a crash, or a refusal: finishing the books of what was done, or going back to what was.

use std::collections::BTreeSet;

use serde::Serialize;

use super::books::close;
use super::current::Current;
use super::deed::Outcome;
use super::execute::execute;
use super::generation::Generations;
use super::inside::clean_up;
use super::journal::{Found, Header, Journal, Standing};
use super::look::look;
use super::{ApplyError, history};
use crate::base::{PropertyName, QubeName};
use crate::dom0::Layout;
use crate::model::{Class, Release, property};
use crate::plan::{Plan, Property, Settings, State, Step, UNFINISHED, feature, kept, retired, way_back};
use crate::qubesd::{Admin, Qubesd};

/// What recovering did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recovered {
    /// Nothing was under way.
    Nothing,
    /// All steps had been done; the books were closed.
    Finished,
    /// Everything was put back.
    Undone,
    /// Everything was put back but what hung on qubes that are gone. What led to the network by one of them leads nowhere.
    UndoneWithoutGone,
}

/// Brings whatever the journal holds to an end. Done again after another crash, it comes to the same.
///
/// # Errors
/// If something cannot be put back; the journal is then still there.
pub fn recover(qubesd: &mut dyn Qubesd, layout: &Layout) -> Result<Recovered, ApplyError> {
    let Some(journal) = Journal::open(layout)? else {
        Generations::of(layout).remove_unfinished()?;
        return Ok(Recovered::Nothing);
    };
    let Found { header, begun, standing } = journal.certain(layout)?;
    let (recovered, outcome) = if standing == Standing::Counts || is_gone(qubesd, &header)? {
        close(layout, &header.next, header.generation.as_ref())?;
        (Recovered::Finished, Outcome::Recovered)
    } else {
        let all = go_back(qubesd, layout, &header, begun)?;
        (if all { Recovered::Undone } else { Recovered::UndoneWithoutGone }, Outcome::RecoveredUndone)
    };
    history::add_once(layout, header.task, outcome)?;
    Journal::close(layout)?;
    Ok(recovered)
}

/// Whether something was to be removed, and is gone: there is no way back from that.
fn is_gone(qubesd: &mut dyn Qubesd, header: &Header) -> Result<bool, ApplyError> {
    match &header.removed {
        None => Ok(false),
        Some(qube) => Ok(!Admin::new(qubesd).list()?.contains_key(qube)),
    }
}

/// Puts back everything that `header` says was there, and removes what was not. It looks at what is, so that it does not matter how far
/// the steps came. Only of what was made, and of what Salt worked in, it must know what was `begun`: what has the name of something that
/// was not is the user's. Says whether that was all: what hung on a qube that is gone cannot be put back, and must not keep everything else
/// from it.
pub fn go_back(qubesd: &mut dyn Qubesd, layout: &Layout, header: &Header, begun: Option<u32>) -> Result<bool, ApplyError> {
    let made = made(header, begun);
    for qube in done(header, begun).filter_map(Step::provisioned) {
        clean_up(qubesd, layout, qube)?;
    }
    let release = layout.release().map_err(|error| ApplyError::Dom0(error.to_string()))?;
    let disconnected = way(qubesd, layout, &disconnected(header, &made), release)?;
    run(qubesd, layout, &disconnected.steps, header)?;
    let there = Admin::new(qubesd).list()?;
    let before = without_gone(&header.before, |name| there.contains_key(name));
    let used = disposable_templates(&made);
    let back = way(qubesd, layout, &usable(&before, &used), release)?;
    if !back.running.is_empty() {
        return Err(ApplyError::Running(back.running));
    }
    run(qubesd, layout, &back.steps, header)?;
    let needed = put_away(qubesd, layout, header, &made, release)?;
    if !used.is_subset(&needed) {
        let rest = way(qubesd, layout, &usable(&before, &needed), release)?;
        run(qubesd, layout, &rest.steps, header)?;
    }
    Ok(before == header.before)
}

/// `state` where nothing hangs on a qube that is not there. What led somewhere leads nowhere then; everything else stays as it is.
fn without_gone(state: &State, is_there: impl Fn(&QubeName) -> bool) -> State {
    let mut state = state.clone();
    for settings in state.qubes.values_mut() {
        settings.properties.retain(|property, value| {
            let Property::Set(text) = value else { return true };
            let leads = matches!(property.as_str(), "netvm" | "default_dispvm");
            let hangs = leads || matches!(property.as_str(), "template" | "management_dispvm" | "guivm" | "audiovm");
            let is_gone = hangs && text.parse().is_ok_and(|name| !is_there(&name));
            if is_gone {
                text.clear();
            }
            leads || !is_gone
        });
    }
    state
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

/// The steps up to the last that is known to have been begun: of those that made something or set up something inside, all that were.
fn done(header: &Header, begun: Option<u32>) -> impl Iterator<Item = &Step> {
    header.steps.iter().take(begun.map_or(0, |last| last as usize + 1))
}

/// The steps that made something, last first: qubes before the templates that they are made from.
fn made(header: &Header, begun: Option<u32>) -> Vec<&Step> {
    let is_made = |step: &&Step| match step {
        Step::Create { qube: name, .. } | Step::Clone { template: name, .. } => header.absent.contains(name),
        _ => false,
    };
    let mut made: Vec<&Step> = done(header, begun).filter(is_made).collect();
    made.reverse();
    made
}

/// The way to `state`, all of which halite has under its hands already.
fn way(qubesd: &mut dyn Qubesd, layout: &Layout, state: &State, release: Release) -> Result<Plan, ApplyError> {
    let observed = look(qubesd, layout, state)?;
    way_back(state, &observed, release).map_err(ApplyError::Problems)
}

fn run(qubesd: &mut dyn Qubesd, layout: &Layout, steps: &[Step], header: &Header) -> Result<(), ApplyError> {
    steps.iter().try_for_each(|step| {
        execute(qubesd, layout, step, header.bundle())
            .map_err(|error| ApplyError::Step { step: Box::new(step.clone()), why: Box::new(error) })
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
        run(qubesd, layout, &steps, header)?;
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
