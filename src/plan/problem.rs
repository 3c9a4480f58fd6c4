//! Why there is no plan: each problem names the thing, and says what to do next.

use std::collections::BTreeSet;

use thiserror::Error;

use crate::base::{FeatureName, PoolName, PropertyName, QubeName, cleaned};
use crate::model::Release;

/// How many names a list of alternatives holds.
const LISTED: usize = 10;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Problem {
    /// A qube of that name is somebody else's.
    #[error("there is already a qube `{0}`, which halite did not make")]
    NotOurs(QubeName),
    /// A qube of that name is of another class, which Qubes never changes.
    #[error("`{qube}` is to be of the class {wanted}, and there is one of the class {}", cleaned(is))]
    OtherClass {
        /// The qube.
        qube: QubeName,
        /// The class that it has.
        is: String,
        /// The class that it is to have.
        wanted: &'static str,
    },
    /// A release that has no names of this form.
    #[error("`{qube}` has a dot in its name, and {release} takes none")]
    Dotted {
        /// The qube.
        qube: QubeName,
        /// The release.
        release: Release,
    },
    /// Something that a qube hangs on does not exist.
    #[error("`{qube}` needs `{missing}` as its {role}, and there is no such qube")]
    Missing {
        /// The qube.
        qube: QubeName,
        /// What it needs.
        missing: QubeName,
        /// As what.
        role: String,
    },
    /// Something that a qube hangs on is of a class that cannot be that.
    #[error("`{qube}` needs `{other}` as its {role}, and that is of the class {}, not {wanted}", cleaned(is))]
    Misfit {
        /// The qube.
        qube: QubeName,
        /// What it needs.
        other: QubeName,
        /// As what.
        role: &'static str,
        /// The class of that.
        is: String,
        /// The class that it must have.
        wanted: &'static str,
    },
    /// A netvm that is none.
    #[error("`{qube}` is to reach the network through `{netvm}`, which provides none")]
    NoProvider {
        /// The qube.
        qube: QubeName,
        /// The netvm that it is to have.
        netvm: QubeName,
    },
    /// A way to the network that leads back, over qubes that halite does not manage.
    #[error("the netvm of `{qube}` is to be `{netvm}`, which itself reaches the network through `{qube}`")]
    Circle {
        /// The qube.
        qube: QubeName,
        /// The netvm that it is to have.
        netvm: QubeName,
    },
    /// Others still need what a qube is to provide no more.
    #[error("`{qube}` is {to_be}, and these {need} it: {}", listed(users))]
    StillUsed {
        /// The qube.
        qube: QubeName,
        /// What is to become of it.
        to_be: &'static str,
        /// Who needs it.
        users: BTreeSet<QubeName>,
        /// For what.
        need: &'static str,
    },
    /// A property with a value that qubesd refuses.
    #[error("{property} of `{qube}` is to be `{}`, and {why}", cleaned(value))]
    BadValue {
        /// The qube.
        qube: QubeName,
        /// The property.
        property: PropertyName,
        /// The value.
        value: String,
        /// What it must be.
        why: &'static str,
    },
    /// A feature that qubesd refuses.
    #[error("the feature {feature} of `{qube}` is to be `{}`, and {why}", cleaned(value))]
    BadFeature {
        /// The qube.
        qube: QubeName,
        /// The feature.
        feature: FeatureName,
        /// The value.
        value: String,
        /// What it must be.
        why: &'static str,
    },
    /// A kernel that is not installed.
    #[error("`{qube}` is to start with the kernel `{}`, and dom0 has {}", cleaned(kernel), listed(there))]
    NoKernel {
        /// The qube.
        qube: QubeName,
        /// The kernel.
        kernel: String,
        /// Those that there are.
        there: BTreeSet<String>,
    },
    /// A label that dom0 does not have.
    #[error("`{qube}` is to have the label `{}`, and dom0 has {}", cleaned(label), listed(there))]
    NoLabel {
        /// The qube.
        qube: QubeName,
        /// The label.
        label: String,
        /// Those that there are.
        there: BTreeSet<String>,
    },
    /// More qubes than qubesd has numbers for.
    #[error("with {new} new ones there would be {} qubes, dom0 included, and a Qubes system holds {most}", there + new)]
    TooMany {
        /// How many there are.
        there: usize,
        /// How many would be made.
        new: usize,
        /// How many there can be.
        most: usize,
    },
    /// A volume that cannot be filled.
    #[error(
        "`{qube}` is to have a private volume of {} MiB, {} MiB more than it has, and the pool {pool} has {} MiB free",
        size >> 20, more >> 20, free >> 20
    )]
    NoRoom {
        /// The qube.
        qube: QubeName,
        /// The size that it is to have, in bytes.
        size: u64,
        /// How much more that is.
        more: u64,
        /// The pool.
        pool: PoolName,
        /// What is free in it.
        free: u64,
    },
    /// Clones that cannot be written.
    #[error("clones of {} take {} MiB of the pool {pool}, which their bases are not in, and {} MiB are free there",
        listed(bases), needed >> 20, free >> 20)]
    NoRoomForCopies {
        /// What is cloned.
        bases: Vec<QubeName>,
        /// The pool.
        pool: PoolName,
        /// How much was written in the bases, in bytes.
        needed: u64,
        /// What is free in the pool.
        free: u64,
    },
    /// In no order of steps is every prefix safe.
    #[error("there is no safe order of steps: after `{step}`, {how}")]
    Unsafe {
        /// The step that is not, in words.
        step: String,
        /// What would be so after it.
        how: String,
    },
}

impl Problem {
    /// What to do about it.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NotOurs(_) => "rename one of the two; or, if it is the one meant, add `--adopt` and its name",
            Self::OtherClass { .. } => "Qubes cannot change a qube's class; choose another name in the recipe",
            Self::Dotted { .. } => "choose a name without a dot in the recipe",
            Self::Missing { .. } => "install or make what is missing first; templates come with `qvm-template install`",
            Self::Misfit { .. } => "name another one in the recipe",
            Self::NoProvider { .. } => {
                "name another netvm in the recipe, or say `qvm-prefs NETVM provides_network True` if it is meant to be one"
            }
            Self::Circle { .. } => "give one of the two another netvm, in the recipe or with `qvm-prefs QUBE netvm OTHER`",
            Self::StillUsed { .. } => "give those something else first, with `qvm-prefs`",
            Self::BadValue { .. } | Self::BadFeature { .. } => "correct the value in the recipe, and build it again",
            Self::NoKernel { .. } => "name one of these in the recipe, or install it with `qubes-dom0-update kernel-qubes-vm`",
            Self::NoLabel { .. } => "give the qube one of these, or make the label in dom0 again",
            Self::TooMany { .. } => "remove qubes that are needed no more, or split the recipe for several computers",
            Self::NoRoom { .. } => "ask for less in the recipe, or make room in the pool",
            Self::NoRoomForCopies { .. } => "make room in the pool, or move the bases into it",
            Self::Unsafe { .. } => {
                "nothing was changed; put what it names right by hand, as `halite-dom0 status` shows it, and try again"
            }
        }
    }
}

/// Names in quotes; of many, how many more there are.
fn listed<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", cleaned(&name.to_string()))).collect();
    match names.len().saturating_sub(LISTED) {
        _ if names.is_empty() => "none".to_owned(),
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..LISTED].join(", ")),
    }
}
