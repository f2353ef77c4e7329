//! An office that takes what comes in while a gateway is measured: without it an hour of reports fills a disk.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use serde_json::Value;

use crate::{
    http::{Connection, stopped},
    site::{Base, Site},
    work::V2,
};

/// Connections that receipt.
const HANDS: usize = 12;
/// Reports on a page, which are receipted before the office looks again, and how long it rests when there are none.
const PAGE: usize = 200;
const REST: Duration = Duration::from_millis(200);

pub struct Office {
    queue: String,
    list: String,
    receipt: String,
    address: String,
    /// Reports that are to stay in the queue: the oldest ones.
    stay: usize,
}

impl Office {
    pub fn new(site: &Site, base: &Base, address: &str, stay: usize) -> Self {
        let kommune = &site.town.kommune;
        let queue = format!("{V2}/avhenting/{}/meldinger", kommune.organisasjon.id);
        let head = |method| site.head(base, kommune, method, "{path}");
        Self { queue, list: head("GET"), receipt: head("POST"), address: address.to_owned(), stay }
    }

    /// Receipts all that comes in behind those that stay. How many that were.
    pub async fn work(&self, until: Instant) -> usize {
        let mut hands = join_all((0..HANDS).map(|_| Connection::open(&self.address))).await;
        let (mut begin, mut done) = (None, 0);
        while Instant::now() < until && !stopped() {
            let Some(first) = hands.first_mut() else { break };
            let came = match &begin {
                None => {
                    begin = self.begin(first).await;
                    Vec::new()
                }
                Some(begin) => {
                    let page = self.page(first, &format!("?antall={PAGE}&markor={begin}")).await;
                    let ids =
                        page["meldinger"].as_array().unwrap().iter().map(|row| row["bekymringsmeldingId"].as_str());
                    ids.map(|id| id.unwrap().to_owned()).collect()
                }
            };
            if came.is_empty() {
                tokio::time::sleep(REST).await;
                continue;
            }
            let shares = came.chunks(came.len().div_ceil(HANDS));
            done += came.len();
            join_all(hands.iter_mut().zip(shares).map(|(hand, ids)| self.receipt(hand, ids))).await;
        }
        done
    }

    /// Where those that come in begin, if there are any.
    async fn begin(&self, hand: &mut Connection) -> Option<String> {
        let mut markor = String::new();
        for _ in 0..self.stay.div_ceil(PAGE) {
            let page = self.page(hand, &format!("?antall={PAGE}{markor}")).await;
            markor = format!("&markor={}", page["nesteMarkor"].as_str()?);
        }
        markor.strip_prefix("&markor=").map(str::to_owned)
    }

    async fn page(&self, hand: &mut Connection, rest: &str) -> Value {
        let head = self.list.replace("{path}", &format!("{}{rest}", self.queue));
        assert!(hand.ask(&[Bytes::from(format!("{head}\r\n"))], 200).await);
        serde_json::from_slice(hand.body()).unwrap()
    }

    async fn receipt(&self, hand: &mut Connection, ids: &[String]) {
        for id in ids {
            let head = self.receipt.replace("{path}", &format!("{}/{id}/mottatt", self.queue));
            // What the gateway was too busy for is still in the queue when the office looks again.
            hand.ask(&[Bytes::from(format!("{head}Content-Length: 0\r\n\r\n"))], 200).await;
        }
    }
}
