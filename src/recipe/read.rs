//! From the text of a recipe's file to typed values, with all faults at once.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use toml::de::DeTable;

use super::fault::Fault;
use super::folder_path::FolderPath;
use super::language::{
    Body, FILE, Gateway, Identity, Network, Recipe, STOCK, Staged, StagedFile, Template, TemplateRef, Workstation,
};
use super::parts::{Declaration, Named, Parts};
use super::place::{At, FileId};
use super::reader::{Sink, Table, TextOrTable};
use super::suggestion::did_you_mean;
use crate::base::{BadPath, BundleName, BundlePath, FileMode, FilePath, QubeName, Text};
use crate::check::Code;
use crate::model::{Label, Mode, Release};

/// Bounds of memory in MiB. Qubes itself has none above; 1 TiB is past any machine that it runs on.
pub(super) const MEMORY: std::ops::RangeInclusive<u32> = 1..=1 << 20;
/// Bounds of maxmem in MiB; 0 switches balancing off.
pub(super) const MAXMEM: std::ops::RangeInclusive<u32> = 0..=1 << 20;
/// Bounds of a private volume in MiB, up to 16 TiB.
pub(super) const PRIVATE: std::ops::RangeInclusive<u32> = 1..=1 << 24;

/// What a file is in its recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The `halite.toml` of the recipe that is loaded.
    Main,
    /// The `halite.toml` of one that it extends.
    Extended,
    /// A further file.
    Included,
}

/// `[bundle]`
pub struct Bundle {
    name: BundleName,
    serial: u32,
    summary: Text,
    /// The releases that it is for.
    pub releases: Vec<Release>,
    /// What else is to be read.
    pub header: Header,
}

/// The files and recipes that a recipe is made of, besides its `halite.toml`.
#[derive(Debug, Clone, Default)]
pub struct Header {
    /// Further files of its folder.
    pub include: Vec<At<BundlePath>>,
    /// Recipes that it builds on.
    pub extends: Vec<At<FolderPath>>,
}

/// Reads the text of one file: its `[bundle]`, if it has one, and what it declares. `releases` are those of the recipe that is loaded,
/// where they are known already. `None` if it is not TOML.
pub fn file(
    text: &str,
    file: FileId,
    kind: FileKind,
    releases: Option<&[Release]>,
    sink: &Sink,
) -> Option<(Option<Bundle>, Parts)> {
    let (root, syntax) = DeTable::parse_recoverable(text);
    for error in &syntax {
        sink.add(Fault::new(Code::Syntax, file.at(error.span().unwrap_or(0..0)), error.message()));
    }
    if !syntax.is_empty() {
        return None;
    }
    let mut root = Table::new(root.get_ref(), "the recipe", file.at(0..0), sink);
    let bundle = match kind {
        FileKind::Main => root.table("bundle").and_then(bundle),
        FileKind::Extended => root.optional_table("bundle").and_then(bundle),
        FileKind::Included => {
            if let Some(table) = root.optional_table("bundle") {
                table.fault(
                    Code::Conflict,
                    table.place(),
                    format!("only a `{FILE}` has a `[bundle]`, not a file that it includes"),
                );
            }
            None
        }
    };
    let own = bundle.as_ref().map_or(Release::ALL.to_vec(), |bundle| bundle.releases.clone());
    let releases = releases.unwrap_or(&own);
    let parts = Parts {
        templates: named(&mut root, "template", |table| template(table, releases)),
        identities: named(&mut root, "identity", |table| identity(table)),
        gateways: named(&mut root, "gateway", |table| gateway(table)),
        workstations: named(&mut root, "workstation", |table| workstation(table)),
        disposables: named(&mut root, "disposable", |table| disposable(table)),
    };
    root.finish();
    Some((bundle, parts))
}

/// The recipe, of parts that have no faults.
pub fn recipe(bundle: Bundle, parts: Parts) -> Recipe {
    Recipe {
        name: bundle.name,
        serial: bundle.serial,
        summary: bundle.summary,
        releases: bundle.releases,
        identities: finished(parts.identities),
        gateways: finished(parts.gateways),
        workstations: finished(parts.workstations),
        disposables: finished(parts.disposables),
        templates: finished(parts.templates),
    }
}

fn named<'a, K, V>(root: &mut Table<'a>, key: &'static str, read: impl Fn(&mut Table<'a>) -> Option<V>) -> Named<K, V>
where
    K: FromStr<Err: Display>,
{
    let tables = root.named(key).into_iter();
    tables
        .map(|(name, mut table)| {
            let replaces = table.is_set("replaces");
            let value = read(&mut table);
            table.finish();
            Declaration { name, replaces, value }
        })
        .collect()
}

/// What was read without a fault is there as a whole.
fn finished<K: Ord, V>(named: Named<K, V>) -> BTreeMap<K, At<V>> {
    let whole = |declared: Declaration<K, V>| {
        let At { value: name, place } = declared.name;
        Some((name, At { value: declared.value?, place }))
    };
    named.into_iter().filter_map(whole).collect()
}

