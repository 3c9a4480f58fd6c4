//! `[gateway.QUBE]`, `[vpn.QUBE]`, `[workstation.QUBE]`, `[disposable.QUBE]`, `[named-disposable.QUBE]` and `[vault.QUBE]`.

use std::ops::RangeInclusive;

use super::template::template_ref;
use crate::base::{FeatureName, FileMode, FilePath, PropertyName, ServiceName, Tag};
use crate::check::Code;
use crate::model::{self, Kind, Label, Release, Setting};
use crate::recipe::language::{Body, Extras, Gateway, NamedDisposable, Settings, Staged, StagedFile, Vpn, Workstation};
use crate::recipe::place::At;
use crate::recipe::reader::{Scalar, Table, TextOrTable};
use crate::recipe::source_path::BadSourcePath;

/// Bounds of memory in MiB. Qubes itself has none above; 1 TiB is past any machine that it runs on.
pub const MEMORY: RangeInclusive<u32> = 1..=1 << 20;
/// Bounds of maxmem in MiB; 0 switches balancing off.
pub const MAXMEM: RangeInclusive<u32> = 0..=1 << 20;
/// Bounds of a private volume in MiB, up to 16 TiB.
pub const PRIVATE: RangeInclusive<u32> = 1..=1 << 24;

/// Properties that are said in other words.
const OTHER_WORDS: [(&str, &str); 9] = [
    ("netvm", "it follows from the identity, or from `upstream`"),
    ("default_dispvm", "say `disposables`"),
    ("provides_network", "gateways and VPN qubes have it"),
    ("template_for_dispvms", "declare it as `[disposable.QUBE]`"),
    ("memory", "say `memory` beside it"),
    ("maxmem", "say `maxmem` beside it"),
    ("label", "say `label` beside it"),
    ("template", "say `template` beside it"),
    ("keyboard_layout", "say `keyboard` in the identity"),
];

/// Reads a gateway: a Whonix one, one on another computer, or one that dom0 has.
pub fn gateway(table: &mut Table, releases: &[Release]) -> Option<Gateway> {
    let (existing, external) = (table.is_set("existing"), table.is_set("external"));
    match (existing, external) {
        (Some(_), Some(place)) => {
            table.fault(Code::Conflict, place, "a gateway is `existing` or `external`, not both");
            // What else it says is of the one or the other.
            template_ref(table, Some("whonix-gateway"));
            body(table, releases, Label::Black);
            None
        }
        (Some(_), None) => Some(Gateway::Existing),
        (None, Some(_)) => {
            let template = template_ref(table, None);
            let body = body(table, releases, Label::Black);
            Some(Gateway::External { template: template?, body })
        }
        (None, None) => {
            let upstream = table.required("upstream");
            let template = template_ref(table, Some("whonix-gateway"));
            let bridges = table.list("bridges");
            let sensitive = table.is_set("sensitive");
            if let Some(place) = sensitive.clone().filter(|_| !table.has("bridges")) {
                table.fault(Code::Conflict, place, "`sensitive` is about `bridges`, and this gateway has none");
            }
            let body = body(table, releases, Label::Black);
            Some(Gateway::Whonix { upstream: upstream?, template: template?, bridges, sensitive: sensitive.is_some(), body })
        }
    }
}

/// Reads a VPN qube.
pub fn vpn(table: &mut Table, releases: &[Release]) -> Option<Vpn> {
    let (upstream, configuration) = (table.required("upstream"), table.required("configuration"));
    let template = template_ref(table, None);
    let body = body(table, releases, Label::Green);
    Some(Vpn { upstream: upstream?, configuration: configuration?, template: template?, body })
}

/// Reads a workstation.
pub fn workstation(table: &mut Table, releases: &[Release]) -> Option<Workstation> {
    let disposables = table.optional("disposables");
    let rest = disposable(table, releases)?;
    Some(Workstation { disposables, ..rest })
}

/// Reads a disposable template, or a vault.
pub fn disposable(table: &mut Table, releases: &[Release]) -> Option<Workstation> {
    let identity = table.required("identity");
    let template = template_ref(table, None);
    let body = body(table, releases, Label::Red);
    Some(Workstation { identity: identity?, template: template?, disposables: None, body })
}

/// Reads a disposable with a name of its own.
pub fn named_disposable(table: &mut Table, releases: &[Release]) -> Option<NamedDisposable> {
    let (template, label) = (table.required("template"), table.optional("label"));
    let settings = settings(table, releases);
    Some(NamedDisposable { template: template?, label: label.map(|label| label.value), settings })
}

