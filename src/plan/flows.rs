//! Which calls over the borders of identities a plan opens and closes: all of dom0's policy evaluated twice, among its qubes as they are and
//! as they are to be.
//!
//! Whether something runs changes from hour to hour; a call that would start its target is as good as any other.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::observed::Observed;
use super::state::{Policy as File, Property, Settings, State};
use super::step::Step;
use crate::base::{Handle, QubeName, Tag};
use crate::model::{Answer, Release};
use crate::qrexec::{Carries, PolicyTree, Power, System, SystemQube, Uuid, Ways};

/// What of a call counts, as in the checks.
const WHAT: [Carries; 3] = [Carries::Data, Carries::Control, Carries::Network];

/// What decides calls in dom0 now.
#[derive(Debug, Clone)]
pub struct Decider {
    /// The files of its policy.
    pub files: PolicyTree,
    /// Its qubes, as policies see them.
    pub system: System,
}

/// A call over the border of an identity, and how its answer changes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FlowChange {
    /// Who calls.
    pub from: String,
    /// Who is called.
    pub to: String,
    /// Whose these are; nobody's is whatever is no identity's.
    pub identities: (Option<Handle>, Option<Handle>),
    /// The service; `*` for all that no rule names.
    pub service: String,
    /// What became of it; none: it was refused, or one of the two did not exist.
    pub before: Option<Answer>,
    /// What is to become of it.
    pub after: Option<Answer>,
}

/// What becomes of the calls of one caller, by target and service.
type Answers = BTreeMap<(String, String), Answer>;

/// How `steps`, which bring `target` about, change what calls get through over the borders of identities.
pub fn flows(steps: &[Step], target: &State, observed: &Observed, decider: &Decider, release: Release) -> Vec<FlowChange> {
    if !steps.iter().any(matters) {
        return Vec::new();
    }
    let files = match &target.policy {
        None => decider.files.clone(),
        Some(File::Absent) => decider.files.clone().without_bundled(),
        Some(File::Text(text)) => decider.files.clone().with_bundled(text),
    };
    let policies = [decider.files.load(release), files.load(release)];
    let systems = [now(&decider.system), then(target, observed, &decider.system, release)];
    let systems = systems.map(|qubes| System::new(release, qubes.into_values()).with_aliases().with_running_disposables());
    let owners = owners(&systems, target, observed);
    let ways = [0, 1].map(|at| Ways::new(&policies[at], &systems[at], &WHAT));
    let callers: BTreeSet<&str> = systems.iter().flat_map(System::qubes).map(|qube| qube.name.as_str()).collect();
    let mut changes = Vec::new();
    for from in callers.into_iter().filter(|from| *from != QubeName::dom0().as_str()) {
        let [before, after] = [0, 1].map(|at| answers(&ways[at], from, &owners));
        let calls: BTreeSet<&(String, String)> = before.keys().chain(after.keys()).collect();
        for call in calls.into_iter().filter(|call| before.get(*call) != after.get(*call)) {
            let (to, service) = call.clone();
            let identities = (owners.get(from).cloned(), owners.get(&to).cloned());
            let [before, after] = [&before, &after].map(|answers| answers.get(call).copied());
            changes.push(FlowChange { from: from.to_owned(), to, identities, service, before, after });
        }
    }
    changes
}

/// Whether a step can change what becomes of a call.
fn matters(step: &Step) -> bool {
    match step {
        Step::Policy { .. } | Step::Tag { .. } | Step::Create { .. } | Step::Clone { .. } => true,
        Step::Property { property, .. } => matches!(property.as_str(), "default_dispvm" | "template_for_dispvms"),
        Step::Provision { .. } | Step::Feature { .. } | Step::Firewall { .. } | Step::Grow { .. } => false,
    }
}

