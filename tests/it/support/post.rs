//! A mail server that keeps what it is given, and refuses when the test says so.

use std::sync::Mutex;

use async_trait::async_trait;
use meldeport::epost::{Epost, Postkasse, SendFeil};

#[derive(Debug, Default)]
pub struct Post {
    sent: Mutex<Vec<Epost>>,
    /// Which addresses are refused, and how.
    refuses: Mutex<Option<(String, SendFeil)>>,
}

impl Post {
    /// What has come since the last time.
    pub fn take(&self) -> Vec<Epost> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    /// Refuses from now on what goes to addresses with these words in them; all, if they are empty.
    pub fn refuse(&self, to: &str, how: SendFeil) {
        *self.refuses.lock().unwrap() = Some((to.to_owned(), how));
    }

    pub fn accept(&self) {
        *self.refuses.lock().unwrap() = None;
    }
}

#[async_trait]
impl Postkasse for Post {
    async fn send(&self, epost: &Epost) -> Result<(), SendFeil> {
        let refuses = self.refuses.lock().unwrap().clone();
        if let Some((to, how)) = refuses
            && epost.til.iter().any(|til| til.as_str().contains(&to))
        {
            return Err(how);
        }
        self.sent.lock().unwrap().push(epost.clone());
        Ok(())
    }
}
