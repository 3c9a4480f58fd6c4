//! Nothing meets anything else, whatever the map.

use super::measure::Face;
use super::shapes::{Rect, Shape, Text};
use super::*;
use crate::check::Code;
use crate::model::{Answer, Label, Mode};
use crate::report::map::graph::{Danger, Exit, Through};

/// Numbers that look as if they were chosen by chance, and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

const LABELS: [&str; 6] = [
    "",
    "Ada",
    "</title><script>alert(1)</script>&amp;\"'",
    "漢字かな交じり文の長い名前",
    "العربية و עברית",
    "W\u{301}\u{301}\u{301}\u{301}\u{301}",
];

fn danger(is_way: bool) -> Danger {
    Danger { code: Code::NotBehindGateway, message: "its netvm is another".to_owned(), is_way }
}

fn out(dice: &mut Dice) -> Exit {
    let existing = ["sys-firewall", "sys-firewall", "sys-firewall", "a-name-of-thirty-one-characters"];
    let through = match dice.below(12) {
        0 => Through::Unknown,
        1 => Through::Computer,
        2 => Through::Wrong("somebody-elses-gateway".to_owned()),
        3 => Through::Default,
        4 => Through::Loop,
        _ => Through::Existing(dice.of(&existing).to_owned()),
    };
    Exit { through, over_tor: dice.below(5) > 0 }
}

fn lane(number: usize, dice: &mut Dice) -> Lane {
    let exit = Leads::Out(out(dice));
    let name = |what: &str| format!("{what}{number}");
    let node = |name: String, kind, leads| Node::new(name, kind, Some(Label::ALL[number % 8]), leads);
    let mut nodes = Vec::new();
    let mut outer = exit.clone();
    for (kind, what) in [(Kind::Vpn, "vpn"), (Kind::Vpn, "second-vpn"), (Kind::Gateway, "gw"), (Kind::VpnBehindTor, "behind")] {
        if dice.below(3) > 0 {
            nodes.push(node(name(what), kind, outer));
            outer = Leads::Within(name(what));
        }
    }
    for at in 0..dice.below(5) {
        let kind = dice.of(&[Kind::Workstation, Kind::Disposable, Kind::Disposables, Kind::Vault]);
        let leads = match dice.below(6) {
            0 => Leads::Nowhere,
            1 => Leads::Out(out(dice)),
            _ => outer.clone(),
        };
        let dangers = if dice.below(6) == 0 { vec![danger(dice.below(2) == 0)] } else { Vec::new() };
        let mark = dice.of(&[None, None, None, Some(Mark::Added), Some(Mark::Removed), Some(Mark::Changed)]);
        nodes.push(Node { dangers, mark, ..node(format!("qube{number}-{at}"), kind, leads) });
    }
    let destinations = (0..dice.below(5)).map(|at| format!("{}{at}", dice.of(&LABELS))).collect();
    let dangers = if dice.below(9) == 0 { vec![danger(false)] } else { Vec::new() };
    let mark = dice.of(&[None, None, None, Some(Mark::Added), Some(Mark::Removed)]);
    let title = format!("{}{}", dice.of(&LABELS).repeat(dice.below(40) + 1), number);
    let mode = dice.of(&[None, Some(Mode::Anonymous), Some(Mode::KnownRecipient), Some(Mode::NonAnonymous)]);
    Lane {
        id: format!("id{number}"),
        title,
        mode,
        over_tor: mode != Some(Mode::NonAnonymous),
        destinations,
        nodes,
        dangers,
        mark,
    }
}

/// A map of at least so many qubes.
fn generated(qubes: usize, seed: u64) -> Map {
    let mut dice = Dice(seed);
    let mut lanes: Vec<Lane> = Vec::new();
    while lanes.iter().map(|lane| lane.nodes.len()).sum::<usize>() < qubes {
        lanes.push(lane(lanes.len(), &mut dice));
    }
    lanes.sort_by_cached_key(Lane::place);
    let ends = lanes.iter().flat_map(|lane| lane.nodes.iter().map(|node| (lane.id.clone(), node.name.clone())));
    let mut ends: Vec<End> = ends.map(|(lane, node)| End::Qube { lane, node }).collect();
    ends.push(End::Others);
    let flow = |dice: &mut Dice| Flow {
        from: dice.of(&ends),
        to: dice.of(&ends),
        services: (0..dice.below(3) + 1)
            .map(|at| dice.of(&["qubes.Filecopy", "qubes.OpenURL", LABELS[2]]).to_owned() + &".".repeat(at))
            .collect(),
        answer: dice.of(&[Answer::Ask, Answer::Allow]),
        declared: if dice.below(4) == 0 { [].into() } else { ["f".parse().unwrap()].into() },
        others: [].into(),
        mark: dice.of(&[None, None, Some(Mark::Added), Some(Mark::Removed)]),
    };
    let count = dice.below(qubes / 2 + 2);
    let flows: Vec<Flow> = (0..count).map(|_| flow(&mut dice)).filter(|flow| flow.from != flow.to).collect();
    let flows = crate::report::map::flows::merged(flows);
    Map { bundle: dice.of(&LABELS).to_owned(), lanes, flows, updates: Some("sys-whonix".to_owned()) }
}

