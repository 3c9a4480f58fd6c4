//! What `policy graph` prints: the edges as text for Graphviz, as JSON, or their number.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use crate::qrexec::{Drawing, Edges, Graph, Policy, System};

/// The edges of a policy that are wanted.
pub struct Picture<'a> {
    graph: Graph<'a>,
    system: &'a System,
    drawing: &'a Drawing,
    targets: Targets,
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
        let kinds = graph.kinds().targets.iter();
        let kinds = kinds.map(|kind| kind.members.iter().filter_map(|target| drawing.target(*target, system)).collect());
        let targets = Targets { kinds: kinds.collect() };
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
        let mut drawn = Nodes::default();
        let mut lines = Vec::new();
        self.each(|members, edges| {
            for edges in edges {
                let targets: Vec<&str> = self.targets.of(edges).collect();
                if targets.is_empty() {
                    continue;
                }
                self.nodes(out, &mut drawn, members, edges)?;
                // All of a line but the names is the same for all: millions of lines are copied, and not formatted.
                let colour = if edges.is_ask { "orange" } else { "red" };
                let end = format!("\" [label=\"{}\" color={colour}];\n", edges.label);
                for &source in members {
                    let begin = format!("  \"{}\" -> \"", self.system.get(source).name);
                    lines.clear();
                    for target in &targets {
                        lines.extend_from_slice(begin.as_bytes());
                        lines.extend_from_slice(target.as_bytes());
                        lines.extend_from_slice(end.as_bytes());
                    }
                    out.write_all(&lines)?;
                }
            }
            Ok(())
        })?;
        out.write_all(b"}\n")
    }

    /// Draws the nodes of edges, those that are not there yet.
    fn nodes(&self, out: &mut impl Write, drawn: &mut Nodes, members: &[usize], edges: &Edges) -> io::Result<()> {
        let new_kinds: Vec<usize> = edges.kinds.iter().filter(|kind| drawn.kinds.insert(*kind)).collect();
        let of_kinds = new_kinds.iter().flat_map(|&kind| &self.targets.kinds[kind]);
        let sources = members.iter().map(|&source| &self.system.get(source).name);
        for name in of_kinds.chain(self.targets.others(edges)).chain(sources) {
            if !drawn.names.contains(name) {
                drawn.names.insert(name.clone());
                self.node(out, name)?;
            }
        }
        Ok(())
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
        let calls = self.graph.alike(self.drawing.calls(&self.graph));
        for kind in &self.graph.kinds().sources {
            for (members, edges) in self.drawing.edges(&self.graph, kind, &calls) {
                take(&members, &edges)?;
            }
        }
        Ok(())
    }
}

/// What is drawn already.
#[derive(Default)]
struct Nodes {
    /// Kinds of targets, all of which are.
    kinds: BTreeSet<usize>,
    names: BTreeSet<String>,
}

/// The targets of edges, as they are drawn.
struct Targets {
    /// By kind.
    kinds: Vec<Vec<String>>,
}

impl Targets {
    fn of<'a>(&'a self, edges: &'a Edges) -> impl Iterator<Item = &'a str> {
        edges.kinds.iter().flat_map(|kind| &self.kinds[kind]).chain(self.others(edges)).map(String::as_str)
    }

    /// Those that are of no kind of the edges: what a rule redirects to may be a target by itself, too.
    fn others<'a>(&'a self, edges: &'a Edges) -> impl Iterator<Item = &'a String> {
        edges.others.iter().filter(|other| !edges.kinds.iter().any(|kind| self.kinds[kind].contains(other)))
    }

    fn count(&self, edges: &Edges) -> usize {
        edges.kinds.iter().map(|kind| self.kinds[kind].len()).sum::<usize>() + self.others(edges).count()
    }
}
