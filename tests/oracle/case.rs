//! One case: a recipe, what it comes to, what was done to that, what the checks find, and what the oracle does.

use std::collections::BTreeSet;

use halite::check::{self, Finding};
use halite::compile;
use halite::model::{Desired, Release};
use halite::qrexec::{Policy, Rule, parse_policy, stock_beside};
use halite::recipe::{self, LoadError};

use crate::dice::Dice;
use crate::flows::{self, Edge, Found};
use crate::services::{Moves, SERVICES, Service};
use crate::world::World;
use crate::{drawn, edits, rules};

/// A case that was drawn.
pub struct Case {
    /// Which one it is.
    pub number: u64,
    /// The recipe.
    text: String,
    /// What was done to what it came to, in words.
    edits: Vec<String>,
    /// For this release.
    pub release: Release,
    /// What the checks judge.
    pub desired: Desired,
    /// What they judge, too.
    pub rules: Vec<Rule>,
    /// The errors that they find, excused or not.
    pub errors: Vec<Finding>,
    /// Services that the oracle looks at first.
    services: Vec<&'static Service>,
}

impl Case {
    /// The case of this number.
    pub fn draw(number: u64) -> Self {
        let mut dice = Dice::new(number);
        let release = *dice.pick(&Release::ALL);
        let careless = dice.once_in(4);
        let text = drawn::recipe(&mut dice, careless);
        let source = recipe::parse(&text).unwrap_or_else(|error| panic!("case {number} is no recipe: {}\n{text}", shown(&error)));
        let compiled = compile::desired(&source, release);
        let (mut desired, mut policy, mut edits) = (compiled.desired, compiled.policy, Vec::new());
        let (edits_state, edits_rules) = [(0, 0), (0, 0), (1, 0), (2, 0), (0, 1), (0, 2), (0, 1), (1, 1)][dice.roll(8)];
        for _ in 0..edits_state {
            edits.push(edits::edit(&mut dice, &mut desired));
        }
        if edits_state > 0 && dice.once_in(2) {
            policy = compile::policy(&desired, release, "drawn");
            edits.push("and the policy was compiled again".to_owned());
        }
        let mut rules = parse_policy(&policy).expect("halite writes no policy that it would not read");
        for _ in 0..edits_rules {
            edits.push(rules::edit(&mut dice, &desired, &mut rules));
        }
        let report = check::check(&desired, rules.clone(), release);
        let mut errors: Vec<Finding> = report.errors().cloned().collect();
        errors.extend(report.excused.iter().map(|excused| excused.finding.clone()));
        let is_of_rule = |service: &Service| edits.iter().any(|edit| edit.contains(service.name));
        let is_of_flow =
            |service: &Service| desired.flows.values().any(|flow| flow.services.iter().any(|own| own.as_str() == service.name));
        // One that no rule names is always among them, for rules about all services.
        let services = SERVICES.iter().filter(|service| {
            is_of_rule(service) || is_of_flow(service) || service.name == "something.Unheard-of" || dice.once_in(12)
        });
        let services = services.collect();
        Self { number, text, edits, release, desired, rules, errors, services }
    }

    /// The codes of the errors that the checks find.
    pub fn codes(&self) -> BTreeSet<&str> {
        self.errors.iter().map(|error| error.code.as_str()).collect()
    }

    /// What the oracle makes of the flows: of some services, or, which takes longer, of `all`.
    pub fn flows(&self, all: bool) -> Found {
        let (world, policy) = self.world();
        flows::look(&self.desired, &world, &policy, &self.chosen(&policy, all))
    }

    /// Every call of every service, and the world that they are in.
    pub fn edges(&self) -> (World, Vec<Edge>) {
        let (world, policy) = self.world();
        let edges = flows::all_edges(&world, &policy, &self.chosen(&policy, true));
        (world, edges)
    }

    fn world(&self) -> (World, Policy) {
        (World::of(&self.desired, &self.rules, self.release), stock_beside(self.release, self.rules.clone()))
    }

    fn chosen(&self, policy: &Policy, all: bool) -> Vec<&'static Service> {
        let chosen: Vec<&Service> = if all { SERVICES.iter().collect() } else { self.services.clone() };
        // On R4.2, sdwdate asks nobody: there, its services are like all others that no rule names.
        let is_named = |service: &&Service| policy.rules.iter().any(|rule| rule.call.service.as_deref() == Some(service.name));
        let is_there = |service: &&'static Service| service.moves != Moves::Status || is_named(service);
        chosen.into_iter().filter(is_there).collect()
    }

    /// All that somebody needs who wants to see it again.
    pub fn told(&self) -> String {
        let errors: Vec<String> = self.errors.iter().map(|error| format!("{} {error}", error.code.as_str())).collect();
        format!(
            "case {} on {}:\n{}\n-- edits:\n{}\n-- errors:\n{}\n",
            self.number,
            self.release,
            self.text,
            self.edits.join("\n"),
            errors.join("\n")
        )
    }
}

fn shown(error: &LoadError) -> String {
    match error {
        LoadError::Faults(faults) => faults.draw(false),
        other => other.to_string(),
    }
}
