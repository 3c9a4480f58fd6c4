//! What qubesd would refuse in the middle of a plan, and what is somebody else's: found beforehand, all of it at once.
//!
//! What was not read is not judged: going back after an interruption asks for no supplies, and must never fail for want of one.

use std::collections::BTreeSet;

use super::ledger::Ledger;
use super::observed::Observed;
use super::problem::Problem;
use super::room::shortages;
use super::state::{Feature, Origin, Property, Settings, State, feature};
use super::supplies::{Supplies, lets_go, new_text};
use crate::base::QubeName;
use crate::model::{self, MOST_QUBES, Release, refused_feature};

/// Properties that name a qube which must be there.
const REFERENCES: [&str; 6] = ["template", "netvm", "default_dispvm", "management_dispvm", "guivm", "audiovm"];
/// The class of what qubes are based on.
const TEMPLATE: &str = "TemplateVM";

/// Everything that keeps `target` from being brought about.
pub fn problems(
    target: &State,
    observed: &Observed,
    ledger: &Ledger,
    release: Release,
    adopted: &BTreeSet<QubeName>,
) -> Vec<Problem> {
    let mut problems = BTreeSet::new();
    for (name, wanted) in &target.qubes {
        let seen = observed.qubes.get(name);
        problems.extend(identity(name, wanted, observed, ledger, adopted));
        // Nothing has to be done to put away what is gone.
        if seen.is_none() && wanted.origin.is_none() {
            continue;
        }
        problems.extend(missing(name, wanted, target, observed));
        if let Some(supplies) = &observed.supplies {
            problems.extend(misfits(name, wanted, observed));
            problems.extend(network(name, wanted, target, observed));
            problems.extend(values(name, wanted, seen, release));
            problems.extend(stock(name, wanted, seen, supplies));
            problems.extend(users(name, wanted, seen, supplies));
        }
    }
    if let Some(supplies) = &observed.supplies {
        problems.extend(shortages(target, observed, supplies));
        problems.extend(too_many(target, observed));
    }
    problems.into_iter().collect()
}

/// Whether a qube of this name is another one.
fn identity(
    name: &QubeName,
    wanted: &Settings,
    observed: &Observed,
    ledger: &Ledger,
    adopted: &BTreeSet<QubeName>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let seen = observed.qubes.get(name);
    let is_made = seen.is_some_and(|seen| seen.features.contains_key(&feature::name(feature::MADE)));
    if seen.is_some() && !ledger.knows(name) && !is_made && !adopted.contains(name) {
        problems.push(Problem::NotOurs(name.clone()));
    }
    if let (Some(there), Some(class)) = (observed.there.get(name), wanted.class())
        && there.class != class
    {
        problems.push(Problem::OtherClass { qube: name.clone(), is: there.class.clone(), wanted: class });
    }
    problems
}

/// What the qube hangs on, and is not there.
fn missing(name: &QubeName, wanted: &Settings, target: &State, observed: &Observed) -> Vec<Problem> {
    let is_made = |other: &QubeName| target.qubes.get(other).is_some_and(|other| other.origin.is_some());
    let properties = REFERENCES.iter().filter_map(|property| Some((wanted.qube(property)?, *property)));
    let needed = base(name, wanted, observed).map(|base| (base.clone(), "base")).into_iter().chain(properties);
    let missing = needed.filter(|(other, _)| !observed.exists(other) && !is_made(other));
    missing.map(|(missing, role)| Problem::Missing { qube: name.clone(), missing, role: role.to_owned() }).collect()
}

/// What the qube is to be based on, and is no template.
fn misfits(name: &QubeName, wanted: &Settings, observed: &Observed) -> Vec<Problem> {
    let template = wanted.qube("template").filter(|_| wanted.origin == Some(Origin::App));
    let on = base(name, wanted, observed).map(|base| (base.clone(), "base")).into_iter();
    let on = on.chain(template.map(|template| (template, "template")));
    let misfit = |(other, role): (QubeName, &'static str)| {
        let there = observed.there.get(&other).filter(|there| there.class != TEMPLATE)?;
        let (qube, is) = (name.clone(), there.class.clone());
        Some(Problem::Misfit { qube, other, role, is, wanted: TEMPLATE })
    };
    on.filter_map(misfit).collect()
}

