//! A supplier of text messages that keeps what it is given, and refuses when the test says so.

use std::sync::Mutex;

use async_trait::async_trait;
use meldeport::sms::{SendFeil, Sms, Smsport};
use uuid::Uuid;

/// A message as it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sendt {
    pub id: Uuid,
    pub til: String,
    pub tekst: String,
}

#[derive(Debug, Default)]
pub struct Smsboks {
    sent: Mutex<Vec<Sendt>>,
    refuses: Mutex<Option<SendFeil>>,
}

impl Smsboks {
    /// What has come since the last time.
    pub fn take(&self) -> Vec<Sendt> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    /// Refuses everything from now on; `None`: nothing.
    pub fn refuse(&self, how: Option<SendFeil>) {
        *self.refuses.lock().unwrap() = how;
    }
}

#[async_trait]
impl Smsport for Smsboks {
    async fn send(&self, sms: &Sms) -> Result<(), SendFeil> {
        if let Some(how) = *self.refuses.lock().unwrap() {
            return Err(how);
        }
        let sent = Sendt { id: sms.id, til: sms.til.e164().to_owned(), tekst: sms.tekst.expose().clone() };
        self.sent.lock().unwrap().push(sent);
        Ok(())
    }
}
