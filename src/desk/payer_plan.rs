//! Naming who pays: a project for single items, or a user's place in a project
//! from now on.

use super::command::{Change, Command, Preview, Refusal};
use super::compared::ItemPayer;
use super::{Desk, text};
use crate::journal::{Action, ConfigFile};

impl Desk {
    pub(super) fn plan_assign(&self, command: &Command, items: &[u32], project: &str) -> Result<Change, Refusal> {
        let Some(number) = self.config.projects.find(project) else {
            return Err(Refusal(format!("projects.json has no project “{project}”.")));
        };
        let items = self.some(items)?;
        let bulk = items.len() > 1;
        let (taken, rest): (Vec<u32>, Vec<u32>) = items.into_iter().partition(|item| {
            use ItemPayer::{Claimed, Closed, Split, Unknown};
            matches!(self.compared.payers[*item as usize], Unknown | Claimed | Closed(_) | Split)
        });
        if taken.is_empty() {
            return Err(Refusal("projects.json already says who pays; change it there.".into()));
        }
        let (closed, taken): (Vec<u32>, Vec<u32>) =
            taken.into_iter().partition(|item| self.is_closed_for(*item, number));
        if taken.is_empty() {
            return Err(Refusal(format!("{project} has no fund in force on the day of use; see projects.json.")));
        }
        let mut preview = Preview {
            title: format!("Let {project} pay for {}", text::items(taken.len())),
            items: taken.len(),
            ..Preview::default()
        };
        if !rest.is_empty() {
            preview.left_out.push(("projects.json already says who pays".into(), rest.len()));
        }
        if !closed.is_empty() {
            preview.left_out.push((format!("{project} has no fund in force on that day"), closed.len()));
        }
        let action = Action::Assign { items: self.keys(taken), project: Some(project.to_owned()) };
        Ok(self.change(command, preview, action, bulk))
    }

    pub(super) fn plan_add_user(&self, command: &Command, item: u32, project: &str) -> Result<Change, Refusal> {
        let item = self.some(&[item])?[0];
        let user = self.inputs.names.text(self.user_of(item)).to_owned();
        if user.is_empty() {
            return Err(Refusal("The item names no user; let a project pay for the item alone.".into()));
        }
        if self.compared.payers[item as usize] == ItemPayer::Claimed {
            return Err(Refusal(format!(
                "{user} is already in more than one project; mend projects.json, or let a project pay for the item alone."
            )));
        }
        let before = self.config.texts.get(&ConfigFile::Projects).cloned().unwrap_or_default();
        let after = crate::allocate::add_user(&before, project, &user).map_err(Refusal)?;
        self.plan_edit(command, ConfigFile::Projects, before, after, format!("{user} belongs to {project}"))
    }
}