/// What is to be cloned.
fn base<'a>(name: &QubeName, wanted: &'a Settings, observed: &Observed) -> Option<&'a QubeName> {
    match &wanted.origin {
        Some(Origin::Clone { base, .. }) if !observed.exists(name) => Some(base),
        _ => None,
    }
}

/// Whether a new netvm is one, and leads out. Circles of managed qubes alone are seen step by step.
fn network(name: &QubeName, wanted: &Settings, target: &State, observed: &Observed) -> Vec<Problem> {
    let Some(netvm) = new_text(wanted, observed.qubes.get(name), "netvm").and_then(|text| text.parse::<QubeName>().ok()) else {
        return Vec::new();
    };
    let provides = match (target.qubes.get(&netvm), observed.qubes.get(&netvm)) {
        (wanted, seen) if wanted.is_some() || seen.is_some() => {
            let said = [wanted, seen].into_iter().flatten().find_map(|settings| settings.property("provides_network"));
            said == Some(&Property::Set("True".to_owned()))
        }
        _ => observed.providers.get(&netvm).is_none_or(|provider| provider.links.provides_network),
    };
    let (qube, other) = (name.clone(), netvm.clone());
    if !provides {
        return vec![Problem::NoProvider { qube, netvm: other }];
    }
    let mut seen = BTreeSet::new();
    let (mut at, mut is_others) = (Some(netvm), false);
    while let Some(provider) = at.filter(|provider| seen.insert(provider.clone())) {
        if provider == *name {
            return if is_others { vec![Problem::Circle { qube, netvm: other }] } else { Vec::new() };
        }
        at = match (target.qubes.get(&provider), observed.providers.get(&provider)) {
            (Some(settings), _) => settings.qube("netvm"),
            (None, Some(provider)) => {
                is_others = true;
                provider.links.netvm.clone()
            }
            (None, None) => None,
        };
    }
    Vec::new()
}

/// Whether qubesd takes the name and the values that are new.
fn values(name: &QubeName, wanted: &Settings, seen: Option<&Settings>, release: Release) -> Vec<Problem> {
    let mut problems = Vec::new();
    if seen.is_none() && release < Release::R4_3 && name.as_str().contains('.') {
        problems.push(Problem::Dotted { qube: name.clone(), release });
    }
    for (property, to) in &wanted.properties {
        let (Property::Set(text), Some(known)) = (to, model::Property::find(property.as_str())) else { continue };
        let is_new = seen.and_then(|seen| seen.properties.get(property)) != Some(to);
        if let Some(why) = known.refuses_text(text).filter(|_| is_new) {
            let (qube, property, value) = (name.clone(), property.clone(), text.clone());
            problems.push(Problem::BadValue { qube, property, value, why });
        }
    }
    for (feature, to) in &wanted.features {
        let Feature::Set(text) = to else { continue };
        let is_new = seen.and_then(|seen| seen.features.get(feature)) != Some(to);
        if let Some(why) = refused_feature(feature.as_str(), text, release).filter(|_| is_new) {
            let (qube, feature, value) = (name.clone(), feature.clone(), text.clone());
            problems.push(Problem::BadFeature { qube, feature, value, why });
        }
    }
    problems
}

/// Whether dom0 has the kernel and the label.
fn stock(name: &QubeName, wanted: &Settings, seen: Option<&Settings>, supplies: &Supplies) -> Vec<Problem> {
    let lacking = |property: &str, there: &Option<BTreeSet<String>>| {
        let text = new_text(wanted, seen, property).filter(|text| !text.is_empty())?;
        let there = there.as_ref().filter(|there| !there.contains(text))?;
        Some((name.clone(), text.to_owned(), there.clone()))
    };
    let kernel = lacking("kernel", &supplies.kernels).map(|(qube, kernel, there)| Problem::NoKernel { qube, kernel, there });
    let label = lacking("label", &supplies.labels).map(|(qube, label, there)| Problem::NoLabel { qube, label, there });
    kernel.into_iter().chain(label).collect()
}

