//! Hangs up on callers who go on talking after they have been answered.
//!
//! The server reads what is left of a body in chunks to its end before it takes the next request, and
//! waits for that end without a bound, unless somebody still holds the body when the answer has gone
//! out: then it hangs up, a second later at most. So the answer holds on to the body it is for.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::Stream;

/// A request's body, held on to.
pub(super) struct Held(Rc<RefCell<Payload>>);

impl Held {
    /// Holds on to a body in chunks; others have a length, and are hung up on anyway.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return None;
        }
        let body = Rc::new(RefCell::new(request.take_payload()));
        let payload = Box::pin(Self(Rc::clone(&body)));
        request.set_payload(Payload::Stream { payload });
        Some(Self(body))
    }

    /// The same answer, which lets go of the body when it has been given.
    pub(super) fn until_given(self, answer: BoxBody) -> BoxBody {
        BoxBody::new(Answer { answer, _held: self })
    }
}

impl Stream for Held {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.0.borrow_mut()).poll_next(cx)
    }
}

struct Answer {
    answer: BoxBody,
    _held: Held,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.answer).poll_next(cx)
    }
}
