//! What recovering must not do: touch what is the user's, remove what may hold data, or go on under running qubes.

use std::fs::OpenOptions;
use std::io::Write;

use halite::apply::{ApplyError, Current, Deed, Generation, Generations, Header, Journal, Recovered, Task};
use halite::base::QubeName;
use halite::model::Release;
use halite::qubesd::{Call, Qubesd, Reply, Unreachable};
use halite::salt::Staged;
use halite::sim::{Fault, Faulty, Lasting, Simulation};

use crate::bundles::{Bundle, SMALL, bundle, small_changed, small_reassigned};
use crate::dom0::{Dom0, Goal, name};
use crate::snapshot::{is_retired, qubes};

/// A door that breaks after the first change that `is_last` says.
struct Until<F> {
    system: Simulation,
    is_last: F,
    is_dead: bool,
}

impl<F: FnMut(&Call) -> bool> Qubesd for Until<F> {
    fn call(&mut self, call: &Call) -> Result<Reply, Unreachable> {
        if self.is_dead {
            return Err(Unreachable("gone".to_owned()));
        }
        let reply = self.system.call(call);
        self.is_dead = (self.is_last)(call);
        if self.is_dead { Err(Unreachable("gone".to_owned())) } else { reply }
    }

    fn provision(&mut self, qube: &QubeName, state: &Staged) -> Result<(), Unreachable> {
        self.system.provision(qube, state)
    }
}

/// A dom0 that died right after the call `method` about `qube` (or that makes it).
fn died_after(mut dom0: Dom0, bundle: &Bundle, method: &'static str, qube: &str) -> Dom0 {
    let made = format!("name={qube} ");
    let is_last =
        |call: &Call| call.method == method && (call.destination.as_str() == qube || call.payload.starts_with(made.as_bytes()));
    let mut door = Until { system: dom0.system.clone(), is_last, is_dead: false };
    let error = dom0.go_through(&mut door, &Goal::Switch(bundle)).unwrap_err();
    assert!(matches!(error, ApplyError::Stuck { .. }), "{error}");
    assert!(error.to_string().contains("it could not be put back yet"), "{error}");
    dom0.system = door.system;
    dom0
}

#[test]
fn what_may_have_been_started_is_never_removed_however_often_the_recovery_dies() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let interrupted = died_after(Dom0::stock(Release::R4_3), &bundle, "admin.vm.Create.AppVM", "a-gw");
    let number = qubes(&interrupted.system)["a-gw"]["qid"].clone();
    for at in 1.. {
        let mut dom0 = interrupted.copy();
        let mut door = Faulty::new(dom0.system.clone(), at, Fault::DieAfter, Lasting::ForGood);
        let is_over = halite::apply::recover(&mut door, &dom0.layout).is_ok();
        dom0.system = door.into_inner();
        dom0.recover().unwrap();
        assert!(is_retired(&qubes(&dom0.system)["a-gw"]), "after death at change {at}");
        dom0.switch(&bundle);
        assert_eq!(qubes(&dom0.system)["a-gw"]["qid"], number);
        dom0.rollback(0);
        assert!(is_retired(&qubes(&dom0.system)["a-gw"]), "halite made it");
        if is_over {
            break;
        }
    }
}

#[test]
fn what_is_left_of_an_undone_switch_is_of_one_identity_when_it_is_wanted_again() {
    for release in Release::ALL {
        let (first, second) = (bundle(&small_reassigned(), 1, release), bundle(SMALL, 2, release));
        let mut dom0 = Dom0::stock(release);
        dom0.switch(&first);
        let tags = qubes(&dom0.system)["a-dvm"]["tags"].clone();
        dom0.delete("a-dvm");
        let mut dom0 = died_after(dom0, &second, "admin.vm.tag.Set", "a-dvm");
        assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
        dom0.rollback(1);
        assert_eq!(qubes(&dom0.system)["a-dvm"]["tags"], tags, "{release}");
    }
}

