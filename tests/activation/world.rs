//! A dom0 that a chain goes through, and all that must hold of it after each step.

use std::collections::BTreeMap;

use halite::apply::{ApplyError, Recovered};
use halite::plan::{Danger, State};
use halite::sim::{Fault, Faulty, Lasting};
use serde_json::Value;

use crate::bundles::{Bundle, names};
use crate::chains::Tally;
use crate::dice::Dice;
use crate::dom0::{Dom0, Goal};
use crate::open::Open;
use crate::snapshot::{is_closed, is_retired, qubes};
use crate::untouched::Untouched;
use crate::watched::Watched;

/// What a generation was when it was new.
struct Recorded {
    bundle: usize,
    managed: State,
    qubes: BTreeMap<String, Value>,
}

/// The dom0.
pub struct World<'a> {
    dom0: Dom0,
    bundles: &'a [Bundle],
    /// What is no bundle's business, as it is to stay.
    others: BTreeMap<String, Value>,
    recorded: Vec<Recorded>,
    /// The policy file of this name that was there before halite's.
    own_policy: Option<String>,
    /// Whether the user has changed anything by hand.
    is_edited: bool,
    /// What was done, for whoever reads of a failure.
    done: Vec<String>,
    tally: &'a mut Tally,
}

impl<'a> World<'a> {
    /// One that begins as `stock`.
    pub fn new(stock: &Dom0, bundles: &'a [Bundle], tally: &'a mut Tally) -> Self {
        let dom0 = stock.copy();
        let others = others(&dom0, bundles);
        Self { dom0, bundles, others, recorded: Vec::new(), own_policy: None, is_edited: false, done: Vec::new(), tally }
    }

    fn count(&mut self, kind: &'static str, more: u64) {
        *self.tally.entry(kind).or_default() += more;
    }

