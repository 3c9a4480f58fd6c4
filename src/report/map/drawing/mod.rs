//! A map, drawn as SVG.
//!
//! `measure` says how wide a text can be, `rows` and `places` where everything stands, `ways` and `arrows` draw the lines, `legend` what
//! they mean. All of that comes to a drawing in `shapes`, in whole pixels, which `svg` writes down. Colours and fonts are in [`STYLE`].

mod arrows;
mod legend;
mod measure;
mod places;
mod rows;
mod shapes;
mod svg;
#[cfg(test)]
mod tests;
mod ways;

use measure::{Face, width};
use places::{LanePlace, MARGIN, NodePlace, Places, content, danger, mark_class};
use shapes::{Drawing, Rect};

use super::graph::{End, Flow, Kind, Lane, Leads, Map, Node, OTHERS};
use super::lines::word;
use crate::compare::Mark;

/// The stylesheet of drawings, for light and dark screens and for paper.
pub const STYLE: &str = include_str!("style.css");

/// The id of the lane that stands for the rest of dom0. No handle is empty.
const OTHERS_ID: &str = "";
/// Most flows that are drawn.
const MOST_FLOWS: usize = 60;

impl Map {
    /// The map as SVG, to stand in an HTML page whose stylesheet has [`STYLE`] in it.
    pub fn svg(&self) -> String {
        let map = self.folded();
        svg::inline(&draw(&map, false), &map)
    }

    /// The map as SVG, for a file of its own.
    pub fn svg_file(&self) -> String {
        let map = self.folded();
        svg::file(&draw(&map, true), &map)
    }
}

/// Draws a folded map, with its name above it if it is to stand alone.
fn draw(map: &Map, is_alone: bool) -> Drawing {
    let mut lanes = map.lanes.clone();
    if map.flows.iter().any(|flow| [&flow.from, &flow.to].contains(&&End::Others)) {
        lanes.push(others());
    }
    let heading = if is_alone { 40 } else { 0 };
    let flows: Vec<&Flow> = map.flows.iter().take(MOST_FLOWS).collect();
    let shown = Map { flows: flows.iter().copied().cloned().collect(), ..Map::default() };
    let places = Places::of(&shown, &lanes, MARGIN + heading + 28);
    let mut drawing = Drawing { width: places.right + MARGIN, height: places.bottom, shapes: Vec::new() };
    if is_alone {
        let most = drawing.width - 2 * MARGIN;
        drawing.text((MARGIN, MARGIN + 12), most, Face::Heading, &map.bundle, "");
    }
    for place in &places.lanes {
        let mark = halo(place.lane.mark).unwrap_or_default();
        drawing.area(place.at, 8, format!("map-lane{mark}"), None);
    }
    headings(&places, MARGIN + heading + 12, &mut drawing);
    ways::within(&places, &mut drawing);
    ways::out(&places, &mut drawing);
    arrows::draw(map, &flows, &places, &mut drawing);
    for place in &places.lanes {
        title(place, &places, &mut drawing);
        place.nodes.iter().for_each(|node| boxed(node, &mut drawing));
    }
    below(map, &mut drawing);
    drawing
}

/// The rest of dom0, as a lane.
fn others() -> Lane {
    Lane {
        id: OTHERS_ID.to_owned(),
        title: "the rest of dom0".to_owned(),
        mode: None,
        over_tor: false,
        destinations: Vec::new(),
        nodes: vec![Node::new(OTHERS, Kind::Others, None, Leads::Nowhere)],
        dangers: Vec::new(),
        mark: None,
    }
}

/// What is in each column.
fn headings(places: &Places, middle: i32, drawing: &mut Drawing) {
    let outside = [(places.destinations, "Destinations"), (places.tor, "Network"), (places.exits, "Ways out")];
    let outside = outside.into_iter().filter_map(|(place, text)| Some((place?, text)));
    let is_folded = places.lanes.iter().flat_map(|lane| &lane.nodes).any(|place| place.node.kind == Kind::Folded);
    let text = |rank: usize| match rank {
        0 => "VPN",
        1 => "Gateways",
        2 => "VPN behind Tor",
        3 if is_folded => "Identities",
        3 => "Workstations",
        4 => "Disposables",
        _ => "Vaults",
    };
    let columns = places.columns.iter().filter(|((_, before), _)| *before == 0);
    let columns = columns.map(|((rank, _), place)| (*place, text(*rank)));
    for ((x, wide), text) in outside.chain(columns) {
        drawing.centred(Rect::around(x - 16, middle, wide + 32, Face::Small.height()), Face::Small, text, "map-quiet");
    }
}

