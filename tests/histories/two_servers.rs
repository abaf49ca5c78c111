//! Two servers on one database, and clients that ask now the one and now the other.

use super::{Target, eras, seconds};
use crate::support::TestApp;
use std::time::Duration;

#[test]
fn one_order_explains_what_the_clients_of_two_servers_were_told() {
    const SEED: u64 = 20_261_122;
    let app = TestApp::start();
    let target = Target::new(vec![app.address(), app.another_server()], app.database_url(), 2);
    // The long run is that of the real program, beside this one.
    let total = Duration::from_secs(seconds(6).min(60));
    let tally = eras(&target, SEED, total, Duration::from_secs(3));
    let shown = (tally.eras, tally.histories, tally.operations, tally.unknown);
    eprintln!(
        "seed {SEED}: {} eras, {} histories, {} operations, {} of unknown outcome",
        shown.0, shown.1, shown.2, shown.3
    );
    assert!(tally.anomalies.is_empty(), "{}", tally.anomalies.join("\n\n"));
    assert!(tally.operations > 300, "too little happened: {tally:?}");
}
