//! The keys in use: those of the program, but for what a person has changed.

use std::borrow::Cow;

use ratatui::crossterm::event::KeyEvent;

use super::{Binding, Key, Row, bindings};
use crate::tui::action::Action;

/// Why a wish for other keys is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("there is no such action")]
    Unknown,
    #[error("digits, enter, esc and C-c keep their meaning")]
    Fixed,
    #[error("{0:?} is no key; keys are written x, X, C-x, f5, space, tab, S-tab, PgUp, left …")]
    NoKey(String),
    #[error("{key} is the key of {other} as well; give one of them another")]
    Clash { key: String, other: String },
}

/// What each key means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyTable {
    /// Actions that have other keys than [`super::GROUPS`] says.
    changed: Vec<(Action, Vec<Key>)>,
}

impl KeyTable {
    /// The table with other keys for some actions: their names with the keys that replace theirs.
    ///
    /// # Errors
    /// The name that cannot be met, and why.
    pub fn with(wishes: &[(String, Vec<String>)]) -> Result<Self, (String, KeyError)> {
        let mut table = Self::default();
        for (name, keys) in wishes {
            let change = change(name, keys).map_err(|error| (name.clone(), error))?;
            table.changed.push(change);
        }
        for (name, _) in wishes {
            table.check(name).map_err(|error| (name.clone(), error))?;
        }
        Ok(table)
    }

    /// The names of all actions whose keys can be changed.
    pub fn names() -> impl Iterator<Item = String> {
        bindings().filter(|binding| !binding.action.is_fixed()).map(|binding| binding.action.name())
    }

    /// The keys of a binding.
    pub fn keys(&self, binding: &'static Binding) -> &[Key] {
        let changed = self.changed.iter().find(|(action, _)| *action == binding.action);
        changed.map_or(binding.keys, |(_, keys)| keys)
    }

    /// What `pressed` means, if anything.
    pub fn action_for(&self, pressed: &KeyEvent) -> Option<Action> {
        let pressed = Key::of(pressed);
        bindings().find(|it| self.keys(it).contains(&pressed)).map(|binding| binding.action)
    }

    /// The first key of `action` as it is shown; empty if it has none.
    pub fn label(&self, action: Action) -> String {
        let binding = bindings().find(|binding| binding.action == action);
        let key = binding.and_then(|binding| self.keys(binding).first());
        key.map(|key| key.label()).unwrap_or_default()
    }

    /// The keys of a row as help and footer show them.
    pub fn shown(&self, row: &'static Row) -> Cow<'static, str> {
        let is_changed = |binding: &Binding| self.changed.iter().any(|it| it.0 == binding.action);
        if !row.bindings.iter().any(is_changed) {
            return Cow::Borrowed(row.shown);
        }
        let counts = |binding: &&Binding| matches!(binding.action, Action::Digit(1..));
        let keys = row.bindings.iter().filter(|binding| !counts(binding));
        let labels = keys.filter_map(|binding| Some(self.keys(binding).first()?.label()));
        Cow::Owned(labels.collect::<Vec<_>>().join(" "))
    }

    /// Refuses keys of the action `name` that something else has as well.
    fn check(&self, name: &str) -> Result<(), KeyError> {
        let (own, others): (Vec<_>, Vec<_>) =
            bindings().partition(|binding| binding.action.name() == name);
        for key in own.iter().flat_map(|binding| self.keys(binding)) {
            let holder = others.iter().find(|other| self.keys(other).contains(key));
            match holder {
                Some(other) if other.action.is_fixed() => return Err(KeyError::Fixed),
                Some(other) => {
                    let (key, other) = (key.label(), other.action.name());
                    return Err(KeyError::Clash { key, other });
                }
                None => {}
            }
        }
        Ok(())
    }
}

fn change(name: &str, keys: &[String]) -> Result<(Action, Vec<Key>), KeyError> {
    let action = bindings().map(|binding| binding.action).find(|action| action.name() == name);
    let action = action.ok_or(KeyError::Unknown)?;
    if action.is_fixed() {
        return Err(KeyError::Fixed);
    }
    let read = |text: &String| Key::parse(text).ok_or_else(|| KeyError::NoKey(text.clone()));
    Ok((action, keys.iter().map(read).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use ratatui::crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    fn table(wishes: &[(&str, &[&str])]) -> Result<KeyTable, (String, KeyError)> {
        let own = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect();
        let wishes: Vec<(String, Vec<String>)> =
            wishes.iter().map(|&(name, keys)| (name.to_owned(), own(keys))).collect();
        KeyTable::with(&wishes)
    }

    fn refused(wishes: &[(&str, &[&str])]) -> String {
        let (name, error) = table(wishes).unwrap_err();
        format!("{name}: {error}")
    }

    fn pressed(table: &KeyTable, c: char) -> Option<Action> {
        table.action_for(&KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
    }

    #[test]
    fn a_changed_action_has_its_new_keys_and_no_other() {
        let table = table(&[("checkpoint", &["K", "f2"])]).unwrap();
        assert_eq!(pressed(&table, 'K'), Some(Action::Checkpoint));
        assert_eq!(pressed(&table, 'S'), None);
        assert_eq!(table.label(Action::Checkpoint), "K");
    }

    #[test]
    fn two_actions_can_exchange_their_keys() {
        let table = table(&[("checkpoint", &["t"]), ("next-theme", &["S"])]).unwrap();
        assert_eq!(pressed(&table, 't'), Some(Action::Checkpoint));
        assert_eq!(pressed(&table, 'S'), Some(Action::NextTheme));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(refused(&[("chekpoint", &["K"])]), "chekpoint: there is no such action");
        assert!(refused(&[("checkpoint", &["hyper-x"])]).contains("\"hyper-x\" is no key"));
        let clash = refused(&[("checkpoint", &["t"])]);
        assert!(clash.starts_with("checkpoint: t is the key of next-theme as well"), "{clash}");
        let clash = refused(&[("checkpoint", &["K"]), ("next-theme", &["t", "K"])]);
        assert!(clash.starts_with("checkpoint: K is the key of next-theme"), "{clash}");
    }

    #[test]
    fn digits_enter_esc_and_control_c_keep_their_meaning() {
        for key in ["5", "0", "enter", "esc", "C-c"] {
            assert!(refused(&[("checkpoint", &[key])]).contains("keep their meaning"), "{key}");
        }
        for name in ["enter", "back", "interrupt", "digit-1"] {
            assert!(refused(&[(name, &["K"])]).contains("keep their meaning"), "{name}");
        }
    }

    #[test]
    fn every_action_has_a_name_that_can_be_typed() {
        let names: Vec<String> = bindings().map(|binding| binding.action.name()).collect();
        let is_kebab = |name: &String| {
            name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        assert!(names.iter().all(is_kebab), "{names:?}");
        for known in ["toggle-pause", "move-page-down", "next-theme", "digit-1"] {
            assert!(names.iter().any(|name| name == known), "{names:?}");
        }
    }
}
