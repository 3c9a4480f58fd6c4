//! What a plan knows of dom0 while its steps are done: of each qube, how it reaches the network, and whether it can be started.

use std::collections::{BTreeMap, BTreeSet};

use super::observed::Observed;
use super::state::{Feature, Policy, Property, Settings, State, feature};
use super::step::Step;
use crate::base::{QubeName, Tag};
use crate::model::Release;

/// dom0 between two steps.
#[derive(Debug, Clone)]
pub struct Picture<'a> {
    observed: &'a Observed,
    target: &'a State,
    release: Release,
    qubes: BTreeMap<QubeName, Known>,
    /// Of each qube, those whose netvm it is.
    behind: BTreeMap<QubeName, BTreeSet<QubeName>>,
    /// Of each qube, those whose default_dispvm it is.
    openers: BTreeMap<QubeName, BTreeSet<QubeName>>,
    /// Whether the policy of the target is in place.
    has_policy: bool,
}

/// What is known of a qube that is managed.
#[derive(Debug, Clone)]
pub struct Known {
    netvm: Link,
    default_dispvm: Link,
    tags: BTreeSet<Tag>,
    /// Whether qubesd refuses to start it.
    is_latched: bool,
}

/// What a property that is for a qube says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// The qube was just made, and nobody has said it yet.
    Unsaid,
    /// Nobody said it: the global default, which may be anything.
    Default,
    /// No qube.
    Nowhere,
    /// This one.
    To(QubeName),
}

/// The last qube of a way to the clear net that plans know of; none: the global default.
pub type Exit = Option<QubeName>;

/// Something that is open, and that the end of a plan may not want to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Open {
    /// The qube reaches the clear net.
    Network(Exit),
    /// What it opens in a disposable of this template does; none: the global default.
    Disposables(Option<QubeName>, Exit),
    /// The rules that are in place do not know whose it is: it lacks this tag.
    Untagged(Tag),
}

impl Open {
    /// Whether what is open is the same, or the same by another exit.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Network(_), Self::Network(_)) | (Self::Disposables(..), Self::Disposables(..)) => true,
            _ => self == other,
        }
    }
}

impl<'a> Picture<'a> {
    /// dom0 before the first step.
    pub fn new(observed: &'a Observed, target: &'a State, release: Release) -> Self {
        let has_policy = target.policy.as_ref().is_some_and(|policy| *policy == observed.policy);
        let (qubes, behind, openers) = Default::default();
        let mut picture = Self { observed, target, release, qubes, behind, openers, has_policy };
        for (name, seen) in &observed.qubes {
            picture.put(name, Known::of(seen));
        }
        picture
    }

    /// Whether a step can be seen in a picture.
    pub fn shows(step: &Step) -> bool {
        match step {
            Step::Create { .. } | Step::Tag { .. } | Step::Policy { .. } => true,
            Step::Property { property, .. } => matches!(property.as_str(), "netvm" | "default_dispvm"),
            Step::Feature { feature, .. } => feature.as_str() == feature::PROHIBIT_START,
            Step::Clone { .. } | Step::Provision { .. } | Step::Firewall { .. } | Step::Grow { .. } => false,
        }
    }

    /// What is known of a qube, to [put](Self::put) it back.
    pub fn known(&self, name: &QubeName) -> Option<Known> {
        self.qubes.get(name).cloned()
    }

    /// Knows this of a qube.
    pub fn put(&mut self, name: &QubeName, known: Known) {
        let before = self.qubes.insert(name.clone(), known.clone());
        let links = |known: &Known| [known.netvm.to().cloned(), known.default_dispvm.to().cloned()];
        let before = before.as_ref().map(links).unwrap_or_default();
        for ((index, before), after) in [&mut self.behind, &mut self.openers].into_iter().zip(before).zip(links(&known)) {
            if before == after {
                continue;
            }
            if let Some(others) = before.and_then(|before| index.get_mut(&before)) {
                others.remove(name);
            }
            if let Some(after) = after {
                index.entry(after).or_default().insert(name.clone());
            }
        }
    }