fn body(table: &mut Table, releases: &[Release], default: Label) -> Body {
    let label = table.optional("label");
    let private = table.optional_number("private", PRIVATE);
    let files = staged(table);
    let settings = settings(table, releases);
    Body { label: label.map_or(default, |label| label.value), private: private.map(|private| private.value), files, settings }
}

fn settings(table: &mut Table, releases: &[Release]) -> Settings {
    let memory = table.optional_number("memory", MEMORY);
    let maxmem = table.optional_number("maxmem", MAXMEM);
    let firewall = table.has("firewall").then(|| table.list("firewall"));
    let extras = extras(table);
    let by_release = table.by_release(releases, |table| self::extras(table));
    Settings { memory, maxmem, firewall, extras, by_release }
}

/// `prefs`, `tags`, `features` and `services`.
fn extras(table: &mut Table) -> Extras {
    let prefs = table.scalars::<PropertyName>("prefs").into_iter();
    let prefs = prefs.filter_map(|(name, value)| Some((name.value.clone(), setting(table, &name, value)?))).collect();
    let mut features: Vec<(At<FeatureName>, At<Scalar>)> = table.scalars("features");
    let services = table.flags::<ServiceName>("services").into_iter();
    features.extend(services.map(|(name, on)| {
        let value = At { value: Scalar::Bool(on.value), place: on.place };
        (At { value: name.value.feature(), place: name.place }, value)
    }));
    let mut extras = Extras { prefs, tags: tags(table), ..Extras::default() };
    for (name, value) in features {
        let text = match value.value {
            Scalar::Bool(true) => "1".to_owned(),
            Scalar::Bool(false) => String::new(),
            Scalar::Text(text) => text,
            Scalar::Number(number) => number.to_string(),
        };
        if extras.features.insert(name.value.clone(), At { value: text, place: name.place.clone() }).is_some() {
            table.fault(Code::Conflict, name.place, format!("the feature `{}` is said twice", name.value));
        }
    }
    extras
}

fn tags(table: &mut Table) -> Vec<At<Tag>> {
    let tags: Vec<At<Tag>> = table.list("tags");
    let (own, others): (Vec<_>, Vec<_>) = tags.into_iter().partition(|tag| tag.value.as_str().starts_with("halite-"));
    for tag in own {
        let message = format!("the tag `{}` is halite's own: policy is written for it", tag.value);
        table.fault(Code::Conflict, tag.place, message);
    }
    others
}

fn setting(table: &Table, name: &At<PropertyName>, value: At<Scalar>) -> Option<At<Setting>> {
    let known = model::Property::find(name.value.as_str());
    if let Some((_, instead)) = OTHER_WORDS.iter().find(|(other, _)| *other == name.value.as_str()) {
        let message = format!("`{}` is not set in `prefs`", name.value);
        table.fault_with_help(Code::Conflict, name.place.clone(), message, (*instead).to_owned());
        return None;
    }
    // An unknown one is found when everything is checked, as in a bundle that somebody else made.
    let setting = match (value.value, known.map(|known| known.kind)) {
        (Scalar::Text(text), _) if text == "default" => Setting::Default,
        (Scalar::Text(text), Some(Kind::Qube)) if text == "none" => Setting::None,
        (Scalar::Text(text), Some(Kind::Qube)) => match text.parse() {
            Ok(qube) => Setting::Qube(qube),
            Err(error) => {
                table.fault(Code::BadValue, value.place, format!("{error}"));
                return None;
            }
        },
        (Scalar::Text(text), _) => Setting::Text(text),
        (Scalar::Bool(yes), _) => Setting::Bool(yes),
        (Scalar::Number(number), _) => Setting::Int(number),
    };
    Some(At { value: setting, place: name.place.clone() })
}

/// `files`: by their path in the qube, a file of the recipe, or a table that says more about it.
pub fn staged(table: &mut Table) -> Staged {
    let mut staged = Staged::new();
    for (path, value) in table.texts_or_tables::<FilePath>("files") {
        let file = match value {
            TextOrTable::Text(text) => match text.value.parse() {
                Ok(source) => Some((At { value: source, place: text.place }, FileMode::Plain, false)),
                Err(error) => {
                    let error: BadSourcePath = error;
                    table.fault(Code::BadValue, text.place, error.to_string());
                    None
                }
            },
            TextOrTable::Table(mut table) => {
                let source = table.required("source");
                let mode = if table.is_set("executable").is_some() { FileMode::Executable } else { FileMode::Plain };
                let sensitive = table.is_set("sensitive").is_some();
                table.finish();
                source.map(|source| (source, mode, sensitive))
            }
        };
        if let Some((source, mode, sensitive)) = file {
            staged.insert(path.value, At { value: StagedFile { source, mode, sensitive }, place: path.place });
        }
    }
    staged
}
