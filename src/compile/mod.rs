//! From a recipe to what a bundle holds: the desired state, the policy, the package lists, and the recipe itself.
//!
//! **Architecture invariant:** pure. The same recipe gives the same bytes, on any machine, at any time.

mod desired;
mod kept;
mod policy;
mod qubes;
mod templates;

pub use desired::{Compiled, desired};
pub use policy::policy;

use crate::base::Digest;
use crate::bundle::{Contents, Unsealed, layout};
use crate::model::Release;
use crate::recipe::Source;
use crate::salt;

/// All that a bundle for `release` is made from. `compiled` is what [`desired`] made of the same recipe, and was checked.
pub fn compile(source: &Source, release: Release, compiled: Compiled) -> Unsealed {
    let recipe = &source.recipe;
    let Compiled { desired, mut contents, policy } = compiled;
    let policy = policy.into_bytes();
    let policy_digest = Digest::of(&policy);
    let mut files = Contents::new();
    files.insert(layout::POLICY.parse().expect("a literal in this crate"), policy.clone());
    // Salt copies the policy from where it copies everything else.
    contents.insert(policy_digest, policy);
    for (name, template) in &desired.templates {
        files.insert(layout::package_list(name.as_str()), template.package_list().into_bytes());
    }
    files.extend(salt::states(&desired, policy_digest).into_iter().map(|(path, text)| (path, text.into_bytes())));
    files.extend(contents.into_iter().map(|(digest, contents)| (salt::contents_path(digest), contents)));
    files.extend(source.packed().map(|(path, contents)| (path.clone(), contents.to_vec())));
    Unsealed {
        name: recipe.name.clone(),
        release,
        serial: recipe.serial,
        summary: recipe.summary.clone(),
        desired,
        files,
        expires: None,
    }
}

#[cfg(test)]
mod tests {
    use super::layout;
    use crate::qrexec::POLICY_FILE;

    #[test]
    fn a_bundle_keeps_the_policy_under_the_name_that_it_will_have() {
        assert_eq!(layout::POLICY, format!("policy/{POLICY_FILE}"));
    }
}
