//! Health over months, on a thread of its own: other months are compared anew,
//! which nobody should have to wait for.

use std::sync::Arc;

use crate::desk::Session;
use crate::tui::effect::Effect;
use crate::tui::message::Message;

/// Tables are not asked for other months here: a server may take its time, and
/// the screen says that they were not read.
pub fn trend(question: Effect, session: &Session, cancelled: &(dyn Fn() -> bool + Sync)) -> Option<Message> {
    let Effect::Trend { desk, numbering } = question else { return None };
    let result = session.trend(&desk, false, &|_| (), cancelled).map(Arc::new);
    Some(Message::Trended { numbering, result })
}
