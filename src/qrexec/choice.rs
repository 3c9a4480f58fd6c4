//! What a user who is asked may choose from: whatever a rule for such a call from this caller lets through to, but for what an earlier
//! rule denies.
//!
//! Source: qubes-core-qrexec R4.3 and R4.2, `qrexec/policy/parser.py`, `AbstractPolicy.collect_targets_for_ask`, `expand` of the tokens,
//! `ActionType.allow_no_autostart`.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::bits::Bits;
use super::callers::Callers;
use super::matching::OwnTemplate;
use super::refusal::Failure;
use super::rule::Rule;
use super::system::System;
use super::token::{DOM0, Token, disposable_from};
use crate::model::Release;

/// All that can be chosen in a system, by numbers: its qubes, as they are numbered there; disposables of each of them, in the same order;
/// the caller's own disposables; dom0 under the name that rules have for it.
#[derive(Debug, Clone, Copy)]
pub struct Universe<'a> {
    system: &'a System,
}

/// What there is to choose from for a caller of which only its disposables are known, itself perhaps included.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    universe: Universe<'a>,
    entries: Bits,
    /// How the caller's own disposables are written, where no qube has their template's name.
    unknown_disposable: Option<String>,
}

impl<'a> Universe<'a> {
    /// That of a system.
    pub fn of(system: &'a System) -> Self {
        Self { system }
    }

    fn size(self) -> usize {
        2 * self.system.qubes().len() + 2
    }

    fn disposable_from(self, number: usize) -> usize {
        self.system.qubes().len() + number
    }

    fn own_disposable(self) -> usize {
        2 * self.system.qubes().len()
    }

    fn admin_vm(self) -> usize {
        2 * self.system.qubes().len() + 1
    }

    /// The number of a qube as a choice: on R4.2, whoever says `dom0` says `@adminvm`.
    fn qube(self, number: usize) -> usize {
        let is_dom0 = self.system.get(number).name == DOM0[0];
        if is_dom0 && self.system.release() == Release::R4_2 { self.admin_vm() } else { number }
    }

    /// All that a rule's target, or redirect, can mean.
    ///
    /// # Errors
    /// If Qubes fails over a name that nothing has.
    pub fn expand(self, token: &Token) -> Result<Bits, Failure> {
        let mut entries = Bits::none(self.size());
        let qubes = || self.system.qubes().iter().enumerate();
        match token {
            Token::Everybody | Token::AnyVm => {
                for (number, qube) in qubes() {
                    let is_left_out = *token == Token::AnyVm
                        && match self.system.release() {
                            Release::R4_2 => qube.class == "AdminVM",
                            Release::R4_3 => self.system.is_dom0(&qube.name),
                        };
                    if !is_left_out {
                        entries.insert(self.qube(number));
                    }
                    if qube.is_disposable_template {
                        entries.insert(self.disposable_from(number));
                    }
                }
                entries.insert(self.own_disposable());
            }
            Token::AdminVm => entries.insert(self.admin_vm()),
            Token::Disposable => entries.insert(self.own_disposable()),
            Token::Default => {}
            Token::Tag(tag) => {
                self.system.tagged(tag).iter().for_each(|&number| entries.insert(self.qube(number)));
            }
            Token::Type(class) => {
                qubes().filter(|(_, qube)| qube.class == *class).for_each(|(number, _)| entries.insert(self.qube(number)));
            }
            Token::DisposableFrom(name) => {
                let number = self.system.number(name).ok_or(Failure::NoTemplate)?;
                if self.system.get(number).is_disposable_template {
                    entries.insert(self.disposable_from(number));
                }
            }
            Token::DisposableTagged(tag) => {
                let tagged = self.system.tagged(tag).iter().filter(|number| self.system.get(**number).is_disposable_template);
                tagged.for_each(|&number| entries.insert(self.disposable_from(number)));
            }
            Token::Qube(name) => self.system.number(name).into_iter().for_each(|number| entries.insert(self.qube(number))),
        }
        Ok(entries)
    }

