//! From the text of a recipe to its typed values, with all faults at once.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use toml::de::DeTable;

use super::fault::{Fault, did_you_mean};
use super::language::{Body, Gateway, Identity, Network, Recipe, STOCK, Template, TemplateRef, Workstation};
use super::parts::{Named, Parts};
use super::reader::{At, Sink, Table, TextOrTable};
use super::references;
use crate::base::{BundleName, QubeName, Text};
use crate::check::Code;
use crate::model::{Label, Mode, Release};

/// Bounds of memory in MiB. Qubes itself has none above; 1 TiB is past any machine that it runs on.
pub(super) const MEMORY: std::ops::RangeInclusive<u32> = 1..=1 << 20;
/// Bounds of maxmem in MiB; 0 switches balancing off.
pub(super) const MAXMEM: std::ops::RangeInclusive<u32> = 0..=1 << 20;
/// Bounds of a private volume in MiB, up to 16 TiB.
pub(super) const PRIVATE: std::ops::RangeInclusive<u32> = 1..=1 << 24;

struct Bundle {
    name: BundleName,
    serial: u32,
    summary: Text,
    releases: Vec<Release>,
}

impl Recipe {
    /// Reads a recipe from the text of its file.
    ///
    /// # Errors
    /// All of its faults at once.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let sink = Sink::default();
        let (root, syntax) = DeTable::parse_recoverable(text);
        for error in syntax {
            sink.add(Fault::new(Code::Syntax, error.span().unwrap_or(0..0), error.message()));
        }
        if !sink.is_empty() {
            // Faults of meaning in half-read text would mislead.
            return Err(sink.into_faults());
        }
        let mut root = Table::new(root.get_ref(), "the recipe", 0..0, &sink);
        let bundle = root.table("bundle").and_then(bundle);
        let releases = bundle.as_ref().map_or(Release::ALL.to_vec(), |bundle| bundle.releases.clone());
        let parts = Parts {
            templates: named(&mut root, "template", |table| template(table, &releases)),
            identities: named(&mut root, "identity", |table| identity(table)),
            gateways: named(&mut root, "gateway", |table| gateway(table)),
            workstations: named(&mut root, "workstation", |table| workstation(table)),
            disposables: named(&mut root, "disposable", |table| disposable(table)),
        };
        root.finish();
        references::check(&parts, &sink);
        match (sink.into_faults(), bundle) {
            (faults, Some(bundle)) if faults.is_empty() => Ok(Self {
                name: bundle.name,
                serial: bundle.serial,
                summary: bundle.summary,
                releases: bundle.releases,
                identities: finished(parts.identities),
                gateways: finished(parts.gateways),
                workstations: finished(parts.workstations),
                disposables: finished(parts.disposables),
                templates: finished(parts.templates),
            }),
            (faults, _) => Err(faults),
        }
    }
}

fn named<'a, K, V>(root: &mut Table<'a>, key: &'static str, read: impl Fn(&mut Table<'a>) -> Option<V>) -> Named<K, V>
where
    K: FromStr<Err: Display>,
{
    let tables = root.named(key).into_iter();
    tables
        .map(|(name, mut table)| {
            let value = read(&mut table);
            table.finish();
            (name, value)
        })
        .collect()
}

/// What was read without a fault is there as a whole.
fn finished<K: Ord, V>(named: Named<K, V>) -> BTreeMap<K, At<V>> {
    named.into_iter().filter_map(|(name, value)| Some((name.value, At { value: value?, span: name.span }))).collect()
}

fn bundle(mut table: Table) -> Option<Bundle> {
    let name = table.required("name");
    let serial = table.required_number("serial", 1..=u32::MAX);
    let summary = table.required("summary");
    let releases = table.list::<Release>("releases");
    table.finish();
    let mut releases: Vec<Release> = releases.into_iter().map(|release| release.value).collect();
    releases.sort();
    if releases.is_empty() {
        releases = Release::ALL.to_vec();
    }
    Some(Bundle { name: name?.value, serial: serial?.value, summary: summary?.value, releases })
}

fn template(table: &mut Table, releases: &[Release]) -> Option<Template> {
    let base = table.text_or_table("base").map(|base| template_base(base, releases));
    let packages = table.list("packages");
    Some(Template { base: base??, packages })
}

