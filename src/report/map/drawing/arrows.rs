//! Flows: out of the right side of a box, along a track of their own, into the right side of another, with what they are beside them.

use std::collections::BTreeMap;

use super::measure::Face;
use super::places::{NodePlace, PORT, Places, mark_class};
use super::shapes::Drawing;
use crate::compare::Mark;
use crate::model::Answer;
use crate::report::map::graph::{End, Flow, Map};
use crate::report::map::lines::word;

/// Room between two tracks.
const TRACK: i32 = 12;
/// Room for the lines that lead from tracks to labels.
const FAN: i32 = 40;
/// Room between two labels.
const LABEL: i32 = 18;
/// The widest label.
const WIDEST: i32 = 380;

/// A flow with its ends, in pixels.
struct Course<'a> {
    flow: &'a Flow,
    from: (i32, i32),
    to: (i32, i32),
    track: i32,
}

/// Draws these flows to the right of the lanes.
pub fn draw(map: &Map, flows: &[&Flow], places: &Places, drawing: &mut Drawing) {
    let mut courses = courses(flows, places);
    let tracks = assign(&mut courses);
    let left = places.right + 16;
    let fan = left + tracks * TRACK + 4;
    for course in &courses {
        let (class, x) = (class(course.flow), left + course.track * TRACK);
        let ((from, from_y), (to, to_y)) = (course.from, course.to);
        drawing.line(vec![(from, from_y), (x, from_y), (x, to_y), (to, to_y)], class.clone(), Some(title(map, course.flow)));
        drawing.dot((x, from_y), class.clone());
        drawing.head((to, to_y), class);
    }
    courses.sort_by_key(|course| course.from.1);
    let mut y = i32::MIN;
    for Course { flow, from, track, .. } in &courses {
        y = from.1.max(y.saturating_add(LABEL));
        let points = vec![(left + track * TRACK, from.1), (fan, from.1), (fan + FAN - 18, y), (fan + FAN - 6, y)];
        drawing.line(points, "map-leader", None);
        let mut end = fan + FAN;
        let limit = end + WIDEST;
        let mut say = |text: &str, face: Face, class: &str| end = drawing.text((end, y), limit - end, face, text, class) + 6;
        if flow.is_danger() {
            say("DANGER", Face::Small, "map-danger");
        }
        say(&format!("{}, {}", few(flow), flow.answer), Face::SmallName, if flow.is_danger() { "map-danger" } else { "" });
        say(&format!("→ {}", map.name(&flow.to)), Face::SmallName, "map-quiet");
        if let Some(mark) = flow.mark {
            say(word(mark), Face::Small, mark_class(mark));
        }
        drawing.width = drawing.width.max(end + 14);
        drawing.height = drawing.height.max(y + LABEL);
    }
}

/// The first service, and how many more there are.
fn few(flow: &Flow) -> String {
    let more = flow.services.len().saturating_sub(1);
    let first = flow.services.first().map_or("", String::as_str);
    if more == 0 { first.to_owned() } else { format!("{first} and {more} more") }
}

/// An end of a flow at a box, the ends of which are in the order of their other ends: so fewer lines cross.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Port {
    /// The height of the other end.
    other: i32,
    /// The flow.
    number: usize,
    /// Whether it begins here.
    is_from: bool,
}

/// Where each flow begins and ends: no two at the same height of a box.
fn courses<'a>(flows: &[&'a Flow], places: &Places) -> Vec<Course<'a>> {
    let mut boxes: BTreeMap<(i32, i32), (&NodePlace, Vec<Port>)> = BTreeMap::new();
    for (number, flow) in flows.iter().enumerate() {
        let (Some(from), Some(to)) = (places.end(&flow.from), places.end(&flow.to)) else { continue };
        for (own, other, is_from) in [(from, to, true), (to, from, false)] {
            let (_, ports) = boxes.entry((own.at.y, own.at.x)).or_insert((own, Vec::new()));
            ports.push(Port { other: other.at.middle(), number, is_from });
        }
    }
    let mut points: BTreeMap<(usize, bool), (i32, i32)> = BTreeMap::new();
    for (place, mut ports) in boxes.into_values() {
        ports.sort_unstable();
        let count = i32::try_from(ports.len()).unwrap_or(1);
        // Below the line to the network, where there is one.
        let first = if place.node.kind.provides_network() { PORT - 2 } else { -(count - 1) * PORT / 2 };
        for (at, Port { number, is_from, .. }) in (0..).zip(ports) {
            points.insert((number, is_from), (place.at.right(), place.at.middle() + first + at * PORT));
        }
    }
    let course = |(number, flow): (usize, &&'a Flow)| {
        let (from, to) = (*points.get(&(number, true))?, *points.get(&(number, false))?);
        Some(Course { flow, from, to, track: 0 })
    };
    flows.iter().enumerate().filter_map(course).collect()
}

/// Gives each flow a track on which no other is at the same height; how many tracks there are.
fn assign(courses: &mut [Course]) -> i32 {
    let span = |course: &Course| (course.from.1.min(course.to.1), course.from.1.max(course.to.1));
    // Short ones inside, so that long ones go around them.
    courses.sort_by_key(|course| (span(course).1 - span(course).0, span(course).0));
    let mut tracks: Vec<Vec<(i32, i32)>> = Vec::new();
    for course in courses.iter_mut() {
        let (top, bottom) = span(course);
        let is_free = |taken: &Vec<(i32, i32)>| taken.iter().all(|(from, to)| bottom + 8 < *from || *to + 8 < top);
        let at = tracks.iter().position(is_free).unwrap_or(tracks.len());
        match tracks.get_mut(at) {
            Some(track) => track.push((top, bottom)),
            None => tracks.push(vec![(top, bottom)]),
        }
        course.track = i32::try_from(at).unwrap_or(0);
    }
    i32::try_from(tracks.len()).unwrap_or(0)
}

/// What a flow means.
pub fn class(flow: &Flow) -> String {
    let answer = match flow.answer {
        Answer::Ask => "map-ask",
        Answer::Allow => "map-allow",
    };
    let mark = match flow.mark {
        Some(Mark::Removed) => " map-gone",
        Some(_) => " map-new",
        None => "",
    };
    let danger = if flow.is_danger() { " map-danger" } else { "" };
    format!("map-flow {answer}{mark}{danger}")
}

fn title(map: &Map, flow: &Flow) -> String {
    let others: Vec<&str> = flow.others.iter().map(String::as_str).collect();
    let end = |end: &End| match end {
        End::Others if !others.is_empty() => others.join(", "),
        end => map.name(end),
    };
    let declared: Vec<String> = flow.declared.iter().map(ToString::to_string).collect();
    let declared = match declared.is_empty() {
        true => "no flow declares it".to_owned(),
        false => format!("declared as {}", declared.join(", ")),
    };
    format!("{} to {}: {}; {declared}", end(&flow.from), end(&flow.to), flow.told())
}
