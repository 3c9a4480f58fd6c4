//! From qubes to identities: which qubes belong together, how they reach the network, and what a recipe calls them.

use std::collections::BTreeSet;

use super::mode::{self, Way};
use super::qube::{Qube, Said, Target};
use super::remarks::{About, Remarks};
use super::template::{Declared, Named, Templates};
use crate::base::{Handle, QubeName};
use crate::check::Code;
use crate::model::Mode;
use crate::recipe::{At, Fault, Place};

/// What a recipe is written from.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Identities, in the order of their first qubes.
    pub identities: Vec<Identity<'a>>,
    /// Templates that are declared.
    pub templates: Vec<Declared>,
}

/// An identity and its qubes.
#[derive(Debug)]
pub struct Identity<'a> {
    /// Its handle.
    pub handle: Handle,
    /// Its mode.
    pub mode: Mode,
    /// Its gateway, in modes over Tor.
    pub gateway: Option<Provider<'a>>,
    /// A VPN behind its gateway.
    pub behind: Option<Provider<'a>>,
    /// A VPN before its gateway or, in clear, before itself.
    pub before: Option<Provider<'a>>,
    /// The qube of dom0's that it goes out through.
    pub upstream: String,
    /// Its own qubes, the first of which it is called after.
    pub members: Vec<Member<'a>>,
}

/// A gateway or a VPN qube.
#[derive(Debug, Clone)]
pub struct Provider<'a> {
    /// Its name.
    pub name: QubeName,
    /// What states say of it, if they do.
    pub said: Option<(&'a Qube, Named)>,
    /// Who makes it.
    pub made: Made,
}

/// Who makes a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Halite.
    ByHalite,
    /// It is in dom0 already.
    Already,
}

/// A qube that is an identity's own.
#[derive(Debug)]
pub struct Member<'a> {
    /// What it is.
    pub kind: Kind,
    /// What states say of it.
    pub qube: &'a Qube,
    /// Its template.
    pub template: Named,
    /// What its disposables are made from.
    pub disposables: Option<QubeName>,
}

/// What an identity's own qube is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A workstation.
    Workstation,
    /// A template of disposables.
    Disposable,
    /// A qube without network.
    Vault,
}

/// The gateway that templates are updated through, and no identity has.
const UPDATES: &str = "sys-whonix";
/// What goes out in clear, where nothing else is said.
const UPSTREAM: &str = "sys-firewall";

/// Finds the identities of what was said.
pub fn draft<'a>(said: &'a Said, remarks: &'a Remarks) -> Draft<'a> {
    let mut drafting = Drafting { said, remarks, templates: Templates::new(said, remarks), identities: Vec::new(), claimed: BTreeSet::new() };
    let mut rest = Vec::new();
    for qube in said.qubes.iter().filter(|qube| !qube.is_foreign) {
        if Templates::is_template(said, qube) {
            drafting.only_a_template(qube);
            continue;
        }
        if !qube.is_described() {
            let name = qube.name.value.as_str();
            let message = format!("no state makes `{name}` or says which template it is on: left out");
            remarks.say(About::qube(name), Code::SaltUnknown, &qube.name.place, message, "declare it in the recipe if it is to be there");
            continue;
        }
        let template = drafting.template(qube);
        match drafting.kind(qube, &template) {
            Some(Kind::Workstation) => drafting.begin(Kind::Workstation, qube, template),
            Some(kind) => rest.push((kind, qube, template)),
            None => {}
        }
    }
    for (kind, qube, template) in rest {
        match (drafting.owner(kind, qube), kind) {
            (Some(owner), _) => drafting.identities[owner].members.push(Member { kind, qube, template, disposables: None }),
            (None, Kind::Vault) => {
                let message = format!("whose vault `{}` is no state says: left out", qube.name.value);
                let help = "declare it as a `[vault.QUBE]` of one of the identities";
                remarks.say(About::qube(qube.name.value.as_str()), Code::SaltUnknown, &qube.name.place, message, help);
            }
            (None, _) => drafting.begin(kind, qube, template),
        }
    }
    drafting.disposables();
    drafting.unclaimed();
    drafting.unsaid();
    drafting.identities.sort_by_key(|identity| identity.mode);
    Draft { identities: drafting.identities, templates: drafting.templates.declared }
}