    /// What rules give and take: all of those that are about the call but for its target, in order; with what each comes to.
    ///
    /// # Errors
    /// If Qubes fails.
    pub fn choice<'r, 'e>(
        self,
        rules: impl DoubleEndedIterator<Item = &'r Rule>,
        own_template: OwnTemplate,
        mut expand: impl FnMut(&'r Token) -> Result<Cow<'e, Bits>, Failure>,
    ) -> Result<Choice<'a>, Failure> {
        let mut entries = Bits::none(self.size());
        for rule in rules.rev() {
            let expansion = expand(rule.offered())?;
            match rule.permission() {
                Some(_) => entries.add(&expansion),
                None => entries.remove(&expansion),
            }
        }
        let mut unknown_disposable = None;
        if entries.contains(self.own_disposable()) {
            let template = own_template?;
            let number = template.and_then(|name| self.system.number(name));
            if let (Some(name), None) = (template, number) {
                unknown_disposable = Some(disposable_from(name));
            } else {
                entries.take(self.own_disposable());
            }
            number.into_iter().for_each(|number| entries.insert(self.disposable_from(number)));
        }
        if entries.contains(self.admin_vm())
            && let Some(number) = self.system.number(DOM0[0])
        {
            entries.take(self.admin_vm());
            entries.insert(number);
        }
        let mut choice = Choice { universe: self, entries, unknown_disposable };
        match self.system.release() {
            Release::R4_2 => {}
            Release::R4_3 => choice.hide_internal()?,
        }
        Ok(choice)
    }
}

impl Choice<'_> {
    fn hide_internal(&mut self) -> Result<(), Failure> {
        if self.entries.contains(self.universe.admin_vm()) {
            return Err(Failure::NoDom0);
        }
        if self.entries.contains(self.universe.own_disposable()) {
            return Err(Failure::BadDefaultDispvm);
        }
        for &number in self.universe.system.internal() {
            self.entries.take(number);
            self.entries.take(self.universe.disposable_from(number));
        }
        Ok(())
    }

    /// What a caller may choose from, by the names that the user is shown, `but` for its own. Without `autostart`, only what runs.
    ///
    /// # Errors
    /// If Qubes fails.
    pub fn names(&self, but: &str, autostart: bool) -> Result<BTreeSet<String>, Failure> {
        let mut names = BTreeSet::new();
        for entry in self.entries.iter() {
            let name = self.name(entry);
            if name != but && (autostart || self.runs(entry)?) {
                names.insert(name);
            }
        }
        Ok(names)
    }

    /// Which callers have something to choose from, and can have `proposed` proposed to them.
    pub fn callers(&self, autostart: bool, proposed: Option<&str>) -> Callers {
        let runs = |entry: &usize| if autostart { Ok(true) } else { self.runs(*entry) };
        let unknown: Vec<usize> = self.entries.iter().filter(|entry| runs(entry).is_err()).take(2).collect();
        let kept = || self.entries.iter().filter(|entry| runs(entry) == Ok(true));
        // R4.3 proposes nothing then; R4.2 fails.
        let proposed = proposed.filter(|_| self.universe.system.release() == Release::R4_2).map(|name| self.entry(name));
        let can_be_proposed = proposed.is_none_or(|entry| kept().any(|kept| Some(kept) == entry));
        let first: Vec<usize> = kept().take(2).collect();
        if first.is_empty() || !can_be_proposed {
            return Callers::None;
        }
        match (unknown.as_slice(), first.as_slice(), proposed.flatten()) {
            // What fails for others does not for itself, which is no choice of its own.
            (&[unknown], ..) => Callers::Only(unknown),
            (&[_, ..], ..) => Callers::None,
            (&[], &[only], _) | (&[], _, Some(only)) => Callers::AllBut(only),
            _ => Callers::All,
        }
    }

    /// Whether a call to it starts nothing.
    fn runs(&self, entry: usize) -> Result<bool, Failure> {
        let system = self.universe.system;
        if entry < system.qubes().len() {
            system.runs(entry).ok_or(Failure::NoPower)
        } else if entry == self.universe.admin_vm() {
            Err(Failure::NoPower)
        } else {
            Ok(false)
        }
    }

    fn name(&self, entry: usize) -> String {
        let qubes = self.universe.system.qubes();
        if let Some(qube) = qubes.get(entry) {
            return qube.name.clone();
        }
        match qubes.get(entry - qubes.len()) {
            Some(template) => disposable_from(&template.name),
            None if entry == self.universe.own_disposable() => self.unknown_disposable.clone().unwrap_or_default(),
            None => DOM0[0].to_owned(),
        }
    }

    /// The choice with this name.
    fn entry(&self, name: &str) -> Option<usize> {
        let all = 0..self.universe.size();
        all.into_iter().find(|entry| self.entries.contains(*entry) && self.name(*entry) == name)
    }
}
