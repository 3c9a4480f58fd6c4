//! Where everything stands.
//!
//! From left to right: destinations, Tor, the ways out, and then the qubes by rank. From top to bottom: a lane for each identity, with rows.
//! No two texts meet, because each has a cell of its own; and no line meets a text, because each runs in a row of its own or between
//! columns.

use std::collections::{BTreeMap, BTreeSet};

use super::measure::{Face, width};
use super::rows::{Column, Rows};
use super::shapes::Rect;
use crate::compare::Mark;
use crate::report::map::graph::{Danger, End, Exit, Lane, Leads, Map, Node, OTHERS, Through};
use crate::report::map::lines::word;

/// Room around everything.
pub const MARGIN: i32 = 20;
/// Room between two columns, for the lines between them.
pub const GUTTER: i32 = 44;
/// Where, in a gutter, lines go up and down.
pub const TRUNK: i32 = 20;
/// The height of a line of text in a box.
pub const LINE: i32 = 16;
/// Room between two ports of a box.
pub const PORT: i32 = 12;
const BOX: i32 = 26;
const BETWEEN_ROWS: i32 = 10;
const BETWEEN_LANES: i32 = 12;
const TITLE: i32 = 28;
/// The narrowest lane: room for its title.
const NARROWEST: i32 = 470;
const MOST_OF_DESTINATIONS: i32 = 210;

/// Where everything stands.
#[derive(Debug)]
pub struct Places<'a> {
    /// The lanes, from top to bottom.
    pub lanes: Vec<LanePlace<'a>>,
    /// The columns of qubes.
    pub columns: BTreeMap<Column, (i32, i32)>,
    /// The left edge and the width of the destinations.
    pub destinations: Option<(i32, i32)>,
    /// The same of Tor.
    pub tor: Option<(i32, i32)>,
    /// The same of the ways out.
    pub exits: Option<(i32, i32)>,
    /// Where qubes begin.
    pub qubes: i32,
    /// The right edge of the lanes.
    pub right: i32,
    /// The lower edge of the last lane.
    pub bottom: i32,
}

/// Where a lane stands.
#[derive(Debug)]
pub struct LanePlace<'a> {
    /// The lane.
    pub lane: &'a Lane,
    /// All of it.
    pub at: Rect,
    /// The middle of its title's height.
    pub title: i32,
    /// Its nodes.
    pub nodes: Vec<NodePlace<'a>>,
}

/// Where a node stands.
#[derive(Debug)]
pub struct NodePlace<'a> {
    /// The node.
    pub node: &'a Node,
    /// Its box.
    pub at: Rect,
    /// Its netvm, among the lane's nodes.
    pub netvm: Option<usize>,
}

/// A way out of a lane.
#[derive(Debug, Clone, Copy)]
pub struct Root<'a> {
    /// Of which lane.
    pub lane: usize,
    /// Of which node.
    pub node: &'a Node,
    /// Its box.
    pub at: Rect,
    /// Where it leads.
    pub exit: &'a Exit,
}

impl<'a> Places<'a> {
    /// The places of a folded map; `top` is where lanes may begin.
    pub fn of(map: &'a Map, lanes: &'a [Lane], top: i32) -> Self {
        let flows = flow_counts(map);
        let count = |lane: &Lane, node: &Node| flows.get(&(lane.id.as_str(), node.name.as_str())).copied().unwrap_or(0);
        let rows: Vec<Rows> = lanes.iter().map(|lane| Rows::of(lane, |node| count(lane, node) > 0)).collect();
        let exits: Vec<&Exit> = lanes.iter().flat_map(|lane| &lane.nodes).filter_map(exit).collect();
        let widest = |texts: Vec<(&str, Face)>| texts.into_iter().map(|(text, face)| width(text, face)).max();
        let mut x = MARGIN + 12;
        let column = |x: &mut i32, wide: Option<i32>| {
            let place = wide.map(|wide| (*x, wide));
            *x += wide.map_or(0, |wide| wide + GUTTER);
            place
        };
        let destinations = lanes.iter().filter(|lane| lane.nodes.iter().any(|node| exit(node).is_some()));
        let more = width(" and 99 more", Face::Words);
        let destinations = destinations.flat_map(|lane| match lane.destinations.as_slice() {
            [] => vec![0],
            [one] => vec![width(one, Face::Words)],
            some => some.iter().map(|text| width(text, Face::Words) + more).collect(),
        });
        let destinations = destinations.max().map(|wide| (wide + 24).clamp(104, MOST_OF_DESTINATIONS));
        let destinations = column(&mut x, destinations);
        let tor = column(&mut x, exits.iter().any(|exit| exit.over_tor).then_some(64));
        let through = widest(exits.iter().filter_map(|exit| Some((exit.through.name()?, Face::Name))).collect());
        let through = column(&mut x, through.map(|wide| (wide + 24).max(104)));
        let qubes = x;
        let mut widths: BTreeMap<Column, i32> = BTreeMap::new();
        for (lane, rows) in lanes.iter().zip(&rows) {
            for (node, own) in lane.nodes.iter().zip(&rows.column) {
                let wide = content(node).iter().map(|line| width(&line.text, line.face)).max().unwrap_or(0) + 32;
                let known = widths.entry(*own).or_insert(104);
                *known = wide.max(*known);
            }
        }
        let columns: BTreeMap<Column, (i32, i32)> =
            widths.into_iter().filter_map(|(own, wide)| Some((own, column(&mut x, Some(wide))?))).collect();
        let right = (x - GUTTER + 16).max(qubes + NARROWEST);
        let mut places = Self { lanes: Vec::new(), columns, destinations, tor, exits: through, qubes, right, bottom: top };
        for (lane, rows) in lanes.iter().zip(rows) {
            let place = places.lane(lane, rows, |node| count(lane, node));
            places.bottom = place.at.bottom() + BETWEEN_LANES;
            places.lanes.push(place);
        }
        places.bottom = places.bottom.max(top + BETWEEN_LANES) - BETWEEN_LANES;
        places
    }

