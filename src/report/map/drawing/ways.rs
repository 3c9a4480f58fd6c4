//! The lines to the network, and what they go through.

use super::measure::{Face, cut, width};
use super::places::{LINE, Places, Root, TRUNK, is_wrong};
use super::shapes::{Drawing, Rect};
use crate::compare::Mark;
use crate::report::map::graph::{Kind, Lane, Node, Through};

/// Draws the lines between the qubes of lanes.
pub fn within(places: &Places, drawing: &mut Drawing) {
    for place in places.lanes.iter().flat_map(|lane| lane.nodes.iter().map(move |node| (lane, node))) {
        let (lane, node) = place;
        let Some(netvm) = node.netvm.and_then(|at| lane.nodes.get(at)) else { continue };
        let (from, to) = (node.at.middle(), netvm.at.middle());
        let trunk = netvm.at.right() + TRUNK;
        let points = vec![(node.at.x, from), (trunk, from), (trunk, to), (netvm.at.right(), to)];
        drawing.line(
            points,
            way_class(node.node),
            Some(format!("{} reaches the network through {}", node.node.name, netvm.node.name)),
        );
    }
}

/// Draws the ways out of lanes: the lines, the bars that they go through, and the destinations.
pub fn out(places: &Places, drawing: &mut Drawing) {
    let roots = places.roots();
    // Dangers last, above what is right.
    let (wrong, right): (Vec<Root>, Vec<Root>) = roots.iter().partition(|root| root.node.is_off_its_way());
    right.iter().chain(&wrong).for_each(|root| lines_of(places, root, drawing));
    if let Some((x, width)) = places.exits {
        for run in runs(&roots, |one, next| match &one.exit.through {
            Through::Unknown | Through::Computer | Through::Loop => false,
            through => *through == next.exit.through,
        }) {
            let Some(through) = run.first().map(|root| &root.exit.through) else { continue };
            let Some(name) = through.name() else { continue };
            let class = match through {
                through if is_wrong(through) => "map-exit map-danger",
                Through::Computer => "map-exit",
                _ => "map-exit map-existing",
            };
            let face = if matches!(through, Through::Existing(_) | Through::Wrong(_)) { Face::Name } else { Face::Words };
            bar(run, (x, width), class, (name, face), exit_title(through), drawing);
        }
    }
    let is_over_tor = |root: &Root| root.exit.over_tor && root.exit.through != Through::Loop;
    if let Some((x, width)) = places.tor {
        for run in runs(&roots, |one, next| is_over_tor(one) == is_over_tor(next)) {
            if run.first().is_some_and(is_over_tor) {
                bar(run, (x, width), "map-tor", ("Tor", Face::Title), "the Tor network", drawing);
            }
        }
    }
    if let Some(column) = places.destinations {
        let roots: Vec<Root> = roots.iter().filter(|root| root.exit.through != Through::Loop).copied().collect();
        for run in runs(&roots, |one, next| one.lane == next.lane) {
            let lane = run.first().and_then(|root| places.lanes.get(root.lane));
            lane.iter().for_each(|place| destinations(place.lane, extent(run, column), drawing));
        }
    }
}

/// A line from a root to the destinations, through all that is on the way.
fn lines_of(places: &Places, root: &Root, drawing: &mut Drawing) {
    let y = root.at.middle();
    let class = match root.exit.through {
        Through::Unknown => format!("{} map-existing", way_class(root.node)),
        _ => way_class(root.node),
    };
    let mut from = root.at.x;
    let exits = places.exits.filter(|_| root.exit.through.name().is_some());
    let leads_on = root.exit.through != Through::Loop;
    let tor = places.tor.filter(|_| root.exit.over_tor && leads_on);
    for (x, width) in [exits, tor, places.destinations.filter(|_| leads_on)].into_iter().flatten() {
        drawing.line(vec![(from, y), (x + width, y)], class.clone(), None);
        from = x;
    }
}

/// Neighbours that belong together.
fn runs<'a, 'b>(roots: &'a [Root<'b>], are_one: impl Fn(&Root, &Root) -> bool) -> Vec<&'a [Root<'b>]> {
    roots.chunk_by(are_one).collect()
}

/// From the first to the last of these, in this column.
fn extent(run: &[Root], (x, width): (i32, i32)) -> Rect {
    let top = run.first().map_or(0, |root| root.at.middle() - 13);
    let bottom = run.last().map_or(0, |root| root.at.middle() + 13);
    Rect { x, y: top, width, height: bottom - top }
}

/// A bar over all rows of a run, which says its name once in each lane.
fn bar(run: &[Root], column: (i32, i32), class: &str, (name, face): (&str, Face), title: &str, drawing: &mut Drawing) {
    let at = extent(run, column);
    drawing.area(at, 5, class, Some(format!("{name}: {title}")));
    let class = if class.contains("map-danger") { "map-danger" } else { "" };
    for own in run.chunk_by(|one, next| one.lane == next.lane) {
        let Some(first) = own.first() else { continue };
        drawing.centred(Rect::around(at.x + 6, first.at.middle(), at.width - 12, face.height()), face, name, class);
    }
}

fn exit_title(through: &Through) -> &'static str {
    match through {
        Through::Existing(_) => "dom0 has it already",
        Through::Computer => "the gateway, which halite cannot look into",
        Through::Default => "whatever dom0's global default is, in clear",
        Through::Wrong(_) => "a qube of the bundle that this should not go through",
        Through::Unknown | Through::Loop => "it leads nowhere",
    }
}

fn destinations(lane: &Lane, at: Rect, drawing: &mut Drawing) {
    let all = crate::report::map::lines::destinations(lane);
    let declared = if lane.destinations.is_empty() { "" } else { ", as the recipe declares" };
    drawing.area(at, 5, "map-destination", Some(format!("{}: {all}{declared}", lane.title)));
    let room = usize::try_from((at.height - 6) / LINE).unwrap_or(1).max(1);
    let shown: Vec<String> = match lane.destinations.as_slice() {
        [] => vec!["anything".to_owned()],
        all if all.len() <= room => all.to_vec(),
        [first, rest @ ..] if room == 1 => {
            let more = format!(" and {} more", rest.len());
            vec![cut(first, Face::Words, at.width - 16 - width(&more, Face::Words)) + &more]
        }
        all => {
            let (shown, rest) = all.split_at(room - 1);
            shown.iter().cloned().chain([format!("and {} more", rest.len())]).collect()
        }
    };
    let lines = i32::try_from(shown.len()).unwrap_or(1);
    let mut middle = at.middle() - (lines - 1) * LINE / 2;
    for text in shown {
        drawing.centred(Rect::around(at.x + 8, middle, at.width - 16, Face::Words.height()), Face::Words, &text, "");
        middle += LINE;
    }
}

/// What the way of a node means.
fn way_class(node: &Node) -> String {
    let mark = match node.mark.or(node.way) {
        Some(Mark::Added | Mark::Changed) => " map-new",
        Some(Mark::Removed) => " map-gone",
        None => "",
    };
    let danger = if node.is_off_its_way() { " map-danger" } else { "" };
    format!("map-way{mark}{danger}")
}

/// What a node's box says to who points at it.
pub fn node_title(node: &Node) -> String {
    let label = node.label.map(|label| format!(", label {label}")).unwrap_or_default();
    let dangers: String = node.dangers.iter().map(|danger| format!(". DANGER {}: {}", danger.code, danger.message)).collect();
    match node.kind {
        Kind::Others => node.name.clone(),
        _ if !node.stands_for.is_empty() => node.name.clone(),
        kind => format!("{}: {}{label}{dangers}", node.name, kind.as_str()),
    }
}
