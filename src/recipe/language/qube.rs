//! What holds an identity's applications and data, and what every qube has.

use std::collections::BTreeMap;

use super::template::TemplateRef;
use crate::base::{FeatureName, FileMode, FilePath, Handle, PropertyName, QubeName, Tag};
use crate::model::{FirewallRule, Label, Release, Setting};
use crate::recipe::place::At;
use crate::recipe::source_path::SourcePath;

/// `[workstation.QUBE]`, `[disposable.QUBE]` and `[vault.QUBE]`
#[derive(Debug, Clone)]
pub struct Workstation {
    /// Whose it is.
    pub identity: At<Handle>,
    /// What its template is.
    pub template: At<TemplateRef>,
    /// The disposable template that its disposables are made from; of a disposable template, itself.
    pub disposables: Option<At<QubeName>>,
    /// Its appearance and resources.
    pub body: Body,
}

/// `[named-disposable.QUBE]`
#[derive(Debug, Clone)]
pub struct NamedDisposable {
    /// The disposable template that it is made from, and whose identity it has.
    pub template: At<QubeName>,
    /// Its label, if that is another than its template's.
    pub label: Option<Label>,
    /// What it has otherwise than its template.
    pub settings: Settings,
}

/// What every qube has that keeps something.
#[derive(Debug, Clone)]
pub struct Body {
    /// Its label.
    pub label: Label,
    /// Least size of the private volume in MiB.
    pub private: Option<u32>,
    /// Files that are put into its private volume.
    pub files: Staged,
    /// What every qube has.
    pub settings: Settings,
}

/// What every qube has.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Initial memory in MiB.
    pub memory: Option<At<u32>>,
    /// Most memory in MiB; 0 means that it is never balanced.
    pub maxmem: Option<At<u32>>,
    /// The rules of its firewall, if it has rules of its own.
    pub firewall: Option<Vec<At<FirewallRule>>>,
    /// What it has besides, on every release.
    pub extras: Extras,
    /// What it has besides, on some.
    pub by_release: BTreeMap<Release, Extras>,
}

/// What a qube has besides, where its author knows better than halite.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    /// Properties.
    pub prefs: BTreeMap<PropertyName, At<Setting>>,
    /// Tags.
    pub tags: Vec<At<Tag>>,
    /// Features; services among them.
    pub features: BTreeMap<FeatureName, At<String>>,
}

/// Files that are put into a qube, by their path there; the place is that of the path.
pub type Staged = BTreeMap<FilePath, At<StagedFile>>;

/// One of them.
#[derive(Debug, Clone)]
pub struct StagedFile {
    /// The file, in the folder of the recipe that says so.
    pub source: At<SourcePath>,
    /// Its permissions in the qube.
    pub mode: FileMode,
    /// Whether its author knows that the bundle holds its contents in clear.
    pub sensitive: bool,
}
