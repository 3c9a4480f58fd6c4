//! The system that a bundle's policy will decide calls in: what the bundle makes, what its flows speak of, and somebody of each kind that
//! dom0 may have besides.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Handle, QubeName, Tag};
use crate::check::surroundings::Surroundings;
use crate::model::{Desired, Qube, Release, Setting, whonix};
use crate::qrexec::{Power, Rule, System, SystemQube, Token, Uuid, running_disposable, stock};

/// The system, and whose everything in it is.
pub struct World<'a> {
    /// The system.
    pub system: System,
    owners: BTreeMap<String, &'a Handle>,
    /// The bundle's qubes, by their own names and by those of their disposables.
    qubes: BTreeMap<String, &'a QubeName>,
}

/// Tags that Qubes' and Whonix's own qubes carry, and that stock policies speak of.
const GATEWAY: [&str; 2] = ["anon-gateway", "sdwdate-gui-server"];
const WORKSTATION: [&str; 2] = ["anon-vm", "sdwdate-gui-client"];
/// The tag that sends a template's updates to `sys-whonix`.
const UPDATED_BY_WHONIX: &str = "whonix-updatevm";

/// Somebody that dom0 may have besides. Its name is none that a qube can have, so that no bundle's qube is called like it.
struct Stranger {
    name: &'static str,
    class: &'static str,
    tags: &'static [&'static str],
    disposables: Disposables,
}

/// A stranger's disposables.
enum Disposables {
    /// It is a disposable template, of its own disposables, too.
    Template,
    /// Made from this stranger.
    Of(&'static str),
    None,
}

const CLEAR_TEMPLATE: &str = "any disposable template in clear";
const WHONIX_TEMPLATE: &str = "any Whonix disposable template";

/// One of each kind that a stock policy, or a rule of a bundle, can tell apart.
const STRANGERS: [Stranger; 7] = [
    Stranger { name: "any other qube", class: "AppVM", tags: &[], disposables: Disposables::Of(CLEAR_TEMPLATE) },
    Stranger { name: "any standalone qube", class: "StandaloneVM", tags: &[], disposables: Disposables::Of(CLEAR_TEMPLATE) },
    Stranger { name: "any other Whonix gateway", class: "AppVM", tags: &GATEWAY, disposables: Disposables::None },
    Stranger {
        name: "any other Whonix workstation",
        class: "AppVM",
        tags: &WORKSTATION,
        disposables: Disposables::Of(WHONIX_TEMPLATE),
    },
    Stranger { name: "any other template", class: "TemplateVM", tags: &[], disposables: Disposables::None },
    Stranger { name: CLEAR_TEMPLATE, class: "AppVM", tags: &[], disposables: Disposables::Template },
    Stranger { name: WHONIX_TEMPLATE, class: "AppVM", tags: &WORKSTATION, disposables: Disposables::Template },
];

/// Qubes of a stock system that policies name.
const STOCK: [&str; 3] = ["sys-net", "sys-firewall", "sys-usb"];

impl<'a> World<'a> {
    /// The world of a bundle in these surroundings.
    pub fn of(desired: &'a Desired, surroundings: &Surroundings, release: Release) -> Self {
        let mut qubes = vec![SystemQube { class: "AdminVM".to_owned(), ..qube(QubeName::dom0().as_str(), BTreeSet::new()) }];
        qubes.extend(STRANGERS.iter().map(Stranger::qube));
        let gateways = desired.update_gateway.iter().chain(desired.identities.values().flat_map(|own| &own.existing_gateway));
        let stock = whonix::stock_gateway();
        for gateway in gateways.chain([&stock]) {
            qubes.push(qube(gateway.as_str(), tags(&GATEWAY)));
        }
        let ends = desired.flows.values().flat_map(|flow| [&flow.from, &flow.to]).map(QubeName::as_str);
        let mut names: BTreeSet<String> = qubes.iter().map(|qube| qube.name.clone()).collect();
        let spoken_of = spoken_of(surroundings, release);
        let named = spoken_of.iter().filter_map(|token| name(token));
        for name in STOCK.into_iter().chain(ends).chain(named) {
            // Of one that dom0 has already, nothing else is known.
            if names.insert(name.to_owned()) {
                qubes.push(SystemQube { default_dispvm: Some(CLEAR_TEMPLATE.to_owned()), ..qube(name, BTreeSet::new()) });
            }
        }
        let known: BTreeSet<String> = qubes.iter().flat_map(|qube| qube.tags.clone()).collect();
        qubes.extend(spoken_of.iter().filter_map(|token| tagged(token)).filter(|qube| qube.tags.is_disjoint(&known)));
        qubes.extend(templates(desired, release));
        // Of two of one name, the last counts: what is known of a qube, and before that what the bundle will make of it.
        qubes.extend(surroundings.qubes.iter().map(|qube| SystemQube { power: Power::Running, ..qube.clone() }));
        let (mut owners, mut names) = (BTreeMap::new(), BTreeMap::new());
        for (name, own) in &desired.qubes {
            for known in [name.to_string(), running_disposable(name.as_str())] {
                names.insert(known.clone(), name);
                owners.insert(known, &own.identity);
            }
            qubes.push(member(name, own));
        }
        for (handle, identity) in &desired.identities {
            owners.extend(identity.existing_gateway.iter().map(|gateway| (gateway.to_string(), handle)));
        }
        let system = System::new(release, qubes.into_iter().map(|qube| of_release(qube, release)));
        Self { system: system.with_aliases(), owners, qubes: names }
    }