    /// One more step of the chain of this number.
    pub fn step(&mut self, dice: &mut Dice, number: u64) {
        let kind = dice.roll(5);
        let bundle = (kind != 2).then(|| dice.roll(self.bundles.len()));
        let back = dice.roll(self.recorded.len() + 1);
        let goal = |bundles: &'a [Bundle]| match bundle {
            Some(which) => (Goal::Switch(&bundles[which]), which, format!("switch to {which}")),
            None => (Goal::Rollback(back.try_into().unwrap()), 0, format!("rollback {back}")),
        };
        let what = match kind {
            3 => self.edit(dice),
            4 => {
                let (goal, _, what) = goal(self.bundles);
                format!("{what}, {}", self.interrupted(&goal, dice.roll(40) + 1, number))
            }
            _ => {
                let (goal, which, what) = goal(self.bundles);
                let context = format!("chain {number} on {}, {:?}, then {what}", self.dom0.release, self.done);
                self.go(&goal, which, back, &context);
                what
            }
        };
        self.done.push(what);
    }

    /// What the dom0 is to manage once it is there.
    fn wanted(&self, goal: &Goal) -> State {
        match goal {
            Goal::Switch(bundle) => bundle.wanted.clone(),
            Goal::Rollback(0) => State::default(),
            Goal::Rollback(number) => self.bundles[self.recorded[*number as usize - 1].bundle].wanted.clone(),
        }
    }

    fn go(&mut self, goal: &Goal, which: usize, back: usize, context: &str) {
        let (before, wanted) = (qubes(&self.dom0.system), self.wanted(goal));
        if halite::apply::Current::load(&self.dom0.layout).unwrap().generation == 0 {
            self.own_policy = self.dom0.policy();
        }
        let mut door = Untouched::new(self.watched(&wanted), before.keys().cloned());
        let open = door.inner.open();
        self.dom0.go_through(&mut door, goal).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(door.touched.is_empty(), "{context}: {:?}", door.touched);
        let end = door.inner.if_started();
        for (call, found) in &door.inner.prefixes {
            let is_meant = |one: &Open| open.contains(one) || end.iter().any(|end| end.is_like(one));
            assert!(found.iter().all(is_meant), "{context}: {found:?} after {call}");
        }
        let prefixes = &door.inner.prefixes;
        self.count("prefixes", prefixes.len() as u64);
        self.count("prefixes with something open", prefixes.iter().filter(|(_, open)| !open.is_empty()).count() as u64);
        self.count("volumes that grew", door.grown);
        self.dom0.system = door.inner.system;
        let (managed, now) = (self.dom0.managed(&wanted), qubes(&self.dom0.system));
        let own = now.iter().filter(|(name, _)| wanted.qubes.contains_key(&name.parse().unwrap()));
        let own: BTreeMap<String, Value> = own.map(|(name, qube)| (name.clone(), without_sizes(qube))).collect();
        match goal {
            Goal::Switch(_) => {
                self.count("switches", 1);
                self.recorded.push(Recorded { bundle: which, managed, qubes: own });
            }
            Goal::Rollback(0) => {
                self.count("rollbacks to before halite", 1);
                assert_eq!(self.dom0.policy(), self.own_policy, "{context}");
            }
            Goal::Rollback(_) => {
                self.count("rollbacks", 1);
                let recorded = &self.recorded[back - 1];
                assert_eq!(managed, recorded.managed, "{context}");
                if !self.is_edited {
                    assert_eq!(own, recorded.qubes, "{context}");
                    self.count("rollbacks compared in all that there is", 1);
                }
            }
        }
        self.check(context, &before, &now, &wanted);
    }

    /// A door to the simulation that sees what is open after each change.
    fn watched(&self, wanted: &State) -> Watched {
        let managed = halite::apply::Current::load(&self.dom0.layout).unwrap().ledger.managed;
        let all = wanted.qubes.iter().chain(&managed.qubes).filter(|(_, settings)| !settings.is_clone());
        let tags = all.map(|(name, _)| {
            let own = wanted.qubes.get(name).into_iter().flat_map(|settings| settings.tags.keys());
            (name.to_string(), own.map(ToString::to_string).filter(|tag| tag.starts_with("halite-")).collect())
        });
        let policy = wanted.policy.as_ref().and_then(|policy| policy.text().cloned()).unwrap_or_default();
        Watched::new(self.dom0.system.clone(), self.dom0.release, (self.dom0.layout.policy(), policy), tags.collect())
    }

    fn check(&mut self, context: &str, before: &BTreeMap<String, Value>, now: &BTreeMap<String, Value>, wanted: &State) {
        let dom0 = &self.dom0;
        assert!(!dom0.has_journal() && dom0.drift().is_empty(), "{context}: {}", dom0.drift().to_text());
        assert_eq!(others(dom0, self.bundles), self.others, "{context}");
        for (name, was) in before {
            assert_eq!(now.get(name).map(|qube| &qube["qid"]), Some(&was["qid"]), "{context}: {name} was deleted or made anew");
            assert!(!has_shrunk(was, &now[name]), "{context}: {name} is {} and was {was}", now[name]);
        }
        let mut away = 0;
        for (name, qube) in now.iter().filter(|(_, qube)| qube["features"]["x-halite-made"] == "1" && qube["class"] == "AppVM") {
            let Some(settings) = wanted.qubes.get(&name.parse().unwrap()) else {
                assert!(is_retired(qube) && is_closed(qube), "{context}: {name} is {qube}");
                away += 1;
                continue;
            };
            assert!(!is_retired(qube), "{context}: {name}");
            let of_identity = |tag: &String| tag.starts_with("halite-");
            let own: Vec<String> = settings.tags.keys().map(ToString::to_string).filter(of_identity).collect();
            let is: Vec<String> = serde_json::from_value(qube["tags"].clone()).unwrap();
            let is: Vec<String> = is.into_iter().filter(of_identity).collect();
            assert_eq!(is, own, "{context}: {name} has tags of another identity");
            if !self.is_edited {
                let named = |property: &str| settings.properties.keys().any(|name| name.as_str() == property);
                let strange: Vec<_> = qube["properties"].as_object().unwrap().keys().filter(|name| !named(name)).collect();
                assert!(strange.is_empty(), "{context}: {name} has {strange:?} from another bundle");
            }
        }
        self.count("qubes put away", away);
    }

    /// Dies at the change of this number, and the next command puts it right: all is as it was, or as it is to be.
    fn interrupted(&mut self, goal: &Goal, at: usize, number: u64) -> String {
        let context = format!("chain {number} on {}, {:?}, interrupted at {at}", self.dom0.release, self.done);
        let before = self.dom0.snapshot();
        let data = || before.qubes.keys().cloned();
        let fault = if at.is_multiple_of(2) { Fault::DieBefore } else { Fault::DieAfter };
        let faulty = Faulty::new(self.dom0.system.clone(), at, fault, Lasting::ForGood);
        let mut door = Untouched::new(faulty, data());
        let mut dom0 = self.dom0.copy();
        let result = dom0.go_through(&mut door, goal);
        assert!(door.touched.is_empty(), "{context}: {:?}", door.touched);
        dom0.system = door.inner.into_inner();
        if result.is_ok() {
            // It was done before that change came. What becomes of it then, other steps see.
            return "which there is not".to_owned();
        }
        assert!(matches!(result, Err(ApplyError::Stuck { .. })), "{context}: {result:?}");
        let mut door = Untouched::new(dom0.system.clone(), data());
        let recovered = halite::apply::recover(&mut door, &dom0.layout).unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(door.touched.is_empty(), "{context}: {:?}", door.touched);
        dom0.system = door.inner;
        self.dom0 = dom0;
        self.count("interruptions", 1);
        if recovered == Recovered::Undone {
            self.count("interruptions that were undone", 1);
            let (now, mut was) = (self.dom0.snapshot().without_leftovers(&before), before.clone());
            was.books.clone_from(&now.books);
            assert!(now == was, "{context}: {}", now.difference(&was).unwrap_or_default());
        }
        format!("interrupted at {at}")
    }

    /// One thing changed by hand, as far as qubesd lets it.
    fn edit(&mut self, dice: &mut Dice) -> String {
        let all = ["a", "a-gw", "a-dvm", "b", "c", "c-gw", "other"];
        let there = qubes(&self.dom0.system);
        let made: Vec<&str> = all.into_iter().filter(|name| there.contains_key(*name)).collect();
        if made.is_empty() {
            return "nothing to edit".to_owned();
        }
        let qube = *dice.pick(&made);
        self.is_edited = true;
        let kind = dice.roll(11);
        let dom0 = &mut self.dom0;
        match kind {
            0 => drop(dom0.by_hand("admin.vm.property.Set", "memory", qube, "777")),
            1 => drop(dom0.by_hand("admin.vm.property.Set", "netvm", qube, "sys-firewall")),
            2 => drop(dom0.by_hand("admin.vm.tag.Remove", "halite-isolated", qube, "")),
            3 => drop(dom0.by_hand("admin.vm.property.Set", "label", qube, "gray")),
            4 => drop(dom0.by_hand("admin.vm.feature.Set", "prohibit-start", qube, "mine")),
            5 => dom0.set_policy("# mine\n"),
            6 => drop(dom0.by_hand("admin.vm.property.Set", "default_dispvm", qube, "default-dvm")),
            7 => drop(dom0.by_hand("admin.vm.volume.Resize", "private", qube, &(20_u64 << 30).to_string())),
            8 => drop(dom0.by_hand("admin.vm.firewall.Set", "", qube, "action=drop\n")),
            9 => drop(dom0.by_hand("admin.vm.property.Set", "autostart", qube, "True")),
            _ => dom0.delete(qube),
        }
        self.count("edits", 1);
        self.check_gateways(qube, kind);
        format!("edit {kind} of {qube}")
    }

    /// A gateway that was deleted is a danger wherever it comes back.
    fn check_gateways(&self, deleted: &str, kind: usize) {
        if kind != 10 || !deleted.ends_with("-gw") {
            return;
        }
        for bundle in self.bundles.iter().filter(|bundle| bundle.wanted.qubes.keys().any(|name| name.as_str() == deleted)) {
            let danger = Danger::NewGuards(deleted.parse().unwrap());
            assert!(self.dom0.plan(bundle).dangers.contains(&danger), "{deleted} comes back in silence");
        }
    }
}

fn others(dom0: &Dom0, bundles: &[Bundle]) -> BTreeMap<String, Value> {
    let names = names(&bundles.iter().collect::<Vec<_>>());
    qubes(&dom0.system).into_iter().filter(|(name, _)| !names.contains(&name.parse().unwrap())).collect()
}

fn without_sizes(qube: &Value) -> Value {
    let mut qube = qube.clone();
    drop(qube.as_object_mut().unwrap().remove("sizes"));
    qube
}

/// Whether a volume is smaller than it was; one that is not named has the size of a new one.
fn has_shrunk(was: &Value, now: &Value) -> bool {
    let sizes = |qube: &Value| -> BTreeMap<String, u64> { serde_json::from_value(qube["sizes"].clone()).unwrap_or_default() };
    let now = sizes(now);
    sizes(was).iter().any(|(volume, size)| now.get(volume).is_none_or(|now| now < size))
}