fn answers(ways: &Ways, from: &str, owners: &BTreeMap<String, Handle>) -> Answers {
    let mut answers = Answers::new();
    let own = owners.get(from);
    for hop in ways.hops(from) {
        let moves = hop.carries.iter().any(|carried| WHAT.contains(carried));
        if !moves || owners.get(&hop.to) == own {
            continue;
        }
        let answer = if hop.is_asked { Answer::Ask } else { Answer::Allow };
        // What is allowed in one way and asked about in another is allowed.
        let known = answers.entry((hop.to, hop.service.unwrap_or_else(|| "*".to_owned()))).or_insert(answer);
        *known = answer.max(*known);
    }
    answers
}

/// Whose each qube is: by its tags, as it is to be or else as it was; and what leads those of one identity alone to the network is that
/// one's, too.
fn owners([before, after]: &[System; 2], target: &State, observed: &Observed) -> BTreeMap<String, Handle> {
    let own = |qube: &SystemQube| {
        let handle = qube.tags.iter().find_map(|tag| Handle::of_tag(&tag.parse::<Tag>().ok()?))?;
        Some((qube.name.clone(), handle))
    };
    let mut owners: BTreeMap<String, Handle> = before.qubes().iter().chain(after.qubes()).filter_map(own).collect();
    let settings: BTreeMap<&QubeName, &Settings> = observed.qubes.iter().chain(&target.qubes).collect();
    let mut led: BTreeMap<QubeName, BTreeSet<Handle>> = BTreeMap::new();
    for (name, own) in &settings {
        let Some(owner) = owners.get(name.as_str()) else { continue };
        let mut seen = BTreeSet::new();
        let mut at = own.qube("netvm");
        while let Some(provider) = at.filter(|provider| seen.insert(provider.clone())) {
            let Some(settings) = settings.get(&provider).filter(|_| !owners.contains_key(provider.as_str())) else { break };
            at = settings.qube("netvm");
            led.entry(provider).or_default().insert(owner.clone());
        }
    }
    let of_one = |(name, owners): (QubeName, BTreeSet<Handle>)| match owners.len() {
        1 => Some((name.to_string(), owners.into_iter().next()?)),
        _ => None,
    };
    owners.extend(led.into_iter().filter_map(of_one));
    owners
}

/// The qubes that there are.
fn now(system: &System) -> BTreeMap<String, SystemQube> {
    let running = |qube: &SystemQube| SystemQube { power: Power::Running, ..qube.clone() };
    system.qubes().iter().map(|qube| (qube.name.clone(), running(qube))).collect()
}

/// The qubes that there are to be.
fn then(target: &State, observed: &Observed, system: &System, release: Release) -> BTreeMap<String, SystemQube> {
    let mut qubes = now(system);
    for (name, wanted) in target.qubes.iter().filter(|(name, wanted)| observed.exists(name) || wanted.origin.is_some()) {
        let qube = qubes.entry(name.to_string()).or_insert_with(|| new(name, wanted, release));
        for (tag, present) in &wanted.tags {
            if *present {
                qube.tags.insert(tag.to_string());
            } else {
                qube.tags.remove(tag.as_str());
            }
        }
        match wanted.property("default_dispvm") {
            Some(Property::Set(text)) => qube.default_dispvm = Some(text.clone()).filter(|text| !text.is_empty()),
            Some(Property::Default) | None => {}
        }
        if let Some(to) = wanted.property("template_for_dispvms") {
            qube.is_disposable_template = *to == Property::Set("True".to_owned());
        }
    }
    qubes
}

fn new(name: &QubeName, wanted: &Settings, release: Release) -> SystemQube {
    SystemQube {
        name: name.to_string(),
        class: wanted.class().unwrap_or_default().to_owned(),
        tags: BTreeSet::new(),
        is_disposable_template: false,
        default_dispvm: None,
        power: Power::Running,
        is_internal: false,
        // On R4.3 it has one, which no rule names; R4.2 says of none.
        uuid: if release < Release::R4_3 { Uuid::Missing } else { Uuid::Is(name.to_string()) },
        colour: String::new(),
        relay: None,
        transport: None,
    }
}