fn template_base(base: TextOrTable, releases: &[Release]) -> Option<BTreeMap<Release, QubeName>> {
    match base {
        TextOrTable::Text(text) => {
            let name =
                |release: &Release| Some((*release, release.stock_template(&text.value).or_else(|| text.value.parse().ok())?));
            let names: Option<BTreeMap<_, _>> = releases.iter().map(name).collect();
            if names.is_none() {
                text.fault(Code::BadValue, "`base` is the name of a template");
            }
            names
        }
        TextOrTable::Table(mut table) => {
            let mut names = BTreeMap::new();
            for release in releases {
                if let Some(name) = table.required::<QubeName>(release.as_str()) {
                    names.insert(*release, name.value);
                }
            }
            table.finish();
            Some(names)
        }
    }
}

fn identity(table: &mut Table) -> Option<Identity> {
    let mode = table.required_number("mode", 1..=4);
    let accounts = table.list("accounts");
    let applications = table.list("applications");
    let gateway = table.optional::<QubeName>("gateway");
    let upstream = table.optional::<QubeName>("upstream");
    let mode = Mode::try_from(u8::try_from(mode?.value).ok()?).ok()?;
    let network = match (gateway, upstream) {
        (Some(gateway), None) if mode.over_tor() => Network::Gateway(gateway),
        (None, Some(upstream)) if !mode.over_tor() => Network::Clear(upstream),
        (Some(gateway), None) => {
            table.fault(Code::Conflict, gateway.span, "mode 4 does not go through Tor; say `upstream` in place of `gateway`");
            return None;
        }
        (None, Some(upstream)) => {
            let message = format!("{mode} goes through Tor; say `gateway`, and the `upstream` at the gateway");
            table.fault(Code::Conflict, upstream.span, message);
            return None;
        }
        (Some(_), Some(upstream)) => {
            table.fault(Code::Conflict, upstream.span, "an identity has a `gateway` or an `upstream`, not both");
            return None;
        }
        (None, None) => {
            let missing = if mode.over_tor() { "gateway" } else { "upstream" };
            let message = format!("{} lacks the key `{missing}`, which {mode} needs", table.what());
            table.fault(Code::MissingKey, table.span(), message);
            return None;
        }
    };
    Some(Identity { mode, accounts, applications, network })
}

fn gateway(table: &mut Table) -> Option<Gateway> {
    let upstream = table.required("upstream");
    let template = template_ref(table, Some("whonix-gateway"));
    let body = body(table, Label::Black);
    Some(Gateway { upstream: upstream?, template: template?, body: body? })
}

fn workstation(table: &mut Table) -> Option<Workstation> {
    let disposables = table.optional("disposables");
    let rest = disposable(table)?;
    Some(Workstation { disposables, ..rest })
}

fn disposable(table: &mut Table) -> Option<Workstation> {
    let identity = table.required("identity");
    let template = template_ref(table, None);
    let body = body(table, Label::Red);
    Some(Workstation { identity: identity?, template: template?, disposables: None, body: body? })
}

fn template_ref(table: &mut Table, default: Option<&'static str>) -> Option<At<TemplateRef>> {
    let name = match default {
        None => table.required::<String>("template")?,
        Some(default) => match table.optional::<String>("template") {
            None => return Some(At { value: TemplateRef::Stock(default), span: table.span() }),
            Some(name) => name,
        },
    };
    if let Some(stock) = STOCK.into_iter().find(|stock| *stock == name.value) {
        return Some(At { value: TemplateRef::Stock(stock), span: name.span });
    }
    match name.value.parse() {
        Ok(stem) => Some(At { value: TemplateRef::Declared(stem), span: name.span }),
        Err(_) => {
            let help = did_you_mean(&name.value, STOCK)
                .unwrap_or(format!("declare it, `[template.NAME]`, or say one of {}", STOCK.join(", ")));
            table.fault_with_help(Code::UnknownName, name.span, format!("there is no template `{}`", name.value), help);
            None
        }
    }
}

fn body(table: &mut Table, default: Label) -> Option<Body> {
    let label = table.optional("label");
    let memory = table.optional_number("memory", MEMORY);
    let maxmem = table.optional_number("maxmem", MAXMEM);
    let private = table.optional_number("private", PRIVATE);
    Some(Body {
        label: label.map_or(default, |label| label.value),
        memory: memory.map(|memory| memory.value),
        maxmem: maxmem.map(|maxmem| maxmem.value),
        private: private.map(|private| private.value),
    })
}
