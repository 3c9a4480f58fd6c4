//! The ways of qubes to the network, as steps change them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use super::observed::Observed;
use super::picture::{Link, Picture};
use super::step::Step;
use crate::base::QubeName;

/// A way to the network, as far as dom0 knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The qubes that it leads over.
    over: Vec<QubeName>,
    end: End,
}

/// How a way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// In a gateway, which is the last qube on it, and so in Tor.
    Tor,
    /// In a qube that has no netvm: it has the network itself, or none.
    Device,
    /// With no netvm.
    Nowhere,
    /// With whatever the global default netvm is.
    Default,
    /// With whatever qubesd gives a new qube.
    Unsaid,
    /// Where it was before.
    Circle,
}

/// How a way changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayChange {
    /// As it was; none if there was no such qube.
    pub before: Option<Way>,
    /// As it is to be.
    pub after: Way,
}

impl Way {
    fn of(picture: &Picture, name: &QubeName) -> Option<Self> {
        let mut over = Vec::new();
        let mut seen = BTreeSet::from([name.clone()]);
        let mut at = picture.netvm(name)?;
        loop {
            let next = match at {
                Link::To(next) => next,
                Link::Nowhere if over.is_empty() => return Some(Self { over, end: End::Nowhere }),
                Link::Nowhere => return Some(Self { over, end: End::Device }),
                Link::Default => return Some(Self { over, end: End::Default }),
                Link::Unsaid => return Some(Self { over, end: End::Unsaid }),
            };
            over.push(next.clone());
            if picture.is_gateway(&next) {
                return Some(Self { over, end: End::Tor });
            }
            if !seen.insert(next.clone()) {
                return Some(Self { over, end: End::Circle });
            }
            // Of a qube whose netvm nobody asked for, nothing more is said.
            let Some(link) = picture.netvm(&next) else { return Some(Self { over, end: End::Device }) };
            at = link;
        }
    }
}

/// How each step changes the way of its own qube; and how ways change from the first step to the last, of whichever qubes.
pub fn ways(steps: &[Step], mut picture: Picture, observed: &Observed) -> (Vec<Option<WayChange>>, Vec<(QubeName, WayChange)>) {
    let first = picture.clone();
    let mut by_step = Vec::with_capacity(steps.len());
    for step in steps {
        let qube = match step {
            Step::Property { qube, property, .. } if property.as_str() == "netvm" => Some(qube),
            _ => None,
        };
        let before = qube.and_then(|qube| Way::of(&picture, qube));
        picture.take(step);
        let after = qube.and_then(|qube| Way::of(&picture, qube));
        by_step.push(after.map(|after| WayChange { before, after }));
    }
    if by_step.iter().all(Option::is_none) && !steps.iter().any(|step| matches!(step, Step::Tag { .. } | Step::Create { .. })) {
        return (by_step, Vec::new());
    }
    let change = |name: &QubeName| {
        let before = if observed.exists(name) { Way::of(&first, name) } else { None };
        let after = Way::of(&picture, name)?;
        (before.as_ref() != Some(&after)).then(|| (name.clone(), WayChange { before, after }))
    };
    (by_step, picture.names().filter_map(change).collect())
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut over: Vec<String> = self.over.iter().map(ToString::to_string).collect();
        if let (End::Tor, Some(gateway)) = (self.end, over.last_mut()) {
            gateway.insert_str(0, "whonix gateway ");
        }
        over.extend(match self.end {
            End::Tor => Some("Tor".to_owned()),
            End::Device => None,
            End::Nowhere => Some("no network".to_owned()),
            End::Default => Some("the global default netvm".to_owned()),
            End::Unsaid => Some("whatever qubesd gives a new qube".to_owned()),
            End::Circle => Some("in a circle".to_owned()),
        });
        f.write_str(&over.join(", "))
    }
}

impl Serialize for Way {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
