-- What people keep with us about themselves, and that they took it away. Of who was erased the row
-- stays, so that bookings and payments, which the law keeps, name somebody: nobody.
alter table people
    add column language text,
    add column default_address uuid,
    add column erased_at timestamptz,
    add constraint people_erased check
        (erased_at is null or (phone is null and email is null and password is null and name is null
            and language is null));
create index people_erased on people (erased_at) where erased_at is not null;

create table addresses (
    id        uuid primary key,
    person    uuid not null references people,
    label     text not null,
    line1     text not null,
    line2     text,
    city      text not null,
    pin_code  text not null check (pin_code ~ '^[1-9][0-9]{5}$'),
    state     text not null,
    latitude  double precision,
    longitude double precision,
    added_at  timestamptz not null,
    unique (person, id),
    check ((latitude is null) = (longitude is null))
);
-- Which one is the default is said once for all of them: there cannot be two.
alter table people add constraint people_default_address
    foreign key (id, default_address) references addresses (person, id);

create table favourites (
    person   uuid not null references people,
    salon    uuid not null references salons,
    added_at timestamptz not null,
    primary key (person, salon)
);
create index favourites_latest on favourites (person, added_at desc, salon desc);

-- A token is one install of an app, whoever uses it; it is of no use beyond its session.
create table devices (
    id            uuid primary key,
    person        uuid not null references people,
    session       uuid not null references sessions on delete cascade,
    platform      text not null check (platform in ('android', 'ios', 'web')),
    push          text not null check (push in ('fcm', 'apns')),
    token         text not null unique check (length(token) between 1 and 1024),
    app_version   text not null,
    registered_at timestamptz not null
);
create index devices_by_person on devices (person, registered_at desc);
create index devices_by_session on devices (session);

-- What was said stays said: no row changes, none goes.
create table consents (
    id      uuid primary key,
    person  uuid not null references people,
    purpose text not null check (purpose in ('bookings', 'location', 'marketing')),
    version text not null,
    given   boolean not null,
    at      timestamptz not null
);
create index consents_latest on consents (person, at desc, id desc);
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % do not change', tg_table_name using errcode = '55000';
end
$$;
create trigger consents_stay before update or delete or truncate on consents
    for each statement execute function refuse_change();

-- Of who leaves or asks what is known of them, sessions are found that were ended too.
create index sessions_of_person on sessions (person, opened_at desc, id desc);
