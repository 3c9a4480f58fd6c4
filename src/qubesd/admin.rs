//! The Admin API with types: what each call means, and what its reply holds.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::storage::number;
use super::{Call, Qubesd, Reply, Unreachable};
use crate::base::{FeatureName, PropertyName, QubeName, Tag, cleaned};
use crate::model::Class;
use crate::qrexec::System;

/// Why a call did not give what it should. Every text in it is cleaned.
#[derive(Debug, Error)]
pub enum AdminError {
    /// No answer.
    #[error("qubesd does not answer: {0}")]
    Unreachable(#[from] Unreachable),
    /// qubesd refused.
    #[error("qubesd refused {method} of `{qube}`: {message} ({kind})")]
    Refused {
        /// The method and its argument.
        method: String,
        /// The qube that it was about.
        qube: QubeName,
        /// The exception's class.
        kind: String,
        /// Its message.
        message: String,
    },
    /// An empty reply: an error that qubesd says nothing about.
    #[error("qubesd gave no reason for refusing {method} of `{qube}`; see `journalctl -u qubesd` in dom0")]
    Empty {
        /// The method and its argument.
        method: String,
        /// The qube that it was about.
        qube: QubeName,
    },
    /// A reply of another form than the Admin API documents.
    #[error("qubesd's reply to {method} of `{qube}` makes no sense: {why}")]
    Nonsense {
        /// The method and its argument.
        method: String,
        /// The qube that it was about.
        qube: QubeName,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A qube in qubesd's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its class, `AppVM` and the like.
    pub class: String,
    /// Whether it is halted; anything else counts as running.
    pub halted: bool,
}

/// The value of a property, as qubesd tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// Whether nobody set it.
    pub is_default: bool,
    /// The text; empty for no qube.
    pub text: String,
}

/// A feature's value, or none.
pub type Feature = Option<String>;

/// Typed calls over a [`Qubesd`].
pub struct Admin<'a> {
    qubesd: &'a mut dyn Qubesd,
}

impl<'a> Admin<'a> {
    /// Over `qubesd`.
    pub fn new(qubesd: &'a mut dyn Qubesd) -> Self {
        Self { qubesd }
    }

    /// All qubes, dom0 included.
    ///
    /// # Errors
    /// If qubesd refuses or makes no sense, as for all calls here.
    pub fn list(&mut self) -> Result<BTreeMap<QubeName, Listed>, AdminError> {
        let call = Call::new("admin.vm.List", &QubeName::dom0());
        let text = self.text(&call)?;
        let qube = |line: &str| {
            let (name, fields) = line.split_once(' ')?;
            let field = |key: &str| fields.split(' ').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
            Some((name.parse().ok()?, Listed { class: field("class")?.to_owned(), halted: field("state")? == "Halted" }))
        };
        text.lines().map(|line| qube(line).ok_or(nonsense(&call, "a line is not `NAME class=… state=…`"))).collect()
    }

