//! `[template.NAME]`, and what qubes' `template` may be.

use std::collections::BTreeMap;

use super::qube::staged;
use crate::base::{BadName, QubeName};
use crate::check::Code;
use crate::model::Release;
use crate::recipe::language::{STOCK, Template, TemplateRef};
use crate::recipe::place::At;
use crate::recipe::reader::{Table, TextOrTable};
use crate::recipe::suggestion::did_you_mean;

/// Reads the table.
pub fn template(table: &mut Table, releases: &[Release]) -> Option<Template> {
    let base = table.text_or_table("base").map(|base| template_base(table, base, releases));
    let packages = table.list("packages");
    let files = staged(table);
    let by_release = table.by_release(releases, |table| table.list("packages"));
    Some(Template { base: base??, packages, by_release, files })
}

fn template_base(table: &Table, base: TextOrTable, releases: &[Release]) -> Option<At<BTreeMap<Release, QubeName>>> {
    match base {
        TextOrTable::Text(text) => {
            let name = |release: &Release| match release.stock_template(&text.value) {
                Some(stock) => Ok((*release, stock)),
                None => text.value.parse().map(|name| (*release, name)),
            };
            let names: Result<BTreeMap<_, _>, BadName> = releases.iter().map(name).collect();
            match names {
                Ok(names) => Some(At { value: names, place: text.place }),
                Err(error) => {
                    table.fault(Code::BadValue, text.place, format!("`base` is the name of a template, and {error}"));
                    None
                }
            }
        }
        TextOrTable::Table(mut table) => {
            let mut names = BTreeMap::new();
            for release in Release::ALL {
                // A recipe that others extend may know more releases than theirs.
                let name = match releases.contains(&release) {
                    true => table.required::<QubeName>(release.as_str()),
                    false => table.optional::<QubeName>(release.as_str()),
                };
                names.extend(name.map(|name| (release, name.value)));
            }
            table.finish();
            Some(At { value: names, place: table.place() })
        }
    }
}

/// What a qube's template is; `default`, where nothing is said.
pub fn template_ref(table: &mut Table, default: Option<&'static str>) -> Option<At<TemplateRef>> {
    let name = match default {
        None => table.required::<String>("template")?,
        Some(default) => match table.optional::<String>("template") {
            None => return Some(At { value: TemplateRef::Stock(default), place: table.place() }),
            Some(name) => name,
        },
    };
    if let Some(stock) = STOCK.into_iter().find(|stock| *stock == name.value) {
        return Some(At { value: TemplateRef::Stock(stock), place: name.place });
    }
    match name.value.parse() {
        Ok(stem) => Some(At { value: TemplateRef::Declared(stem), place: name.place }),
        Err(_) => {
            let help = did_you_mean(&name.value, STOCK)
                .unwrap_or(format!("declare it, `[template.NAME]`, or say one of {}", STOCK.join(", ")));
            table.fault_with_help(Code::UnknownName, name.place, format!("there is no template `{}`", name.value), help);
            None
        }
    }
}
