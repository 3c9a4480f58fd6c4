//! What maps and sets differ in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// For each key of either side, what is there on both.
pub fn pairs<'a, K: Ord, V>(from: &'a BTreeMap<K, V>, to: &'a BTreeMap<K, V>) -> BTreeMap<&'a K, (Option<&'a V>, Option<&'a V>)> {
    let keys: BTreeSet<&K> = from.keys().chain(to.keys()).collect();
    keys.into_iter().map(|key| (key, (from.get(key), to.get(key)))).collect()
}

/// `what: one → other`, if the two are not the same.
pub fn changed<T: PartialEq + Display>(what: impl Display, from: Option<&T>, to: Option<&T>) -> Option<String> {
    let text = |value: Option<&T>| value.map_or_else(|| "(not managed)".to_owned(), ToString::to_string);
    (from != to).then(|| format!("{what}: {} → {}", text(from), text(to)))
}

/// `what: +new -old`, if sets are not the same.
pub fn members<T: Ord + Display>(what: &str, from: &BTreeSet<T>, to: &BTreeSet<T>) -> Option<String> {
    let added = to.difference(from).map(|one| format!("+{one}"));
    let removed = from.difference(to).map(|one| format!("-{one}"));
    let all: Vec<_> = added.chain(removed).collect();
    (!all.is_empty()).then(|| format!("{what} {}", all.join(" ")))
}

/// `what: +new -old ~other`, if maps are not the same; for values that are nothing to read.
pub fn entries<K: Ord + Display, V: PartialEq>(what: &str, from: &BTreeMap<K, V>, to: &BTreeMap<K, V>) -> Option<String> {
    let sign = |(key, pair): (&K, (Option<&V>, Option<&V>))| match pair {
        (None, _) => Some(format!("+{key}")),
        (_, None) => Some(format!("-{key}")),
        (one, other) => (one != other).then(|| format!("~{key}")),
    };
    let all: Vec<_> = pairs(from, to).into_iter().filter_map(sign).collect();
    (!all.is_empty()).then(|| format!("{what} {}", all.join(" ")))
}
