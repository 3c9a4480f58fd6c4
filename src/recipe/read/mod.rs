//! From the text of a recipe's file to typed values, with all faults at once: `[bundle]` here, each kind of table in a file of its own.

mod flow;
mod identity;
mod qube;
mod template;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use toml::de::DeTable;

use super::folder_path::FolderPath;
use super::language::{FILE, Recipe};
use super::parts::{Declaration, Named, Parts};
use super::place::{At, FileId};
use super::reader::{Sink, Table};
use super::source_path::SourcePath;
use super::syntax;
use crate::base::{BundleName, QubeName, Text};
use crate::check::Code;
use crate::model::{Release, whonix};

pub use flow::ANSWERS;
pub use qube::{MAXMEM, MEMORY, PRIVATE};

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
    /// The memory that the computer has for qubes, in MiB.
    memory: Option<At<u32>>,
    /// The gateway that templates are updated through.
    updates: At<QubeName>,
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
        templates: named(&mut root, "template", |table| template::template(table, releases)),
        identities: named(&mut root, "identity", identity::identity),
        gateways: named(&mut root, "gateway", |table| qube::gateway(table, releases)),
        vpns: named(&mut root, "vpn", |table| qube::vpn(table, releases)),
        workstations: named(&mut root, "workstation", |table| qube::workstation(table, releases)),
        disposables: named(&mut root, "disposable", |table| qube::disposable(table, releases)),
        named_disposables: named(&mut root, "named-disposable", |table| qube::named_disposable(table, releases)),
        vaults: named(&mut root, "vault", |table| qube::disposable(table, releases)),
        existing: named(&mut root, "existing", |_| Some(())),
        flows: named(&mut root, "flow", flow::flow),
        exceptions: named(&mut root, "exception", flow::exception),
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
        memory: bundle.memory,
        updates: bundle.updates,
        identities: finished(parts.identities),
        gateways: finished(parts.gateways),
        workstations: finished(parts.workstations),
        disposables: finished(parts.disposables),
        named_disposables: finished(parts.named_disposables),
        vpns: finished(parts.vpns),
        vaults: finished(parts.vaults),
        existing: finished(parts.existing),
        templates: finished(parts.templates),
        flows: finished(parts.flows),
        exceptions: finished(parts.exceptions),
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
    let memory = table.optional_number("memory", MEMORY);
    let updates = table.optional("updates").unwrap_or_else(|| At { value: whonix::stock_gateway(), place: table.place() });
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
    Bundle { title: title(), releases, memory, updates, include, extends }
}