#[test]
fn what_a_disposable_that_stays_hangs_on_is_put_back_but_for_that() {
    let bundle = bundle(SMALL, 1, Release::R4_2);
    let mut dom0 = died_after(Dom0::stock(Release::R4_2), &bundle, "admin.vm.Create.AppVM", "a-dvm");
    assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
    // It is there now, and no template for disposables yet; then it is, and one is made.
    let mut dom0 = died_after(dom0, &bundle, "admin.vm.Create.DispVM", "a-web");
    assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
    for name in ["a-dvm", "a-web"] {
        assert!(is_retired(&qubes(&dom0.system)[name]), "{name}");
    }
    dom0.switch(&bundle);
    assert!(dom0.drift().is_empty());
}

#[test]
fn what_was_not_even_begun_is_the_users() {
    for release in Release::ALL {
        let bundle = bundle(SMALL, 1, release);
        let mut dom0 = died_after(Dom0::stock(release), &bundle, "admin.vm.Create.AppVM", "a-dvm");
        dom0.hand("admin.vm.Create.AppVM", "fedora-42-xfce", "dom0", "name=b label=yellow");
        dom0.hand("admin.vm.property.Set", "netvm", "b", "sys-firewall");
        let before = qubes(&dom0.system)["b"].clone();
        assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
        assert_eq!(qubes(&dom0.system)["b"], before);
    }
}

/// The bytes of a journal as its first form had them: with a record before every step.
fn of_the_first_form(bytes: &[u8]) -> Vec<u8> {
    let find = |part: &[u8]| (0..bytes.len()).filter(|at| bytes[*at..].starts_with(part)).collect::<Vec<_>>();
    let [format] = find(b"\x66format\x02")[..] else { panic!("one thing in it is of the second form") };
    let begins = find(b"\xa1\x65begin");
    // The last record is the number of a step below 24, or in the byte that follows.
    let last = *bytes.last().unwrap();
    let header = [&bytes[..format], b"\x66format\x01", &bytes[format + 8..begins[0]]].concat();
    let begin = |number: u8| [&b"\xa1\x65begin"[..], if number < 24 { &[] } else { b"\x18" }, &[number]].concat();
    [header].into_iter().chain((0..=last).map(begin)).collect::<Vec<_>>().concat()
}

#[test]
fn a_journal_of_the_first_form_is_understood_and_none_of_a_later_one() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let dom0 = died_after(Dom0::stock(Release::R4_3), &bundle, "admin.vm.Create.AppVM", "a-dvm");
    let bytes = std::fs::read(dom0.layout.journal()).unwrap();
    let first = of_the_first_form(&bytes);
    assert!(first.len() > bytes.len() + 8, "it has more records");
    let left = [&bytes, &first].map(|bytes| {
        let mut dom0 = dom0.copy();
        std::fs::write(dom0.layout.journal(), bytes).unwrap();
        dom0.hand("admin.vm.Create.AppVM", "fedora-42-xfce", "dom0", "name=b label=yellow");
        assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
        assert!(is_retired(&qubes(&dom0.system)["a-dvm"]) && !is_retired(&qubes(&dom0.system)["b"]));
        qubes(&dom0.system)
    });
    assert_eq!(left[0], left[1]);
    let mut dom0 = dom0.copy();
    let at = bytes.windows(8).position(|part| part == b"\x66format\x02").unwrap() + 7;
    std::fs::write(dom0.layout.journal(), [&bytes[..at], &[3], &bytes[at + 1..]].concat()).unwrap();
    let error = dom0.recover().unwrap_err().to_string();
    assert!(error.ends_with("is damaged: its format is 3, and this halite-dom0 reads 2"), "{error}");
    assert!(dom0.has_journal());
}

#[test]
fn what_was_written_of_a_generation_before_the_books_knew_it_is_none() {
    let mut dom0 = Dom0::stock(Release::R4_3);
    let bundle = bundle(SMALL, 1, Release::R4_3);
    dom0.switch(&bundle);
    let written = dom0.layout.generations().join("2.cbor");
    std::fs::copy(dom0.layout.generations().join("1.cbor"), &written).unwrap();
    assert_eq!(Generations::of(&dom0.layout).numbers().unwrap(), [1]);
    assert_eq!(dom0.recover().unwrap(), Recovered::Nothing);
    assert!(!written.exists() && dom0.layout.generations().join("1.cbor").exists());
}