fn texts(drawing: &Drawing) -> Vec<&Text> {
    drawing.shapes.iter().filter_map(|shape| if let Shape::Text(text) = shape { Some(text) } else { None }).collect()
}

fn meet(one: Rect, other: Rect) -> bool {
    one.x < other.right() && other.x < one.right() && one.y < other.bottom() && other.y < one.bottom()
}

/// The pieces of lines that go straight up, down, left or right; the others run where no text is.
fn strokes(drawing: &Drawing) -> Vec<Rect> {
    let mut strokes = Vec::new();
    for shape in &drawing.shapes {
        let Shape::Line { points, .. } = shape else { continue };
        for pair in points.windows(2) {
            let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
            let (x, y, width, height) = (x1.min(x2), y1.min(y2), (x1 - x2).abs(), (y1 - y2).abs());
            strokes.push(Rect { x, y, width: width.max(1), height: height.max(1) });
        }
    }
    strokes
}

#[track_caller]
fn nothing_meets(map: &Map) {
    for is_alone in [false, true] {
        let map = map.folded();
        let drawing = draw(&map, is_alone);
        let texts = texts(&drawing);
        let strokes = strokes(&drawing);
        let sheet = Rect { x: 0, y: 0, width: drawing.width, height: drawing.height };
        for (at, text) in texts.iter().enumerate() {
            let room = text.at;
            assert!(measure::width(&text.text, text.face) <= room.width, "{text:?}");
            assert!(room.x >= 0 && room.y >= 0 && room.right() <= sheet.right() && room.bottom() <= sheet.bottom(), "{text:?}");
            for other in &texts[at + 1..] {
                assert!(!meet(room, other.at), "{text:?} meets {other:?}");
            }
            for stroke in &strokes {
                assert!(!meet(room, *stroke), "{text:?} meets a line at {stroke:?}");
            }
        }
    }
}

#[test]
fn no_text_meets_another_or_a_line() {
    for qubes in (1..=20).chain([30, 45, 60, 61, 80, 120, 200]) {
        for seed in 0..12 {
            nothing_meets(&generated(qubes, seed * 1_000 + qubes as u64));
        }
    }
    nothing_meets(&Map::default());
}

#[test]
fn boxes_of_qubes_do_not_meet() {
    for seed in 0..40 {
        let map = generated(60, seed).folded();
        let places = Places::of(&map, &map.lanes, 0);
        let boxes: Vec<Rect> = places.lanes.iter().flat_map(|lane| lane.nodes.iter().map(|node| node.at)).collect();
        for (at, one) in boxes.iter().enumerate() {
            assert!(boxes[at + 1..].iter().all(|other| !meet(*one, *other)), "{seed}: {one:?}");
        }
        for lane in &places.lanes {
            assert!(lane.nodes.iter().all(|node| node.at.y > lane.at.y && node.at.bottom() < lane.at.bottom()));
        }
    }
}

#[test]
fn what_people_wrote_is_text() {
    let mut map = generated(20, 7);
    let hostile = "</title></svg><script>alert(1)</script>\"'&lt;\u{fdfd}\u{ffff}".to_owned() + &"x".repeat(10_000);
    map.bundle.clone_from(&hostile);
    for lane in &mut map.lanes {
        lane.title.clone_from(&hostile);
        lane.destinations = vec![hostile.clone(); 3];
    }
    nothing_meets(&map);
    for svg in [map.svg(), map.svg_file()] {
        assert!(!svg.contains("<script") && !svg.contains('\u{ffff}') && !svg.contains('\u{fdfd}'));
        assert_eq!(svg.matches("</svg>").count(), 1);
        let whole = svg.matches("&lt;/title&gt;").count();
        assert!(whole > 2 * map.lanes.len(), "the whole of each is there to be read: {whole}");
    }
}

#[test]
fn the_same_map_is_drawn_the_same() {
    let map = generated(50, 3);
    assert_eq!(map.svg(), generated(50, 3).svg());
    let svg = map.svg();
    // A page's policy allows no style but that of its stylesheet, and a screen reader reads the title and the description.
    assert!(!svg.contains("style=") && !svg.contains("<style"));
    assert!(
        svg.contains("role=\"img\"") && svg.contains("<title id=\"map-title\">") && svg.contains("<desc id=\"map-description\">")
    );
    assert!(map.svg_file().contains(STYLE.trim()));
}

#[test]
fn each_class_is_in_the_stylesheet() {
    let mut missing = std::collections::BTreeSet::new();
    for seed in 0..20 {
        for shape in draw(&generated(60, seed).folded(), true).shapes {
            let class = match shape {
                Shape::Area { class, .. } | Shape::Line { class, .. } | Shape::Head { class, .. } | Shape::Dot { class, .. } => {
                    class
                }
                Shape::Text(text) => format!("{} {}", text.class, text.face.class()),
            };
            let unknown = |class: &&str| !STYLE.contains(&format!(".{class} ")) && !STYLE.contains(&format!(".{class},"));
            missing.extend(class.split(' ').filter(|class| !class.is_empty()).filter(unknown).map(str::to_owned));
        }
    }
    // It says what has no line, for the legend, and looks like any other.
    missing.remove("map-offline");
    assert!(missing.is_empty(), "{missing:?}");
    assert!(Face::Name.height() > Face::Name.size());
}
