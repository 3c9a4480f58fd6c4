//! What both programs print of a plan.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{BundleId, QubeName};
use crate::cli::{Exit, Output, counted};
use crate::model::Release;
use crate::plan::{Account, Conflict, FlowChange, Group, Inverse, Plan, Room, Running, Step, WayChange};

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<BundleId>,
    dangers: Vec<String>,
    conflicts: &'a [Conflict],
    running: &'a Running,
    shutdown: &'a [Group],
    steps: Vec<JsonStep<'a>>,
    ways: BTreeMap<&'a QubeName, &'a WayChange>,
    flows: &'a [FlowChange],
    room: &'a [Room],
}

/// A step with its account: `inverse` is a step or null, and `why` then says why that is safe.
#[derive(Serialize)]
struct JsonStep<'a> {
    #[serde(flatten)]
    step: &'a Step,
    reason: &'static str,
    halted: bool,
    inverse: Option<&'a Step>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<&'a WayChange>,
}

impl<'a> JsonStep<'a> {
    fn of((step, account): (&'a Step, &'a Account)) -> Self {
        let (inverse, why) = match &account.inverse {
            Inverse::Step(step) => (Some(step.as_ref()), None),
            Inverse::None(why) => (None, Some(*why)),
        };
        Self { step, reason: account.reason, halted: account.halted, inverse, why, way: account.way.as_ref() }
    }
}

/// A plan as JSON.
pub fn to_json(plan: &Plan, id: Option<BundleId>) -> Output {
    let dangers = plan.dangers.iter().map(ToString::to_string).collect();
    let steps = plan.steps.iter().zip(&plan.accounts).map(JsonStep::of).collect();
    let ways = plan.ways.iter().map(|(qube, change)| (qube, change)).collect();
    let Plan { conflicts, running, flows, room, .. } = plan;
    let shutdown = running.groups();
    Output::json(&Json { format: 1, id, dangers, conflicts, running, shutdown, steps, ways, flows, room }).exit(exit(plan))
}

/// A plan for people, below a title.
pub fn to_text(plan: &Plan, title: &str, release: Release) -> Output {
    Output::text(format!("{title}\n\n{}{}\n", plan.to_text(), summary(plan))).remarks(window(plan, release)).exit(exit(plan))
}

fn exit(plan: &Plan) -> Exit {
    if plan.is_empty() { Exit::Done } else { Exit::Drift }
}

/// What this release cannot keep from happening while `plan` is carried out, if anything.
fn window(plan: &Plan, release: Release) -> &'static str {
    let creates = plan.steps.iter().any(|step| matches!(step, Step::Create { .. }));
    if creates && !release.has_prohibit_start() {
        "note: nothing on this release keeps a new qube from being started before it is finished; start none of them until then\n"
    } else {
        ""
    }
}

/// How much there is to do.
fn summary(plan: &Plan) -> String {
    let count = |test: fn(&Step) -> bool| plan.steps.iter().filter(|step| test(step)).count();
    let qubes = count(|step| matches!(step, Step::Create { .. }));
    let templates = count(|step| matches!(step, Step::Clone { .. }));
    match plan.steps.len() {
        0 => "nothing to do".to_owned(),
        steps => format!(
            "\n{}: {}, {}",
            counted(steps, "step", "steps"),
            counted(qubes, "new qube", "new qubes"),
            counted(templates, "new template", "new templates")
        ),
    }
}
