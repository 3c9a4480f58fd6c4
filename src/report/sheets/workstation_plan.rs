//! The second sheet: for each identity, its workstation and what it shares.

use std::collections::BTreeSet;

use super::claims::{Claims, about};
use super::evidence::{calls, on_template, services};
use super::through::Through;
use crate::base::{Handle, QubeName};
use crate::check::{Code, Passing, of_package};
use crate::model::Identity;
use crate::qrexec::Carries;
use crate::report::document::{Block, Section, section_id};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::standing::Held;

/// The service by which a user pastes into another qube.
const CLIPBOARD: &str = "qubes.ClipboardPaste";

/// The section.
pub fn section(examined: &Examined) -> Section {
    let each = examined.desired().identities.iter().map(|(handle, identity)| of(examined, handle, identity));
    let intro = "What each identity works in, and what it shares with others.";
    Section::new("workstation-plan", "Identity workstation plan", vec![Block::text(intro)]).with(each.collect())
}

fn of(examined: &Examined, handle: &Handle, identity: &Identity) -> Section {
    let of = about(examined.desired(), handle);
    let mut claims = Claims::about(examined, Phrase::of("Plan of ") + examined.identity(handle));
    for (name, qube) in examined.qubes_of(handle).filter(|(_, qube)| !qube.role.provides_network()) {
        let through = Through::of(examined, name, qube).map_or("no network", Through::words);
        let claim = Phrase::of(format!("{}: `{name}`", capital(&qube.role.to_string())));
        let evidence = on_template(examined, name, qube) + Phrase::of(format!("; through {through}"));
        claims.checked(name.to_string(), claim, &[Code::IsolationTag], |finding| of(finding), evidence);
    }
    let gateway = examined.gateway(handle).map_or_else(|| "none".into(), Phrase::name);
    claims.checked("gateway", Phrase::of("Gateway: ") + gateway, &[Code::SharedGateway], &of, "no other identity is behind it");
    claims.checked("folders", "Shared folders: none", &[Code::SharedTemplate], &of, shared(examined, handle));
    let codes = [Code::UndeclaredFlow, Code::IndirectFlow];
    let own = services(examined.inside(handle), "nothing, or there is only one");
    claims.checked("inside", "Between its own qubes", &codes, &of, own);
    for (key, claim, is_meant) in MOVEMENTS {
        let moved = examined.crossing(handle).filter(|passing| is_meant(passing, handle));
        claims.checked(*key, *claim, &codes, &of, calls(moved, "never"));
    }
    let browsers = browsers(examined, handle);
    let changed = !browsers.is_empty();
    let evidence = Phrase::joined(browsers, ", ", "none in its templates' packages");
    let claim = "Browsers and extensions beside Tor Browser";
    match identity.mode.is_anonymous() {
        true => claims.checked("browser", claim, &[Code::Browser], &of, evidence),
        false if changed => claims.told("browser", claim, Held::Open, evidence),
        false => claims.told("browser", claim, Held::Enforced, evidence),
    }
    let title = examined.identity(handle) + Phrase::of(format!(", {}", identity.mode));
    Section::new(section_id(&["workstation-plan", handle.as_str()]), title, vec![Block::Table(claims.table())])
}

/// A kind of movement between identities: its key, what it is called, and which calls are meant.
type Movement = (&'static str, &'static str, fn(&Passing, &Handle) -> bool);

const MOVEMENTS: &[Movement] = &[
    ("clipboard", "Clipboard with others", |passing, _| passing.hop.service.as_deref() == Some(CLIPBOARD)),
    ("imported", "Files and data imported", |passing, own| passing.to.as_ref() == Some(own) && moves_data(passing)),
    ("exported", "Files and data exported", |passing, own| passing.from.as_ref() == Some(own) && moves_data(passing)),
];

fn moves_data(passing: &Passing) -> bool {
    let service = passing.hop.service.as_deref();
    service != Some(CLIPBOARD) && passing.hop.carries.contains(&Carries::Data)
}

/// With whom an identity shares the templates of its applications, which are read only.
fn shared(examined: &Examined, handle: &Handle) -> Phrase {
    let desired = examined.desired();
    let own: BTreeSet<&QubeName> = applications(examined, handle).collect();
    let others = desired.identities.keys().filter(|other| *other != handle);
    let sharing = others.filter(|other| applications(examined, other).any(|template| own.contains(template)));
    let sharing = Phrase::joined(sharing.map(|other| examined.identity(other)), ", ", "nobody");
    Phrase::of("qubes have none; it shares the templates of its applications with ") + sharing
}

/// The templates that the applications of an identity are in.
fn applications<'a>(examined: &Examined<'a>, handle: &Handle) -> impl Iterator<Item = &'a QubeName> {
    let desired = examined.desired();
    examined.qubes_of(handle).filter(|(_, qube)| qube.role.holds_applications()).map(|(_, qube)| desired.template_of(qube))
}

/// The templates that the applications of an identity are in, with what they are cloned from.
pub fn templates(examined: &Examined, handle: &Handle) -> Phrase {
    let desired = examined.desired();
    let templates: BTreeSet<&QubeName> = applications(examined, handle).collect();
    let told = templates.into_iter().map(|name| match desired.templates.get(name) {
        Some(made) if made.packages.is_empty() => Phrase::of(format!("`{name}`: `{}`", made.base)),
        Some(made) => {
            let packages: Vec<_> = made.packages.iter().map(ToString::to_string).collect();
            Phrase::of(format!("`{name}`: `{}` with {}", made.base, packages.join(", ")))
        }
        None => Phrase::of(format!("`{name}` as dom0 has it")),
    });
    Phrase::joined(told, "; ", "it has no qubes with applications")
}

fn browsers(examined: &Examined, handle: &Handle) -> BTreeSet<Phrase> {
    let templates = applications(examined, handle).filter_map(|template| examined.desired().templates.get(template));
    let packages = templates.flat_map(|template| &template.packages);
    packages.filter(|package| of_package(package).is_some()).map(Phrase::name).collect()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
