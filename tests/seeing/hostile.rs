//! Text from a qube, qubesd, a capture or a policy file never drives the terminal: it is cleaned, and of bounded length, whichever way it
//! takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use halite::base::is_invisible;
use halite::qubesd::{Qubesd, Request};
use halite::sim::Simulation;
use serde_json::Value;

use crate::dom0::{Dom0, POLICY};
use crate::support::{Ended, RECIPE, Run};

/// What becomes of a reply: the request, and the right one.
type Tamper = Box<dyn Fn(&Request, &[u8]) -> Vec<u8> + Send + Sync>;

/// A qubesd in this process, at sockets in a dom0's sandbox, that writes down what it is asked and says what it likes.
pub struct Hostile<'a> {
    dom0: &'a Dom0,
    system: Arc<Mutex<Simulation>>,
    asked: Arc<Mutex<Vec<String>>>,
    tamper: Arc<Mutex<Tamper>>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    sockets: [PathBuf; 2],
}

impl<'a> Hostile<'a> {
    /// Begins with the state of a dom0.
    pub fn serve(dom0: &'a Dom0, tamper: impl Fn(&Request, &[u8]) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let state = dom0.sandbox().read("dom0/qubesd.json");
        let system = Arc::new(Mutex::new(Simulation::from_json(&state).unwrap()));
        let (asked, stop) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let tamper: Arc<Mutex<Tamper>> = Arc::new(Mutex::new(Box::new(tamper)));
        let sockets = ["qubesd.sock", "qubesd.internal.sock"].map(|name| dom0.sandbox().path(name));
        let mut served = Self { dom0, system, asked, tamper, stop, threads: Vec::new(), sockets };
        served.threads = served.sockets.iter().map(|path| served.listen(UnixListener::bind(path).unwrap())).collect();
        served
    }

    fn listen(&self, listener: UnixListener) -> JoinHandle<()> {
        let (system, asked) = (Arc::clone(&self.system), Arc::clone(&self.asked));
        let (tamper, stop) = (Arc::clone(&self.tamper), Arc::clone(&self.stop));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let mut stream = stream.unwrap();
                let mut bytes = Vec::new();
                stream.read_to_end(&mut bytes).unwrap();
                let request = Request::parse(&bytes).unwrap();
                let call = format!("{}+{} {}", request.method, request.argument, request.destination);
                asked.lock().unwrap().push(call);
                let mut system = system.lock().unwrap();
                let reply = system.understand(request.clone()).map_or_else(|reply| reply, |call| system.call(&call).unwrap());
                // Whoever hangs up on this server does right.
                let _ = stream.write_all(&(tamper.lock().unwrap())(&request, &reply.to_bytes()));
            }
        })
    }

    /// Says something else from now on.
    fn say(&self, tamper: impl Fn(&Request, &[u8]) -> Vec<u8> + Send + Sync + 'static) {
        *self.tamper.lock().unwrap() = Box::new(tamper);
    }

    /// `halite-dom0` with this qubesd.
    pub fn run(&self, arguments: &str) -> Run<'_> {
        self.dom0.sandbox().halite_dom0(&format!("--root dom0/root --qubesd qubesd.sock {arguments}"))
    }

    /// What it was asked since this was called last.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Its state.
    pub fn state(&self) -> Value {
        serde_json::from_slice(&self.system.lock().unwrap().to_json()).unwrap()
    }
}

impl Drop for Hostile<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for path in &self.sockets {
            drop(UnixStream::connect(path));
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
        for path in &self.sockets {
            let _ = fs::remove_file(path);
        }
    }
}

/// The longest line that anybody may be made to read, in characters, and the longest output, in bytes.
const LINE: usize = 8_000;
const ALL: usize = 400_000;

/// Escapes, C1 controls, marks that change the direction of writing, a forged line.
const NASTY: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{7f}\rDANGER  none";

fn long() -> String {
    "A".repeat(1 << 20)
}

