//! How PostgreSQL is written to: each piece of work in a transaction of its own, which the server groups by itself.

use sea_orm::{DatabaseConnection, TransactionOptions};

use super::{
    ATTEMPTS, Bounded, StoreError, Tx, pause,
    piece::{Outcome, Piece},
};
use crate::system::metrics::Metrics;

pub(super) async fn write(db: &Bounded<DatabaseConnection>, mut piece: Box<dyn Piece>, metrics: &Metrics) {
    for attempt in 1..=ATTEMPTS {
        let outcome = match db.begin(TransactionOptions::default()).await {
            Err(error) => Err(StoreError::from(error)),
            Ok(tx) => {
                if attempt == 1 {
                    metrics.write_wait.observe(piece.begun().elapsed().as_secs_f64());
                }
                let tx = Tx::begun(tx);
                let outcome = piece.run(&tx).await;
                match outcome {
                    Outcome::Done => tx.commit(metrics).await.map(|()| outcome),
                    Outcome::Refused | Outcome::Conflict => {
                        let _ = tx.0.rollback().await;
                        Ok(outcome)
                    }
                    // Rolled back on the way to the pool: a server that does not answer must not make the caller wait twice.
                    Outcome::Failed(_) => Ok(outcome),
                }
            }
        };
        match outcome {
            Ok(Outcome::Conflict) | Err(StoreError::Conflict) if attempt < ATTEMPTS => {
                metrics.write_conflicts.inc();
                tracing::debug!(transaction = piece.name(), attempt, "conflict, running again");
                pause(attempt).await;
            }
            Ok(_) => return piece.finish(Ok(())),
            Err(error) => return piece.finish(Err(error)),
        }
    }
}
