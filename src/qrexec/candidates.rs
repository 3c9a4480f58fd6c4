//! Words of a policy, found by what they can be about, so that not each of thousands is tried on each of thousands of qubes. Whether one
//! really is about a qube, `matching` says.

use std::collections::BTreeMap;

use super::system::SystemQube;
use super::token::{DOM0, Token};

/// Words by number.
#[derive(Debug, Default)]
pub struct Candidates {
    numbers: BTreeMap<Token, usize>,
    /// Words that can be about qubes of other names: a uuid, and those that dom0 has.
    anybody: Vec<(usize, Token)>,
}

impl Candidates {
    /// These words, numbered in their order.
    pub fn new(tokens: impl IntoIterator<Item = Token>) -> Self {
        let numbers: BTreeMap<Token, usize> = tokens.into_iter().zip(0..).collect();
        let anybody = numbers.iter().filter(|(token, _)| can_be_anybody(token));
        let anybody = anybody.map(|(token, number)| (*number, token.clone())).collect();
        Self { numbers, anybody }
    }

    /// The number of a word.
    pub fn number(&self, token: &Token) -> Option<usize> {
        self.numbers.get(token).copied()
    }

    /// Every word that may be about a qube, or a disposable of it, and perhaps some that are not; `None` is no qube at all. With their
    /// numbers.
    pub fn about(&self, qube: Option<&SystemQube>) -> Vec<(usize, &Token)> {
        use Token::{AdminVm, AnyVm, Default, Disposable, DisposableFrom, DisposableTagged, Everybody, Qube, Tag, Type};
        let mut wanted = vec![Everybody, AnyVm, AdminVm, Default, Disposable];
        if let Some(qube) = qube {
            wanted.extend(qube.tags.iter().flat_map(|tag| [Tag(tag.clone()), DisposableTagged(tag.clone())]));
            wanted.extend([Type(qube.class.clone()), Qube(qube.name.clone()), DisposableFrom(qube.name.clone())]);
        }
        let known = wanted.iter().filter_map(|token| self.numbers.get_key_value(token));
        let known = known.map(|(token, number)| (*number, token)).filter(|(_, token)| !can_be_anybody(token));
        known.chain(self.anybody.iter().map(|(number, token)| (*number, token))).collect()
    }
}

/// Whether a word is more than the name that it says.
fn can_be_anybody(token: &Token) -> bool {
    match token {
        Token::Qube(name) | Token::DisposableFrom(name) => {
            name.starts_with("uuid:") || DOM0.contains(&name.as_str()) || name.starts_with('@')
        }
        _ => false,
    }
}