/// Nothing in it drives a terminal, and no one has to read on for ever.
#[track_caller]
fn assert_clean(ended: &Ended, what: &str) {
    let told = || format!("{what}: {}", ended.transcript().escape_debug().to_string().chars().take(3_000).collect::<String>());
    let stdout = std::str::from_utf8(&ended.stdout_bytes).unwrap_or_else(|_| panic!("{}", told()));
    for text in [stdout, &ended.stderr] {
        let bad = text.chars().find(|&c| c != '\n' && (is_invisible(c) || c == '\u{fffd}'));
        assert_eq!(bad, None, "{}", told());
    }
    let is_json = stdout.starts_with('{');
    for text in if is_json { vec![ended.stderr.as_str()] } else { vec![stdout, &ended.stderr] } {
        assert!(text.lines().all(|line| line.chars().count() <= LINE), "{}", told());
        assert!(text.len() <= ALL, "{}", told());
    }
    assert!(!ended.stderr.contains("panicked"), "{}", told());
    assert!(ended.code < 5, "{}", told());
}

/// What shows something, or fails to change it.
const VERBS: [&str; 9] = [
    "plan sample@2",
    "plan sample@2 --json",
    "report",
    "status",
    "status --json",
    "capture",
    "capture --recipe",
    "policy graph --include-ask",
    "switch sample@2",
];

/// A dom0 with a generation in place, something that was changed by hand, and another bundle.
fn dom0() -> Dom0 {
    let dom0 = Dom0::with_sample("r4.3");
    dom0.run("switch sample@1").succeeds();
    let second = RECIPE.replace("serial = 1", "serial = 2").replace("\"onionshare\"", "\"onionshare\", \"gimp\"");
    let more = "[workstation.loud]\nprefs = { kernel = \"6.12.59-1.fc41\" }\nprivate = 5000\nfirewall = [\"action=accept dsthost=example.org\"]\n\
                features = { x-mine = \"new\" }\n";
    dom0.import(&second.replace("[workstation.loud]\n", more));
    dom0.edit_qube("loud", |qube| qube["features"]["x-mine"] = "old".into());
    dom0
}

/// The ways in which a text gets into a reply.
fn ways(reply: &[u8], text: &str) -> Vec<Vec<u8>> {
    let body = String::from_utf8_lossy(reply.strip_prefix(b"0\0").unwrap_or(b"")).into_owned();
    let framed = |body: String| [b"0\0", body.as_bytes()].concat();
    let lines: Vec<&str> = body.lines().collect();
    let with = |at: usize, line: String| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        if at < lines.len() {
            lines[at] = line
        } else {
            lines.push(line)
        }
        framed(lines.join("\n") + "\n")
    };
    let mut ways = vec![
        framed(text.to_owned()),
        framed(format!("{body}{text}\n")),
        format!("2\0{text}\0{text}\0{text} %s\0{text}\0").into_bytes(),
        // A name of its own, beside those that are there.
        framed(body.replacen(':', &format!(":{}", serde_json::to_string(text).unwrap()), 1)),
    ];
    for at in [0, lines.len() / 2, lines.len().saturating_sub(1)].into_iter().collect::<BTreeSet<_>>() {
        let Some(line) = lines.get(at) else { continue };
        ways.push(with(at, format!("{line}{text}")));
        ways.push(with(at, format!("{text}{line}")));
        ways.push(with(at, line.replacen('=', &format!("={text}"), 1)));
    }
    // In each value of a property, or of a line of another kind.
    ways.push(framed(lines.iter().map(|line| format!("{line}{text}\n")).collect()));
    ways
}