    /// What `step` makes of it.
    pub fn take(&mut self, step: &Step) {
        if let Step::Policy { to } = step {
            self.has_policy = self.target.policy.as_ref().map(Policy::text) == Some(to.as_ref());
        }
        let Some(name) = step.qube() else { return };
        let known = match step {
            Step::Create { .. } => Some(Known::new()),
            _ => self.known(name),
        };
        let Some(mut known) = known else { return };
        match step {
            Step::Property { property, to, .. } if property.as_str() == "netvm" => known.netvm = Link::of(Some(to)),
            Step::Property { property, to, .. } if property.as_str() == "default_dispvm" => {
                known.default_dispvm = Link::of(Some(to));
            }
            Step::Tag { tag, present: true, .. } => drop(known.tags.insert(tag.clone())),
            Step::Tag { tag, present: false, .. } => drop(known.tags.remove(tag)),
            Step::Feature { feature, to, .. } if feature.as_str() == feature::PROHIBIT_START => known.is_latched = is_latch(to),
            Step::Create { .. } => {}
            _ => return,
        }
        self.put(name, known);
    }

    /// All that is managed and exists.
    pub fn names(&self) -> impl Iterator<Item = &QubeName> {
        self.qubes.keys()
    }

    /// All of which something may be open in another way once `changed` is changed: itself, what is behind it, and what opens
    /// disposables of these.
    pub fn concerned(&self, changed: &QubeName) -> BTreeSet<QubeName> {
        let mut found = BTreeSet::from([changed.clone()]);
        let mut todo = vec![changed.clone()];
        while let Some(at) = todo.pop() {
            for name in self.behind.get(&at).into_iter().flatten() {
                if found.insert(name.clone()) {
                    todo.push(name.clone());
                }
            }
        }
        let openers: Vec<QubeName> = found.iter().filter_map(|name| self.openers.get(name)).flatten().cloned().collect();
        found.extend(openers);
        found
    }

    /// What of `name` is open, if it can be started.
    pub fn open(&self, name: &QubeName) -> Vec<Open> {
        if self.can_start(name) { self.if_started(name) } else { Vec::new() }
    }

    /// What of `name` would be open if it were started.
    pub fn if_started(&self, name: &QubeName) -> Vec<Open> {
        let Some(known) = self.qubes.get(name) else { return Vec::new() };
        let mut open = Vec::new();
        // On R4.2 nothing can be done about a qube between its creation and the first word on its network; it is said to the user.
        let is_new = known.netvm == Link::Unsaid && !self.release.has_prohibit_start();
        if !is_new {
            open.extend(self.way_out(&known.netvm).map(Open::Network));
        }
        if known.default_dispvm != Link::Unsaid || self.release.has_prohibit_start() {
            let template = known.default_dispvm.to().cloned();
            open.extend(self.disposables(&known.default_dispvm).map(|exit| Open::Disposables(template, exit)));
        }
        if self.has_policy && !is_new {
            let wanted = self.target.qubes.get(name).into_iter().flat_map(|wanted| &wanted.tags);
            let lacking = wanted.filter(|(tag, present)| **present && !known.tags.contains(*tag));
            open.extend(lacking.map(|(tag, _)| Open::Untagged(tag.clone())));
        }
        open
    }

    /// Whether the network, the disposables and the latch of `name` are as they are in `other`.
    pub fn is_as_closed_as(&self, other: &Self, name: &QubeName) -> bool {
        let closed = |picture: &Self| {
            let known = picture.qubes.get(name)?;
            Some((known.netvm.clone(), known.default_dispvm.clone(), known.is_latched))
        };
        closed(self) == closed(other)
    }

    /// Whether `name` carries this tag.
    pub fn has_tag(&self, name: &QubeName, tag: &Tag) -> bool {
        self.qubes.get(name).is_some_and(|known| known.tags.contains(tag))
    }

