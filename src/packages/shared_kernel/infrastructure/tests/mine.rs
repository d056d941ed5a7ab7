//! temporary (helper of RabbitMQ)
#![allow(clippy::unwrap_used, dead_code, unused, missing_docs)]
#[path = "it/rabbitmq/mod.rs"]
mod rabbitmq;
#[path = "it/world.rs"]
mod world;
mod drain {
    use crate::rabbitmq::flow::*;
    use crate::world::*;
    use shared_kernel_domain::bus::*;
    use shared_kernel_domain::event::Context;
    use shared_kernel_domain::unit_of_work::UnitOfWork;
    use shared_kernel_infrastructure::bus::*;
    use shared_kernel_infrastructure::service_url::ServiceUrl;
    use std::sync::Arc;
    use std::time::{Duration, Instant};
    use testkit::servers::*;

    #[test]
    fn drain() {
        for home in [Home::on_sqlite(), Home::on_postgres()] {
            let server = PrivateRabbitMq::start();
            let broker = server.broker();
            let url = ServiceUrl::parse(broker.url(), &RabbitMq::SCHEMES, "the broker").unwrap();
            let start = || {
                let transport = Arc::new(RabbitMq::new(&url, broker.namespace()).unwrap());
                let count = Subscription { types: &[], ..counting(Counting::new(&home), PoisonPolicy::BlockSubject) };
                let close = Subscription { group: "data_science.close", consumer: Context::DataScience, source: Context::DataQuality, ..count.clone() };
                (Arc::clone(&transport), Bus::start(&home.stores, vec![count, close], transport, BusConfig::default()).unwrap())
            };
            let (_, bus) = start();
            bus.stop(Duration::from_secs(5));
            server.kill();
            for unit in 0..500 {
                let mut u = UnitOfWork::of_command();
                for e in 0..200 { u = u.publish(event(UPLOADED, &format!("{e}"))); }
                home.store(Context::DataScience).commit(u, |_| Ok(())).unwrap();
            }
            let position = |sql: &str, context| home.store(context).read(|t| t.query_one(sql, &[])?.unwrap().integer(0)).unwrap();
            // the transport alone: outbox drained by the group while the broker is away
            let begins = Instant::now();
            let (transport, bus) = start();
            home.wait_until("carried", || position("SELECT MAX(position) FROM inbox_position WHERE group_name = 'data_quality.count'", Context::DataQuality) == 100_000);
            println!("outbox way: 100k in {:?}", begins.elapsed());
            server.start_again();
            let begins = Instant::now();
            let relayed = || position("SELECT MAX(position) FROM relay", Context::DataScience);
            let first = relayed();
            home.wait_until("begun", || relayed() > first);
            let begun = begins.elapsed();
            home.wait_until("relayed", || relayed() == 100_000);
            println!("relay: begun after {begun:?}, 100k relayed after {:?}", begins.elapsed());
            let begins = Instant::now();
            bus.stop(Duration::from_secs(5));
            // through the broker only: the group forgets where it was
            let visitor = crate::rabbitmq::visitor::Visitor::at(broker.url());
            println!("{:?} {:?}", begins.elapsed(), transport.health().is_ok());
        }
    }
}
