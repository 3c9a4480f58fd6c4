//! Which rules are about a call: from whom it comes, and for what it is.
//!
//! Source: qubes-core-qrexec R4.3 and R4.2, `qrexec/policy/parser.py`, `VMToken.match` and what overrides it.

use super::refusal::{Failure, Refusal};
use super::system::{System, SystemQube};
use super::token::{DISPOSABLE_FROM, Token};
use crate::model::Release;

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// Its name.
    pub name: &'a str,
    /// What the system knows of it, if there is such a qube.
    pub qube: Option<&'a SystemQube>,
}

/// What a call is for: something that was found to exist, or a word.
#[derive(Debug, Clone, Copy)]
pub enum Callee<'a> {
    /// A qube, and how it was named.
    Qube(&'a str, &'a SystemQube),
    /// `@adminvm`
    AdminVm,
    /// `@default`
    Default,
    /// `@dispvm`
    Disposable,
    /// `@dispvm:NAME`, where disposables can be made from NAME.
    DisposableFrom(&'a str, &'a SystemQube),
}

impl<'a> Caller<'a> {
    /// The caller with this name.
    pub fn named(name: &'a str, system: &'a System) -> Self {
        Self { name, qube: system.find(name) }
    }

    /// What its own disposables are made from.
    pub fn own_template(&self) -> OwnTemplate<'a> {
        own_template(self.qube.and_then(|qube| qube.default_dispvm.as_deref()))
    }
}

/// The disposable template that a caller's own disposables are made from, if it has any; or what is wrong with its name.
pub type OwnTemplate<'a> = Result<Option<&'a str>, Failure>;

/// A caller's `default_dispvm`, as far as it can be written behind `@dispvm:`.
pub fn own_template(default_dispvm: Option<&str>) -> OwnTemplate<'_> {
    match default_dispvm {
        Some(name) if name.is_empty() || name.starts_with('@') => Err(Failure::BadDefaultDispvm),
        name => Ok(name),
    }
}

impl<'a> Callee<'a> {
    /// What a target comes to: a name that no qube has is as good as none.
    ///
    /// # Errors
    /// For a disposable template that is none, and for what is no target.
    pub fn of(token: &'a Token, system: &'a System) -> Result<Self, Refusal> {
        match token {
            Token::AdminVm => Ok(Self::AdminVm),
            Token::Default => Ok(Self::Default),
            Token::Disposable => Ok(Self::Disposable),
            Token::DisposableFrom(name) => match system.find(name).filter(|qube| qube.is_disposable_template) {
                Some(template) => Ok(Self::DisposableFrom(name, template)),
                None => Err(Refusal::NotATemplate),
            },
            Token::Qube(name) => Ok(system.find(name).map_or(Self::Default, |qube| Self::Qube(name, qube))),
            Token::Everybody | Token::AnyVm | Token::Tag(_) | Token::Type(_) | Token::DisposableTagged(_) => {
                Err(Refusal::BadTarget)
            }
        }
    }

    fn is_dom0(&self, system: &System) -> bool {
        match self {
            Self::AdminVm => true,
            Self::Qube(name, _) => system.is_dom0(name),
            Self::Default | Self::Disposable | Self::DisposableFrom(..) => false,
        }
    }
}

/// Whether a rule with this source is about calls of this caller.
pub fn matches_source(token: &Token, caller: &Caller, system: &System) -> bool {
    match token {
        Token::Everybody => true,
        Token::AnyVm => !system.is_dom0(caller.name),
        Token::AdminVm => system.is_dom0(caller.name),
        Token::Tag(tag) => caller.qube.is_some_and(|qube| qube.tags.contains(tag)),
        Token::Type(class) => caller.qube.is_some_and(|qube| qube.class == *class),
        Token::Qube(name) if system.is_dom0(name) => system.is_dom0(caller.name),
        Token::Qube(name) => system.is_same(name, caller.name),
        // No caller is called like that: a running disposable has a name, tags and a class. R4.2 would believe one that says so.
        Token::DisposableFrom(name) => match system.release() {
            Release::R4_2 => caller.qube.is_none() && caller.name.strip_prefix(DISPOSABLE_FROM) == Some(name),
            Release::R4_3 => false,
        },
        Token::DisposableTagged(_) | Token::Default | Token::Disposable => false,
    }
}

/// Whether a rule with this target is about calls for that one.
///
/// # Errors
/// If Qubes fails, which only happens where the call is for `@dispvm`.
pub fn matches_target(token: &Token, caller: &Caller, callee: &Callee, system: &System) -> Result<bool, Failure> {
    if matches!(callee, Callee::Disposable) {
        return matches_disposable(token, caller.own_template(), system);
    }
    let qube = match callee {
        Callee::Qube(_, qube) => Some(qube),
        _ => None,
    };
    Ok(match token {
        Token::Everybody => true,
        Token::AnyVm => !callee.is_dom0(system),
        Token::AdminVm => callee.is_dom0(system),
        Token::Default => matches!(callee, Callee::Default),
        Token::Disposable => false,
        Token::Tag(tag) => qube.is_some_and(|qube| qube.tags.contains(tag)),
        Token::Type(class) => qube.is_some_and(|qube| qube.class == *class),
        Token::DisposableFrom(name) => matches!(callee, Callee::DisposableFrom(other, _) if system.is_same(name, other)),
        Token::DisposableTagged(tag) => matches!(callee, Callee::DisposableFrom(_, template) if template.tags.contains(tag)),
        Token::Qube(name) if system.is_dom0(name) => callee.is_dom0(system),
        Token::Qube(name) => matches!(callee, Callee::Qube(other, _) if system.is_same(name, other)),
    })
}

/// Whether a rule with this target is about calls for `@dispvm` of a caller whose own disposables are made from `template`.
///
/// # Errors
/// If Qubes fails.
pub fn matches_disposable(token: &Token, template: OwnTemplate, system: &System) -> Result<bool, Failure> {
    match token {
        Token::Everybody | Token::AnyVm | Token::Disposable => Ok(true),
        // Here, Qubes compares the texts.
        Token::DisposableFrom(name) => match (template?, system.release()) {
            (Some(template), _) => Ok(template == name),
            (None, Release::R4_2) => Ok(false),
            (None, Release::R4_3) => Err(Failure::NoDefaultDispvm),
        },
        Token::DisposableTagged(tag) => {
            let Some(template) = template? else { return Ok(false) };
            let template = system.find(template).ok_or(Failure::BadDefaultDispvm)?;
            Ok(template.is_disposable_template && template.tags.contains(tag))
        }
        Token::AdminVm | Token::Default | Token::Tag(_) | Token::Type(_) | Token::Qube(_) => Ok(false),
    }
}
