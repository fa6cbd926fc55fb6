-- Vendors and admins log in by e-mail and password. A link is good for its row until it expires, is
-- used, or the password it was to replace has changed; its token stands nowhere, only a digest of it.
alter table people
    add column email             text unique,
    add column email_verified_at timestamptz,
    add column password          text,
    add column password_set_at   timestamptz,
    add check ((password is null) = (password_set_at is null)),
    add check (password is null or email is not null);

-- Who wants to be a vendor, until the address is confirmed. Nobody is anybody before.
create table registrations (
    id            uuid primary key,
    digest        bytea not null unique,
    email         text not null,
    name          text not null,
    phone         text not null,
    business_name text not null,
    password      text not null,
    expires_at    timestamptz not null,
    used_at       timestamptz
);
create index registrations_expired on registrations (expires_at);

-- What a vendor told of the business when they registered, and the phone, which nobody has proved.
create table vendor_applications (
    person        uuid primary key references people,
    business_name text not null,
    phone         text not null,
    applied_at    timestamptz not null
);

create table password_resets (
    id         uuid primary key,
    digest     bytea not null unique,
    person     uuid not null references people,
    asked_at   timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index password_resets_expired on password_resets (expires_at);
create index password_resets_of_person on password_resets (person);

-- The secret of somebody's authenticator, sealed for them; it counts once it is confirmed. A step is
-- used once, so the last one is kept.
create table second_factors (
    person       uuid primary key references people,
    sealed       bytea not null,
    confirmed_at timestamptz,
    last_step    bigint,
    check ((confirmed_at is null) = (last_step is null))
);
create table recovery_codes (
    person  uuid not null references second_factors on delete cascade,
    digest  bytea not null,
    used_at timestamptz,
    primary key (person, digest)
);

-- Wrong tries in a row, by a digest of what is tried: an account, an address, one from the other.
create table attempts (
    key         bytea primary key,
    wrong       integer not null check (wrong >= 0),
    free_at     timestamptz not null,
    tried_at    timestamptz not null,
    familiar_at timestamptz
) with (fillfactor = 70);
create index attempts_by_age on attempts (tried_at);

-- From when on the next may be tried: a pause of so many seconds, or no pause at all.
create function free_after(tried_at timestamptz, pause bigint) returns timestamptz
    language sql immutable as $$
    select case when pause = 0 then to_timestamp(0) else tried_at + pause * interval '1 second' end
$$;