#[test]
fn what_qubesd_says() {
    let dom0 = dom0();
    let served = Hostile::serve(&dom0, |_, reply| reply.to_vec());
    let before = served.state();
    for verb in VERBS.into_iter().filter(|verb| !verb.starts_with("switch")) {
        served.run(verb).end();
        // One call of each method, and for what many qubes are asked, one of those that matter to a plan.
        let mut calls: BTreeMap<String, String> = BTreeMap::new();
        for call in served.calls() {
            let method = call.split('+').next().unwrap().to_owned();
            if call.ends_with(" loud") || !calls.contains_key(&method) {
                calls.insert(method, call);
            }
        }
        for call in calls.into_values() {
            // What is long is cut wherever it stands: a few ways through each verb that tells people something.
            let long = (!verb.contains("--")).then(long);
            for text in [NASTY.to_owned()].into_iter().chain(long) {
                let most = if text == NASTY { usize::MAX } else { 3 };
                let wanted = call.clone();
                let is_it =
                    move |request: &Request| format!("{}+{} {}", request.method, request.argument, request.destination) == wanted;
                for at in 0..most {
                    let (is_it, text) = (is_it.clone(), text.clone());
                    let (some, count) = (Arc::new(AtomicBool::new(false)), at);
                    let found = Arc::clone(&some);
                    served.say(move |request, reply| {
                        if !is_it(request) {
                            return reply.to_vec();
                        }
                        let way = ways(reply, &text).into_iter().nth(count);
                        found.store(way.is_some(), Ordering::Relaxed);
                        way.unwrap_or_else(|| reply.to_vec())
                    });
                    let ended = served.run(verb).end();
                    if !some.load(Ordering::Relaxed) {
                        break;
                    }
                    assert_clean(&ended, &format!("{verb}: {call} in way {at}"));
                }
            }
        }
    }
    assert_eq!(served.state(), before);
}

/// A switch that fails, whatever qubesd says about it.
#[test]
fn what_qubesd_says_while_something_is_changed() {
    let dom0 = dom0();
    for method in ["admin.vm.property.Set", "admin.vm.feature.Set", "admin.vm.firewall.Set", "admin.vm.volume.CloneTo"] {
        for text in [NASTY.to_owned(), long()] {
            let served = Hostile::serve(&dom0, move |request, reply| match request.method == method {
                true => format!("2\0{text}\0{text}\0{text} %s\0{text}\0").into_bytes(),
                false => reply.to_vec(),
            });
            let ended = served.run("switch sample@2 --accept-dangers").end();
            assert_eq!(ended.code, 1, "{}", ended.stderr.escape_debug());
            assert_clean(&ended, method);
        }
        // What could not be put back, while nothing was accepted, is put back now.
        let served = Hostile::serve(&dom0, |_, reply| reply.to_vec());
        served.run("rollback 1").end();
    }
}

#[test]
fn what_policy_files_and_their_names_say() {
    let names = ["50-mine.policy".to_owned(), format!("50-\u{1b}[2J\u{202e}\n\r{}.policy", "a".repeat(150))];
    let rules = |text: &str| {
        vec![
            text.to_owned(),
            format!("{text} * a b allow\n"),
            format!("qubes.Filecopy +{text} {text} {text} allow target={text}\n"),
            format!("qubes.Filecopy * quiet loud {text}\n"),
            format!("!include {text}\n"),
            format!("!{text}\n# {text}\nqubes.Filecopy * quiet loud ask default_target={text}"),
            format!("qubes.Filecopy * {} loud ask\n", "q".repeat(1 << 20)),
        ]
    };
    let dom0 = dom0();
    for name in &names {
        for text in [NASTY.replace('\r', ""), long()] {
            let all = rules(&text);
            // The name alone is the attack.
            let count = if *name == names[0] { all.len() } else { 1 };
            for (at, rule) in all.into_iter().take(count).enumerate() {
                let path = format!("{POLICY}/{name}");
                dom0.sandbox().write(&path, &rule);
                for verb in [
                    "plan sample@2",
                    "report",
                    "status",
                    "capture",
                    "switch sample@2",
                    "policy graph",
                    "policy lint",
                    "diff sample@2",
                ] {
                    assert_clean(&dom0.run(verb).end(), &format!("{verb}: {at} in {name:?}"));
                }
                let call =
                    serde_json::json!({ "source": "quiet", "target": "loud", "service": "qubes.Filecopy", "argument": "+" });
                assert_clean(&dom0.run("policy eval").stdin(format!("{call}\n")).end(), &format!("eval: {at} in {name:?}"));
                let halite = |arguments: &str| dom0.sandbox().halite(&format!("{arguments} --policy-dir {POLICY}")).end();
                assert_clean(&halite("policy lint"), &format!("lint: {at} in {name:?}"));
                fs::remove_file(dom0.sandbox().path(&path)).unwrap();
            }
        }
    }
}

