//! What a transaction has done that is counted: when it is committed, and once, however often it was run.

use std::{
    mem,
    sync::{Mutex, PoisonError},
};

use crate::{
    model::melding::Tilstand,
    system::metrics::{Metrics, Queue, State},
};

#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// A report has come into a state.
    Tilstand(Tilstand),
    /// A row of this table was taken over from who had not ended it.
    Overtatt(&'static str),
}

#[derive(Debug, Default)]
pub(super) struct Happened(Mutex<Vec<Event>>);

impl Happened {
    pub fn note(&self, event: Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    pub fn take(&self) -> Vec<Event> {
        mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn count(events: Vec<Event>, metrics: &Metrics) {
        for event in events {
            match event {
                Event::Tilstand(tilstand) => {
                    metrics.reports.get_or_create(&State { state: tilstand.as_str() }).inc();
                }
                Event::Overtatt(queue) => {
                    metrics.takeovers.get_or_create(&Queue { queue }).inc();
                }
            }
        }
    }
}