fn bundle(mut table: Table) -> Option<Bundle> {
    let name = table.required("name");
    let serial = table.required_number("serial", 1..=u32::MAX);
    let summary = table.required("summary");
    let releases = table.list::<Release>("releases");
    let header = Header { include: table.list("include"), extends: table.list("extends") };
    table.finish();
    let mut releases: Vec<Release> = releases.into_iter().map(|release| release.value).collect();
    releases.sort();
    if releases.is_empty() {
        releases = Release::ALL.to_vec();
    }
    Some(Bundle { name: name?.value, serial: serial?.value, summary: summary?.value, releases, header })
}

fn template(table: &mut Table, releases: &[Release]) -> Option<Template> {
    let base = table.text_or_table("base").map(|base| template_base(table, base, releases));
    let packages = table.list("packages");
    let files = staged(table);
    Some(Template { base: base??, packages, files })
}

fn template_base(table: &Table, base: TextOrTable, releases: &[Release]) -> Option<BTreeMap<Release, QubeName>> {
    match base {
        TextOrTable::Text(text) => {
            let name =
                |release: &Release| Some((*release, release.stock_template(&text.value).or_else(|| text.value.parse().ok())?));
            let names: Option<BTreeMap<_, _>> = releases.iter().map(name).collect();
            if names.is_none() {
                table.fault(Code::BadValue, text.place, "`base` is the name of a template");
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
            table.fault(Code::Conflict, gateway.place, "mode 4 does not go through Tor; say `upstream` in place of `gateway`");
            return None;
        }
        (None, Some(upstream)) => {
            let message = format!("{mode} goes through Tor; say `gateway`, and the `upstream` at the gateway");
            table.fault(Code::Conflict, upstream.place, message);
            return None;
        }
        (Some(_), Some(upstream)) => {
            table.fault(Code::Conflict, upstream.place, "an identity has a `gateway` or an `upstream`, not both");
            return None;
        }
        (None, None) => {
            let missing = if mode.over_tor() { "gateway" } else { "upstream" };
            let message = format!("{} lacks the key `{missing}`, which {mode} needs", table.what());
            table.fault(Code::MissingKey, table.place(), message);
            return None;
        }
    };
    Some(Identity { mode, accounts, applications, network })
}

fn gateway(table: &mut Table) -> Option<Gateway> {
    let upstream = table.required("upstream");
    let template = template_ref(table, Some("whonix-gateway"));
    let bridges = table.list("bridges");
    let body = body(table, Label::Black);
    Some(Gateway { upstream: upstream?, template: template?, bridges, body: body? })
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
            None => return Some(At { value: TemplateRef::Stock(default), place: table.place() }),
            Some(name) => name,
        },
    };
    if let Some(stock) = STOCK.into_iter().find(|stock| *stock == name.value) {
        return Some(At { value: TemplateRef::Stock(stock), place: name.place });
    }
    match name.value.parse() {
        Ok(stem) => Some(At { value: TemplateRef::Declared(stem), place: name.place }),
        Err(_) => {
            let help = did_you_mean(&name.value, STOCK)
                .unwrap_or(format!("declare it, `[template.NAME]`, or say one of {}", STOCK.join(", ")));
            table.fault_with_help(Code::UnknownName, name.place, format!("there is no template `{}`", name.value), help);
            None
        }
    }
}

fn body(table: &mut Table, default: Label) -> Option<Body> {
    let label = table.optional("label");
    let memory = table.optional_number("memory", MEMORY);
    let maxmem = table.optional_number("maxmem", MAXMEM);
    let private = table.optional_number("private", PRIVATE);
    let files = staged(table);
    Some(Body {
        label: label.map_or(default, |label| label.value),
        memory: memory.map(|memory| memory.value),
        maxmem: maxmem.map(|maxmem| maxmem.value),
        private: private.map(|private| private.value),
        files,
    })
}

/// `files`: by their path in the qube, a file of the recipe, or a table that says more about it.
fn staged(table: &mut Table) -> Staged {
    let mut staged = Staged::new();
    for (path, value) in table.texts_or_tables::<FilePath>("files") {
        let file = match value {
            TextOrTable::Text(text) => match text.value.parse() {
                Ok(source) => Some(At { value: StagedFile { source, mode: FileMode::Plain }, place: text.place }),
                Err(error) => {
                    let error: BadPath = error;
                    table.fault(Code::BadValue, text.place, error.to_string());
                    None
                }
            },
            TextOrTable::Table(mut table) => {
                let source = table.required::<BundlePath>("source");
                let mode = if table.is_set("executable").is_some() { FileMode::Executable } else { FileMode::Plain };
                table.finish();
                source.map(|source| At { value: StagedFile { source: source.value, mode }, place: source.place })
            }
        };
        if let Some(file) = file {
            staged.insert(path.value, file);
        }
    }
    staged
}
