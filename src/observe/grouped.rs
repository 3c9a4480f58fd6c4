//! Which qubes of a dom0 look as if they were one identity's: by halite's own tags, and by their way to the network.

use std::collections::{BTreeMap, BTreeSet};

use super::capture::{Capture, Captured};
use crate::base::{Handle, QubeName};
use crate::model::Release;

/// What templates carry that make their qubes Whonix's (qubes-core-admin-addon-whonix).
const GATEWAY: &str = "whonix-gw";
const WORKSTATION: &str = "whonix-ws";
/// Where the last qube before the network is no gateway: it drives the card.
const NET: &str = "sys-net";

/// How a qube reaches the network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// Through a Whonix gateway, with a qube between that may be a VPN's.
    Gateway(QubeName, Option<QubeName>),
    /// A Whonix workstation's, through a qube that itself has no netvm: another computer may hang on it.
    External(QubeName),
    /// In clear, through this qube.
    Clear(QubeName),
    /// Not at all.
    Nowhere,
    /// In no way that a recipe has.
    Odd(&'static str),
}

/// What a qube would be in a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `[workstation.…]`
    Workstation,
    /// `[disposable.…]`
    Disposable,
    /// `[named-disposable.…]`
    NamedDisposable,
    /// `[vault.…]`
    Vault,
}

/// Qubes that look as if they belonged together. What says so first is the tag that halite gave them.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// Whose they are, if halite's own tag says so.
    pub tagged: Option<Handle>,
    /// Their way to the network.
    pub way: Way,
}

/// All qubes that an identity may have.
#[derive(Debug, Default)]
pub struct Grouped {
    /// Qubes by identity.
    pub groups: BTreeMap<Group, Vec<(QubeName, Part)>>,
    /// Those that are left out, and why.
    pub left: Vec<(QubeName, &'static str)>,
}

impl Grouped {
    /// Those of a capture.
    pub fn of(capture: &Capture) -> Self {
        let mut grouped = Self::default();
        let mut names = BTreeSet::new();
        let mut vaults = Vec::new();
        for (name, qube) in &capture.qubes {
            let part = match part(capture, name, qube) {
                Ok(Some(part)) => part,
                Ok(None) => continue,
                Err(why) => {
                    grouped.left.push((name.clone(), why));
                    continue;
                }
            };
            if !names.insert(name.management_part()) {
                grouped
                    .left
                    .push((name.clone(), "its first 21 characters are those of another qube, which Salt mixes up (H0101)"));
                continue;
            }
            let tagged = qube.tags.iter().find_map(Handle::of_tag);
            match way(capture, name) {
                Way::Nowhere => vaults.push((name.clone(), tagged)),
                Way::Odd(why) => grouped.left.push((name.clone(), why)),
                Way::Clear(_) if capture.is_whonix_workstation(name) => {
                    grouped
                        .left
                        .push((name.clone(), "a Whonix workstation that goes out in clear: put it behind a Whonix gateway"));
                }
                way => grouped.groups.entry(Group { tagged, way }).or_default().push((name.clone(), part)),
            }
        }
        grouped.leave_common_disposables(capture);
        for (name, tagged) in vaults {
            let own = grouped.groups.iter_mut().find(|(group, _)| tagged.is_some() && group.tagged == tagged);
            match own {
                Some((_, members)) => members.push((name, Part::Vault)),
                None => grouped.left.push((name, "no network: a vault, and nothing says whose; `[vault.…]` with its `identity`")),
            }
        }
        grouped
    }
}

impl Grouped {
    /// Leaves out what qubes of several identities, or templates, make disposables from: whoever may start one may tell it what to do.
    fn leave_common_disposables(&mut self, capture: &Capture) {
        for members in self.groups.values_mut() {
            let own: BTreeSet<QubeName> = members.iter().map(|(name, _)| name.clone()).collect();
            let others = capture.qubes.iter().filter(|(name, qube)| !own.contains(name) && qube.class != "AdminVM");
            let common: BTreeSet<QubeName> = others.filter_map(|(_, qube)| qube.qube("default_dispvm")).collect();
            let is_common = |(name, part): &(QubeName, Part)| *part == Part::Disposable && common.contains(name);
            let (left, kept): (Vec<_>, Vec<_>) = std::mem::take(members).into_iter().partition(is_common);
            let why = "others than this identity's make disposables from it, too: make one of its own";
            self.left.extend(left.into_iter().map(|(name, _)| (name, why)));
            *members = kept;
        }
        self.groups.retain(|_, members| !members.is_empty());
    }
}

/// What a qube would be; none of what is no identity's; or why it is left out.
fn part(capture: &Capture, name: &QubeName, qube: &Captured) -> Result<Option<Part>, &'static str> {
    let has = |feature: &str| qube.features.iter().any(|(name, value)| name.as_str() == feature && !value.is_empty());
    match qube.class.as_str() {
        "AdminVM" | "TemplateVM" => Ok(None),
        _ if qube.says("provides_network") || has("internal") || has("servicevm") => Ok(None),
        "AppVM" if capture.has_feature_of_template(name, GATEWAY) => Err("a Whonix gateway that gives nobody a network"),
        "AppVM" if qube.says("template_for_dispvms") => Ok(Some(Part::Disposable)),
        "AppVM" => Ok(Some(Part::Workstation)),
        // One without a name of its own is gone when it is shut down.
        "DispVM" if qube.says("auto_cleanup") => Ok(None),
        "DispVM" => Ok(Some(Part::NamedDisposable)),
        "StandaloneVM" => Err("a standalone; recipes have qubes on templates"),
        _ => Err("recipes have no qubes of its class"),
    }
}

