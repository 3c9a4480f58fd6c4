//! The volumes of a qube: the four that every machine has, in the two stock pools.
//!
//! Source: `qubes/storage/__init__.py`, `reflink.py`, `kernels.py`, and `default_volume_config` of the classes. How much of a
//! volume is used is not simulated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::qube::{Class, Qube};
use super::view::View;

/// The pool of volumes, of the driver `file-reflink`.
pub(super) const POOL: &str = "varlibqubes";
/// The pool of kernels.
pub(super) const KERNEL_POOL: &str = "linux-kernel";

const GIB: u64 = 1 << 30;

/// The disk that the pool of volumes is on. How large it is and how full is invented, and stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disk {
    /// Its size in bytes.
    pub(super) size: u64,
    /// What of it is taken.
    pub(super) usage: u64,
}

impl Default for Disk {
    fn default() -> Self {
        Self { size: 256 * GIB, usage: 64 * GIB }
    }
}

impl Disk {
    /// Whether it is the one of a stock system.
    pub(super) fn is_stock(&self) -> bool {
        *self == Self::default()
    }
}

/// `root_img_size` of `qubes/config.py`.
const ROOT_SIZE: u64 = 10 * GIB;
/// `private_img_size` of `qubes/config.py`.
const PRIVATE_SIZE: u64 = 2 * GIB;

/// A volume, in the order in which they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum VolumeName {
    /// The system.
    Root,
    /// What a qube keeps: `/rw`.
    Private,
    /// Swap and changes to the root that are dropped.
    Volatile,
    /// The kernel's modules.
    Kernel,
}

impl VolumeName {
    /// All.
    pub(super) const ALL: [Self; 4] = [Self::Root, Self::Private, Self::Volatile, Self::Kernel];

    /// As Qubes spells it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Private => "private",
            Self::Volatile => "volatile",
            Self::Kernel => "kernel",
        }
    }

    /// The volume of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|volume| volume.as_str() == name)
    }

    /// Whether it begins as a snapshot of the template's at each start.
    pub(super) fn snap_on_start(self, class: Class) -> bool {
        matches!((self, class), (Self::Root, Class::AppVM | Class::DispVM) | (Self::Private, Class::DispVM))
    }

    /// Whether it is kept at shutdown.
    pub(super) fn save_on_stop(self, class: Class) -> bool {
        matches!(self, Self::Root | Self::Private) && !self.snap_on_start(class)
    }

    /// Whether a qube may write to it.
    pub(super) fn is_writable(self) -> bool {
        self != Self::Kernel
    }

    /// The size in a new qube that has no template to take it from.
    fn new_size(self, class: Class) -> u64 {
        match self {
            Self::Root => ROOT_SIZE,
            Self::Private => PRIVATE_SIZE,
            Self::Volatile if class == Class::DispVM => ROOT_SIZE + PRIVATE_SIZE,
            Self::Volatile => ROOT_SIZE,
            Self::Kernel => 0,
        }
    }
}

/// A volume that a qube runs on, and that began as a snapshot of its template's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Snapshot {
    /// The size that the template's had then, in bytes.
    pub(super) began: u64,
    /// The size that it has, in bytes.
    pub(super) size: u64,
}

impl Qube {
    /// Gives a volume a size, which is kept only if it is not that of a new qube.
    pub(super) fn resize(&mut self, volume: VolumeName, size: u64) {
        self.snapshots.entry(volume).and_modify(|snapshot| snapshot.size = size);
        if size == volume.new_size(self.class) {
            self.sizes.remove(&volume);
        } else {
            self.sizes.insert(volume, size);
        }
    }
}

impl View<'_> {
    /// A volume's size in bytes.
    pub(super) fn volume_size(&self, volume: VolumeName) -> u64 {
        self.qube.snapshots.get(&volume).map_or_else(|| self.kept_size(volume), |snapshot| snapshot.size)
    }

    /// The snapshots that it would start on now. Source: `storage/reflink.py`, `start`.
    pub(super) fn new_snapshots(&self) -> BTreeMap<VolumeName, Snapshot> {
        let snapshot = |volume: VolumeName| {
            let size = self.volume_source(volume)?.kept_size(volume);
            Some((volume, Snapshot { began: size, size }))
        };
        VolumeName::ALL.into_iter().filter_map(snapshot).collect()
    }

    /// Whether it runs on a snapshot of what its template has no more; only of a change of size this is known.
    fn is_outdated(&self, volume: VolumeName) -> bool {
        let source = self.volume_source(volume).map(|source| source.kept_size(volume));
        self.qube.snapshots.get(&volume).is_some_and(|snapshot| Some(snapshot.began) != source)
    }

    /// A volume's size without what runs on it.
    fn kept_size(&self, volume: VolumeName) -> u64 {
        self.qube.sizes.get(&volume).copied().unwrap_or_else(|| volume.new_size(self.qube.class))
    }

    /// A volume's id in its pool.
    pub(super) fn volume_id(&self, volume: VolumeName) -> String {
        match volume {
            VolumeName::Kernel => self.get("kernel").map(|kernel| kernel.sent()).unwrap_or_default(),
            _ => {
                let folder = if self.qube.class == Class::TemplateVM { "vm-templates" } else { "appvms" };
                format!("{folder}/{}/{}", self.name, volume.as_str())
            }
        }
    }

    /// The qube whose volume this one is a snapshot of: the first up the templates that has one of its own.
    pub(super) fn volume_source(&self, volume: VolumeName) -> Option<Self> {
        if !volume.snap_on_start(self.qube.class) {
            return None;
        }
        let template = self.template()?;
        template.volume_source(volume).or(Some(template))
    }

    /// The lines of `admin.vm.volume.Info`.
    pub(super) fn volume_info(&self, volume: VolumeName) -> String {
        let flag = |on| if on { "True" } else { "False" };
        let class = self.qube.class;
        let id = self.volume_id(volume);
        let (pool, path, revisions) = match volume {
            VolumeName::Kernel if id.is_empty() => (KERNEL_POOL, String::new(), 0),
            VolumeName::Kernel => (KERNEL_POOL, format!("/var/lib/qubes/vm-kernels/{id}/modules.img"), 0),
            _ => (POOL, format!("/var/lib/qubes/{id}-dirty.img"), 1),
        };
        let source = self.volume_source(volume).map(|source| source.volume_id(volume)).unwrap_or_default();
        format!(
            "pool={pool}\nvid={id}\nsize={size}\nusage=0\nrw={rw}\nsource={source}\npath={path}\nsave_on_stop={save}\n\
             snap_on_start={snap}\nrevisions_to_keep={revisions}\nephemeral=False\nis_outdated={outdated}\n",
            size = self.volume_size(volume),
            rw = flag(volume.is_writable()),
            save = flag(volume.save_on_stop(class)),
            snap = flag(volume.snap_on_start(class)),
            outdated = flag(self.is_outdated(volume)),
        )
    }
}
