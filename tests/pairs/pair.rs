//! One pair: a dom0, a recipe, and the way between them.

use std::collections::{BTreeMap, BTreeSet};

use halite::apply::{ApplyError, Current};
use halite::base::{Handle, Tag};
use halite::model::Release;
use halite::plan::{Plan, Problem, Property, State, Step};
use serde_json::Value;

use crate::Tally;
use crate::bundles::{Bundle, attempt, names};
use crate::dice::Dice;
use crate::dom0::{Dom0, Goal};
use crate::open::Open;
use crate::snapshot::qubes;
use crate::watched::Watched;
use crate::{drawn, grown};

/// How many recipes there are for each release: checking them takes longer than going there.
const RECIPES: u64 = 300;

/// A recipe that breaks no rule.
struct Recipe {
    text: String,
    bundle: Bundle,
}

/// The recipes.
pub struct Recipes([Vec<Recipe>; 2]);

impl Recipes {
    /// Draws those of each release.
    pub fn draw() -> Self {
        Self(Release::ALL.map(|release| {
            let recipe = |number| {
                let text = drawn::recipe(&mut Dice::new(number), false);
                let bundle = attempt(&text, number.try_into().expect("a few"), release).ok()?;
                Some(Recipe { text, bundle })
            };
            (1..).filter_map(recipe).take(RECIPES.try_into().expect("a few")).collect()
        }))
    }
}

/// How many systems there are for each release, before hand edits.
const SYSTEMS: u64 = 150;

/// A dom0 that its user has made something of, and where some generations have been.
struct Grown<'a> {
    dom0: Dom0,
    before: Vec<&'a Recipe>,
}

impl<'a> Grown<'a> {
    fn draw(stock: &Dom0, recipes: &'a [Recipe], number: u64) -> Self {
        let mut dice = Dice::new(number);
        let mut dom0 = stock.copy();
        let mut before = Vec::new();
        grown::grow(&mut dom0, &mut dice);
        for _ in 0..[0, 1, 1, 2][dice.roll(4)] {
            let recipe = dice.pick(recipes);
            provide(&mut dom0, &recipe.text);
            if halt(&mut dom0, &recipe.bundle).is_ok() {
                dom0.go(&Goal::Switch(&recipe.bundle)).unwrap_or_else(|error| panic!("{error}\n{}", recipe.text));
                let count = dice.roll(4);
                grown::edit(&mut dom0, &mut dice, count);
                before.push(recipe);
            }
        }
        Self { dom0, before }
    }
}

/// What pairs are drawn from.
pub struct Drawer<'a> {
    systems: [Vec<Grown<'a>>; 2],
    recipes: &'a Recipes,
}

impl<'a> Drawer<'a> {
    /// With systems of each release, and these recipes.
    pub fn new(recipes: &'a Recipes) -> Self {
        let of_release = |at: usize| {
            let stock = grown::stock(Release::ALL[at]);
            (0..SYSTEMS).map(|number| Grown::draw(&stock, &recipes.0[at], number)).collect()
        };
        Self { systems: [0, 1].map(of_release), recipes }
    }

    /// Draws the pair of this number, goes from one to the other, and counts what it was.
    pub fn draw(&self, number: u64, tally: &mut Tally) {
        let mut dice = Dice::new(number);
        let mut count = |kind| *tally.entry(kind).or_default() += 1;
        let at = dice.roll(2);
        let (system, recipes) = (dice.pick(&self.systems[at]), &self.recipes.0[at]);
        let mut dom0 = system.dom0.copy();
        let edits = dice.roll(7);
        let is_edited = grown::edit(&mut dom0, &mut dice, edits);
        let bundles: Vec<&Bundle> = system.before.iter().map(|recipe| &recipe.bundle).collect();
        let mut texts: Vec<&str> = system.before.iter().map(|recipe| recipe.text.as_str()).collect();
        let Recipe { text, bundle } = dice.pick(recipes);
        provide(&mut dom0, text);
        texts.push(text);
        let release = dom0.release;
        let told = || format!("pair {number} on {release}:\n{}", texts.join("\n-- then:\n"));
        let (plan, halted) = match halt(&mut dom0, bundle) {
            Ok(planned) => planned,
            Err(problems) => {
                let is_unsafe = |problem: &Problem| matches!(problem, Problem::Unsafe { .. });
                assert!(!problems.iter().any(is_unsafe), "{problems:?}\n{}", told());
                return count("without a plan");
            }
        };
        count("planned");
        [
            ("with an earlier generation", !bundles.is_empty()),
            ("edited by hand", is_edited),
            ("with qubes to shut down", halted),
            ("dangerous", !plan.dangers.is_empty()),
            ("connected in another order", is_in_another_order(&plan)),
        ]
        .into_iter()
        .filter(|(_, is)| *is)
        .for_each(|(kind, _)| count(kind));
        let all: Vec<&Bundle> = bundles.iter().copied().chain([bundle]).collect();
        let others = others(&dom0, &all);
        let prefixes = go(&mut dom0, bundle).unwrap_or_else(|why| panic!("{why}\n{}\n{}", plan.to_text(), told()));
        let again =
            dom0.prospect(&mut dom0.system.clone(), bundle.wanted.clone()).unwrap_or_else(|why| panic!("{why}\n{}", told()));
        assert!(again.plan.is_empty(), "{}", told());
        let ledger = Current::load(&dom0.layout).unwrap().ledger;
        assert_eq!(again.observed.restricted_to(&bundle.wanted, &ledger), as_it_reads(&bundle.wanted), "{}", told());
        assert_eq!(crate::pair::others(&dom0, &all), others, "{}", told());
        for is_open in prefixes {
            count("prefixes");
            if is_open {
                count("prefixes with something open");
            }
        }
    }
}