    /// All qubes, as policies see them: on R4.3, each goes by its uuid, too.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn system(&mut self) -> Result<System, AdminError> {
        let call = system_info();
        let json = self.text(&call)?;
        let system = System::parse(json.as_bytes()).map_err(|_| nonsense(&call, "it is not JSON of qubes"))?;
        Ok(system.with_aliases())
    }

    /// The same as qubesd says it.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn system_json(&mut self) -> Result<serde_json::Value, AdminError> {
        let call = system_info();
        let json = self.text(&call)?;
        serde_json::from_str(&json).map_err(|_| nonsense(&call, "it is not JSON of qubes"))
    }

    /// All properties of a qube.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn properties(&mut self, qube: &QubeName) -> Result<BTreeMap<PropertyName, Value>, AdminError> {
        let call = Call::new("admin.vm.property.GetAll", qube);
        let text = self.text(&call)?;
        let property = |line: &str| {
            let (name, rest) = line.split_once(" default=")?;
            let (is_default, rest) = rest.split_once(" type=")?;
            let (_, text) = rest.split_once(' ')?;
            Some((name.parse().ok()?, Value { is_default: truth(is_default)?, text: unescaped(text)? }))
        };
        text.lines().map(|line| property(line).ok_or(nonsense(&call, "a line is not `NAME default=… type=… VALUE`"))).collect()
    }

    /// Sets a property; an empty text means no qube.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn set_property(&mut self, qube: &QubeName, property: &PropertyName, text: &str) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.property.Set", qube).argument(property.as_str()).payload(text))
    }

    /// Resets a property to its default.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn reset_property(&mut self, qube: &QubeName, property: &PropertyName) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.property.Reset", qube).argument(property.as_str()))
    }

    /// The tags of a qube. One of a spelling that no bundle can want is the user's own, and left out.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn tags(&mut self, qube: &QubeName) -> Result<BTreeSet<Tag>, AdminError> {
        let call = Call::new("admin.vm.tag.List", qube);
        let text = self.text(&call)?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// Sets or removes a tag.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn set_tag(&mut self, qube: &QubeName, tag: &Tag, present: bool) -> Result<(), AdminError> {
        let method = if present { "admin.vm.tag.Set" } else { "admin.vm.tag.Remove" };
        self.done(Call::new(method, qube).argument(tag.as_str()))
    }

    /// The names of the features of a qube. One of a spelling that no bundle can want is the user's own, and left out.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn features(&mut self, qube: &QubeName) -> Result<BTreeSet<FeatureName>, AdminError> {
        let call = Call::new("admin.vm.feature.List", qube);
        let text = self.text(&call)?;
        Ok(text.lines().filter_map(|line| line.parse().ok()).collect())
    }

    /// The value of a feature that is there.
    ///
    /// # Errors
    /// As for all calls here; also if it is not there.
    pub fn feature(&mut self, qube: &QubeName, feature: &FeatureName) -> Result<String, AdminError> {
        self.text(&Call::new("admin.vm.feature.Get", qube).argument(feature.as_str()))
    }

    /// Sets or removes a feature.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn set_feature(&mut self, qube: &QubeName, feature: &FeatureName, value: &Feature) -> Result<(), AdminError> {
        self.done(match value {
            Some(value) => Call::new("admin.vm.feature.Set", qube).argument(feature.as_str()).payload(value.as_str()),
            None => Call::new("admin.vm.feature.Remove", qube).argument(feature.as_str()),
        })
    }

    /// The firewall's rules, as text.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn firewall(&mut self, qube: &QubeName) -> Result<String, AdminError> {
        self.text(&Call::new("admin.vm.firewall.Get", qube))
    }

    /// Sets the firewall's rules.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn set_firewall(&mut self, qube: &QubeName, rules: &str) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.firewall.Set", qube).payload(rules))
    }

    /// Makes a qube on a template; of a disposable, that is the disposable template that it is made from.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn create(&mut self, qube: &QubeName, class: Class, template: &QubeName, label: &str) -> Result<(), AdminError> {
        let method = match class {
            Class::App => "admin.vm.Create.AppVM",
            Class::Disposable => "admin.vm.Create.DispVM",
        };
        let call = Call::new(method, &QubeName::dom0()).argument(template.as_str());
        self.done(call.payload(format!("name={qube} label={label}")))
    }

    /// Makes an empty template.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn create_template(&mut self, template: &QubeName, label: &str) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.Create.TemplateVM", &QubeName::dom0()).payload(format!("name={template} label={label}")))
    }

    /// Removes a qube and all its data.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn remove(&mut self, qube: &QubeName) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.Remove", qube))
    }

    /// Whether a qube is shut down.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn is_halted(&mut self, qube: &QubeName) -> Result<bool, AdminError> {
        let call = Call::new("admin.vm.CurrentState", qube);
        let text = self.text(&call)?;
        let state = text.split(' ').find_map(|field| field.strip_prefix("power_state="));
        state.map(|state| state == "Halted").ok_or(nonsense(&call, "it gives no power_state"))
    }

    /// Switches a qube off at once.
    ///
    /// # Errors
    /// As for all calls here; also if it does not run.
    pub fn kill(&mut self, qube: &QubeName) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.Kill", qube))
    }

    /// Copies a volume of one qube to another, size included.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn clone_volume(&mut self, from: &QubeName, to: &QubeName, volume: &str) -> Result<(), AdminError> {
        let token = self.text(&Call::new("admin.vm.volume.CloneFrom", from).argument(volume))?;
        self.done(Call::new("admin.vm.volume.CloneTo", to).argument(volume).payload(token))
    }

    /// The size of a volume in bytes.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn volume_size(&mut self, qube: &QubeName, volume: &str) -> Result<u64, AdminError> {
        let call = Call::new("admin.vm.volume.Info", qube).argument(volume);
        let text = self.text(&call)?;
        number(&text, "size").ok_or(nonsense(&call, "it gives no size"))
    }

    /// Makes a volume larger. qubesd would also make it smaller, and cut off what is in it: callers compare first.
    ///
    /// # Errors
    /// As for all calls here.
    pub fn resize_volume(&mut self, qube: &QubeName, volume: &str, bytes: u64) -> Result<(), AdminError> {
        self.done(Call::new("admin.vm.volume.Resize", qube).argument(volume).payload(bytes.to_string()))
    }

    /// A call of which only success matters.
    fn done(&mut self, call: Call) -> Result<(), AdminError> {
        self.text(&call).map(drop)
    }

    /// A call, and its result as text.
    pub(super) fn text(&mut self, call: &Call) -> Result<String, AdminError> {
        let method = || call.to_string();
        match self.qubesd.call(call)? {
            Reply::Ok(bytes) => String::from_utf8(bytes).map_err(|_| nonsense(call, "it is not UTF-8")),
            Reply::Exception { kind, message } => Err(AdminError::Refused {
                method: method(),
                qube: call.destination.clone(),
                kind: cleaned(&kind),
                message: cleaned(&message),
            }),
            Reply::Empty => Err(AdminError::Empty { method: method(), qube: call.destination.clone() }),
        }
    }
}

