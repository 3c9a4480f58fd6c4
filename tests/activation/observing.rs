//! Reading dom0: in one pass, no call twice, and none whose answer does not matter.

use std::collections::BTreeSet;

use halite::apply::look;
use halite::base::QubeName;
use halite::model::Release;
use halite::plan::{Links, Plan, Provider, State, plan};
use halite::qubesd::{Admin, Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;
use halite::sim::Simulation;

use crate::bundles::{Bundle, SMALL, bundle, small_changed, variants};
use crate::dom0::{Dom0, name};
use crate::snapshot::qubes;

/// A door that writes down what it is asked, and gives one of the answers another text.
struct Watched {
    system: Simulation,
    calls: Vec<Call>,
    changed: Option<(usize, String)>,
}

impl Watched {
    fn new(dom0: &Dom0) -> Self {
        Self { system: dom0.system.clone(), calls: Vec::new(), changed: None }
    }
}

impl Qubesd for Watched {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        self.calls.push(call.clone());
        match &self.changed {
            Some((at, text)) if *at + 1 == self.calls.len() => Ok(Reply::Ok(text.clone().into_bytes())),
            _ => self.system.call(call),
        }
    }

    fn provision(&mut self, _: &QubeName, _: &Staged) -> Result<(), Unreachable> {
        panic!("reading has Salt do nothing");
    }
}

/// The calls that reading all that `target` compares makes.
fn calls(dom0: &Dom0, target: &State) -> Vec<Call> {
    let mut door = Watched::new(dom0);
    look(&mut door, &dom0.layout, target).unwrap();
    door.calls
}

/// A dom0 that was switched to the first form, and forms of bundles that it may go to.
fn ways() -> Vec<(Dom0, Bundle)> {
    let texts = || variants().into_iter().map(|(_, text)| text).chain([SMALL.to_owned(), small_changed()]);
    let mut ways = Vec::new();
    for release in Release::ALL {
        for (serial, text) in (2..).zip(texts()) {
            ways.push((Dom0::stock(release), bundle(&text, serial, release)));
            let mut switched = Dom0::stock(release);
            switched.switch(&bundle(SMALL, 1, release));
            ways.push((switched, bundle(&text, serial, release)));
        }
    }
    ways
}

#[test]
fn no_call_is_made_twice() {
    for (dom0, bundle) in ways() {
        let calls = calls(&dom0, &bundle.wanted);
        let each: BTreeSet<(&str, &str, &str)> =
            calls.iter().map(|call| (&*call.method, call.argument.as_str(), call.destination.as_str())).collect();
        assert_eq!(each.len(), calls.len(), "{calls:?}");
    }
}

/// Of qubes that are not managed nobody asks anything, but for the tags and the netvms of those that managed ones are connected to.
#[test]
fn other_qubes_are_left_alone() {
    for (dom0, bundle) in ways() {
        for call in calls(&dom0, &bundle.wanted) {
            let is_list = call.method == "admin.vm.List" && call.destination == QubeName::dom0();
            let is_provider = matches!(&*call.method, "admin.vm.tag.List" | "admin.vm.property.GetAll");
            assert!(is_list || is_provider || bundle.wanted.qubes.contains_key(&call.destination), "{call:?}");
            assert!(call.payload.is_empty(), "{call:?}");
        }
    }
}

/// What comes of a plan where the `at`-th answer is another one.
fn plan_with(dom0: &Dom0, wanted: &State, at: usize, text: String) -> Result<Plan, String> {
    let mut door = Watched { changed: Some((at, text)), ..Watched::new(dom0) };
    dom0.prospect(&mut door, wanted.clone()).map(|prospect| prospect.plan).map_err(|error| error.to_string())
}

