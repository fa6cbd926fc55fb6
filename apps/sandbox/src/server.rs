//! The house where the pretend providers have their doors.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Server, ServiceRequest, ServiceResponse};
use actix_web::error::ErrorRequestTimeout;
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpServer, web};

use crate::world::World;
use crate::{control, fast2sms, razorpay, twilio};

/// No body is larger than this.
const BODY_LIMIT: usize = 256 * 1024;
/// A request's head must arrive within this.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// A whole request is done within this; the longest delay one can order fits in.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(45);
const MOST_CONNECTIONS: usize = 1_024;

/// Opens the doors on a bound address.
pub(crate) fn serve(world: &Arc<World>, listener: TcpListener) -> io::Result<Server> {
    let data = web::Data::from(world.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .app_data(web::FormConfig::default().limit(BODY_LIMIT))
            .wrap(from_fn(in_time))
            .configure(razorpay::api_routes)
            .configure(razorpay::checkout_routes)
            .configure(twilio::routes)
            .configure(twilio::verify_routes)
            .configure(fast2sms::routes)
            .configure(control::routes)
    });
    let server = server
        .workers(1)
        .max_connections(MOST_CONNECTIONS)
        .client_request_timeout(HEAD_TIMEOUT)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}

async fn in_time(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.call(request)).await;
    let answer = answer.map_err(|_| ErrorRequestTimeout("This took too long."))?;
    Ok(answer?.map_into_boxed_body())
}
