//! The sender's door to Twilio: `/2010-04-01/Accounts/{sid}/Messages`.

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate};
use serde_json::json;

use super::error::Refusal;
use super::{paper, send};
use crate::auth;
use crate::faults::{Provider, weather};
use crate::inbox::Message;
use crate::world::World;

type Answer = Result<HttpResponse, Refusal>;
type Pairs = Vec<(String, String)>;
type Shared = web::Data<World>;

const DEFAULT_PAGE: usize = 50;
const MOST_PAGE: usize = 1_000;

/// Whether the caller has shown the account's password, and asks for the account's own things.
fn admit(world: &World, request: &HttpRequest, account: &str) -> Result<(), Refusal> {
    let own = &world.settings.twilio;
    match auth::basic(request) {
        Some((user, password)) if user == own.account_sid && password == own.auth_token => {}
        _ => return Err(Refusal::unauthorised()),
    }
    if account == own.account_sid { Ok(()) } else { Err(Refusal::not_found()) }
}

async fn create(
    world: Shared,
    request: HttpRequest,
    account: web::Path<String>,
    body: web::Bytes,
) -> Answer {
    admit(&world, &request, &account)?;
    let text = std::str::from_utf8(&body).unwrap_or_default();
    let form = web::Query::<Pairs>::from_query(text).map(web::Query::into_inner);
    let message = send::send(&world.into_inner(), &form.unwrap_or_default())?;
    Ok(HttpResponse::Created().json(paper::write(&message, &account)))
}

async fn fetch(world: Shared, request: HttpRequest, path: web::Path<(String, String)>) -> Answer {
    let (account, name) = path.into_inner();
    admit(&world, &request, &account)?;
    let sid = name.strip_suffix(".json").unwrap_or(&name);
    let found = world.inbox(|inbox| {
        let message = inbox.find(sid).filter(|message| message.provider == "twilio");
        message.map(|message| paper::write(message, &account))
    });
    Ok(HttpResponse::Ok().json(found.ok_or(Refusal::not_found())?))
}

async fn list(
    world: Shared,
    request: HttpRequest,
    account: web::Path<String>,
    pairs: web::Query<Pairs>,
) -> Answer {
    admit(&world, &request, &account)?;
    let field = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, v)| v);
    let number = |name: &str| field(name).and_then(|value| value.parse::<usize>().ok());
    let size = number("PageSize").unwrap_or(DEFAULT_PAGE).clamp(1, MOST_PAGE);
    let page = number("Page").unwrap_or(0).min(MOST_PAGE);
    let from = field("From");
    let wanted = |message: &&Message| {
        message.provider == "twilio"
            && from.is_none_or(|from| message.from.as_ref() == Some(from))
            && pairs.iter().all(|(name, value)| sent_when(message, name, value))
    };
    let mut messages: Vec<_> = world.inbox(|inbox| {
        let found = inbox.newest(field("To").map(String::as_str)).filter(wanted);
        let found = found.skip(page * size).take(size + 1);
        found.map(|message| paper::write(message, &account)).collect()
    });
    let more = messages.len() > size;
    messages.truncate(size);
    let uri = |page: usize| {
        let query = request.query_string();
        let others = query.split('&').filter(|pair| {
            !pair.is_empty() && !pair.starts_with("Page=") && !pair.starts_with("PageSize=")
        });
        let uri = format!("{}?PageSize={size}&Page={page}", request.path());
        others.fold(uri, |uri, pair| uri + "&" + pair)
    };
    Ok(HttpResponse::Ok().json(json!({
        "first_page_uri": uri(0),
        "next_page_uri": more.then(|| uri(page + 1)),
        "previous_page_uri": (page > 0).then(|| uri(page.saturating_sub(1))),
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": (page * size + messages.len()).saturating_sub(1),
        "uri": uri(page),
        "messages": messages,
    })))
}

/// Whether a message satisfies a `DateSent` filter: a day, or a moment, with `<` for up to and
/// `>` for from.
fn sent_when(message: &Message, name: &str, value: &str) -> bool {
    let order = if let Ok(day) = value.parse::<NaiveDate>() {
        message.at.date_naive().cmp(&day)
    } else if let Ok(moment) = DateTime::parse_from_rfc3339(value) {
        message.at.cmp(&moment.to_utc())
    } else {
        return true;
    };
    match name {
        "DateSent" => order.is_eq(),
        "DateSent<" => order.is_le(),
        "DateSent>" => order.is_ge(),
        _ => true,
    }
}

async fn unknown() -> Answer {
    Err(Refusal::not_found())
}

pub(crate) fn routes(app: &mut web::ServiceConfig) {
    let mut scope = web::scope("/2010-04-01")
        .wrap(from_fn(|request, next| weather(Provider::Twilio, request, next)));
    for path in ["/Accounts/{account}/Messages.json", "/Accounts/{account}/Messages"] {
        scope = scope.route(path, web::post().to(create)).route(path, web::get().to(list));
    }
    app.service(
        scope
            .route("/Accounts/{account}/Messages/{sid}", web::get().to(fetch))
            .default_service(web::to(unknown)),
    );
}