/// Makes the gateways that a recipe says are there.
fn provide(dom0: &mut Dom0, text: &str) {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let gateway = line.strip_prefix("[gateway.").and_then(|line| line.strip_suffix(']'));
        if let Some(gateway) = gateway.filter(|_| lines.peek() == Some(&"existing = true")) {
            grown::make_gateway(dom0, gateway);
        }
    }
}

/// The plan, once what must not run is shut down; and whether anything had to be.
fn halt(dom0: &mut Dom0, bundle: &Bundle) -> Result<(Plan, bool), Vec<Problem>> {
    let mut has_halted = false;
    loop {
        let plan = match dom0.prospect(&mut dom0.system.clone(), bundle.wanted.clone()) {
            Ok(prospect) => prospect.plan,
            Err(ApplyError::Problems(problems)) => return Err(problems),
            Err(error) => panic!("{error}"),
        };
        if plan.running.is_empty() {
            return Ok((plan, has_halted));
        }
        has_halted = true;
        plan.running.iter().for_each(|name| dom0.hand("admin.vm.Kill", "", name.as_str(), ""));
    }
}

/// Goes to `bundle`, and says of each prefix whether anything was open then; or what is wrong with one.
fn go(dom0: &mut Dom0, bundle: &Bundle) -> Result<Vec<bool>, String> {
    let wanted = &bundle.wanted.qubes;
    let managed = halite::apply::Current::load(&dom0.layout).expect("it can be read").ledger.managed;
    let tags = wanted.iter().chain(&managed.qubes).filter(|(_, settings)| !settings.is_clone()).map(|(name, _)| {
        let own = wanted.get(name).into_iter().flat_map(|settings| settings.tags.keys());
        (name.to_string(), own.filter(|tag| is_of_halite(tag)).map(ToString::to_string).collect())
    });
    let policy = bundle.wanted.policy.as_ref().and_then(|policy| policy.text().cloned()).unwrap_or_default();
    let mut door = Watched::new(dom0.system.clone(), dom0.release, (dom0.layout.policy(), policy), tags.collect());
    let before = door.open();
    dom0.go_through(&mut door, &Goal::Switch(bundle)).map_err(|error| error.to_string())?;
    let end = door.if_started();
    for (call, open) in &door.prefixes {
        let is_meant = |open: &Open| before.contains(open) || end.iter().any(|end| end.is_like(open));
        if let Some(open) = open.iter().find(|open| !is_meant(open)) {
            return Err(format!("{open:?} after {call}"));
        }
    }
    dom0.system = door.system;
    Ok(door.prefixes.iter().map(|(_, open)| !open.is_empty()).collect())
}

fn is_of_halite(tag: &Tag) -> bool {
    Handle::is_tag(tag) || tag.as_str() == "halite-isolated"
}

/// Whether it is not by their names that qubes which are there are connected.
fn is_in_another_order(plan: &Plan) -> bool {
    let connected = |step: &Step| match step {
        Step::Property { qube, property, from: Some(_), to: Property::Set(to) }
            if !to.is_empty() && property.as_str() == "netvm" =>
        {
            Some(qube.clone())
        }
        _ => None,
    };
    let names: Vec<_> = plan.steps.iter().filter_map(connected).collect();
    !names.is_sorted()
}

/// The qubes that none of `bundles` names.
fn others(dom0: &Dom0, bundles: &[&Bundle]) -> BTreeMap<String, Value> {
    let names: BTreeSet<String> = names(bundles).iter().map(ToString::to_string).collect();
    qubes(&dom0.system).into_iter().filter(|(name, _)| !names.contains(name)).collect()
}

/// The wanted state as it reads when it is in place.
fn as_it_reads(wanted: &State) -> State {
    let mut state = wanted.clone();
    for settings in state.qubes.values_mut() {
        settings.origin = None;
        settings.private_volume = None;
    }
    state
}
