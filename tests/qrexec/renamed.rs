//! A redacted policy decides of neutral names what the real one decides of real ones.

use std::collections::{BTreeMap, BTreeSet};

use halite::observe::{Aliases, Books, Capture, redact};
use halite::qrexec::{Directories, Names, OLD_DIRECTORY, POLICY_DIRECTORY, Policy, PolicyTree, System, lint};

use super::Case;
use super::edges::{Edge, edges};
use super::in_memory::InMemory;

/// The case as a capture: its policy lies where dom0's does.
fn capture(case: &Case) -> Option<Capture> {
    let [directory] = &case.directories[..] else { return None };
    let moved = |path: &String| match (path.strip_prefix(directory.as_str()), path.strip_prefix("/c/")) {
        (Some(rest), _) => format!("{POLICY_DIRECTORY}{rest}"),
        (_, Some(rest)) => format!("{OLD_DIRECTORY}/{rest}"),
        _ => path.clone(),
    };
    let files = InMemory {
        files: case.files.files.iter().map(|(path, text)| (moved(path), text.clone())).collect(),
        links: case.files.links.iter().map(|(path, end)| (moved(path), moved(end))).collect(),
    };
    let (policy, compat) = (vec![POLICY_DIRECTORY.to_owned()], OLD_DIRECTORY.to_owned());
    let tree = PolicyTree::recorded(&files, &Directories { policy, compat, release: case.system().release() });
    Some(Capture::new(case.system().release(), BTreeMap::new(), case.system.clone(), tree, Books::default()))
}

/// Every edge of the graph, asked or allowed: call, caller, target, the line of the rule.
fn told(policy: &Policy, system: &System) -> BTreeSet<[String; 5]> {
    let words = |edge: Edge| {
        let [service, argument] = [edge.call.0, edge.call.1].map(|word| word.unwrap_or("*").to_owned());
        [service, argument, edge.source.to_owned(), edge.target, format!("{:?}", edge.origin.line)]
    };
    edges(policy, system).into_iter().map(words).collect()
}

fn renamed([service, argument, source, target, line]: [String; 5], names: &mut Aliases) -> [String; 5] {
    let word = |word: String, name: &mut dyn FnMut(&str) -> String| if word == "*" { word } else { name(&word) };
    let target = match target.strip_prefix("@dispvm:") {
        Some(template) => format!("@dispvm:{}", names.qube(template)),
        None if target.starts_with('@') => target,
        None => names.qube(&target),
    };
    let (service, argument) = (word(service, &mut |name| names.service(name)), word(argument, &mut |name| names.argument(name)));
    [service, argument, names.qube(&source), target, line]
}

#[test]
fn the_graph_is_the_same_up_to_names() {
    let (mut policies, mut void, mut all) = (0, 0, 0);
    for (number, case) in Case::all().enumerate() {
        let Some(capture) = capture(&case) else { continue };
        let mut names = Aliases::default();
        let other = redact(&capture, &mut names);
        let (release, system, other_system) = (capture.release, capture.system().unwrap(), other.system().unwrap());
        let (policy, other_policy) = (capture.policy.load(release), other.policy.load(release));
        assert_eq!(policy.is_void(), other_policy.is_void(), "{}: {:?} {:?}", case.name, policy.faults, other_policy.faults);
        assert_eq!(policy.faults.len(), other_policy.faults.len(), "{}", case.name);
        assert_eq!(policy.rules.len(), other_policy.rules.len(), "{}", case.name);
        policies += 1;
        void += usize::from(policy.is_void());
        let (before, after) = (told(&policy, &system), told(&other_policy, &other_system));
        all += before.len();
        let before: BTreeSet<_> = before.into_iter().map(|edge| renamed(edge, &mut names)).collect();
        let difference: Vec<_> = before.symmetric_difference(&after).take(5).collect();
        assert!(difference.is_empty(), "{number} {}: {difference:#?}", case.name);
        let remarks = |policy: &Policy, system| lint(policy, Some(system)).into_iter().map(|remark| remark.rule).collect();
        let (before, after): (Vec<usize>, Vec<usize>) = (remarks(&policy, &system), remarks(&other_policy, &other_system));
        assert_eq!(before, after, "{}", case.name);
    }
    assert!(policies > 300 && void > 20 && all > 10_000, "{policies} policies, {void} void, {all} edges");
}