struct Drafting<'a> {
    said: &'a Said,
    remarks: &'a Remarks,
    templates: Templates<'a>,
    identities: Vec<Identity<'a>>,
    /// Gateways and VPN qubes that belong to an identity.
    claimed: BTreeSet<&'a QubeName>,
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
            let message = format!("`{name}` is a template, of which a recipe says base, packages and files alone: the rest is left out");
            self.remarks.say(About::key(name, "template"), Code::SaltUnknown, &qube.name.place, message, "set it on the qubes, or in dom0");
        }
    }

    fn template(&mut self, qube: &'a Qube) -> Named {
        if let Some(template) = &qube.template {
            return self.templates.find(template);
        }
        let name = qube.name.value.as_str();
        let message = format!("no state says which template `{name}` is on; taken as `debian`");
        self.remarks.say(About::key(name, "template"), Code::SaltTemplate, &qube.name.place, message, "say the `template` that is meant");
        Named { name: "debian".to_owned(), kind: Some("debian") }
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

    fn find(&self, name: &QubeName) -> Option<&'a Qube> {
        self.said.qubes.iter().find(|qube| qube.name.value == *name && !qube.is_foreign)
    }

    /// A gateway of the states.
    fn is_gateway(&self, qube: &Qube) -> bool {
        let mut name = qube.template.as_ref().map(|template| template.value.clone());
        for _ in 0..16 {
            let Some(template) = name else { return false };
            if super::template::kind_of(template.as_str()) == Some("whonix-gateway") {
                return true;
            }
            name = self.find(&template).and_then(|clone| clone.clone_of.clone()).map(|source| source.value);
        }
        false
    }

    /// A new identity, called after `qube`.
    fn begin(&mut self, kind: Kind, qube: &'a Qube, template: Named) {
        let (way, vpn, gateway) = self.way(qube, &template);
        let mode = mode::of(qube, template.kind, &way, self.remarks);
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
                let message = format!("`{}` is on the way of another identity already, by which the two could be linked: `{name}` is left out", vpn.name.value);
                let place = qube.netvm.as_ref().map_or(&qube.name.place, |netvm| &netvm.place);
                let help = "give it a VPN qube with another provider, or none, and declare both in the recipe";
                return self.remarks.say(About::qube(name), Code::SaltGateway, place, message, help);
            }
            let named = self.template(vpn);
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
            Some(vpn) if last.name.value != qube.name.value && !self.is_gateway(vpn) && vpn.is_provider() && self.claimed.insert(&vpn.name.value) => {
                let named = self.template(vpn);
                identity.upstream = self.upstream(vpn);
                identity.before = Some(Provider { name: vpn.name.value.clone(), said: Some((vpn, named)), made: Made::ByHalite });
            }
            _ => identity.upstream = self.upstream(last),
        }
        self.identities.push(identity);
    }

    /// The qube of dom0's behind `qube`.
    fn upstream(&self, qube: &Qube) -> String {
        match qube.netvm_name() {
            Some(name) if self.find(name).is_none() && !is_whonix(name) => name.to_string(),
            _ => UPSTREAM.to_owned(),
        }
    }

    /// How states lead a qube to the network: whether through Tor, through which VPN qube first, and through which gateway of the states.
    fn way(&self, qube: &'a Qube, template: &Named) -> (Way, Option<&'a Qube>, Option<&'a Qube>) {
        let name = qube.name.value.as_str();
        let netvm = match qube.netvm.as_ref().map(|netvm| (&netvm.value, &netvm.place)) {
            Some((Target::Qube(netvm), _)) => netvm,
            _ if template.kind == Some("whonix-workstation") => {
                let message = format!("no state says what `{name}` reaches the network through; Whonix takes `sys-whonix`, and so is it taken");
                self.remarks.say(About::key(name, "gateway"), Code::SaltGateway, &qube.name.place, message, "name its gateway");
                return (Way::Tor, None, None);
            }
            other => {
                if !matches!(other, Some((Target::None, _))) {
                    let message = format!("no state says what `{name}` reaches the network through, and Qubes takes what is in clear; taken as `{UPSTREAM}`");
                    self.remarks.say(About::key(name, "upstream"), Code::SaltGateway, &qube.name.place, message, "name its netvm");
                }
                return (Way::Clear(UPSTREAM.to_owned()), None, None);
            }
        };
        match self.find(netvm) {
            Some(gateway) if self.is_gateway(gateway) => (Way::Tor, None, Some(gateway)),
            Some(vpn) if vpn.is_provider() => match vpn.netvm_name() {
                Some(next) if is_whonix(next) => (Way::Tor, Some(vpn), self.find(next).filter(|next| self.is_gateway(next))),
                Some(next) => match self.find(next).filter(|next| self.is_gateway(next)) {
                    Some(gateway) => (Way::Tor, Some(vpn), Some(gateway)),
                    None => (Way::Clear(netvm.to_string()), Some(vpn), None),
                },
                None => (Way::Clear(netvm.to_string()), Some(vpn), None),
            },
            _ if is_whonix(netvm) => (Way::Tor, None, None),
            _ => (Way::Clear(netvm.to_string()), None, None),
        }
    }

    /// The gateway of a new identity: the one that states give it, if it is nobody else's, or a new one.
    fn gateway(&mut self, qube: &'a Qube, way: &Way, gateway: Option<&'a Qube>) -> Provider<'a> {
        let name = &qube.name.value;
        if let Some(gateway) = gateway.filter(|gateway| !self.claimed.contains(&gateway.name.value)) {
            self.claimed.insert(&gateway.name.value);
            let named = self.template(gateway);
            return Provider { name: gateway.name.value.clone(), said: Some((gateway, named)), made: Made::ByHalite };
        }
        let new = self.free(name);
        let vpn = qube.netvm_name().and_then(|netvm| self.find(netvm)).filter(|netvm| !self.is_gateway(netvm));
        let behind: &'a Qube = vpn.unwrap_or(qube);
        if *way == Way::Tor
            && let (Some(netvm), Some(wanted)) = (&behind.netvm, behind.netvm_name())
        {
            let others = self.said.qubes.iter().filter(|other| other.netvm_name() == Some(wanted));
            let shared = others.filter(|other| !other.is_disposable_template()).count() > 1;
            if !shared && gateway.is_none() && wanted.as_str() != UPDATES && self.claimed.insert(wanted) {
                let message = format!("no state makes `{wanted}`; taken as a gateway that dom0 has, and that `{name}` has for itself");
                let help = "make sure that no qube of another identity is behind it";
                self.remarks.say(About::key(name.as_str(), "gateway"), Code::SaltGateway, &netvm.place, message, help);
                return Provider { name: wanted.clone(), said: None, made: Made::Already };
            }
            let (message, help) = if shared {
                let message = format!("`{}` is the gateway of several qubes here; `{name}` gets its own, `{new}`", netvm.value);
                (message, "two identities behind one gateway could be linked by it: let each keep its own")
            } else {
                let message = format!("`{}` serves no identity in a recipe, but the updates of templates; `{name}` gets its own, `{new}`", netvm.value);
                (message, "let each identity keep a gateway of its own")
            };
            self.remarks.say(About::key(name.as_str(), "gateway"), Code::SaltGateway, &netvm.place, message, help);
        }
        Provider { name: new, said: None, made: Made::ByHalite }
    }

    /// A name for a new gateway. Names are told apart by their first 21 characters.
    fn free(&self, qube: &QubeName) -> QubeName {
        let made = self.identities.iter().filter_map(|identity| identity.gateway.as_ref()).map(|gateway| &gateway.name);
        let taken: BTreeSet<&str> =
            self.said.qubes.iter().map(|qube| &qube.name.value).chain(made).map(QubeName::management_part).collect();
        let long = std::iter::once(format!("{qube}-gateway"));
        let short = (1..).map(|number: u32| format!("gateway{number}-{}", qube.management_part()));
        let mut names = long.chain(short).filter_map(|name| name.parse::<QubeName>().ok());
        names.find(|name| !taken.contains(name.management_part())).expect("some number is free")
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

    /// The identity that a disposable template or a vault belongs to, if that is plain.
    fn owner(&self, kind: Kind, qube: &Qube) -> Option<usize> {
        let name = &qube.name.value;
        let uses = |member: &Member| matches!(&member.qube.dispvm, Some(At { value: Target::Qube(target), .. }) if target == name);
        let belongs = |member: &Member| name.as_str().strip_prefix(member.qube.name.value.as_str()).is_some_and(|rest| rest.starts_with(['-', '_', '.']));
        let by = |holds: &dyn Fn(&Member) -> bool| self.identities.iter().position(|identity| identity.members.iter().any(holds));
        let same_way = |identity: &Identity| {
            identity.gateway.as_ref().is_some_and(|gateway| gateway.said.is_some() && Some(&gateway.name) == qube.netvm_name())
        };
        match kind {
            Kind::Vault => by(&belongs).or((self.identities.len() == 1).then_some(0)),
            _ => by(&uses).or_else(|| self.identities.iter().position(same_way)).or_else(|| by(&belongs)),
        }
    }

    /// What each member's disposables are made from: its own identity's alone.
    fn disposables(&mut self) {
        for identity in &mut self.identities {
            let own: Vec<QubeName> =
                identity.members.iter().filter(|member| member.kind == Kind::Disposable).map(|member| member.qube.name.value.clone()).collect();
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
            let is_provider = !qube.is_foreign && !Templates::is_template(self.said, qube) && (qube.is_provider() || self.is_gateway(qube));
            if is_provider && !self.claimed.contains(name) {
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
            say("no state gives any qube a tag, by which policy could tell it from others; halite gives each its own", "see docs/recipes.md, \"What follows\"");
        }
        if self.said.qubes.iter().all(|qube| qube.dispvm.is_none()) {
            say(
                "no state says what disposables are made from, and Qubes takes what is in clear; here, no qube opens any",
                "declare a `[disposable.QUBE]` for an identity that needs them",
            );
        }
        if self.said.policy.is_none() {
            say("no state holds policy, and Qubes' own lets identities ask each other; halite writes one that keeps them apart", "see docs/recipes.md, \"What follows\"");
        }
    }
}

/// Whether a qube of dom0's is a Whonix gateway, by its name.
fn is_whonix(name: &QubeName) -> bool {
    name.as_str().contains("whonix")
}