fn system_info() -> Call {
    Call::new("internal.GetSystemInfo", &QubeName::dom0())
}

/// A reply that is not as it is documented.
pub(super) fn nonsense(call: &Call, why: &'static str) -> AdminError {
    AdminError::Nonsense { method: call.to_string(), qube: call.destination.clone(), why }
}

/// Python's spelling.
fn truth(text: &str) -> Option<bool> {
    match text {
        "True" => Some(true),
        "False" => Some(false),
        _ => None,
    }
}

/// `GetAll` writes a backslash as `\\` and a line feed as `\n`.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                'n' => '\n',
                _ => return None,
            },
            other => other,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one reply to whatever is asked.
    struct Canned(Reply);

    impl Qubesd for Canned {
        fn call(&mut self, _: &Call) -> Result<Reply, Unreachable> {
            Ok(self.0.clone())
        }
        fn provision(&mut self, _: &QubeName, _: &crate::salt::Staged) -> Result<(), Unreachable> {
            Err(Unreachable("not asked here".to_owned()))
        }
    }

    fn ok(text: &str) -> Canned {
        Canned(Reply::Ok(text.as_bytes().to_vec()))
    }

    #[test]
    fn lists_and_properties_are_read_as_qubesd_writes_them() {
        let mut qubesd = ok("dom0 class=AdminVM state=Running uuid=0\nvault class=AppVM state=Halted\n");
        let list = Admin::new(&mut qubesd).list().unwrap();
        assert!(list[&"vault".parse().unwrap()].halted && !list[&QubeName::dom0()].halted);

        let mut qubesd = ok("netvm default=False type=vm \nkernelopts default=True type=str a\\nb\\\\c d\n");
        let properties = Admin::new(&mut qubesd).properties(&QubeName::dom0()).unwrap();
        let value = |name: &str| properties[&name.parse::<PropertyName>().unwrap()].clone();
        assert_eq!(value("netvm"), Value { is_default: false, text: String::new() });
        assert_eq!(value("kernelopts"), Value { is_default: true, text: "a\nb\\c d".to_owned() });
    }

    #[test]
    fn nonsense_is_an_error_that_names_the_call() {
        for text in ["vault", "vault class=AppVM", "1vault class=AppVM state=Halted", "\n"] {
            let error = Admin::new(&mut ok(text)).list().unwrap_err().to_string();
            assert!(error.starts_with("qubesd's reply to admin.vm.List of `dom0` makes no sense"), "{error}");
        }
        for text in ["netvm default=Maybe type=vm x", "netvm", "netvm default=True type=vm", "kernel default=True type=str a\\x"]
        {
            assert!(Admin::new(&mut ok(text)).properties(&QubeName::dom0()).is_err(), "{text}");
        }
    }

    #[test]
    fn tags_and_features_of_other_spellings_are_the_users_own() {
        let vault: QubeName = "vault".parse().unwrap();
        let tags = Admin::new(&mut ok("_mine\nanon-vm\n!\n")).tags(&vault).unwrap();
        assert_eq!(tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["_mine", "anon-vm"]);
        let features = Admin::new(&mut ok("gui\nodd feature\n")).features(&vault).unwrap();
        assert_eq!(features.iter().map(FeatureName::as_str).collect::<Vec<_>>(), ["gui"]);
    }

    #[test]
    fn what_qubesd_says_is_cleaned() {
        let mut qubesd = Canned(Reply::Exception { kind: "E".to_owned(), message: "\u{1b}[2Jgone".to_owned() });
        let error = Admin::new(&mut qubesd).tags(&"vault".parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "qubesd refused admin.vm.tag.List of `vault`: \\u{1b}[2Jgone (E)");
    }
}
