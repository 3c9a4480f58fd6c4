//! The graph of a policy, edge by edge.

use halite::qrexec::{Graph, NamedCall, Origin, Policy, System, drawn};

/// One call from somebody to something that goes through, or that the user is asked about.
pub struct Edge<'a> {
    pub call: NamedCall<'a>,
    pub source: &'a str,
    pub target: String,
    /// The rule.
    pub origin: &'a Origin,
}

/// All that the graph has.
pub fn edges<'a>(policy: &'a Policy, system: &'a System) -> Vec<Edge<'a>> {
    let graph = Graph::new(policy, system);
    let mut edges = Vec::new();
    for call in graph.calls() {
        let rules = graph.rules_about(call);
        for kind in &graph.kinds().sources {
            for flow in graph.flows(kind, &rules) {
                let targets = flow.requested.iter().flat_map(|kind| &graph.kinds().targets[kind].members);
                let mut targets: Vec<String> = targets.map(|target| drawn(*target, system)).collect();
                targets.extend(flow.disposable.then(|| "@dispvm".to_owned()));
                for source in kind.members.iter().filter(|source| flow.callers.contains(**source)) {
                    let (source, origin) = (system.get(*source).name.as_str(), &rules[flow.rule].clause.origin);
                    edges.extend(targets.iter().cloned().map(|target| Edge { call, source, target, origin }));
                }
            }
        }
    }
    edges
}
