//! The templates of a recipe on one release, each under the name that its clone will have.

use std::collections::{BTreeMap, BTreeSet};

use super::kept::Kept;
use crate::base::QubeName;
use crate::model::{self, Release, updated_over_tor_tag};
use crate::recipe::{self, At, Source, Stem, TemplateRef};

/// By stem, the clone's name and what it is.
pub struct Templates {
    release: Release,
    by_stem: BTreeMap<Stem, (QubeName, model::Template)>,
}

/// What a qube's `template` stands for.
pub struct Resolved {
    /// The template that it is on.
    pub name: QubeName,
    /// The template of dom0's that this one is, or comes from.
    pub base: QubeName,
}

impl Templates {
    /// Those of the recipe, the contents of whose files are `kept`.
    pub fn of(source: &Source, release: Release, kept: &mut Kept) -> Self {
        let template = |(stem, template): (&Stem, &At<recipe::Template>)| {
            let template = &template.value;
            let base = template.base.value.get(&release).expect("a base was read for each release of the recipe").clone();
            let packages = template.packages.iter().chain(template.by_release.get(&release).into_iter().flatten());
            let packages = packages.map(|package| package.value.clone()).collect();
            let files = kept.staged(source, &template.files);
            let template = model::Template { base, packages, files, tags: BTreeSet::new() };
            let name = template.clone_name(stem.as_str()).expect("a stem was read as one");
            (stem.clone(), (name, template))
        };
        Self { release, by_stem: source.recipe.templates.iter().map(template).collect() }
    }

    /// The name of the clone that is declared under `stem`.
    pub fn name(&self, stem: &Stem) -> &QubeName {
        &self.declared(stem).0
    }

    /// What a qube's `template` stands for.
    pub fn resolved(&self, template: &TemplateRef) -> Resolved {
        match template {
            TemplateRef::Declared(stem) => {
                let (name, template) = self.declared(stem);
                Resolved { name: name.clone(), base: template.base.clone() }
            }
            TemplateRef::Stock(stock) => {
                let name = self.release.stock_template(stock).expect("it is one of the stock templates");
                Resolved { base: name.clone(), name }
            }
        }
    }

    /// All of them; those that are `used_over_tor` carry the tag by which they are updated through Tor alone.
    pub fn tagged(self, used_over_tor: &BTreeSet<&QubeName>) -> BTreeMap<QubeName, model::Template> {
        let tagged = |(name, mut template): (QubeName, model::Template)| {
            if used_over_tor.contains(&name) {
                template.tags.insert(updated_over_tor_tag());
            }
            (name, template)
        };
        self.by_stem.into_values().map(tagged).collect()
    }

    fn declared(&self, stem: &Stem) -> &(QubeName, model::Template) {
        self.by_stem.get(stem).expect("references were checked")
    }
}
