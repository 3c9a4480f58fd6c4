//! What `policy graph` prints: the edges as text for Graphviz, as JSON, or their number.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use crate::qrexec::{Drawing, Edges, Graph, Policy, System, drawn};

/// The edges of a policy that are wanted.
pub struct Picture<'a> {
    graph: Graph<'a>,
    system: &'a System,
    drawing: &'a Drawing,
    targets: Targets<'a>,
}

#[derive(Serialize)]
struct Json<'a> {
    source: &'a str,
    target: &'a str,
    decision: &'static str,
    label: &'a str,
}

impl<'a> Picture<'a> {
    /// Those that `drawing` wants.
    pub fn new(policy: &'a Policy, system: &'a System, drawing: &'a Drawing) -> Self {
        let graph = Graph::new(policy, system);
        let is_wanted = |name: &String| drawing.targets.is_empty() || drawing.targets.contains(name);
        let kinds = graph.kinds().targets.iter();
        let kinds = kinds.map(|kind| kind.members.iter().map(|target| drawn(*target, system)).filter(is_wanted).collect());
        let targets = Targets { kinds: kinds.collect(), wanted: &drawing.targets };
        Self { graph, system, drawing, targets }
    }

    /// How many edges there are.
    pub fn count(&self) -> u64 {
        let mut count = 0;
        let counted = self.each(|members, edges| {
            count += (members.len() * edges.iter().map(|edges| self.targets.count(edges)).sum::<usize>()) as u64;
            Ok(())
        });
        counted.expect("counting writes nothing");
        count
    }

    /// Writes one JSON document, an edge a line.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn json(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{\"format\": 1, \"edges\": [")?;
        let mut separator: &[u8] = b"\n";
        self.each(|members, edges| {
            for &source in members {
                for edges in edges {
                    let decision = if edges.is_ask { "ask" } else { "allow" };
                    for target in self.targets.of(edges) {
                        out.write_all(separator)?;
                        separator = b",\n";
                        let json = Json { source: &self.system.get(source).name, target, decision, label: &edges.label };
                        serde_json::to_writer(&mut *out, &json)?;
                    }
                }
            }
            Ok(())
        })?;
        out.write_all(b"\n]}\n")
    }

    /// Writes what `qrexec-policy-graph` writes, in the language of Graphviz.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn dot(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"digraph g {\n")?;
        let mut seen = BTreeSet::new();
        // What follows a caller's name is the same for all callers of a kind; a million lines are copied, and not formatted.
        let (mut tails, mut lines) = (Vec::new(), Vec::new());
        self.each(|members, edges| {
            for edges in edges {
                let colour = if edges.is_ask { "orange" } else { "red" };
                tails.clear();
                let mut ends = vec![0];
                for target in self.targets.of(edges) {
                    if seen.insert(target.to_owned()) {
                        self.node(out, target)?;
                    }
                    writeln!(tails, "\"{target}\" [label=\"{}\" color={colour}];", edges.label)?;
                    ends.push(tails.len());
                }
                for &source in members {
                    let name = &self.system.get(source).name;
                    if ends.len() > 1 && seen.insert(name.clone()) {
                        self.node(out, name)?;
                    }
                    lines.clear();
                    for end in ends.windows(2) {
                        lines.extend_from_slice(b"  \"");
                        lines.extend_from_slice(name.as_bytes());
                        lines.extend_from_slice(b"\" -> ");
                        lines.extend_from_slice(&tails[end[0]..end[1]]);
                    }
                    out.write_all(&lines)?;
                }
            }
            Ok(())
        })?;
        out.write_all(b"}\n")
    }

    /// A node: in its label's colour if it is a qube, dotted if it is a word.
    fn node(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        match self.system.number(name).filter(|_| !name.starts_with('@')) {
            Some(number) => {
                // R4.2 tells of no labels.
                let colour = self.system.get(number).colour.replace("0x", "#");
                let colour = if colour.is_empty() { String::new() } else { format!("color = \"{colour}\", ") };
                writeln!(out, "  \"{name}\" [{colour}penwidth = 3];")
            }
            None => writeln!(out, "  \"{name}\" [style = dotted];"),
        }
    }

    /// Calls `take` with all callers that have the same edges, and these.
    fn each(&self, mut take: impl FnMut(&[usize], &[Edges]) -> io::Result<()>) -> io::Result<()> {
        let calls: Vec<_> =
            self.drawing.calls(&self.graph).into_iter().map(|call| (call, self.graph.rules_about(call))).collect();
        let sources = &self.drawing.sources;
        for kind in &self.graph.kinds().sources {
            let is_source = |number: &usize| sources.is_empty() || sources.contains(&self.system.get(*number).name);
            if !kind.members.iter().any(is_source) {
                continue;
            }
            for (members, edges) in self.drawing.edges(&self.graph, kind, &calls) {
                let members: Vec<usize> = members.into_iter().filter(is_source).collect();
                take(&members, &edges)?;
            }
        }
        Ok(())
    }
}

/// The targets of edges, as they are drawn.
struct Targets<'a> {
    /// By kind.
    kinds: Vec<Vec<String>>,
    /// Those that are wanted; all if empty.
    wanted: &'a BTreeSet<String>,
}

impl Targets<'_> {
    fn of<'a>(&'a self, edges: &'a Edges) -> impl Iterator<Item = &'a str> {
        // What a rule redirects to may be a target by itself, too.
        let others = edges.others.iter().filter(|other| !edges.kinds.iter().any(|kind| self.kinds[kind].contains(other)));
        let wanted = |other: &&String| self.wanted.is_empty() || self.wanted.contains(*other);
        edges.kinds.iter().flat_map(|kind| &self.kinds[kind]).chain(others.filter(wanted)).map(String::as_str)
    }

    fn count(&self, edges: &Edges) -> usize {
        if edges.others.is_empty() {
            return edges.kinds.iter().map(|kind| self.kinds[kind].len()).sum();
        }
        self.of(edges).count()
    }
}