/// Other answers to a call than the right one `text`; one of them at least must make another plan.
fn others(call: &Call, text: &str, wanted: &State) -> Vec<String> {
    let settings = wanted.qubes.get(&call.destination);
    let lines = || text.lines().map(str::to_owned);
    let without = |at: usize| lines().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| line + "\n").collect();
    match &*call.method {
        "admin.vm.List" | "admin.vm.tag.List" | "admin.vm.feature.List" => {
            let features = settings.into_iter().flat_map(|settings| settings.features.keys());
            let added = features.map(|feature| format!("{text}{feature}\n"));
            (0..lines().count()).map(without).chain(added.filter(|_| call.method == "admin.vm.feature.List")).collect()
        }
        "admin.vm.property.GetAll" => settings
            .into_iter()
            .flat_map(|settings| settings.properties.keys())
            .map(|property| {
                let other = |line: String| match line.starts_with(&format!("{property} ")) {
                    true => format!("{property} default=False type=str other\n"),
                    false => line + "\n",
                };
                lines().map(other).collect()
            })
            .collect(),
        "admin.vm.feature.Get" => vec![format!("{text}x"), String::new()],
        "admin.vm.volume.Info" => vec![text.replace("\nsize=", "\nsize=1\nwas=")],
        "admin.vm.firewall.Get" => vec!["action=drop comment=other\n".to_owned()],
        other => panic!("{other} is new here"),
    }
}

/// For each single call there is an answer that would make another plan: none was asked in vain.
#[test]
fn every_call_matters() {
    for release in Release::ALL {
        let bundle = bundle(&small_changed(), 1, release);
        let mut dom0 = Dom0::stock(release);
        dom0.switch(&bundle);
        let right = dom0.drift();
        assert!(right.is_empty());
        let managed = &bundle.wanted;
        let calls = calls(&dom0, managed);
        for (at, call) in calls.iter().enumerate() {
            let Reply::Ok(text) = dom0.system.clone().call(call).unwrap() else { panic!("{call:?}") };
            let text = String::from_utf8(text).unwrap();
            let matters = others(call, &text, managed).into_iter().any(|other| match plan_with(&dom0, managed, at, other) {
                Ok(plan) => plan.to_text() != right.to_text() || plan.steps != right.steps,
                Err(_) => true,
            });
            assert!(matters, "{release} {call:?}");
        }
    }
}

/// Of providers, tags are read only where a netvm is to change. Knowing those of all qubes makes no other plan, and shows no other danger.
#[test]
fn tags_that_are_not_read_hide_no_danger() {
    let mut dangers = 0;
    for (mut dom0, bundle) in ways() {
        let adopted = name("b");
        if bundle.wanted.qubes.contains_key(&adopted) && !qubes(&dom0.system).contains_key("b") {
            // The user's own qube behind Tor, which the bundle would have in clear.
            let template = dom0.release.stock_template("debian").unwrap();
            dom0.hand("admin.vm.Create.AppVM", template.as_str(), "dom0", "name=b label=red");
            dom0.hand("admin.vm.property.Set", "netvm", "b", "sys-whonix");
            dom0.adopted.insert(adopted);
        }
        let prospect = dom0.prospect(&mut dom0.system.clone(), bundle.wanted.clone()).unwrap();
        let mut all = prospect.observed.clone();
        let mut system = dom0.system.clone();
        let mut admin = Admin::new(&mut system);
        for other in prospect.observed.there.keys().filter(|name| !prospect.observed.qubes.contains_key(*name)) {
            let known = prospect.observed.providers.get(other);
            let links = known.map_or_else(Links::default, |provider| provider.links.clone());
            all.providers.insert(other.clone(), Provider { tags: admin.tags(other).unwrap(), links });
        }
        assert!(all.providers.len() > prospect.observed.providers.len());
        let again = plan(&prospect.target, &all, &prospect.current.ledger, dom0.release, &dom0.adopted).unwrap();
        assert_eq!(again, prospect.plan);
        dangers += again.dangers.len();
    }
    assert!(dangers > 0, "nothing was dangerous");
}
