//! Which row of its lane each qube stands in.
//!
//! What provides no network has a row of its own, so that a line from it to the left or to the right meets nobody else; what provides
//! network stands in the row of the first that is behind it.

use crate::report::map::graph::{Kind, Lane, Leads, Node};

/// The rows of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// How many there are.
    pub count: usize,
    /// The row of each node.
    pub of: Vec<usize>,
    /// The netvm of each node, if that is in the lane.
    pub netvm: Vec<Option<usize>>,
    /// The column of each node.
    pub column: Vec<Column>,
}

/// A column: a rank, and for VPN qubes how many others are before it in the same rank.
pub type Column = (usize, usize);

impl Rows {
    /// The rows of this lane. What provides network and has flows has a row of its own, too.
    pub fn of(lane: &Lane, has_flows: impl Fn(&Node) -> bool) -> Self {
        let nodes = &lane.nodes;
        let netvm: Vec<Option<usize>> = nodes.iter().map(|node| netvm(lane, node)).collect();
        let column = (0..nodes.len()).map(|at| column(nodes, &netvm, at)).collect();
        let mut roots: Vec<usize> = (0..nodes.len()).filter(|at| netvm.get(*at) == Some(&None)).collect();
        let order = |at: &usize| nodes.get(*at).map(|node| (node.leads == Leads::Nowhere, node.is_off_its_way(), *at));
        roots.sort_by_key(order);
        let mut rows = Self { count: 0, of: vec![usize::MAX; nodes.len()], netvm, column };
        for root in roots.into_iter().chain(0..nodes.len()) {
            rows.place(root, nodes, &has_flows);
        }
        rows
    }

    fn place(&mut self, at: usize, nodes: &[Node], has_flows: &impl Fn(&Node) -> bool) {
        let Some(row) = self.of.get_mut(at).filter(|row| **row == usize::MAX) else { return };
        *row = self.count;
        let behind: Vec<usize> = (0..nodes.len()).filter(|other| self.netvm.get(*other) == Some(&Some(at))).collect();
        if behind.is_empty() || nodes.get(at).is_some_and(has_flows) {
            self.count += 1;
        }
        for other in behind {
            self.place(other, nodes, has_flows);
        }
    }
}

/// The netvm of a node, if it is in the lane, and in a column before that of the node.
fn netvm(lane: &Lane, node: &Node) -> Option<usize> {
    let Leads::Within(name) = &node.leads else { return None };
    let at = lane.nodes.iter().position(|other| other.name == *name)?;
    let netvm = lane.nodes.get(at)?;
    let are_vpns = netvm.kind == node.kind && matches!(node.kind, Kind::Vpn | Kind::VpnBehindTor);
    (netvm.kind.rank() < node.kind.rank() || are_vpns).then_some(at)
}

fn column(nodes: &[Node], netvm: &[Option<usize>], at: usize) -> Column {
    let rank = |at: usize| nodes.get(at).map_or(0, |node| node.kind.rank());
    let mut before = 0;
    let mut last = at;
    // As many steps as there are nodes, and no more.
    for _ in nodes {
        match netvm.get(last).copied().flatten() {
            Some(next) if rank(next) == rank(at) => (before, last) = (before + 1, next),
            _ => break,
        }
    }
    (rank(at), before)
}
