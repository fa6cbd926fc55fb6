-- People, salons, bookings, payments, events: the first slice.
-- Instants are timestamptz; local days are dates in the salon's zone; money is bigint paise.
create extension if not exists btree_gist;

create table people (
    id         uuid primary key,
    phone      text not null unique,
    name       text,
    created_at timestamptz not null
);

create table challenges (
    id         uuid primary key,
    phone      text not null,
    guesses    integer not null default 0,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index challenges_expired on challenges (expires_at);

create table sessions (
    id             uuid primary key,
    person         uuid not null references people,
    refresh_digest bytea not null unique,
    expires_at     timestamptz not null,
    revoked_at     timestamptz,
    created_at     timestamptz not null
);

create table salons (
    id                 uuid primary key,
    name               text not null,
    city               text not null,
    address            text not null,
    latitude           double precision,
    longitude          double precision,
    zone               text not null,
    hours              jsonb not null,
    step_minutes       smallint not null,
    notice_minutes     integer not null,
    horizon_days       smallint not null,
    version            bigint not null default 1,
    created_at         timestamptz not null,
    check ((latitude is null) = (longitude is null))
);
create index salons_by_name on salons (lower(name), id);

create table members (
    salon  uuid not null references salons,
    person uuid not null references people,
    role   text not null check (role in ('owner', 'manager', 'professional')),
    primary key (salon, person)
);
create index members_by_person on members (person);

create table services (
    id                    uuid primary key,
    salon                 uuid not null references salons,
    name                  text not null,
    category              text not null,
    duration_minutes      smallint not null check (duration_minutes > 0),
    buffer_before_minutes smallint not null check (buffer_before_minutes >= 0),
    buffer_after_minutes  smallint not null check (buffer_after_minutes >= 0),
    price_paise           bigint not null check (price_paise >= 0)
);
create index services_by_salon on services (salon, lower(name), id);

-- hours null: the professional follows the salon.
create table staff (
    id      uuid primary key,
    salon   uuid not null references salons,
    name    text not null,
    hours   jsonb,
    version bigint not null default 1
);
create index staff_by_salon on staff (salon, lower(name), id);

create table skills (
    staff   uuid not null references staff,
    service uuid not null references services,
    primary key (staff, service)
);
create index skills_by_service on skills (service);

-- The version of one professional's local day. Whoever takes time on it names the version that
-- was read; the row appears with the first booking of the day.
create table diary_days (
    staff   uuid not null,
    day     date not null,
    version bigint not null,
    primary key (staff, day)
) with (fillfactor = 70);

-- Bookings carry no foreign keys and no checks, and claims only one: PostgreSQL locks what a key
-- names and parses a check anew for every statement, which was half of what a booking cost. A row
-- that contradicts itself does not parse when it is read (ADR 0009).
create table bookings (
    id           uuid primary key,
    salon        uuid not null,
    customer     uuid not null,
    service      uuid not null,
    staff        uuid not null,
    zone         text not null,
    starts_at    timestamptz not null,
    ends_at      timestamptz not null,
    claim_starts_at timestamptz not null,
    claim_ends_at   timestamptz not null,
    price_paise  bigint not null,
    status       text not null,
    held_until   timestamptz,
    hold_number  smallint,
    cancelled_by text,
    placed_at    timestamptz not null,
    changed_at   timestamptz not null,
    version      bigint not null
) with (fillfactor = 90);
create index bookings_of_customer on bookings (customer, starts_at desc, id desc);
create index bookings_of_salon on bookings (salon, starts_at, id);
-- Two requests of one customer that decide at once choose the same number: only one is saved.
create unique index holds_of_customer on bookings (customer, hold_number) where status = 'held';

-- What takes a professional's time, buffers included. Narrow on purpose: this table carries the
-- wall against double booking, and past bookings leave the wall by becoming inactive.
create table claims (
    booking    uuid primary key,
    staff      uuid not null,
    starts_at  timestamptz not null,
    ends_at    timestamptz not null,
    held_until timestamptz,
    active     boolean not null,
    check (starts_at < ends_at and ends_at <= starts_at + interval '24 hours'),
    constraint no_double_booking exclude using gist
        (staff with =, tstzrange(starts_at, ends_at) with &&) where (active)
) with (fillfactor = 80);
create index claims_of_staff on claims (staff, starts_at)
    include (ends_at, held_until, booking) where active;

create table payments (
    id              uuid primary key,
    booking         uuid not null references bookings,
    customer        uuid not null references people,
    amount_paise    bigint not null check (amount_paise > 0),
    status          text not null check (status in
        ('intended', 'ordered', 'captured', 'refund_due', 'refunded')),
    gateway_order   text unique,
    gateway_payment text unique,
    gateway_refund  text unique,
    refund_reason   text,
    changed_at      timestamptz not null,
    version         bigint not null,
    check ((status = 'intended') = (gateway_order is null)),
    check ((status in ('captured', 'refund_due', 'refunded')) = (gateway_payment is not null)),
    check ((status in ('refund_due', 'refunded')) = (refund_reason is not null)),
    check ((status = 'refunded') = (gateway_refund is not null))
);
create index payments_of_booking on payments (booking);
create unique index one_open_payment on payments (booking) where status in ('intended', 'ordered');
create unique index one_captured_payment on payments (booking) where status = 'captured';

create table replays (
    person      uuid not null,
    verb        text not null,
    key         text not null,
    fingerprint bytea not null,
    answer      jsonb not null,
    recorded_at timestamptz not null default now(),
    primary key (person, verb, key)
);
create index replays_by_age on replays using brin (recorded_at);

-- Written in the transaction in which it happened. `seq` is given by the relay, without gaps.
create table events (
    id          uuid primary key,
    seq         bigint,
    kind        text not null,
    payload     jsonb not null,
    due         timestamptz not null,
    recorded_at timestamptz not null default now()
);
create index events_to_relay on events (id) where seq is null;
create unique index events_by_seq on events (seq) where seq is not null;

create table relay (
    only_row boolean primary key default true check (only_row),
    last_seq bigint not null
);
insert into relay (last_seq) values (0);

create table inbox (
    id          uuid primary key,
    provider    text not null,
    name        text not null,
    digest      bytea not null,
    body        bytea not null,
    received_at timestamptz not null,
    outcome     text,
    unique (provider, name),
    unique (provider, digest)
);

-- Ends the statement that calls it when what was read no longer stands.
create function stand_or_conflict(stands boolean) returns boolean language plpgsql as $$
begin
    if stands is not true then
        raise exception 'what was read has changed since' using errcode = 'IS001';
    end if;
    return true;
end
$$;