    /// Whether going from `name` by netvms leads back to it, which qubesd refuses.
    pub fn has_loop(&self, name: &QubeName) -> bool {
        let mut seen = BTreeSet::new();
        let mut at = name;
        while let Some(Known { netvm: Link::To(next), .. }) = self.qubes.get(at) {
            if next == name {
                return true;
            }
            if !seen.insert(next) {
                return false;
            }
            at = next;
        }
        false
    }

    fn can_start(&self, name: &QubeName) -> bool {
        self.qubes.get(name).is_some_and(|known| !known.is_latched || !self.release.has_prohibit_start())
    }

    /// Where the way that begins with `link` leaves in clear, if it does. A provider without a network of its own leads nowhere that
    /// Qubes knows of.
    fn way_out(&self, link: &Link) -> Option<Exit> {
        let mut seen = BTreeSet::new();
        let mut at = link;
        loop {
            match at {
                Link::Unsaid | Link::Default => return Some(None),
                Link::Nowhere => return None,
                Link::To(name) if self.is_gateway(name) => return None,
                // A loop leads nowhere.
                Link::To(name) if !seen.insert(name) => return None,
                Link::To(name) => match self.qubes.get(name) {
                    Some(known) => at = &known.netvm,
                    None => return Some(Some(name.clone())),
                },
            }
        }
    }

    /// The same for a new disposable, which has the network of the template that it is made from; and its latch.
    fn disposables(&self, link: &Link) -> Option<Exit> {
        match link {
            Link::Unsaid | Link::Default => Some(None),
            Link::Nowhere => None,
            Link::To(name) => match self.qubes.get(name) {
                Some(known) => self.can_start(name).then(|| self.way_out(&known.netvm)).flatten(),
                None => Some(Some(name.clone())),
            },
        }
    }

    /// The netvm of a qube, managed or not, if anything was read of it.
    pub fn netvm(&self, name: &QubeName) -> Option<Link> {
        let provider = || Some(self.observed.providers.get(name)?.links.netvm.clone().map_or(Link::Nowhere, Link::To));
        self.qubes.get(name).map(|known| known.netvm.clone()).or_else(provider)
    }

    /// Whether a qube runs Tor for others.
    pub fn is_gateway(&self, name: &QubeName) -> bool {
        match self.qubes.get(name) {
            Some(known) => known.tags.iter().any(|tag| tag.as_str() == "anon-gateway"),
            None => self.observed.is_gateway(name),
        }
    }
}

impl Known {
    /// What qubesd makes of a new qube is its own choice.
    fn new() -> Self {
        Self { netvm: Link::Unsaid, default_dispvm: Link::Unsaid, tags: BTreeSet::new(), is_latched: false }
    }

    fn of(seen: &Settings) -> Self {
        Self {
            netvm: Link::of(seen.property("netvm")),
            default_dispvm: Link::of(seen.property("default_dispvm")),
            tags: seen.tags.iter().filter(|(_, present)| **present).map(|(tag, _)| tag.clone()).collect(),
            is_latched: seen.features.get(&feature::name(feature::PROHIBIT_START)).is_some_and(is_latch),
        }
    }
}

impl Link {
    fn of(property: Option<&Property>) -> Self {
        match property {
            None | Some(Property::Default) => Self::Default,
            Some(Property::Set(text)) if text.is_empty() => Self::Nowhere,
            // No name of a qube: what it leads to is not known.
            Some(Property::Set(text)) => text.parse().map_or(Self::Default, Self::To),
        }
    }

    fn to(&self) -> Option<&QubeName> {
        match self {
            Self::To(name) => Some(name),
            _ => None,
        }
    }
}

/// Any text keeps a qube from starting, and an empty one does not.
fn is_latch(value: &Feature) -> bool {
    matches!(value, Feature::Set(text) if !text.is_empty())
}
