//! A drawing as SVG.

use maud::{Markup, PreEscaped, html};

use super::STYLE;
use super::measure::seemly;
use super::shapes::{Drawing, Shape, Text};
use crate::report::map::graph::Map;

/// For an HTML page.
pub fn inline(drawing: &Drawing, map: &Map) -> String {
    svg(drawing, map, None).into_string()
}

/// For a file of its own.
pub fn file(drawing: &Drawing, map: &Map) -> String {
    svg(drawing, map, Some(STYLE)).into_string() + "\n"
}

/// Elements are closed by tags of their own: HTML and XML read them alike.
fn svg(drawing: &Drawing, map: &Map, style: Option<&str>) -> Markup {
    let Drawing { width, height, shapes } = drawing;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" class="map" role="img" aria-labelledby="map-title map-description"
            width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } {
            title id="map-title" { "Map of " (seemly(&map.bundle)) }
            desc id="map-description" { (seemly(&map.sentences())) }
            @if let Some(style) = style {
                style { (PreEscaped(style)) }
            }
            rect class="map-ground" width=(width) height=(height) {}
            @for shape in shapes { (drawn(shape)) }
        }
    }
}

fn drawn(shape: &Shape) -> Markup {
    match shape {
        Shape::Area { at, radius, class, title } => html! {
            rect class=(class) x=(at.x) y=(at.y) width=(at.width) height=(at.height) rx=(radius) { (said(title.as_deref())) }
        },
        Shape::Line { points, class, title } => html! {
            polyline class=(class) points=(pairs(points)) { (said(title.as_deref())) }
        },
        Shape::Head { at: (x, y), class } => html! {
            polygon class={ (class) " map-head" } points=(pairs(&[(*x, *y), (x + 9, y - 4), (x + 9, y + 4)])) {}
        },
        Shape::Dot { at: (x, y), class } => html! {
            circle class={ (class) " map-dot" } cx=(x) cy=(y) r="3" {}
        },
        Shape::Text(Text { at, face, is_centred, text, title, class }) => {
            let x = if *is_centred { at.x + at.width / 2 } else { at.x };
            let centred = if *is_centred { " map-centred" } else { "" };
            let class = if class.is_empty() { String::new() } else { format!(" {class}") };
            html! {
                // The base line is about a third of the letters' size below their middle.
                text class={ (face.class()) (centred) (class) } x=(x) y=(at.middle() + face.size() * 35 / 100) {
                    (text) (said(title.as_deref()))
                }
            }
        }
    }
}

fn said(title: Option<&str>) -> Markup {
    html! {
        @if let Some(title) = title { title { (title) } }
    }
}

fn pairs(points: &[(i32, i32)]) -> String {
    points.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
}