#[test]
fn nothing_is_put_back_under_a_running_qube() {
    let (first, second) = (
        bundle(SMALL, 1, Release::R4_3),
        bundle(&SMALL.replace("upstream = \"sys-firewall\"", "upstream = \"sys-net\""), 2, Release::R4_3),
    );
    let mut dom0 = Dom0::stock(Release::R4_3);
    dom0.switch(&first);
    let before = qubes(&dom0.system);
    let mut dom0 = died_after(dom0, &second, "admin.vm.property.Set", "b");
    dom0.hand("admin.vm.Start", "", "b", "");
    assert!(matches!(dom0.recover(), Err(ApplyError::Running(running)) if running.iter().eq([&name("b")])));
    dom0.hand("admin.vm.Kill", "", "b", "");
    assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
    assert_eq!(qubes(&dom0.system)["b"], before["b"]);
}

#[test]
fn books_are_closed_when_all_steps_were_done() {
    let (first, second) = (bundle(SMALL, 1, Release::R4_3), bundle(&small_changed(), 2, Release::R4_3));
    let mut dom0 = Dom0::stock(Release::R4_3);
    dom0.switch(&first);
    let earlier = dom0.copy();
    dom0.switch(&second);
    let after = dom0.snapshot();
    for is_saved in [false, true] {
        // The power goes when everything is done but the books: without the generation, or without what is in place alone.
        let mut dom0 = dom0.copy();
        let next = Current::load(&dom0.layout).unwrap();
        let generation: Generation = Generations::of(&dom0.layout).load(2).unwrap();
        Current::load(&earlier.layout).unwrap().save(&dom0.layout).unwrap();
        if !is_saved {
            std::fs::remove_file(dom0.layout.generations().join("2.cbor")).unwrap();
        }
        let header = Header::new(
            Task { begun: 0, deed: Deed::switch(&generation) },
            earlier.managed(&first.wanted),
            Vec::new(),
            Vec::new(),
            next,
            Some(generation),
        );
        Journal::begin(&dom0.layout, &header).unwrap().done().unwrap();
        assert_eq!(dom0.recover().unwrap(), Recovered::Finished);
        assert!(dom0.snapshot() == after);
    }
}

#[test]
fn a_torn_record_is_not_relied_on() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let dom0 = died_after(Dom0::stock(Release::R4_3), &bundle, "admin.vm.property.Set", "b");
    for torn in [&b"\xa1"[..], b"\xa1\x65beg", b"\x64don", b"\xff"] {
        let mut dom0 = dom0.copy();
        OpenOptions::new().append(true).open(dom0.layout.journal()).unwrap().write_all(torn).unwrap();
        assert_eq!(dom0.recover().unwrap(), Recovered::Undone);
        assert!(!qubes(&dom0.system).contains_key("b") && dom0.policy().is_none());
    }
}

#[test]
fn a_clone_is_updated_and_starts_whatever_the_user_said_about_its_base() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let mut dom0 = Dom0::stock(Release::R4_3);
    for feature in ["skip-update", "prohibit-start"] {
        dom0.hand("admin.vm.feature.Set", feature, "whonix-workstation-18", "mine");
    }
    dom0.switch(&bundle);
    let template = &qubes(&dom0.system)[&dom0.managed_template()];
    assert!(template["features"].get("prohibit-start").is_none() && dom0.drift().is_empty());
}

#[test]
fn a_policy_that_cannot_be_put_back_as_it_was_is_not_replaced() {
    let bundle = bundle(SMALL, 1, Release::R4_3);
    let mut dom0 = Dom0::stock(Release::R4_3);
    std::fs::write(dom0.layout.policy(), b"# caf\xe9\n").unwrap();
    let error = dom0.go(&Goal::Switch(&bundle)).unwrap_err();
    assert!(error.to_string().ends_with("is damaged: it is not UTF-8 text"), "{error}");
}