/// How a qube reaches the network.
fn way(capture: &Capture, name: &QubeName) -> Way {
    let Some(first) = capture.netvm(name) else { return Way::Nowhere };
    let mut hops: Vec<QubeName> = Vec::new();
    let mut at = Some(first.clone());
    while let Some(hop) = at {
        if hop == *name || hops.contains(&hop) {
            return Way::Odd("its netvms lead in a circle");
        }
        if !capture.qubes.contains_key(&hop) {
            return Way::Odd("its way leads through a qube that is not there");
        }
        if capture.has_feature_of_template(&hop, GATEWAY) {
            return match hops.as_slice() {
                [] => Way::Gateway(hop, None),
                [between] => Way::Gateway(hop, Some(between.clone())),
                _ => Way::Odd("several qubes between it and its Whonix gateway: recipes have one, a VPN's"),
            };
        }
        at = capture.netvm(&hop);
        hops.push(hop);
    }
    let is_external = hops.len() == 1 && first.as_str() != NET && capture.is_whonix_workstation(name);
    if is_external { Way::External(first) } else { Way::Clear(first) }
}

impl Capture {
    /// What gives a qube its network.
    pub(super) fn netvm(&self, name: &QubeName) -> Option<QubeName> {
        self.qubes.get(name)?.qube("netvm")
    }

    /// Whether a qube's template carries a feature, or is the stock one of that kind.
    fn has_feature_of_template(&self, name: &QubeName, feature: &str) -> bool {
        self.template(name).is_some_and(|template| self.is_whonix(&template, feature))
    }

    /// Whether a qube is on a template of Whonix workstations.
    pub(super) fn is_whonix_workstation(&self, name: &QubeName) -> bool {
        self.has_feature_of_template(name, WORKSTATION)
    }

    /// The template that a qube's system comes from; a disposable's is that of the qube that it is made from.
    pub(super) fn template(&self, name: &QubeName) -> Option<QubeName> {
        let qube = self.qubes.get(name)?;
        let template = qube.qube("template")?;
        if qube.class == "DispVM" { self.qubes.get(&template)?.qube("template") } else { Some(template) }
    }

    /// The stock base that a template is made from, as far as it shows; and itself, if it is one.
    pub(super) fn base(&self, template: &QubeName) -> Option<&'static str> {
        let features = self.qubes.get(template).map(|template| &template.features);
        let distribution = |wanted: &str| {
            features.is_some_and(|all| all.iter().any(|(name, value)| name.as_str() == "os-distribution" && value == wanted))
        };
        let is_stock = |stem: &&str| self.release.stock_template(stem).as_ref() == Some(template);
        let stock = ["whonix-gateway", "whonix-workstation", "debian", "fedora"].into_iter().find(is_stock);
        stock.or_else(|| {
            let is_own = template.as_str().starts_with("h-");
            match () {
                () if self.is_whonix(template, WORKSTATION) => Some("whonix-workstation"),
                () if self.is_whonix(template, GATEWAY) => Some("whonix-gateway"),
                () if is_own && distribution("debian") => Some("debian"),
                () if is_own && distribution("fedora") => Some("fedora"),
                () => None,
            }
        })
    }

    fn is_whonix(&self, template: &QubeName, feature: &str) -> bool {
        let stem = if feature == GATEWAY { "whonix-gateway" } else { "whonix-workstation" };
        let carries = |qube: &Captured| qube.features.iter().any(|(name, value)| name.as_str() == feature && !value.is_empty());
        let is_stock = |release: Release| release.stock_template(stem).as_ref() == Some(template);
        self.qubes.get(template).is_some_and(carries) || Release::ALL.into_iter().any(is_stock)
    }
}

impl Captured {
    fn property(&self, name: &str) -> Option<&super::capture::Value> {
        self.properties.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value)
    }

    /// The qube that a property names.
    pub(super) fn qube(&self, property: &str) -> Option<QubeName> {
        self.property(property)?.value.parse().ok()
    }

    /// What somebody set a property to.
    pub(super) fn set(&self, property: &str) -> Option<&str> {
        self.property(property).filter(|value| !value.is_default).map(|value| value.value.as_str())
    }

    /// Whether a property says yes.
    pub(super) fn says(&self, property: &str) -> bool {
        self.property(property).is_some_and(|value| value.value == "True")
    }
}
