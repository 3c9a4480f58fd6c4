//! A document with each kind of thing, and one that was before it, for the tests of the forms.

use super::document::{Block, Cell, Document, Item, Section, Table};
use super::phrase::Phrase;
use super::standing::{Held, Standing};
use crate::check::Code;

/// What somebody writes who wants to get out of a cell.
pub const HOSTILE: &str = "<script>alert(1)</script> | \"quoted\" `tick` *star* _line_ [a](b) & \\ \u{202e}evil\u{1b}[2J";

/// The document.
pub fn sample() -> Document {
    let mut claims =
        Table::new("What stands between identities", &[("what", "Boundary"), ("claim", "Holds"), ("limit", "Limit")]);
    let enforced = Standing { held: Held::Enforced, codes: vec![Code::ALL[0], Code::ALL[1]] };
    let ways = Cell::held("each way passes its own gateway `sys-press`, and there is no other", enforced);
    claims.row("network", [Cell::from("network").link("identity.press"), ways, "whoever sees both ends of a circuit".into()]);
    claims.row("clipboard", ["clipboard".into(), Cell::held("on request", Standing::unchecked(Held::Open)), "".into()]);
    claims.row("label", ["label".into(), Phrase::written(HOSTILE).into(), Phrase::name(HOSTILE).into()]);
    let mut flows = Table::new("Who may send what to whom", &[("from", "From"), ("press", "press"), ("home", "home")]);
    let asked = || Cell::held("files, on request", Standing::unchecked(Held::Declared));
    flows.row("press", [Cell::from("`press`"), asked(), Cell::held("nothing", Standing::unchecked(Held::Broken))]);
    let lines = ["anything ← Tor ← `sys-press`", "anything ←  clear"].map(|line| Item::from(Phrase::of(line)));
    let press = Section::new("identity.press", "The identity `press`", vec![Block::text("It is in mode 1.")]);
    Document {
        title: "What `journalist` protects".into(),
        summary: "One identity behind Tor.".into(),
        sections: vec![
            Section::new("map", "The map", vec![Block::Map, Block::Lines(lines.into())]),
            Section::new(
                "boundaries",
                "Boundaries",
                vec![
                    Block::text("Six classes of things stand between identities."),
                    Block::list(["a thing".into(), Phrase::written(HOSTILE)]),
                    Block::Table(claims),
                    Block::Table(Table::new("Excused checks", &[("code", "Code")])),
                ],
            )
            .with(vec![press]),
            Section::new("flows", "Flows", vec![Block::Table(flows)]),
        ],
    }
}

/// What it was before.
pub fn before() -> Document {
    let mut before = sample();
    before.sections.push(Section::new("gone", "Gone", vec![Block::text("It is no more.")]));
    let Block::Table(flows) = &mut before.sections[2].blocks[0] else { unreachable!("the sample has it there") };
    flows.rows[0].cells[2] = Cell::held("everything", Standing::unchecked(Held::Declared));
    flows.row("home", [Cell::from("`home`"), "nothing".into(), "nothing".into()]);
    before.sections[1].blocks[1] = Block::list(["an old thing".into(), Phrase::written(HOSTILE)]);
    before
}