    /// The bundle's qube of this name, or the one that a disposable is made from.
    pub fn qube(&self, name: &str) -> Option<&'a QubeName> {
        self.qubes.get(name).copied()
    }

    /// Whose a qube is, or a disposable; nobody's, if it is none of the bundle's.
    pub fn owner(&self, name: &str) -> Option<&'a Handle> {
        self.owners.get(name).copied()
    }
}

/// What rules speak of beyond what those of every system do: for these, there are strangers of each kind already.
fn spoken_of(surroundings: &Surroundings, release: Release) -> BTreeSet<&Token> {
    let everywhere = stock(release).rules;
    let everywhere: BTreeSet<&Token> = everywhere.iter().flat_map(tokens).collect();
    surroundings.policy.rules.iter().flat_map(tokens).filter(|token| !everywhere.contains(token)).collect()
}

fn tokens(rule: &Rule) -> [&Token; 3] {
    [&rule.clause.source, &rule.clause.target, rule.offered()]
}

/// The name of whom a rule means: whoever that is, or will be.
fn name(token: &Token) -> Option<&str> {
    match token {
        Token::Qube(name) | Token::DisposableFrom(name) if !token.is_dom0() => Some(name.as_str()),
        _ => None,
    }
}

/// Somebody with the tag that a rule means. Those by which halite tells identities apart, nobody else gives to a qube.
fn tagged(token: &Token) -> Option<SystemQube> {
    let (Token::Tag(tag) | Token::DisposableTagged(tag)) = token else { return None };
    let name = format!("any qube with the tag {tag}");
    let default_dispvm = Some(name.clone());
    (!tag.starts_with("halite-")).then(|| SystemQube {
        is_disposable_template: true,
        default_dispvm,
        ..qube(&name, [tag.clone()].into())
    })
}

/// A template for each set of tags that templates of the bundle carry: no rule tells the others apart.
fn templates(desired: &Desired, release: Release) -> Vec<SystemQube> {
    let mut by_tags = BTreeMap::new();
    for (name, template) in &desired.templates {
        let mut own: BTreeSet<String> = template.tags.iter().map(Tag::to_string).collect();
        // A clone has what Whonix's add-on gave the template it is cloned from.
        if release.whonix_tags(template.base.as_str()).next().is_some() {
            own.insert(UPDATED_BY_WHONIX.to_owned());
        }
        by_tags.entry(own).or_insert(name);
    }
    let template =
        |(tags, name): (BTreeSet<String>, &QubeName)| SystemQube { class: "TemplateVM".to_owned(), ..qube(name.as_str(), tags) };
    by_tags.into_iter().map(template).collect()
}

fn member(name: &QubeName, own: &Qube) -> SystemQube {
    SystemQube {
        class: own.class.as_str().to_owned(),
        is_disposable_template: own.pref("template_for_dispvms") == Some(&Setting::Bool(true)),
        default_dispvm: own.pref_qube("default_dispvm").map(QubeName::to_string),
        ..qube(name.as_str(), own.tags.iter().map(Tag::to_string).collect())
    }
}

impl Stranger {
    fn qube(&self) -> SystemQube {
        SystemQube {
            class: self.class.to_owned(),
            is_disposable_template: matches!(self.disposables, Disposables::Template),
            default_dispvm: match self.disposables {
                Disposables::Template => Some(self.name.to_owned()),
                Disposables::Of(name) => Some(name.to_owned()),
                Disposables::None => None,
            },
            ..qube(self.name, tags(self.tags))
        }
    }
}

fn tags(tags: &[&str]) -> BTreeSet<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

/// A running AppVM without disposables. Whether something runs changes from hour to hour; a rule that asks for it may let through.
fn qube(name: &str, tags: BTreeSet<String>) -> SystemQube {
    SystemQube {
        name: name.to_owned(),
        class: "AppVM".to_owned(),
        tags,
        is_disposable_template: false,
        default_dispvm: None,
        power: Power::Running,
        is_internal: false,
        uuid: Uuid::Missing,
        colour: String::new(),
        relay: None,
        transport: None,
    }
}

/// The same with a uuid, where the release has such. No rule names it.
fn of_release(qube: SystemQube, release: Release) -> SystemQube {
    match release {
        Release::R4_2 => qube,
        Release::R4_3 if qube.uuid == Uuid::Missing => SystemQube { uuid: Uuid::Is(qube.name.clone()), ..qube },
        Release::R4_3 => qube,
    }
}
