//! The one question asked of a connection: get this, and what came back.

/// What a server answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    pub status: u16,
    /// As it was sent.
    pub retry_after: Option<String>,
    /// Where a redirect leads.
    pub location: Option<String>,
    pub body: Vec<u8>,
}

/// No answer, or not the whole of one. The text is a part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// Asking again may help.
    Connection(String),
    /// Asking again gives the same.
    ForGood(String),
}

/// Something that can be asked for a page.
pub trait Transport {
    /// Gets a path with its query, below the base address.
    ///
    /// # Errors
    /// [`Lost`] when there is no whole answer; an answer that refuses is none.
    fn get(&self, target: &str) -> Result<Answer, Lost>;
}