    fn lane(&self, lane: &'a Lane, rows: Rows, flows: impl Fn(&Node) -> usize) -> LanePlace<'a> {
        let top = self.bottom;
        let high = |node: &Node| {
            let lines = i32::try_from(content(node).len()).unwrap_or(0);
            let ports = i32::try_from(flows(node)).unwrap_or(0) * if node.kind.provides_network() { 2 } else { 1 };
            (BOX - LINE + lines * LINE).max(PORT * (ports - 1) + 16)
        };
        let mut heights = vec![0; rows.count];
        for (node, row) in lane.nodes.iter().zip(&rows.of) {
            if let Some(height) = heights.get_mut(*row) {
                *height = high(node).max(*height);
            }
        }
        let mut y = top + TITLE + 4;
        let middles: Vec<i32> = heights
            .into_iter()
            .map(|height| {
                let middle = y + height / 2;
                y += height + BETWEEN_ROWS;
                middle
            })
            .collect();
        let nodes = lane.nodes.iter().zip(rows.of.iter().zip(rows.column.iter().zip(rows.netvm)));
        let nodes = nodes.map(|(node, (row, (column, netvm)))| {
            let (x, wide) = self.columns.get(column).copied().unwrap_or_default();
            let at = Rect::around(x, middles.get(*row).copied().unwrap_or(top), wide, high(node));
            NodePlace { node, at, netvm }
        });
        let at = Rect { x: MARGIN, y: top, width: self.right - MARGIN, height: y - top + 4 };
        LanePlace { lane, at, title: top + TITLE / 2 + 1, nodes: nodes.collect() }
    }

    /// All ways out, from top to bottom.
    pub fn roots(&self) -> Vec<Root<'a>> {
        let roots = self.lanes.iter().enumerate().flat_map(|(lane, place)| {
            let root = move |place: &NodePlace<'a>| Some(Root { lane, node: place.node, at: place.at, exit: exit(place.node)? });
            place.nodes.iter().filter_map(root)
        });
        let mut roots: Vec<Root> = roots.collect();
        roots.sort_by_key(|root| root.at.middle());
        roots
    }

    /// The node at an end of a flow.
    pub fn end(&self, end: &End) -> Option<&NodePlace<'a>> {
        let lane = |lane: &&LanePlace, id: &str| lane.lane.id == id;
        match end {
            End::Qube { lane: id, node } => {
                self.lanes.iter().find(|place| lane(place, id))?.nodes.iter().find(|place| place.node.name == *node)
            }
            End::Others => self.lanes.iter().find(|place| lane(place, super::OTHERS_ID))?.nodes.first(),
        }
    }
}

fn exit(node: &Node) -> Option<&Exit> {
    match &node.leads {
        Leads::Out(exit) => Some(exit),
        _ => None,
    }
}

/// How many flows have an end at each node.
fn flow_counts(map: &Map) -> BTreeMap<(&str, &str), usize> {
    let mut counts = BTreeMap::new();
    for end in map.flows.iter().flat_map(|flow| [&flow.from, &flow.to]) {
        let key = match end {
            End::Qube { lane, node } => (lane.as_str(), node.as_str()),
            End::Others => (super::OTHERS_ID, OTHERS),
        };
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// A line of text in a box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The text.
    pub text: String,
    /// How it looks.
    pub face: Face,
    /// What it means.
    pub class: &'static str,
}

/// What stands in a node's box.
pub fn content(node: &Node) -> Vec<Content> {
    let gone = if node.mark == Some(Mark::Removed) { "map-gone" } else { "" };
    let mut lines: Vec<Content> = match node.stands_for.is_empty() {
        true => vec![Content { text: node.name.clone(), face: Face::Name, class: gone }],
        false => {
            let counted = node.stands_for.iter().map(|(kind, count)| kind.counted(*count));
            counted.map(|text| Content { text, face: Face::Words, class: gone }).collect()
        }
    };
    lines.extend(danger(&node.dangers).map(|text| Content { text, face: Face::Small, class: "map-danger" }));
    let mark = node.mark.map(|mark| (word(mark), mark)).or(node.way.map(|mark| ("another way out", mark)));
    lines.extend(mark.map(|(text, mark)| Content { text: text.to_owned(), face: Face::Small, class: mark_class(mark) }));
    lines
}

/// As in `DANGER H0202 H0210`.
pub fn danger(dangers: &[Danger]) -> Option<String> {
    let codes: BTreeSet<&str> = dangers.iter().map(|danger| danger.code.as_str()).collect();
    let few: Vec<&str> = codes.iter().copied().take(3).collect();
    let more = if codes.len() > few.len() { " …" } else { "" };
    (!codes.is_empty()).then(|| format!("DANGER {}{more}", few.join(" ")))
}

/// The class of the word for a mark.
pub fn mark_class(mark: Mark) -> &'static str {
    if mark == Mark::Removed { "map-quiet" } else { "map-mark" }
}

/// Whether a way leads through what it should not.
pub fn is_wrong(through: &Through) -> bool {
    matches!(through, Through::Wrong(_) | Through::Default | Through::Loop)
}
