//! What the fuzz target `policy` does with an input.
//!
//! An input is any bytes. They are policy files, one after the other: each begins where a line begins with `== ` and goes on with a path;
//! what comes before the first is `/p/50-own.policy`. `/p` and `/r` are the directories of the policy, `/c` is the old directory. A line
//! `== PATH -> TEXT` is a link.

use std::collections::BTreeMap;

use halite::model::Release;
use halite::qrexec::{Directories, Files, Graph, Outcome, Policy, Request, Rule, System, lint};

/// A small system, in which rules find what they speak of.
const SYSTEM: &str = include_str!("policy_system.json");

/// What tests of the parser reach for.
const NAMES: [&str; 7] = ["a", "b", "dvm", "dom0", "@dispvm", "@default", "nosuch"];

/// Reads an input as a policy of each release, and decides with it.
///
/// # Errors
/// If something does not hold that must hold for every input.
pub fn check(input: &[u8]) -> Result<(), String> {
    let files = Input::of(input);
    for release in Release::ALL {
        let directories = Directories { policy: vec!["/r".to_owned(), "/p".to_owned()], compat: "/c".to_owned(), release };
        let policy = Policy::load(&files, &directories);
        for fault in &policy.faults {
            if fault.line.is_some() != fault.column.is_some() || fault.line == Some(0) || fault.column == Some(0) {
                return Err(format!("a fault without a place: {fault:?}"));
            }
        }
        // The same again is the same.
        if Policy::load(&files, &directories).rules.len() != policy.rules.len() {
            return Err("a policy that is not always the same".to_owned());
        }
        let known = System::parse(SYSTEM.as_bytes()).map_err(|error| error.to_string())?;
        let system = System::new(release, known.qubes().iter().cloned());
        drop(lint(&policy, Some(&system)));
        written(&policy, release)?;
        decided(&policy, &system)?;
    }
    Ok(())
}

/// A rule that is written is read as the same rule.
fn written(policy: &Policy, release: Release) -> Result<(), String> {
    for rule in policy.rules.iter().take(100) {
        let text = rule.to_string();
        // A file's name in the old directory can have no service, which no line can write.
        if rule.call.service.as_deref() == Some("") {
            continue;
        }
        match Rule::parse(&text, rule.clause.origin.clone(), release) {
            Ok(read) if read == *rule => {}
            other => return Err(format!("`{text}` is read as {other:?}")),
        }
    }
    Ok(())
}

/// A policy with a fault denies everything, and calls decided together are decided as each is.
fn decided(policy: &Policy, system: &System) -> Result<(), String> {
    let mut opened = 0_usize;
    for source in NAMES {
        for target in NAMES {
            let request = Request { service: Some("s"), argument: "+", source, target };
            let is_open = !matches!(policy.decide(system, &request).outcome, Outcome::Deny(_));
            if is_open && policy.is_void() {
                return Err(format!("{request:?} is not denied, though the policy is void"));
            }
            let is_qube = system.number(source).is_some();
            let evaluated = !matches!(policy.evaluate(system, &request).outcome, Outcome::Deny(_));
            let is_asked_for = matches!(target, "@dispvm" | "@default") || system.number(target).is_some();
            opened += usize::from(evaluated && is_qube && is_asked_for);
        }
    }
    let graph = Graph::new(policy, system);
    let rules = graph.rules_about((Some("s"), None));
    let mut flows = 0_usize;
    for kind in &graph.kinds().sources {
        for flow in graph.flows(kind, &rules) {
            let targets = flow.requested.iter().flat_map(|kind| &graph.kinds().targets[kind].members);
            let targets = targets.filter(|target| !matches!(target, halite::qrexec::Target::DisposableFrom(_))).count();
            let callers = kind.members.iter().filter(|member| flow.callers.contains(**member)).count();
            flows += callers * (targets + usize::from(flow.disposable));
        }
    }
    if flows == opened { Ok(()) } else { Err(format!("{opened} calls are open one by one, and {flows} together")) }
}

/// The files of an input.
struct Input {
    files: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
}

impl Input {
    fn of(input: &[u8]) -> Self {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        let mut links = BTreeMap::new();
        let mut path = "/p/50-own.policy".to_owned();
        for line in input.split_inclusive(|byte| *byte == b'\n') {
            let Some(named) = line.strip_prefix(b"== ") else {
                files.entry(path.clone()).or_default().extend_from_slice(line);
                continue;
            };
            let named = String::from_utf8_lossy(named);
            match named.trim_end_matches('\n').split_once(" -> ") {
                Some((link, to)) => drop(links.insert(link.to_owned(), to.to_owned())),
                None => named.trim_end_matches('\n').clone_into(&mut path),
            }
        }
        Self { files, links }
    }
}

impl Files for Input {
    fn list(&self, directory: &str) -> Result<Vec<String>, String> {
        let below = format!("{directory}/");
        let names = self.files.keys().filter_map(|path| path.strip_prefix(&below)).filter(|name| !name.contains('/'));
        Ok(names.map(str::to_owned).collect())
    }

    fn link(&self, path: &str) -> Option<String> {
        self.links.get(path).cloned()
    }

    fn is_directory(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.files.keys().any(|file| file.starts_with(&below))
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.files.get(path).cloned().ok_or_else(|| "it is not there".to_owned())
    }
}