/// Each kind of text in a capture, in the place of which another one stands.
#[test]
fn what_a_capture_says() {
    let dom0 = dom0();
    dom0.run("capture --output capture.json").succeeds();
    let capture: Value = serde_json::from_str(&dom0.sandbox().text("capture.json")).unwrap();
    let mut kinds = BTreeMap::new();
    find(&capture, &mut Vec::new(), &mut kinds);
    assert!(kinds.len() > 20, "{kinds:#?}");
    for (kind, place) in kinds {
        for text in [NASTY.to_owned(), long()] {
            let mut other = capture.clone();
            put(&mut other, &place, &text);
            dom0.sandbox().write("hostile.json", serde_json::to_vec(&other).unwrap());
            for verb in ["check recipe", "plan recipe"] {
                let ended = dom0.sandbox().halite(&format!("{verb} --against hostile.json")).end();
                assert_clean(&ended, &format!("{verb}: {kind}"));
            }
            // A graph of so many letters takes long, and says nothing more.
            let graph = (text == NASTY).then_some("policy graph --include-ask");
            for verb in ["policy lint"].into_iter().chain(graph) {
                let ended = dom0.sandbox().halite(&format!("{verb} --capture hostile.json")).end();
                assert_clean(&ended, &format!("{verb}: {kind}"));
            }
        }
    }
}

/// A step into JSON: a key's value, the key itself, or an item.
#[derive(Debug, Clone)]
enum To {
    Value(String),
    Key(String),
    Item(usize),
}

/// One place of each kind: of all qubes, properties and the like, one stands for the others.
fn find(value: &Value, way: &mut Vec<To>, kinds: &mut BTreeMap<String, Vec<To>>) {
    let kind = |way: &[To]| {
        let word = |(at, to): (usize, &To)| match to {
            // Names of qubes, files and properties, below the words of the format.
            To::Value(_) if at % 2 == 1 || matches!(way.first(), Some(To::Value(top)) if top == "policy" && at == 2) => {
                "*".to_owned()
            }
            To::Value(key) => key.clone(),
            To::Key(_) => "KEY".to_owned(),
            To::Item(_) => "ITEM".to_owned(),
        };
        way.iter().enumerate().map(word).collect::<Vec<_>>().join("/")
    };
    match value {
        Value::String(_) => drop(kinds.entry(kind(way)).or_insert_with(|| way.clone())),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate().take(1) {
                way.push(To::Item(at));
                find(item, way, kinds);
                way.pop();
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                way.push(To::Key(key.clone()));
                kinds.entry(kind(way)).or_insert_with(|| way.clone());
                way.pop();
                way.push(To::Value(key.clone()));
                find(member, way, kinds);
                way.pop();
            }
        }
        _ => {}
    }
}

fn put(value: &mut Value, way: &[To], text: &str) {
    match way {
        [] => *value = text.into(),
        [To::Item(at), rest @ ..] => put(&mut value[at], rest, text),
        [To::Value(key), rest @ ..] => put(&mut value[key], rest, text),
        [To::Key(key), ..] => {
            let members = value.as_object_mut().unwrap();
            let member = members.remove(key).unwrap();
            members.insert(text.to_owned(), member);
        }
    }
}