/// What a lane is called.
fn title(place: &LanePlace, places: &Places, drawing: &mut Drawing) {
    let (lane, right) = (place.lane, places.right - 16);
    let gone = if lane.mark == Some(Mark::Removed) { "map-gone" } else { "" };
    let described = lane.mode.map(|mode| format!("{mode} · {}", mode.description()));
    let tags =
        [danger(&lane.dangers).map(|text| (text, "map-danger")), lane.mark.map(|mark| (word(mark).to_owned(), mark_class(mark)))];
    let tags: Vec<(String, &str)> = tags.into_iter().flatten().collect();
    let used: i32 = tags.iter().map(|(text, _)| width(text, Face::Small) + 12).sum();
    let needed = described.as_deref().map_or(0, |text| width(text, Face::Small) + 12);
    let room = (right - places.qubes - used - needed).max(120);
    let mut x = drawing.text((places.qubes, place.title), room, Face::Title, &lane.title, gone) + 12;
    for (text, class) in described.into_iter().map(|text| (text, "map-quiet")).chain(tags) {
        x = drawing.text((x, place.title), right - x, Face::Small, &text, class) + 12;
    }
}

/// The box of a node.
fn boxed(place: &NodePlace, drawing: &mut Drawing) {
    let NodePlace { node, at, .. } = place;
    let mut class = "map-node".to_owned();
    if matches!(node.kind, Kind::ExistingGateway | Kind::Others) {
        class.push_str(" map-existing");
    }
    if node.leads == Leads::Nowhere && node.kind != Kind::Others {
        class.push_str(" map-offline");
    }
    if !node.dangers.is_empty() {
        class.push_str(" map-danger");
    }
    if node.mark == Some(Mark::Removed) {
        class.push_str(" map-gone");
    }
    if halo(node.mark).is_some() {
        drawing.area(at.inset(-3), 8, "map-halo", None);
    }
    if node.kind == Kind::Disposables {
        drawing.area(Rect { x: at.x + 4, y: at.y - 4, ..*at }, 5, "map-node map-stack", None);
    }
    drawing.area(*at, 5, class, Some(ways::node_title(node)));
    if let Some(label) = node.label {
        let stripe = Rect { x: at.x + 5, y: at.y + 5, width: 8, height: at.height - 10 };
        drawing.area(stripe, 3, format!("map-swatch {}", legend::label_class(label)), Some(format!("label {label}")));
    }
    let lines = content(node);
    let count = i32::try_from(lines.len()).unwrap_or(1);
    let mut middle = at.middle() - (count - 1) * places::LINE / 2;
    for line in lines {
        drawing.text((at.x + 20, middle), at.width - 28, line.face, &line.text, line.class);
        middle += places::LINE;
    }
}

/// The class of what is new or has changed.
fn halo(mark: Option<Mark>) -> Option<&'static str> {
    mark.filter(|mark| *mark != Mark::Removed).map(|_| " map-lane-new")
}

/// What is said below the lanes.
fn below(map: &Map, drawing: &mut Drawing) {
    let mut notes = Vec::new();
    if map.flows.is_empty() && !map.lanes.is_empty() {
        notes.push("Nothing may move from one identity to another.".to_owned());
    }
    if let Some(more) = map.flows.len().checked_sub(MOST_FLOWS).filter(|more| *more > 0) {
        notes.push(format!("{more} more flows are not drawn."));
    }
    notes.extend(map.updates.iter().map(|gateway| format!("Templates are updated through {gateway}.")));
    drawing.width = drawing.width.max(520);
    let mut y = drawing.height + 26;
    for note in notes {
        drawing.text((MARGIN, y), drawing.width - 2 * MARGIN, Face::Words, &note, "");
        y += 20;
    }
    drawing.height = legend::draw(drawing, y + 8) + MARGIN / 2;
}
