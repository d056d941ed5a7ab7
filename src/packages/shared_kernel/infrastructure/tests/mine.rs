//! temporary (helper of RabbitMQ)
#![allow(clippy::unwrap_used, dead_code, unused, missing_docs)]
#[path = "it/rabbitmq/mod.rs"]
mod rabbitmq;
#[path = "it/world.rs"]
mod world;
mod broken {
    use crate::rabbitmq::flow::*;
    use crate::world::*;
    use std::time::{Duration, Instant};
    use testkit::servers::*;

    #[test]
    fn broken() {
        for round in 0..4 {
            let home = Home::on_sqlite();
            let server = PrivateRabbitMq::start();
            let broker = server.broker();
            let flow = Flow::start_connected(&home, &broker);
            server.kill();
            flow.publish(2, 10);
            server.start_again();
            let begins = Instant::now();
            for _ in 0..60 {
                println!(
                    "{round} {:?} {:?}",
                    begins.elapsed(),
                    flow.transport.health().err().map(|e| e.to_string())
                );
                if flow.transport.health().is_ok() {
                    break;
                }
                std::thread::sleep(Duration::from_secs(2));
            }
            if flow.transport.health().is_err() {
                let folder = std::process::Command::new("sh").arg("-c").arg("for f in /tmp/pynomaly-rabbitmq-*; do grep -q 'port' $f/rabbitmq.conf && echo $f; done; grep -hiE 'quorum|ra_|error|warn|count|close' $(ls -d /tmp/pynomaly-rabbitmq-*/log | tail -1) | head -60").output().unwrap();
                println!("{}", String::from_utf8_lossy(&folder.stdout));
            }
            flow.stop();
        }
    }
}
