//! From qubes to identities: which qubes belong together, how they reach the network, and what a recipe calls them.

use std::collections::BTreeSet;

use super::draft::{Draft, Identity, Kind, Made, Member, Provider};
use super::mode::{self, Way};
use super::qube::{Qube, Said, Target};
use super::remarks::{About, Remarks};
use super::template::{Named, Templates};
use crate::base::{Handle, QubeName};
use crate::check::Code;
use crate::model::Mode;
use crate::recipe::{At, Fault, Place};

/// What goes out in clear, where nothing else is said.
pub const UPSTREAM: &str = "sys-firewall";

/// Finds the identities of what was said.
pub fn draft<'a>(said: &'a Said, remarks: &'a Remarks) -> Draft<'a> {
    let mut drafting =
        Drafting { said, remarks, templates: Templates::new(said, remarks), identities: Vec::new(), claimed: BTreeSet::new() };
    let mut rest = Vec::new();
    for qube in said.qubes.iter().filter(|qube| !qube.is_foreign) {
        if Templates::is_template(said, qube) {
            drafting.only_a_template(qube);
            continue;
        }
        if !qube.is_described() {
            let name = qube.name.value.as_str();
            let message = format!("no state makes `{name}` or says which template it is on: left out");
            remarks.say(
                About::qube(name),
                Code::SaltUnknown,
                &qube.name.place,
                message,
                "declare it in the recipe if it is to be there",
            );
            continue;
        }
        let template = drafting.template(qube);
        match drafting.kind(qube, &template) {
            Some(Kind::Workstation) if !drafting.is_named_after_another(qube) => {
                drafting.begin(Kind::Workstation, qube, template)
            }
            Some(kind) => rest.push((kind, qube, template)),
            None => {}
        }
    }
    for (kind, qube, template) in rest {
        drafting.join(kind, qube, template);
    }
    drafting.disposables();
    drafting.unclaimed();
    drafting.templates.unused();
    drafting.unsaid();
    drafting.identities.sort_by_key(|identity| identity.mode);
    Draft { identities: drafting.identities, templates: drafting.templates.declared }
}

/// Identities in the making.
pub struct Drafting<'a> {
    pub(super) said: &'a Said,
    pub(super) remarks: &'a Remarks,
    templates: Templates<'a>,
    pub(super) identities: Vec<Identity<'a>>,
    /// Gateways and VPN qubes that belong to an identity.
    pub(super) claimed: BTreeSet<&'a QubeName>,
}

impl<'a> Drafting<'a> {
    /// What states say of a template that a recipe does not.
    fn only_a_template(&self, qube: &Qube) {
        let own = |tag: &crate::base::Tag| tag.as_str().starts_with("halite-");
        let has_more = !qube.prefs.is_empty()
            || !qube.features.is_empty()
            || qube.label.is_some()
            || qube.memory.is_some()
            || qube.netvm.is_some()
            || qube.tags.keys().any(|tag| !own(tag));
        if has_more {
            let name = qube.name.value.as_str();
            let message =
                format!("`{name}` is a template, of which a recipe says base, packages and files alone: the rest is left out");
            self.remarks.say(
                About::key(name, "template"),
                Code::SaltUnknown,
                &qube.name.place,
                message,
                "set it on the qubes, or in dom0",
            );
        }
    }

    pub(super) fn template(&mut self, qube: &'a Qube) -> Named {
        if let Some(template) = &qube.template {
            return self.templates.find(template);
        }
        let name = qube.name.value.as_str();
        let message = format!("no state says which template `{name}` is on; taken as `debian`");
        self.remarks.say(
            About::key(name, "template"),
            Code::SaltTemplate,
            &qube.name.place,
            message,
            "say the `template` that is meant",
        );
        Named { name: "debian".to_owned(), kind: Some("debian") }
    }

