//! "did you mean": what a misspelt word most likely meant.

/// A longer word is no misspelling of a name that a recipe may have.
const WORD_MOST: usize = 64;

/// "did you mean": the one of `known` that `word` most likely meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let best = nearest(word, known)?;
    let case = if best.eq_ignore_ascii_case(word) { " upper and lower case differ" } else { "" };
    Some(format!("did you mean `{best}`?{case}"))
}

/// The one of `known` that `word` most likely meant, if any is near enough.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.chars().count() > WORD_MOST {
        return None;
    }
    let far = |known: &str| if known.eq_ignore_ascii_case(word) { 0 } else { distance(word, known) };
    let (distance, best) = known.into_iter().map(|known| (far(known), known)).min()?;
    (distance <= 1 + word.chars().count() / 4).then_some(best)
}

/// How many letters must be changed, added, dropped or swapped with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(WORD_MOST).collect(), b.chars().take(WORD_MOST).collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspellings_find_what_was_meant() {
        let known = ["memory", "maxmem", "label", "template"];
        assert_eq!(did_you_mean("memroy", known).as_deref(), Some("did you mean `memory`?"));
        assert_eq!(did_you_mean("lable", known).as_deref(), Some("did you mean `label`?"));
        assert_eq!(did_you_mean("MEMORY", known).as_deref(), Some("did you mean `memory`? upper and lower case differ"));
        assert_eq!(did_you_mean("colour", known), None);
        assert_eq!(did_you_mean(&"memory".repeat(20), known), None);
        assert_eq!(did_you_mean("x", []), None);
    }
}
