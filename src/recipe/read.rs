//! From the text of a recipe's file to typed values, with all faults at once.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use toml::de::DeTable;

use super::folder_path::FolderPath;
use super::language::{
    Body, FILE, Gateway, Identity, Network, Recipe, STOCK, Staged, StagedFile, Template, TemplateRef, Workstation,
};
use super::parts::{Declaration, Named, Parts};
use super::place::{At, FileId};
use super::reader::{Sink, Table, TextOrTable};
use super::source_path::{BadSourcePath, SourcePath};
use super::suggestion::did_you_mean;
use super::syntax;
use crate::base::{BadName, BundleName, FileMode, FilePath, QubeName, Text};
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
    /// What the bundle is called, where all of that could be read.
    title: Option<Title>,
    /// The releases that it is for.
    pub releases: Vec<Release>,
    /// Further files of its folder.
    pub include: Vec<At<SourcePath>>,
    /// Recipes that it builds on.
    pub extends: Vec<At<FolderPath>>,
}

struct Title {
    name: BundleName,
    serial: u32,
    summary: Text,
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
    for fault in syntax::faults(&syntax, text, file) {
        sink.add(fault);
    }
    if !syntax.is_empty() {
        return None;
    }
    let mut root = Table::new(root.get_ref(), "the recipe", file.at(0..0), sink);
    let bundle = match kind {
        FileKind::Main => root.table("bundle").map(bundle),
        FileKind::Extended => root.optional_table("bundle").map(bundle),
        FileKind::Included => {
            if let Some(table) = root.optional_table("bundle") {
                let message = format!("only a `{FILE}` has a `[bundle]`, not a file that it includes");
                let help = "to build on another recipe, name its folder in `extends`".to_owned();
                table.fault_with_help(Code::Conflict, table.place(), message, help);
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

/// The recipe, of parts that have no faults. `None` if there are some in its `[bundle]`.
pub fn recipe(bundle: Bundle, parts: Parts) -> Option<Recipe> {
    let Title { name, serial, summary } = bundle.title?;
    Some(Recipe {
        name,
        serial,
        summary,
        releases: bundle.releases,
        identities: finished(parts.identities),
        gateways: finished(parts.gateways),
        workstations: finished(parts.workstations),
        disposables: finished(parts.disposables),
        templates: finished(parts.templates),
    })
}

fn named<'a, K, V>(root: &mut Table<'a>, key: &'static str, read: impl Fn(&mut Table<'a>) -> Option<V>) -> Named<K, V>
where
    K: FromStr<Err: Display>,
{
    let tables = root.named(key).into_iter();
    tables
        .map(|(name, table)| {
            let Some(mut table) = table else { return Declaration { name, replaces: None, value: None } };
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

fn bundle(mut table: Table) -> Bundle {
    let name = table.required("name");
    let serial = table.required_number("serial", 1..=u32::MAX);
    let summary = table.required("summary");
    let releases = table.list::<Release>("releases");
    let before = table.sink().count();
    let (include, extends) = (table.list("include"), table.list("extends"));
    if table.sink().count() > before {
        table.sink().lacks_names();
    }
    table.finish();
    let mut releases: Vec<Release> = releases.into_iter().map(|release| release.value).collect();
    releases.sort();
    if releases.is_empty() {
        releases = Release::ALL.to_vec();
    }
    let title = || Some(Title { name: name?.value, serial: serial?.value, summary: summary?.value });
    Bundle { title: title(), releases, include, extends }
}

fn template(table: &mut Table, releases: &[Release]) -> Option<Template> {
    let base = table.text_or_table("base").map(|base| template_base(table, base, releases));
    let packages = table.list("packages");
    let files = staged(table);
    Some(Template { base: base??, packages, files })
}

fn template_base(table: &Table, base: TextOrTable, releases: &[Release]) -> Option<At<BTreeMap<Release, QubeName>>> {
    match base {
        TextOrTable::Text(text) => {
            let name = |release: &Release| match release.stock_template(&text.value) {
                Some(stock) => Ok((*release, stock)),
                None => text.value.parse().map(|name| (*release, name)),
            };
            let names: Result<BTreeMap<_, _>, BadName> = releases.iter().map(name).collect();
            match names {
                Ok(names) => Some(At { value: names, place: text.place }),
                Err(error) => {
                    table.fault(Code::BadValue, text.place, format!("`base` is the name of a template, and {error}"));
                    None
                }
            }
        }
        TextOrTable::Table(mut table) => {
            let mut names = BTreeMap::new();
            for release in Release::ALL {
                // A recipe that others extend may know more releases than theirs.
                let name = match releases.contains(&release) {
                    true => table.required::<QubeName>(release.as_str()),
                    false => table.optional::<QubeName>(release.as_str()),
                };
                names.extend(name.map(|name| (release, name.value)));
            }
            table.finish();
            Some(At { value: names, place: table.place() })
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
            let message = format!("{mode} does not go through Tor; say `upstream` in place of `gateway`");
            table.fault(Code::Conflict, gateway.place, message);
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
        memory,
        maxmem,
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
                Ok(source) => Some((At { value: source, place: text.place }, FileMode::Plain)),
                Err(error) => {
                    let error: BadSourcePath = error;
                    table.fault(Code::BadValue, text.place, error.to_string());
                    None
                }
            },
            TextOrTable::Table(mut table) => {
                let source = table.required("source");
                let mode = if table.is_set("executable").is_some() { FileMode::Executable } else { FileMode::Plain };
                table.finish();
                source.map(|source| (source, mode))
            }
        };
        if let Some((source, mode)) = file {
            staged.insert(path.value, At { value: StagedFile { source, mode }, place: path.place });
        }
    }
    staged
}