    /// The template of a qube on the way of an identity in this mode.
    pub(super) fn template_over(&mut self, mode: Mode, qube: &'a Qube) -> Named {
        let template = self.template(qube);
        if mode.over_tor() { self.templates.over_tor(template, qube) } else { template }
    }

    /// What a qube is, if it is an identity's own.
    fn kind(&self, qube: &Qube, template: &Named) -> Option<Kind> {
        if qube.is_provider() || template.kind == Some("whonix-gateway") {
            return None;
        }
        Some(match qube.netvm.as_ref().map(|netvm| &netvm.value) {
            _ if qube.is_disposable_template() => Kind::Disposable,
            Some(Target::None) => Kind::Vault,
            _ => Kind::Workstation,
        })
    }

    pub(super) fn find(&self, name: &QubeName) -> Option<&'a Qube> {
        self.said.qubes.iter().find(|qube| qube.name.value == *name && !qube.is_foreign)
    }

    /// A new identity, called after `qube`.
    fn begin(&mut self, kind: Kind, qube: &'a Qube, template: Named) {
        let (way, vpn, gateway) = self.way(qube, &template);
        let mode = mode::of(qube, template.kind, &way, self.remarks);
        let template = if mode.over_tor() { self.templates.over_tor(template, qube) } else { template };
        let handle = self.handle(&qube.name.value);
        let mut identity = Identity {
            handle,
            mode,
            gateway: None,
            behind: None,
            before: None,
            upstream: UPSTREAM.to_owned(),
            members: vec![Member { kind, qube, template, disposables: None }],
        };
        if let Some(vpn) = vpn {
            if !self.claimed.insert(&vpn.name.value) {
                let name = qube.name.value.as_str();
                let message = format!(
                    "`{}` is on the way of another identity already, by which the two could be linked: `{name}` is left out",
                    vpn.name.value
                );
                let place = qube.netvm.as_ref().map_or(&qube.name.place, |netvm| &netvm.place);
                let help = "give it a VPN qube with another provider, or none, and declare both in the recipe";
                return self.remarks.say(About::qube(name), Code::SaltGateway, place, message, help);
            }
            let named = self.template_over(mode, vpn);
            let provider = Provider { name: vpn.name.value.clone(), said: Some((vpn, named)), made: Made::ByHalite };
            if way == Way::Tor { identity.behind = Some(provider) } else { identity.before = Some(provider) }
        }
        if mode.over_tor() {
            if identity.before.is_some() && way != Way::Tor {
                // What stood in the way becomes the gateway's upstream: user, then VPN, then Tor.
                identity.behind = None;
            }
            identity.gateway = Some(self.gateway(qube, &way, gateway));
        }
        let last = gateway.or(identity.before.as_ref().and_then(|vpn| vpn.said.as_ref()).map(|(vpn, _)| *vpn)).unwrap_or(qube);
        match last.netvm_name().and_then(|netvm| self.find(netvm)) {
            Some(vpn)
                if last.name.value != qube.name.value
                    && !self.is_gateway(vpn)
                    && vpn.is_provider()
                    && self.claimed.insert(&vpn.name.value) =>
            {
                let named = self.template_over(mode, vpn);
                identity.upstream = self.upstream(vpn);
                identity.before = Some(Provider { name: vpn.name.value.clone(), said: Some((vpn, named)), made: Made::ByHalite });
            }
            _ => identity.upstream = self.upstream(last),
        }
        self.identities.push(identity);
    }

    /// A handle like the name of a qube, and free.
    fn handle(&self, name: &QubeName) -> Handle {
        let plain = name.as_str().to_ascii_lowercase().replace(['_', '.'], "-");
        let numbers = std::iter::once(String::new()).chain((2..).map(|number: u32| format!("-{number}")));
        let mut handles = numbers.filter_map(|number| {
            let room = 20usize.saturating_sub(number.len());
            let plain = plain.get(..plain.len().min(room)).unwrap_or_default().trim_end_matches('-');
            format!("{plain}{number}").parse::<Handle>().ok()
        });
        let is_free = |handle: &Handle| self.identities.iter().all(|identity| identity.handle != *handle);
        handles.find(is_free).expect("some number is free")
    }

    /// A disposable template or a vault, which belongs to an identity that is there, as far as that can be told.
    fn join(&mut self, kind: Kind, qube: &'a Qube, template: Named) {
        let name = qube.name.value.as_str();
        let has_no_network = matches!(&qube.netvm, Some(At { value: Target::None, .. }));
        if kind == Kind::Disposable && has_no_network {
            let message = format!("`{name}` has no network, and the disposables of a recipe have their identity's: left out");
            let help = "declare a `[disposable.QUBE]` if its identity's network is what they may have";
            return self.remarks.say(About::qube(name), Code::SaltUnknown, &qube.name.place, message, help);
        }
        // What is behind Tor belongs to nobody in clear.
        let is_behind_tor = kind == Kind::Disposable && self.is_behind_tor(qube, &template);
        let fits = |owner: &usize| !is_behind_tor || self.identities.get(*owner).is_some_and(|owner| owner.mode.over_tor());
        let surely = (kind == Kind::Disposable).then(|| self.surely(qube)).flatten().filter(fits);
        let shares = |owner: &usize| kind != Kind::Workstation || self.is_behind_own_gateway(*owner, qube);
        let by_name = || self.by_name(qube).filter(fits).filter(shares);
        let owner = surely.or_else(by_name).or((kind == Kind::Vault && self.identities.len() == 1).then_some(0));
        let is_over_tor = owner.and_then(|owner| self.identities.get(owner)).is_some_and(|owner| owner.mode.over_tor());
        let template = if is_over_tor { self.templates.over_tor(template, qube) } else { template };
        match owner.and_then(|owner| self.identities.get_mut(owner)) {
            Some(owner) => {
                if surely.is_none() {
                    let message = format!("whose `{name}` is no state says; taken as a qube of `{}`", owner.handle);
                    self.remarks.say(About::key(name, "identity"), Code::SaltMode, &qube.name.place, message, "say whose it is");
                }
                if owner.mode.over_tor() && kind == Kind::Disposable && !is_behind_tor {
                    let message =
                        format!("`{name}` goes out in clear, and `{}` is over Tor; taken as behind its gateway", owner.handle);
                    let place = qube.netvm.as_ref().map_or(&qube.name.place, |netvm| &netvm.place);
                    let help = "until then, open nothing in a disposable: its network is not that of the qube it is opened from";
                    self.remarks.say(About::qube(name), Code::SaltGateway, place, message, help);
                }
                owner.members.push(Member { kind, qube, template, disposables: None });
            }
            None if kind == Kind::Vault => {
                let message = format!("whose vault `{name}` is no state says: left out");
                let help = "declare it as a `[vault.QUBE]` of one of the identities";
                self.remarks.say(About::qube(name), Code::SaltUnknown, &qube.name.place, message, help);
            }
            None => self.begin(kind, qube, template),
        }
    }

    /// The identity one of whose qubes has its disposables from `qube`, or whose own gateway `qube` is behind.
    fn surely(&self, qube: &Qube) -> Option<usize> {
        let name = &qube.name.value;
        let uses =
            |member: &Member| matches!(&member.qube.dispvm, Some(At { value: Target::Qube(target), .. }) if target == name);
        let by_use = self.identities.iter().position(|identity| identity.members.iter().any(uses));
        by_use.or_else(|| (0..self.identities.len()).find(|owner| self.is_behind_own_gateway(*owner, qube)))
    }

    /// Whether `qube` is behind the gateway that states give an identity.
    fn is_behind_own_gateway(&self, owner: usize, qube: &Qube) -> bool {
        let gateway = self.identities.get(owner).and_then(|identity| identity.gateway.as_ref());
        gateway.is_some_and(|gateway| gateway.said.is_some() && Some(&gateway.name) == qube.netvm_name())
    }

    /// Whether another qube behind the same gateway of the states has a name with which that of `qube` begins.
    fn is_named_after_another(&self, qube: &Qube) -> bool {
        let gateway = qube.netvm_name().filter(|netvm| self.find(netvm).is_some());
        let others = self.said.qubes.iter().filter(|other| gateway.is_some() && other.netvm_name() == gateway);
        others.into_iter().any(|other| begins_with(&qube.name.value, &other.name.value))
    }

    /// The identity with whose first qube's name that of `qube` begins.
    fn by_name(&self, qube: &Qube) -> Option<usize> {
        let begins = |member: &Member| begins_with(&qube.name.value, &member.qube.name.value);
        self.identities.iter().position(|identity| identity.members.first().is_some_and(begins))
    }

    /// What each member's disposables are made from: its own identity's alone.
    fn disposables(&mut self) {
        for identity in &mut self.identities {
            let own: Vec<QubeName> = identity
                .members
                .iter()
                .filter(|member| member.kind == Kind::Disposable)
                .map(|member| member.qube.name.value.clone())
                .collect();
            for member in identity.members.iter_mut().filter(|member| member.kind == Kind::Workstation) {
                let Some(At { value: Target::Qube(wanted), place }) = &member.qube.dispvm else { continue };
                let name = member.qube.name.value.as_str();
                if own.contains(wanted) {
                    member.disposables = Some(wanted.clone());
                    continue;
                }
                let message = format!("`{wanted}` is no disposable template of this identity; `{name}` opens none");
                let help = "declare a `[disposable.QUBE]` of its own, and name it as its `disposables`";
                self.remarks.say(About::key(name, "disposables"), Code::SaltGateway, place, message, help);
            }
        }
    }

    /// Gateways and VPN qubes on nobody's way.
    fn unclaimed(&self) {
        for qube in &self.said.qubes {
            let name = &qube.name.value;
            let is_provider =
                !qube.is_foreign && !Templates::is_template(self.said, qube) && (qube.is_provider() || self.is_gateway(qube));
            // One with a network card was told where somebody is behind it.
            let is_used = qube.has_network_card() && self.said.qubes.iter().any(|other| other.netvm_name() == Some(name));
            if is_provider && !is_used && !self.claimed.contains(name) {
                let message = format!("no identity here has `{name}` on its way to the network: left out");
                let help = "name it as a gateway or an upstream if it is to be part of the recipe";
                self.remarks.say(About::qube(name.as_str()), Code::SaltGateway, &qube.name.place, message, help);
            }
        }
    }

    /// What no state says, and halite brings.
    fn unsaid(&self) {
        let Some(first) = self.identities.first().and_then(|identity| identity.members.first()) else { return };
        let place: &Place = &first.qube.name.place;
        let say = |message: &str, help: &str| {
            self.remarks.add(About::Nothing, Fault::new(Code::SaltUnsaid, place.clone(), message).help(Some(help.to_owned())));
        };
        if self.said.qubes.iter().all(|qube| qube.tags.is_empty()) {
            say(
                "no state gives any qube a tag, by which policy could tell it from others; halite gives each its own",
                "see docs/recipes.md, \"What follows\"",
            );
        }
        if self.said.qubes.iter().all(|qube| qube.dispvm.is_none()) {
            say(
                "no state says what disposables are made from, and Qubes takes what is in clear; here, no qube opens any",
                "declare a `[disposable.QUBE]` for an identity that needs them",
            );
        }
        if self.said.policy.is_none() {
            say(
                "no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps them apart",
                "see docs/recipes.md, \"What follows\"",
            );
        }
    }
}

/// Whether a name is another one with more behind it.
fn begins_with(name: &QubeName, other: &QubeName) -> bool {
    name.as_str().strip_prefix(other.as_str()).is_some_and(|rest| rest.starts_with(['-', '_', '.']))
}