/// Whether others hang on what is to end.
fn users(name: &QubeName, wanted: &Settings, seen: Option<&Settings>, supplies: &Supplies) -> Vec<Problem> {
    let Some(users) = supplies.users.get(name).filter(|users| !users.is_empty()) else { return Vec::new() };
    let used = |to_be, need| Problem::StillUsed { qube: name.clone(), to_be, users: users.clone(), need };
    let no_network =
        lets_go(wanted, seen, "provides_network").then(|| used("to provide no network any more", "reach the network through"));
    let no_disposables =
        lets_go(wanted, seen, "template_for_dispvms").then(|| used("to be no disposable template any more", "are made from"));
    no_network.into_iter().chain(no_disposables).collect()
}

/// Whether qubesd has numbers for all.
fn too_many(target: &State, observed: &Observed) -> Option<Problem> {
    let is_new = |(name, wanted): &(&QubeName, &Settings)| wanted.origin.is_some() && !observed.exists(name);
    let new = target.qubes.iter().filter(is_new).count();
    let there = observed.there.len();
    (new > 0 && there + new > MOST_QUBES).then_some(Problem::TooMany { there, new, most: MOST_QUBES })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::observed::{Links, Provider, There};
    use super::*;
    use crate::model::{Pool, Stored, Volume, property};

    fn name(text: &str) -> QubeName {
        text.parse().unwrap()
    }

    fn set(text: &str) -> Property {
        Property::Set(text.to_owned())
    }

    /// A new qube of halite's with this netvm.
    fn qube(netvm: &str) -> Settings {
        let mut settings = Settings { origin: Some(Origin::App), ..Settings::default() };
        settings.properties.insert(property("netvm"), set(netvm));
        settings.properties.insert(property("template"), set("debian"));
        settings
    }

    /// dom0 with these qubes, all of which was asked.
    fn dom0(qubes: &[(&str, &str)]) -> Observed {
        let there = |(qube, class): &(&str, &str)| (name(qube), There { class: (*class).to_owned(), halted: true });
        let there = qubes.iter().chain(&[("debian", "TemplateVM")]).map(there).collect();
        Observed { there, supplies: Some(Supplies::default()), ..Observed::default() }
    }

    #[track_caller]
    fn case(wanted: &[(&str, Settings)], observed: &Observed, told: &[&str]) {
        let target = State { qubes: wanted.iter().map(|(qube, wanted)| (name(qube), wanted.clone())).collect(), policy: None };
        let problems = problems(&target, observed, &Ledger::default(), Release::R4_3, &BTreeSet::new());
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), told);
        let unasked = Observed { supplies: None, ..observed.clone() };
        let left = super::problems(&target, &unasked, &Ledger::default(), Release::R4_3, &BTreeSet::new());
        assert!(left.is_empty(), "nothing is refused for want of what nobody asked for: {left:?}");
    }

    #[test]
    fn a_system_has_numbers_for_so_many_and_no_more() {
        let others: Vec<String> = (0..9_997).map(|number| format!("mine-{number}")).collect();
        let mut all: Vec<(&str, &str)> = others.iter().map(|other| (other.as_str(), "StandaloneVM")).collect();
        all.push(("dom0", "AdminVM"));
        let observed = dom0(&all);
        case(&[("a", qube(""))], &observed, &[]);
        let told = "with 2 new ones there would be 10001 qubes, dom0 included, and a Qubes system holds 10000";
        case(&[("a", qube("")), ("b", qube(""))], &observed, &[told]);
    }

    #[test]
    fn a_netvm_provides_network_and_does_not_lead_back() {
        let mut observed = dom0(&[("vault", "AppVM"), ("vpn", "AppVM")]);
        let links = |netvm: &str, provides_network| Links { netvm: netvm.parse().ok(), provides_network, ..Links::default() };
        observed.providers.insert(name("vault"), Provider { tags: BTreeSet::new(), links: links("", false) });
        observed.providers.insert(name("vpn"), Provider { tags: BTreeSet::new(), links: links("a", true) });
        let provider = |netvm: &str| {
            let mut settings = qube(netvm);
            settings.properties.insert(property("provides_network"), set("True"));
            settings
        };
        case(&[("a", qube("vault"))], &observed, &["`a` is to reach the network through `vault`, which provides none"]);
        case(&[("a", qube("b")), ("b", qube(""))], &observed, &["`a` is to reach the network through `b`, which provides none"]);
        case(&[("a", qube("b")), ("b", provider(""))], &observed, &[]);
        let told = "the netvm of `a` is to be `vpn`, which itself reaches the network through `a`";
        case(&[("a", provider("vpn"))], &observed, &[told]);
        case(&[("b", provider("vpn"))], &observed, &[]);
    }

    #[test]
    fn values_are_what_qubesd_takes() {
        let mut wanted = qube("");
        wanted.properties.insert(property("virt_mode"), set("PVH"));
        wanted.features.insert("x-mine".parse().unwrap(), Feature::Set("\u{1b}[2J".to_owned()));
        let told = [
            "virt_mode of `a` is to be `PVH`, and must be `pvh`, `hvm` or `pv`",
            "the feature x-mine of `a` is to be `\\u{1b}[2J`, and must be in visible ASCII",
        ];
        let mut observed = dom0(&[]);
        case(&[("a", wanted.clone())], &observed, &told);
        // What is so already is not set.
        wanted.features.insert(feature::name(feature::MADE), Feature::Set("1".to_owned()));
        observed.there.insert(name("a"), There { class: "AppVM".to_owned(), halted: true });
        observed.qubes.insert(name("a"), wanted.clone());
        case(&[("a", wanted)], &observed, &[]);
    }

    #[test]
    fn copies_between_pools_take_what_was_written() {
        let clone =
            Settings { origin: Some(Origin::Clone { base: name("debian"), packages: BTreeSet::new() }), ..Settings::default() };
        let mut observed = dom0(&[]);
        let stored = |pool: &str, usage: u64| Stored { pool: pool.parse().ok(), size: 20 << 30, usage };
        let supplies = observed.supplies.as_mut().unwrap();
        let volumes = [(Volume::Root, stored("slow", 5 << 30)), (Volume::Private, stored("slow", 1 << 30))];
        supplies.volumes.insert(name("debian"), BTreeMap::from(volumes));
        supplies.default_pools = Volume::ALL.into_iter().map(|volume| (volume, "fast".parse().unwrap())).collect();
        let pool = |free: u64| Pool { size: Some(100 << 30), usage: Some((100 - free) << 30), revisions: 1 };
        supplies.pools.insert("fast".parse().unwrap(), pool(6));
        case(&[("h-a-00000000", clone.clone())], &observed, &[]);
        let supplies = observed.supplies.as_mut().unwrap();
        supplies.pools.insert("fast".parse().unwrap(), pool(5));
        let told = "clones of `debian` take 6144 MiB of the pool fast, which their bases are not in, and 5120 MiB are free there";
        case(&[("h-a-00000000", clone.clone())], &observed, &[told]);
        // In one pool they share everything at first, however little is free.
        let supplies = observed.supplies.as_mut().unwrap();
        supplies.default_pools = Volume::ALL.into_iter().map(|volume| (volume, "slow".parse().unwrap())).collect();
        supplies.pools.insert("slow".parse().unwrap(), pool(0));
        case(&[("h-a-00000000", clone)], &observed, &[]);
    }

    #[test]
    fn a_volume_is_not_asked_to_be_larger_than_its_pool() {
        let mut wanted = qube("");
        wanted.private_volume = Some(30 << 30);
        let mut observed = dom0(&[]);
        let supplies = observed.supplies.as_mut().unwrap();
        supplies.default_pools.insert(Volume::Private, "p".parse().unwrap());
        supplies.pools.insert("p".parse().unwrap(), Pool { size: Some(40 << 30), usage: Some(20 << 30), revisions: 0 });
        let told = "`a` is to have a private volume of 30720 MiB, 30720 MiB more than it has, and the pool p has 20480 MiB free";
        case(&[("a", wanted.clone())], &observed, &[told]);
        // One that is there grows by what it lacks.
        wanted.features.insert(feature::name(feature::MADE), Feature::Set("1".to_owned()));
        observed.there.insert(name("a"), There { class: "AppVM".to_owned(), halted: true });
        observed.qubes.insert(name("a"), wanted.clone());
        let is = Stored { pool: "p".parse().ok(), size: 12 << 30, usage: 0 };
        observed.private_volumes.insert(name("a"), is);
        case(&[("a", wanted)], &observed, &[]);
    }
}
